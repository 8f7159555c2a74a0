/* SPDX-License-Identifier: Apache-2.0
 * Packed weights of a model. A row of the kernel table may want its constants in an order of its
 * own (kernels/pack.h); they are packed once for each constant and layout, whatever the number of
 * plans and sessions. What borrows from the model's file lives as long as the file and is kept
 * here; constants that a plan made are packed into the plan.
 *
 * Not thread-safe: whoever owns the store plans under its lock. Plans borrow the bytes, so the
 * store is freed after them. */
#ifndef HN_PLAN_WEIGHTS_H
#define HN_PLAN_WEIGHTS_H

#include "base/env.h"

enum { HN_PACK_LISTS = 64 };

typedef struct hn_pack_store {
    struct hn_packed *lists[HN_PACK_LISTS]; /* by address of the constant */
} hn_pack_store;

/* A zeroed store is empty. `env` gives the allocator that packing used. */
void hn_pack_store_fini(hn_pack_store *store, hn_env *env);

#endif
