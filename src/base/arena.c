/* SPDX-License-Identifier: Apache-2.0
 * The arena: a list of chunks, of which the newest is filled from its start. Chunks begin at 4 KB
 * and double up to 1 MB, so a model of a thousand nodes costs about ten allocations. A request of
 * 256 KB or more that does not fit the newest one gets a chunk of its own, put behind that, which
 * stays in use.
 *
 *     chunks -> [ header | used ......... | free ] -> [ header | big block ] -> [ header | full ]
 */
#include "base/arena.h"

#include <string.h>

#include "base/element.h"

enum {
    CHUNK_ALIGN = 64,
    CHUNK_MIN = 4096,
    CHUNK_MAX = 1 << 20,
    OWN_CHUNK = CHUNK_MAX / 4,
    BULK_CHUNK = 16384,
    ITEM_ALIGN = 16
};

typedef struct hn_arena_chunk {
    struct hn_arena_chunk *next;
    size_t size;
    bool is_bulk;
} hn_arena_chunk;

_Static_assert(sizeof(hn_arena_chunk) <= CHUNK_ALIGN, "a chunk's header is one line");

void hn_arena_init(hn_arena *arena, hn_env *env, uint64_t max_bytes) {
    const hn_arena empty = {env, NULL, 0, 0, 0, max_bytes};
    *arena = empty;
}

void hn_arena_fini(hn_arena *arena) {
    hn_arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        hn_arena_chunk *next = chunk->next;
        hn_free(arena->env, chunk);
        chunk = next;
    }
    hn_arena_init(arena, arena->env, arena->max_bytes);
}

/* A chunk with room for `size` bytes behind its header, in no list yet. */
static hn_arena_chunk *chunk_new(hn_arena *arena, size_t size) {
    if (size > SIZE_MAX - CHUNK_ALIGN) return NULL;
    uint64_t total;
    if (!hn_add_u64(arena->total_bytes, (uint64_t)size + CHUNK_ALIGN, &total)) return NULL;
    if (arena->max_bytes != 0 && total > arena->max_bytes) return NULL;
    hn_arena_chunk *chunk = hn_alloc(arena->env, size + CHUNK_ALIGN);
    if (chunk == NULL) return NULL;
    chunk->size = size;
    arena->total_bytes = total;
    return chunk;
}

static void *chunk_data(hn_arena_chunk *chunk) {
    return (unsigned char *)chunk + CHUNK_ALIGN;
}

static void *own_chunk(hn_arena *arena, size_t n_bytes, bool is_bulk) {
    hn_arena_chunk *chunk = chunk_new(arena, n_bytes);
    if (chunk == NULL) return NULL;
    chunk->is_bulk = is_bulk;
    if (arena->chunks == NULL) {
        arena->chunks = chunk;
        arena->used = arena->size = n_bytes;
    } else {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    }
    return chunk_data(chunk);
}

static void make_newest(hn_arena *arena, hn_arena_chunk *chunk) {
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->used = 0;
    arena->size = chunk->size;
}

/* A new newest chunk: twice the last, or just the request where the bound or the allocator has no
 * more to give. */
static bool next_chunk(hn_arena *arena, size_t n_bytes) {
    size_t size = CHUNK_MIN - CHUNK_ALIGN;
    if (arena->chunks != NULL && arena->chunks->size >= CHUNK_MIN - CHUNK_ALIGN) {
        size = 2 * (arena->chunks->size + CHUNK_ALIGN) - CHUNK_ALIGN;
    }
    if (size > CHUNK_MAX - CHUNK_ALIGN) size = CHUNK_MAX - CHUNK_ALIGN;
    if (size < n_bytes) size = n_bytes;
    hn_arena_chunk *chunk = chunk_new(arena, size);
    if (chunk == NULL && size > n_bytes) chunk = chunk_new(arena, n_bytes);
    if (chunk == NULL) return false;
    make_newest(arena, chunk);
    return true;
}

void *hn_arena_alloc_aligned(hn_arena *arena, size_t n_bytes, size_t align) {
    const size_t size = n_bytes > 0 ? n_bytes : 1;
    size_t start = (arena->used + align - 1) / align * align;
    if (start > arena->size || size > arena->size - start) {
        if (size >= OWN_CHUNK) return own_chunk(arena, size, false);
        if (!next_chunk(arena, size)) return NULL;
        start = 0;
    }
    arena->used = start + size;
    return (unsigned char *)chunk_data(arena->chunks) + start;
}

void hn_arena_reserve(hn_arena *arena, size_t n_bytes) {
    hn_arena_chunk *chunk = chunk_new(arena, n_bytes);
    if (chunk == NULL) return;
    make_newest(arena, chunk);
}

void *hn_arena_bulk(hn_arena *arena, uint64_t n_bytes) {
    if (n_bytes > SIZE_MAX) return NULL;
    if (n_bytes >= BULK_CHUNK) return own_chunk(arena, (size_t)n_bytes, true);
    return hn_arena_alloc_aligned(arena, (size_t)n_bytes, CHUNK_ALIGN);
}

/* The newest chunk stays: it is where the next request looks for room. */
void hn_arena_sweep(hn_arena *arena, hn_block_used is_used, void *user) {
    if (arena->chunks == NULL) return;
    for (hn_arena_chunk **at = &arena->chunks->next; *at != NULL;) {
        hn_arena_chunk *chunk = *at;
        if (!chunk->is_bulk || is_used(user, chunk_data(chunk), chunk->size)) {
            at = &chunk->next;
            continue;
        }
        *at = chunk->next;
        arena->total_bytes -= (uint64_t)chunk->size + CHUNK_ALIGN;
        hn_free(arena->env, chunk);
    }
}

void *hn_arena_alloc(hn_arena *arena, size_t n_bytes) {
    return hn_arena_alloc_aligned(arena, n_bytes, ITEM_ALIGN);
}

void *hn_arena_array(hn_arena *arena, uint64_t n, size_t item_bytes) {
    uint64_t n_bytes;
    if (!hn_mul_u64(n, item_bytes, &n_bytes) || n_bytes > SIZE_MAX) return NULL;
    return hn_arena_alloc(arena, (size_t)n_bytes);
}

char *hn_arena_string(hn_arena *arena, const char *text, size_t length) {
    if (length == SIZE_MAX) return NULL;
    char *copy = hn_arena_alloc_aligned(arena, length + 1, 1);
    if (copy != NULL && length > 0) memcpy(copy, text, length);
    return copy;
}

void *hn_arena_copy(hn_arena *arena, const void *bytes, size_t n_bytes) {
    void *copy = hn_arena_alloc(arena, n_bytes);
    if (copy != NULL && n_bytes > 0) memcpy(copy, bytes, n_bytes);
    return copy;
}

void *hn_arena_grow(hn_arena *arena, void *items, uint32_t n, uint32_t *capacity,
                    size_t item_bytes) {
    if (n < *capacity) return items;
    if (*capacity > UINT32_MAX / 2) return NULL;
    uint32_t wanted = *capacity > 0 ? 2 * *capacity : 8;
    if (wanted <= n) wanted = n + 1;
    if (wanted == 0) return NULL;
    void *moved = hn_arena_array(arena, wanted, item_bytes);
    if (moved == NULL) return NULL;
    if (n > 0 && items != NULL) memcpy(moved, items, (size_t)n * item_bytes);
    *capacity = wanted;
    return moved;
}
