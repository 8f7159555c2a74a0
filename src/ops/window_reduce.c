/* SPDX-License-Identifier: Apache-2.0
 * Reductions over windows of any rank: TensorFlow Lite's REDUCE_WINDOW (windows, strides and
 * dilations are operands, the function an attribute) and StableHLO's (all are attributes, the
 * function is a body of one operator, and the tensor may be padded first). Each place in the
 * window is a strided slice of the tensor; the slices are joined in order. */
#include <string.h>

#include "ops/compose.h"
#include "ops/control.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, INIT, DIMS, STRIDES, DILATIONS }; /* operands */
enum { MOST_TAPS = 1024 };

typedef struct windows {
    int64_t dim[HN_MAX_RANK], stride[HN_MAX_RANK], dilation[HN_MAX_RANK];
    hn_op_id op;
} windows;

static const struct function {
    const char *name;
    hn_op_id op;
} functions[] = {
    {"add", HN_OP_add},         {"mul", HN_OP_mul},         {"minimum", HN_OP_minimum},
    {"maximum", HN_OP_maximum}, {"all", HN_OP_logical_and}, {"any", HN_OP_logical_or},
};

static bool find_function(const char *name, hn_op_id *op) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) != 0) continue;
        *op = functions[i].op;
        return true;
    }
    return false;
}

bool hn_body_function(const hn_node *node, hn_op_id *op) {
    const hn_graph *body = node->n_bodies == 1 ? node->bodies[0] : NULL;
    if (body == NULL || body->n_nodes != 1 || body->nodes[0]->op == NULL) return false;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (body->nodes[0]->op != hn_op_at(functions[i].op)) continue;
        *op = functions[i].op;
        return true;
    }
    return false;
}

/* One number for each dimension: an operand, an attribute, or 1; all at least 1. */
static bool read_list(const hn_node *node, uint32_t port, const char *name, int32_t rank,
                      int64_t *out) {
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, port, name, &list);
    for (int32_t d = 0; d < rank; d++) {
        out[d] = 1;
        if (state == HN_INTS_ABSENT) continue;
        if (state != HN_INTS_KNOWN || list.n != (uint32_t)rank) return false;
        out[d] = list.v[d];
        if (out[d] < 1 || out[d] > INT32_MAX) return false;
    }
    return true;
}

/* The extent along d of the result, at least 0. */
static int64_t extent(const windows *w, const hn_shape *x, int32_t d) {
    const int64_t span = (w->dim[d] - 1) * w->dilation[d] + 1;
    return x->dim[d] < span ? 0 : (x->dim[d] - span) / w->stride[d] + 1;
}

/* The elements of x that place `tap` of the windows covers. */
static hn_value *slice_at(hn_compose *c, hn_value *x, const windows *w, int64_t tap) {
    int64_t begin[HN_MAX_RANK], end[HN_MAX_RANK], axis[HN_MAX_RANK];
    const int32_t rank = x->shape.rank;
    for (int32_t d = rank; d-- > 0; tap /= w->dim[d]) {
        const int64_t n = extent(w, &x->shape, d);
        axis[d] = d;
        begin[d] = tap % w->dim[d] * w->dilation[d];
        end[d] = n == 0 ? begin[d] : begin[d] + (n - 1) * w->stride[d] + 1;
    }
    const uint32_t n = (uint32_t)rank;
    return HN_MAKE(c, slice, x, hn_make_vector(c, begin, n), hn_make_vector(c, end, n),
                   hn_make_vector(c, axis, n), hn_make_vector(c, w->stride, n));
}

static hone_status join(hn_compose *c, hn_node *node, hn_value *x, const windows *w) {
    int64_t n = 1;
    for (int32_t d = 0; d < x->shape.rank; d++) {
        n = w->dim[d] > MOST_TAPS ? MOST_TAPS + 1 : n * w->dim[d];
        if (n > MOST_TAPS) {
            return hn_fail(c->g->env, HONE_E_LIMIT, "windows of more than %d places", MOST_TAPS);
        }
    }
    hn_value *sum = node->in[INIT];
    for (int64_t tap = 0; tap < n && c->status == HONE_OK; tap++) {
        hn_value *const pair[2] = {sum, slice_at(c, x, w, tap)};
        sum = hn_make(c, w->op, pair, 2);
    }
    return hn_compose_end(c, sum, node);
}

static hone_status window_reduce_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    windows w;
    const int32_t rank = node->in[X]->shape.rank;
    const bool is_read = read_list(node, DIMS, "", rank, w.dim) &&
                         read_list(node, STRIDES, "", rank, w.stride) &&
                         read_list(node, DILATIONS, "", rank, w.dilation);
    if (!is_read || !find_function(hn_attr_string(node, "reduce_function", ""), &w.op)) {
        return hn_fail(g->env, HONE_E_SHAPE, "windows or function are not possible");
    }
    return join(&c, node, node->in[X], &w);
}

static hone_status window_body_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    windows w;
    hn_value *x = node->in[X];
    const int32_t rank = x->shape.rank;
    int64_t base[HN_MAX_RANK], pads[2 * HN_MAX_RANK] = {0}, low[HN_MAX_RANK], high[HN_MAX_RANK];
    const bool is_read = read_list(node, UINT32_MAX, "window_dimensions", rank, w.dim) &&
                         read_list(node, UINT32_MAX, "window_strides", rank, w.stride) &&
                         read_list(node, UINT32_MAX, "window_dilations", rank, w.dilation) &&
                         read_list(node, UINT32_MAX, "base_dilations", rank, base);
    const hn_attr *padding = hn_attr_find(node, "padding");
    const bool has_pads = padding != NULL && padding->n > 0;
    if (!is_read || !hn_body_function(node, &w.op) ||
        (has_pads && !hn_attr_ints(node, "padding", pads, 2 * (uint32_t)rank))) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "windows, padding or body are not possible");
    }
    bool is_whole = true;
    for (int32_t d = 0; d < rank; d++) {
        low[d] = pads[2 * d];
        high[d] = pads[2 * d + 1];
        base[d]--;
        is_whole = is_whole && low[d] == 0 && high[d] == 0 && base[d] == 0;
    }
    if (!is_whole) {
        hn_with_ints(&c, "low", low, (uint32_t)rank);
        hn_with_ints(&c, "high", high, (uint32_t)rank);
        hn_with_ints(&c, "interior", base, (uint32_t)rank);
        x = HN_MAKE(&c, pad_between, x, node->in[INIT]);
        if (x == NULL) return c.status;
    }
    return join(&c, node, x, &w);
}

const hn_op_hooks hn_hooks_window_reduce = {.shape = hn_compose_shape,
                                            .expand = window_reduce_expand};
const hn_op_hooks hn_hooks_window_body = {.shape = hn_compose_shape, .expand = window_body_expand};
