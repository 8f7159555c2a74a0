/* SPDX-License-Identifier: Apache-2.0
 * The different elements, or slices along an axis, of a tensor: sorted, or in order of their first
 * places (attribute `sorted`). Outputs: values, first places, for each slice the number of its
 * value, how often each is there. TensorFlow Lite has only the values and the numbers (attribute
 * `numbers_second` 1). Slices are sorted by merging, so that equal ones stay in order. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { VALUES, FIRST, NUMBERS, COUNTS };

/* The tensor as [outer, n, inner]: slice i is outer pieces of inner elements. */
typedef struct slices {
    const uint8_t *bytes;
    hn_dtype dtype;
    uint64_t outer, n, inner;
    uint32_t item;
} slices;

#define COMPARE(type)                                                                              \
    do {                                                                                           \
        type x, y;                                                                                 \
        memcpy(&x, a, sizeof x);                                                                   \
        memcpy(&y, b, sizeof y);                                                                   \
        return x < y ? -1 : x > y ? 1 : 0;                                                         \
    } while (0)

static int compare_elements(hn_dtype dtype, const uint8_t *a, const uint8_t *b) {
    switch (dtype) {
    case HN_DTYPE_F32:
        COMPARE(float);
    case HN_DTYPE_F64:
        COMPARE(double);
    case HN_DTYPE_S8:
        COMPARE(int8_t);
    case HN_DTYPE_S16:
        COMPARE(int16_t);
    case HN_DTYPE_S32:
        COMPARE(int32_t);
    case HN_DTYPE_S64:
        COMPARE(int64_t);
    case HN_DTYPE_U16:
        COMPARE(uint16_t);
    case HN_DTYPE_U32:
        COMPARE(uint32_t);
    case HN_DTYPE_U64:
        COMPARE(uint64_t);
    default:
        COMPARE(uint8_t);
    }
}

static bool is_comparable(hn_dtype dtype) {
    return dtype == HN_DTYPE_F32 || dtype == HN_DTYPE_F64 || dtype == HN_DTYPE_BOOL ||
           (hn_dtype_is_integer(dtype) && hn_dtype_bits(dtype) >= 8);
}

static int compare(const slices *s, uint64_t i, uint64_t k) {
    for (uint64_t o = 0; o < s->outer; o++) {
        const uint8_t *a = s->bytes + (o * s->n + i) * s->inner * s->item;
        const uint8_t *b = s->bytes + (o * s->n + k) * s->inner * s->item;
        for (uint64_t e = 0; e < s->inner; e++) {
            const int order = compare_elements(s->dtype, a + e * s->item, b + e * s->item);
            if (order != 0) return order;
        }
    }
    return 0;
}

/* Sorts the numbers 0 .. n-1 of slices; `spare` has room for n. The result is in either. */
static uint64_t *sort(const slices *s, uint64_t *list, uint64_t *spare) {
    for (uint64_t i = 0; i < s->n; i++) list[i] = i;
    for (uint64_t width = 1; width < s->n; width *= 2) {
        for (uint64_t low = 0; low < s->n; low += 2 * width) {
            const uint64_t middle = low + width < s->n ? low + width : s->n;
            const uint64_t high = low + 2 * width < s->n ? low + 2 * width : s->n;
            uint64_t a = low, b = middle;
            for (uint64_t k = low; k < high; k++) {
                const bool left = a < middle && (b >= high || compare(s, list[a], list[b]) <= 0);
                spare[k] = left ? list[a++] : list[b++];
            }
        }
        uint64_t *const other = list;
        list = spare;
        spare = other;
    }
    return list;
}

/* What was found: for each value its first slice and count, for each slice its value's number. */
typedef struct found {
    uint64_t n;
    uint64_t *first, *count, *number;
} found;

/* Numbers of values by their place among the first slices, which are in rising order then. */
static void order_by_place(const slices *s, found *f, uint64_t *rank) {
    for (uint64_t i = 0; i < s->n; i++) rank[i] = UINT64_MAX;
    for (uint64_t v = 0; v < f->n; v++) rank[f->first[v]] = f->count[v];
    uint64_t n = 0;
    for (uint64_t i = 0; i < s->n; i++) {
        if (rank[i] == UINT64_MAX) continue;
        f->first[n] = i;
        f->count[n] = rank[i];
        rank[i] = n++;
    }
}

static void find(const slices *s, bool is_sorted, uint64_t *memory, found *f) {
    uint64_t *list = memory, *spare = list + s->n;
    f->first = spare + s->n;
    f->count = f->first + s->n;
    f->number = f->count + s->n;
    f->n = 0;
    const uint64_t *sorted = sort(s, list, spare);
    uint64_t *rank = sorted == list ? spare : list;
    for (uint64_t i = 0; i < s->n; i++) {
        const bool is_new = i == 0 || compare(s, sorted[i - 1], sorted[i]) != 0;
        if (is_new) {
            f->first[f->n] = sorted[i];
            f->count[f->n++] = 0;
        }
        f->count[f->n - 1]++;
        f->number[sorted[i]] = is_sorted ? f->n - 1 : f->first[f->n - 1];
    }
    if (is_sorted) return;
    order_by_place(s, f, rank);
    for (uint64_t i = 0; i < s->n; i++) f->number[i] = rank[f->number[i]];
}

static hone_status unique_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const bool has_axis = hn_attr_find(node, "axis") != NULL;
    const bool is_short = hn_attr_int(node, "numbers_second", 0) != 0;
    const hn_shape list = hn_shape_unknown(1);
    hn_shape values = has_axis ? x->shape : list, numbers = list;
    int32_t axis = 0;
    uint64_t n;
    if (has_axis && values.rank >= 0) {
        HN_TRY(hn_node_axis(g->env, node, 0, values.rank, &axis));
        numbers.dim[0] = values.dim[axis];
        values.dim[axis] = -1;
        values.sym[axis] = NULL;
    } else if (!has_axis && hn_shape_count(&x->shape, &n)) {
        numbers.dim[0] = (int64_t)n;
    }
    HN_TRY(hn_node_set_output(g, node, VALUES, x->dtype, &values));
    for (uint32_t i = 1; i < node->n_out; i++) {
        const bool is_number = is_short || i == NUMBERS;
        hn_dtype dtype = HN_DTYPE_S64;
        if (is_short && node->out[i] != NULL && node->out[i]->dtype == HN_DTYPE_S32) {
            dtype = HN_DTYPE_S32;
        }
        HN_TRY(hn_node_set_output(g, node, i, dtype, is_number ? &numbers : &list));
    }
    return HONE_OK;
}

static hone_status put_list(hn_host_eval *H, hn_node *node, uint32_t port, const uint64_t *list,
                            uint64_t n) {
    const hn_shape shape = hn_shape_of(1, (const int64_t[]){(int64_t)n});
    void *memory = NULL;
    if (port >= node->n_out || node->out[port] == NULL) return HONE_OK;
    const bool is_narrow = node->out[port]->dtype == HN_DTYPE_S32;
    HN_TRY(H->output(H, node, port, &shape, &memory));
    for (uint64_t i = 0; i < n; i++) {
        if (is_narrow) {
            ((int32_t *)memory)[i] = (int32_t)list[i];
        } else {
            ((int64_t *)memory)[i] = (int64_t)list[i];
        }
    }
    return HONE_OK;
}

static hone_status put_values(hn_host_eval *H, hn_node *node, const slices *s, const found *f,
                              hn_shape shape, int32_t axis) {
    const uint64_t piece = s->inner * s->item;
    void *memory = NULL;
    shape.dim[axis] = (int64_t)f->n;
    HN_TRY(H->output(H, node, VALUES, &shape, &memory));
    uint8_t *to = memory;
    for (uint64_t o = 0; o < s->outer && piece > 0; o++) {
        for (uint64_t v = 0; v < f->n; v++, to += piece) {
            memcpy(to, s->bytes + (o * s->n + f->first[v]) * piece, (size_t)piece);
        }
    }
    return HONE_OK;
}

static hone_status unique_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const bool has_axis = hn_attr_find(node, "axis") != NULL;
    uint64_t n;
    int32_t axis = 0;
    if (!is_comparable(x->dtype) || !hn_shape_count(&x->shape, &n) || n > UINT32_MAX) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "elements of type %s", hn_dtype_name(x->dtype));
    }
    const hn_shape shape = has_axis ? x->shape : hn_shape_of(1, (const int64_t[]){(int64_t)n});
    if (has_axis) HN_TRY(hn_node_axis(H->env, node, 0, shape.rank, &axis));
    slices s = {NULL,
                x->dtype,
                (uint64_t)hn_shape_product(&shape, 0, axis),
                (uint64_t)shape.dim[axis],
                (uint64_t)hn_shape_product(&shape, axis + 1, shape.rank),
                hn_dtype_bits(x->dtype) / 8};
    const void *data = NULL;
    void *memory = NULL;
    found f;
    HN_TRY(H->input(H, x, &data));
    HN_TRY(H->temp(H, 5 * s.n * sizeof(uint64_t), &memory));
    s.bytes = data;
    find(&s, hn_attr_int(node, "sorted", 1) != 0, memory, &f);
    HN_TRY(put_values(H, node, &s, &f, shape, axis));
    if (hn_attr_int(node, "numbers_second", 0) != 0) return put_list(H, node, 1, f.number, s.n);
    HN_TRY(put_list(H, node, FIRST, f.first, f.n));
    HN_TRY(put_list(H, node, NUMBERS, f.number, s.n));
    return put_list(H, node, COUNTS, f.count, f.n);
}

const hn_op_hooks hn_hooks_unique = {.shape = unique_shape, .host = unique_host, .max_outputs = 4};
