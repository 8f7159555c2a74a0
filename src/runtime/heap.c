/* SPDX-License-Identifier: Apache-2.0
 * Counted blocks: see heap.h. */
#include "runtime/heap.h"

#include <string.h>

enum { HEADER = 64 };

hone_status hn_block_new(hn_heap *heap, uint64_t n_bytes, hn_block **out) {
    uint64_t used;
    if (!hn_add_u64(heap->used, n_bytes, &used) || used > heap->limit) {
        return hn_fail(heap->env, HONE_E_LIMIT,
                       "tensors whose shape depends on data need %llu bytes more, %llu are left",
                       (unsigned long long)n_bytes, (unsigned long long)(heap->limit - heap->used));
    }
    uint8_t *memory =
        n_bytes <= SIZE_MAX - HEADER ? hn_alloc(heap->env, (size_t)n_bytes + HEADER) : NULL;
    if (memory == NULL) return hn_no_memory(heap->env);
    hn_block *block = (hn_block *)(void *)memory;
    *block = (hn_block){1, n_bytes, memory + HEADER};
    heap->used = used;
    if (used > heap->most) heap->most = used;
    *out = block;
    return HONE_OK;
}

void hn_block_drop(hn_heap *heap, hn_block *block) {
    if (block == NULL || --block->holders > 0) return;
    heap->used -= block->n_bytes;
    hn_free(heap->env, block);
}

hn_tensor hn_tensor_keep(const hn_tensor *t) {
    if (t->block != NULL) t->block->holders++;
    return *t;
}

void hn_tensor_drop(hn_heap *heap, hn_tensor *t) {
    hn_block_drop(heap, t->block);
    memset(t, 0, sizeof *t);
}
