/* SPDX-License-Identifier: Apache-2.0
 * Constants that are made for kernels: weights packed in an order of their own (kernels/pack.h),
 * and copies of constants whose place or order in the file no kernel takes. Each has a key, a
 * digest of what it is made from and how: where the bytes lie in the model's files (or what they
 * are, where a pass made them), the layout, bias and scales. One place makes them all
 * (hn_build_made): it looks into the pack file that was given, then into the store, and else makes
 * the bytes.
 *
 * What borrows from the model's files lives as long as these and is kept in the store, whatever the
 * number of plans and sessions; the rest goes to the plan. A store that keeps all holds what a pack
 * file of the model has to hold (plan/pack_file.h).
 *
 * Not thread-safe: whoever owns the store plans under its lock. Plans borrow the bytes, so the
 * store is freed after them. */
#ifndef HN_PLAN_WEIGHTS_H
#define HN_PLAN_WEIGHTS_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/file.h"

enum { HN_PACK_LISTS = 64 };

typedef struct hn_pack_store {
    hn_arena arena;                       /* of all that is made */
    struct hn_made *lists[HN_PACK_LISTS]; /* by key */
    const hn_map *files;                  /* of the model: constants borrow from these */
    uint32_t n_files, n_made;
    bool keeps_all, is_reserved;
} hn_pack_store;

/* A constant in the store. */
typedef struct hn_made {
    struct hn_made *next;
    hn_digest key;
    uint64_t n_bytes;
    const uint8_t *bytes;
} hn_made;

/* `env` and `files` are borrowed until hn_pack_store_fini. */
void hn_pack_store_init(hn_pack_store *store, hn_env *env, const hn_map *files, uint32_t n_files);
void hn_pack_store_fini(hn_pack_store *store);

#endif
