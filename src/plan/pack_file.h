/* SPDX-License-Identifier: Apache-2.0
 * Pack files: what a pack store holds, on disk, so that a session finds packed weights in a mapped
 * file and makes none. A file belongs to one model (by a digest of all its bytes), one CPU level
 * and one version of the library; with anything else it is refused.
 *
 *      header | entries, sorted by key | bytes of each entry, aligned to 64
 *
 * Sizes and places are checked once, when it is opened; header and entries carry a digest of their
 * own. The bytes are weights: numbers that may be wrong, but that no kernel takes for a place. */
#ifndef HN_PLAN_PACK_FILE_H
#define HN_PLAN_PACK_FILE_H

#include "kernels/kernels.h"
#include "plan/packed_weights.h"

/* What a pack file is for. */
typedef struct hn_pack_id {
    hn_digest model;
    hn_isa isa;
    uint32_t engine; /* version of the library */
} hn_pack_id;

typedef struct hn_pack_file {
    hn_map map;
    const struct hn_pack_entry *entries;
    uint32_t n_entries;
    hn_isa isa;
} hn_pack_file;

/* E_FILE, E_FORMAT (not a pack, damaged), E_ARGUMENT (of another model, level or version); the
 * message names the file. Closed with hn_pack_file_close, after all plans that use it. */
hone_status hn_pack_file_open(hn_env *env, const char *path, const hn_pack_id *id,
                              hn_pack_file *file);
void hn_pack_file_close(hn_pack_file *file);

/* The bytes of a key; NULL when the file has none of this size. Aligned to 64. */
const uint8_t *hn_pack_file_find(const hn_pack_file *file, const hn_digest *key, uint64_t n_bytes);

/* Writes all that the store holds, through a temporary name. */
hone_status hn_pack_file_write(hn_env *env, const char *path, const hn_pack_id *id,
                               const hn_pack_store *store);

#endif
