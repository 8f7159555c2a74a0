/* SPDX-License-Identifier: Apache-2.0
 * Sparse weights: a buffer that holds the elements (or blocks of elements) that are not zero, and
 * for each level of a tree of dimensions how its children are found. All elements are put in their
 * places when the file is read, so that no operator need know.
 *
 * Levels are the tensor's dimensions in traversal order, then the dimensions within a block. A
 * dense level has all its children; those of a sparse one are listed: child k of parent p is
 * indices[segments[p] + k]. Indices of a parent rise, so that the walk over the tree is no longer
 * than the dense tensor has elements at each level. */
#include <string.h>

#include "formats/tflite_reader.h"

/* Fields of the schema's tables. */
enum { SPARSE_ORDER, SPARSE_BLOCKS, SPARSE_LEVELS };
enum { LEVEL_FORMAT, LEVEL_SIZE, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS, LEVEL_INDICES_TYPE };
enum { LEVEL_INDICES = 5, NUMBERS_VALUES = 0 };
enum { FORMAT_DENSE, FORMAT_SPARSE };
enum { MAX_LEVELS = 2 * HN_MAX_RANK };

/* A list of unsigned numbers of 1, 2 or 4 bytes. */
typedef struct numbers {
    const uint8_t *bytes;
    uint32_t n, size;
} numbers;

typedef struct level {
    bool is_sparse;
    int64_t extent;
    int64_t stride; /* in the dense tensor, of one step */
    numbers segments, indices;
} level;

typedef struct tree {
    level levels[MAX_LEVELS];
    uint32_t n_levels;
    const uint8_t *from;
    uint64_t n_from, used; /* elements of the buffer */
    uint8_t *to;
    size_t size; /* of an element */
} tree;

static hone_status bad(hn_tflite *r) {
    return hn_fail(r->env, HONE_E_FORMAT, "its sparse storage is damaged");
}

/* ---- reading the tree ---- */

static numbers read_numbers(const hn_fb_table *t, uint32_t type_field) {
    static const uint32_t sizes[] = {0, 4, 2, 1}; /* of the union's types */
    const uint32_t type = hn_fb_u8(t, type_field, 0);
    const hn_fb_table list = hn_fb_sub(t, type_field + 1);
    numbers n = {NULL, 0, type < 4 ? sizes[type] : 0};
    if (n.size == 0) return n;
    const hn_fb_vector values = hn_fb_items(&list, NUMBERS_VALUES, n.size);
    n.bytes = hn_fb_bytes(&values);
    n.n = values.n;
    return n;
}

static int64_t number_at(const numbers *list, uint64_t i) {
    uint32_t v = 0;
    memcpy(&v, list->bytes + i * list->size, list->size);
    return (int32_t)v;
}

static bool read_level(const hn_fb_table *t, int64_t extent, level *l) {
    const int32_t format = hn_fb_s8(t, LEVEL_FORMAT, 0);
    l->is_sparse = format == FORMAT_SPARSE;
    l->extent = extent;
    if (!l->is_sparse) return format == FORMAT_DENSE && hn_fb_s32(t, LEVEL_SIZE, 0) == extent;
    l->segments = read_numbers(t, LEVEL_SEGMENTS_TYPE);
    l->indices = read_numbers(t, LEVEL_INDICES_TYPE);
    return l->segments.n > 0;
}

/* The extents of blocks, which are those of their levels: all are dense. */
static bool read_blocks(const hn_fb_vector *levels, const hn_shape *shape,
                        const hn_fb_vector *blocks, int64_t *outer, int64_t *block) {
    const uint32_t rank = (uint32_t)shape->rank;
    for (uint32_t d = 0; d < rank; d++) outer[d] = shape->dim[d];
    for (uint32_t b = 0; b < blocks->n; b++) {
        const int32_t dim = hn_fb_s32_at(blocks, b);
        const hn_fb_table t = hn_fb_table_at(levels, rank + b);
        block[b] = hn_fb_s32(&t, LEVEL_SIZE, 0);
        if (dim < 0 || dim >= shape->rank || block[b] < 1 || outer[dim] % block[b] != 0) {
            return false;
        }
        if (outer[dim] != shape->dim[dim]) return false; /* two blocks along one dimension */
        outer[dim] /= block[b];
    }
    return true;
}

static bool read_tree(const hn_fb_table *sparsity, const hn_shape *shape, tree *t) {
    const hn_fb_vector order = hn_fb_items(sparsity, SPARSE_ORDER, 4);
    const hn_fb_vector blocks = hn_fb_items(sparsity, SPARSE_BLOCKS, 4);
    const hn_fb_vector levels = hn_fb_items(sparsity, SPARSE_LEVELS, 4);
    const uint32_t rank = (uint32_t)shape->rank;
    int64_t outer[HN_MAX_RANK], block[HN_MAX_RANK], stride[HN_MAX_RANK];
    uint32_t seen = 0;
    if (blocks.n > rank || order.n != rank + blocks.n || levels.n != order.n) return false;
    if (!read_blocks(&levels, shape, &blocks, outer, block)) return false;
    hn_shape_strides(shape, stride);
    t->n_levels = order.n;
    for (uint32_t i = 0; i < order.n; i++) {
        const int32_t which = hn_fb_s32_at(&order, i);
        const bool is_block = i >= rank;
        if (which < (is_block ? (int32_t)rank : 0)) return false;
        if (which >= (int32_t)(is_block ? order.n : rank) || (seen >> which & 1u) != 0) {
            return false;
        }
        seen |= 1u << which;
        /* LiteRT takes blocks in the order of their levels */
        if (is_block && which != (int32_t)i) return false;
        const hn_fb_table table = hn_fb_table_at(&levels, i);
        level *l = &t->levels[i];
        const int32_t dim = is_block ? hn_fb_s32_at(&blocks, i - rank) : which;
        if (!read_level(&table, is_block ? block[i - rank] : outer[dim], l)) return false;
        l->stride = stride[dim];
        if (!is_block && outer[dim] > 0) l->stride *= shape->dim[dim] / outer[dim];
    }
    return true;
}

/* ---- the walk ---- */

/* The children of parent p of a level: positions begin to end, which a dense level computes. */
static bool children(const level *l, uint64_t p, uint64_t *begin, uint64_t *end) {
    if (!l->is_sparse) {
        *begin = p * (uint64_t)l->extent;
        *end = *begin + (uint64_t)l->extent;
        return true;
    }
    if (p + 1 >= l->segments.n) return false;
    const int64_t first = number_at(&l->segments, p), last = number_at(&l->segments, p + 1);
    *begin = (uint64_t)first;
    *end = (uint64_t)last;
    return first >= 0 && first <= last && (uint64_t)last <= l->indices.n;
}

/* Where child k stands along its level; -1: its index is not above the one before, or outside. */
static int64_t place_of(const level *l, uint64_t begin, uint64_t k) {
    if (!l->is_sparse) return (int64_t)(k - begin);
    const int64_t at = number_at(&l->indices, k);
    const int64_t before = k > begin ? number_at(&l->indices, k - 1) : -1;
    return at > before && at < l->extent ? at : -1;
}

typedef struct step {
    uint64_t begin, at, end;
    int64_t offset; /* of the parent */
} step;

/* Depth first, in the order in which the buffer has the elements. */
static bool walk(tree *t) {
    step steps[MAX_LEVELS + 1];
    uint32_t depth = 0;
    steps[0].offset = 0;
    if (!children(&t->levels[0], 0, &steps[0].begin, &steps[0].end)) return false;
    steps[0].at = steps[0].begin;
    for (;;) {
        step *s = &steps[depth];
        if (s->at == s->end) {
            if (depth-- == 0) return t->used == t->n_from;
            continue;
        }
        const uint64_t child = s->at++;
        const int64_t place = place_of(&t->levels[depth], s->begin, child);
        if (place < 0) return false;
        const int64_t offset = s->offset + place * t->levels[depth].stride;
        if (depth + 1 < t->n_levels) {
            step *next = &steps[++depth];
            if (!children(&t->levels[depth], child, &next->begin, &next->end)) return false;
            next->at = next->begin;
            next->offset = offset;
            continue;
        }
        if (t->used == t->n_from) return false;
        memcpy(t->to + (size_t)offset * t->size, t->from + t->used++ * t->size, t->size);
    }
}

hone_status hn_tflite_densify(hn_tflite *r, const hn_fb_table *sparsity, const hn_value *v,
                              const uint8_t **bytes, uint64_t *n_bytes) {
    tree t = {.from = *bytes, .size = hn_dtype_bits(v->dtype) / 8};
    uint64_t n = 0, n_dense = 0;
    if (v->kind != HN_VALUE_TENSOR || t.size == 0 || v->shape.rank < 1) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "sparse storage of %s", hn_dtype_name(v->dtype));
    }
    if (!hn_shape_count(&v->shape, &n) || !hn_type_bytes(v->dtype, n, &n_dense)) return bad(r);
    if (*n_bytes % t.size != 0 || !read_tree(sparsity, &v->shape, &t)) return bad(r);
    HN_TRY(hn_tflite_sound(r));
    t.n_from = *n_bytes / t.size;
    t.to = n_dense <= SIZE_MAX ? hn_arena_alloc_aligned(r->arena, (size_t)n_dense, 64) : NULL;
    if (t.to == NULL) return hn_no_memory(r->env);
    if (n > 0 && !walk(&t)) return bad(r);
    *bytes = t.to;
    *n_bytes = n_dense;
    return HONE_OK;
}
