/* SPDX-License-Identifier: Apache-2.0
 * Memory of a session for tensors whose shape depends on data: blocks that are counted, within the
 * limit that the plan left. A block lives while someone holds it. */
#ifndef HN_RUNTIME_HEAP_H
#define HN_RUNTIME_HEAP_H

#include "graph/graph.h"

typedef struct hn_heap {
    hn_env *env;
    uint64_t used, most, limit; /* bytes now, at most so far, allowed */
} hn_heap;

typedef struct hn_block {
    uint32_t holders;
    uint64_t n_bytes;
    uint8_t *bytes; /* 64-byte aligned, zeroed at the start */
} hn_block;

/* A tensor on the host. block NULL: the bytes are somebody else's. */
typedef struct hn_tensor {
    hn_dtype dtype;
    hn_shape shape;
    const uint8_t *bytes;
    uint64_t n_bytes;
    hn_block *block;
} hn_tensor;

/* A block with one holder. E_LIMIT, E_MEMORY. */
hone_status hn_block_new(hn_heap *heap, uint64_t n_bytes, hn_block **out);
void hn_block_drop(hn_heap *heap, hn_block *block);

/* The tensor again, for one more holder; and the end of one. */
hn_tensor hn_tensor_keep(const hn_tensor *t);
void hn_tensor_drop(hn_heap *heap, hn_tensor *t);

#endif
