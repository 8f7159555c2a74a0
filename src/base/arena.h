/* SPDX-License-Identifier: Apache-2.0
 * A region of memory freed at once. What dies together is allocated together, so most functions
 * need no cleanup. Blocks come from the environment's allocator in chunks that double up to 1 MB;
 * the total is bounded from birth. */
#ifndef HN_BASE_ARENA_H
#define HN_BASE_ARENA_H

#include "base/env.h"

typedef struct hn_arena {
    hn_env *env;
    struct hn_arena_chunk *chunks;
    size_t used, size; /* of the newest chunk */
    uint64_t total_bytes, max_bytes;
} hn_arena;

/* Holds nothing yet. `env` is borrowed until hn_arena_fini. max_bytes 0: no bound. */
void hn_arena_init(hn_arena *arena, hn_env *env, uint64_t max_bytes);
void hn_arena_fini(hn_arena *arena);

/* Zeroed memory, aligned to 16 bytes (hn_arena_alloc) or to `align` (a power of two up to 64);
 * lives until hn_arena_fini. NULL when there is none or the bound is reached. */
void *hn_arena_alloc(hn_arena *arena, size_t n_bytes);
void *hn_arena_alloc_aligned(hn_arena *arena, size_t n_bytes, size_t align);

/* One chunk for the next n bytes, if it can be had: where about so many will be asked for. */
void hn_arena_reserve(hn_arena *arena, size_t n_bytes);

/* Memory for much data that may turn out to be needed for a while only, aligned to 64 bytes: blocks
 * of 16 KB or more can be given back before the arena dies. */
void *hn_arena_bulk(hn_arena *arena, uint64_t n_bytes);

/* Frees the bulk blocks that nobody uses. */
typedef bool (*hn_block_used)(void *user, const void *block, size_t n_bytes);
void hn_arena_sweep(hn_arena *arena, hn_block_used is_used, void *user);

/* n items of item_bytes; NULL also when the product overflows. */
void *hn_arena_array(hn_arena *arena, uint64_t n, size_t item_bytes);

/* Copies of a string (with its 0) or of bytes. */
char *hn_arena_string(hn_arena *arena, const char *text, size_t length);
void *hn_arena_copy(hn_arena *arena, const void *bytes, size_t n_bytes);

/* Room for one more item in a growing array: returns the array, moved when it had to grow (the old
 * one stays in the arena), or NULL. `*capacity` counts items. */
void *hn_arena_grow(hn_arena *arena, void *items, uint32_t n, uint32_t *capacity,
                    size_t item_bytes);

#define HN_NEW(arena, type)      ((type *)hn_arena_alloc((arena), sizeof(type)))
#define HN_NEW_N(arena, type, n) ((type *)hn_arena_array((arena), (n), sizeof(type)))

#endif
