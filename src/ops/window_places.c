/* SPDX-License-Identifier: Apache-2.0
 * StableHLO's gather and scatter: index vectors say where windows of a tensor begin; gather reads
 * the windows into a block of [batch and window dimensions in any order], scatter joins such a
 * block to the tensor. Windows that would reach outside are moved inside by gather; scatter leaves
 * out the elements that fall outside. Both run on the host. The join is the one operator of the
 * node's body, or the new element where the body is empty. */
#include <string.h>

#include "ops/control.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { X, INDICES, UPDATES }; /* operands; gather has no updates */

typedef struct list {
    uint32_t n;
    int64_t v[HN_MAX_RANK];
} list;

typedef struct places {
    const hn_shape *x, *indices, *block; /* block: the output of gather, the updates of scatter */
    list window;                         /* dimensions of the block that lie in windows */
    list kept;                           /* the dimensions of x that those are */
    list starts;                         /* the dimension of x that number k of a vector is for */
    list sizes;                          /* of windows, by dimension of x (gather) */
    int64_t vector;                      /* the dimension of the indices that vectors lie along */
} places;

/* ---- attributes ---- */

/* Different numbers below `end`, rising where that is asked for. */
static bool read_dims(const hn_node *node, const char *name, int32_t end, bool must_rise,
                      list *out) {
    const hn_attr *attr = hn_attr_find(node, name);
    uint32_t seen = 0;
    out->n = 0;
    if (attr == NULL) return true;
    if (attr->kind != HN_ATTR_INTS || attr->n > HN_MAX_RANK) return false;
    for (uint32_t i = 0; i < attr->n; i++) {
        const int64_t d = attr->v.ints[i];
        if (d < 0 || d >= end || (seen >> d & 1u) != 0) return false;
        if (must_rise && i > 0 && d < out->v[i - 1]) return false;
        seen |= 1u << d;
        out->v[out->n++] = d;
    }
    return true;
}

static list others(const list *gone, int32_t rank) {
    list kept = {0, {0}};
    for (int32_t d = 0; d < rank; d++) {
        bool is_gone = false;
        for (uint32_t i = 0; i < gone->n; i++) is_gone |= gone->v[i] == d;
        if (!is_gone) kept.v[kept.n++] = d;
    }
    return kept;
}

/* What both have; the names of the attributes differ. NULL: fine. */
static const char *read_places(const hn_node *node, const char *const names[3], int32_t block_rank,
                               places *p) {
    list gone;
    p->x = &node->in[X]->shape;
    p->indices = &node->in[INDICES]->shape;
    p->vector = hn_attr_int(node, "index_vector_dim", 0);
    const hn_dtype dtype = node->in[INDICES]->dtype;
    if (dtype != HN_DTYPE_S32 && dtype != HN_DTYPE_S64) return "the indices are no integers";
    if (!hn_shape_is_known(p->x) || !hn_shape_is_known(p->indices)) return "of open shapes";
    if (p->vector < 0 || p->vector > p->indices->rank) return "index vectors along no dimension";
    if (!read_dims(node, names[0], block_rank, true, &p->window) ||
        !read_dims(node, names[1], p->x->rank, true, &gone) ||
        !read_dims(node, names[2], p->x->rank, false, &p->starts)) {
        return "dimensions that there are not, twice, or in another order";
    }
    p->kept = others(&gone, p->x->rank);
    const bool is_own = p->vector < p->indices->rank;
    const int64_t n = is_own ? p->indices->dim[p->vector] : 1;
    if (n != (int64_t)p->starts.n) return "index vectors of another length";
    if (p->kept.n != p->window.n) return "windows with other dimensions than the tensor";
    if (block_rank != p->indices->rank - (is_own ? 1 : 0) + (int32_t)p->window.n) {
        return "a block of another rank";
    }
    return NULL;
}

/* Extents of the block in the places of the batch must be those of the indices. */
static int64_t batch_extent(const places *p, uint32_t i) {
    for (int32_t d = 0; d < p->indices->rank; d++) {
        if (d != p->vector && i-- == 0) return p->indices->dim[d];
    }
    return -1;
}

/* ---- where element `at` of the block lies ---- */

static int64_t index_at(const places *p, hn_dtype dtype, const void *bytes, const int64_t *batch,
                        int64_t k) {
    uint64_t at = 0;
    uint32_t b = 0;
    int32_t narrow;
    int64_t wide;
    for (int32_t d = 0; d < p->indices->rank; d++) {
        const int64_t i = d == p->vector ? k : batch[b++];
        at = at * (uint64_t)p->indices->dim[d] + (uint64_t)i;
    }
    if (dtype == HN_DTYPE_S64) {
        memcpy(&wide, (const uint8_t *)bytes + at * sizeof wide, sizeof wide);
        return wide;
    }
    memcpy(&narrow, (const uint8_t *)bytes + at * sizeof narrow, sizeof narrow);
    return narrow;
}

/* start: where its window begins; within: its place in the window; by dimension of x. */
static void locate(const places *p, hn_dtype dtype, const void *indices, uint64_t at,
                   int64_t *start, int64_t *within) {
    int64_t place[HN_MAX_RANK], batch[HN_MAX_RANK] = {0};
    uint32_t w = 0, b = 0;
    for (int32_t d = p->block->rank; d-- > 0;) {
        place[d] = (int64_t)(at % (uint64_t)p->block->dim[d]);
        at /= (uint64_t)p->block->dim[d];
    }
    for (int32_t d = 0; d < p->x->rank; d++) start[d] = within[d] = 0;
    for (int32_t d = 0; d < p->block->rank; d++) {
        if (w < p->window.n && p->window.v[w] == d) {
            within[p->kept.v[w++]] = place[d];
        } else {
            batch[b++] = place[d];
        }
    }
    for (uint32_t k = 0; k < p->starts.n; k++) {
        start[p->starts.v[k]] = index_at(p, dtype, indices, batch, k);
    }
}

/* ---- gather ---- */

static const char *const gather_names[] = {"offset_dims", "collapsed_slice_dims",
                                           "start_index_map"};

static hone_status read_gather(const hn_graph *g, const hn_node *node, places *p, hn_shape *out) {
    const hn_attr *windows = hn_attr_find(node, "offset_dims");
    const int32_t n = windows != NULL && windows->n <= HN_MAX_RANK ? (int32_t)windows->n : 0;
    const hn_shape *indices = &node->in[INDICES]->shape;
    const bool is_own = hn_attr_int(node, "index_vector_dim", 0) < indices->rank;
    const int32_t rank = indices->rank - (is_own ? 1 : 0) + n;
    if (rank < 0 || rank > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "an output of rank %d", (int)rank);
    }
    *out = hn_shape_unknown(rank);
    const char *problem = read_places(node, gather_names, rank, p);
    const hn_attr *sizes = hn_attr_find(node, "slice_sizes");
    if (problem == NULL && !hn_attr_ints(node, "slice_sizes", p->sizes.v, (uint32_t)p->x->rank)) {
        if (sizes != NULL || p->x->rank > 0) problem = "there must be one size for each dimension";
    }
    for (int32_t d = 0; problem == NULL && d < p->x->rank; d++) {
        bool is_kept = false;
        for (uint32_t i = 0; i < p->kept.n; i++) is_kept |= p->kept.v[i] == d;
        const int64_t size = p->sizes.v[d];
        if (size < 0 || size > p->x->dim[d]) problem = "a window larger than the tensor";
        if (!is_kept && size != 1) problem = "a collapsed dimension of more than one";
    }
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    uint32_t w = 0, b = 0;
    for (int32_t d = 0; d < out->rank; d++) {
        const bool is_window = w < p->window.n && p->window.v[w] == d;
        out->dim[d] = is_window ? p->sizes.v[p->kept.v[w++]] : batch_extent(p, b++);
    }
    return HONE_OK;
}

/* Something that the run alone knows. */
static bool is_open(const hn_node *node) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (!hn_shape_is_known(&node->in[i]->shape)) return true;
    }
    return false;
}

static hone_status gather_shape(hn_graph *g, hn_node *node) {
    places p = {0};
    hn_shape out = hn_shape_unknown(-1);
    if (is_open(node)) return hn_node_set_shape(g, node, node->in[X]->dtype, &out);
    HN_TRY(read_gather(g, node, &p, &out));
    return hn_node_set_shape(g, node, node->in[X]->dtype, &out);
}

static hone_status gather_host(hn_host_eval *H, hn_node *node) {
    places p = {0};
    hn_shape out;
    int64_t start[HN_MAX_RANK], within[HN_MAX_RANK];
    const hn_value *x = node->in[X], *at = node->in[INDICES];
    const size_t size = hn_dtype_bits(x->dtype) / 8;
    const void *from = NULL, *indices = NULL;
    void *to = NULL;
    uint64_t n = 0;
    HN_TRY(read_gather(H->graph, node, &p, &out));
    if (size == 0) return hn_fail(H->env, HONE_E_UNSUPPORTED, "%s", hn_dtype_name(x->dtype));
    p.block = &out;
    if (!hn_shape_count(&out, &n)) return hn_fail(H->env, HONE_E_LIMIT, "too many elements");
    HN_TRY(H->input(H, x, &from));
    HN_TRY(H->input(H, at, &indices));
    HN_TRY(H->output(H, node, 0, &out, &to));
    for (uint64_t i = 0; i < n; i++) {
        uint64_t place = 0;
        locate(&p, at->dtype, indices, i, start, within);
        for (int32_t d = 0; d < p.x->rank; d++) {
            const int64_t last = p.x->dim[d] - p.sizes.v[d];
            const int64_t begin = start[d] < 0 ? 0 : start[d] > last ? last : start[d];
            place = place * (uint64_t)p.x->dim[d] + (uint64_t)(begin + within[d]);
        }
        memcpy((uint8_t *)to + i * size, (const uint8_t *)from + place * size, size);
    }
    return HONE_OK;
}

/* ---- scatter ---- */

static const char *const scatter_names[] = {"update_window_dims", "inserted_window_dims",
                                            "scatter_dims_to_operand_dims"};

typedef void join(void *to, const void *from, hn_op_id op);

/* Sums and products of integers wrap. */
#define JOIN(name, type, wide)                                                                     \
    static void name(void *to, const void *from, hn_op_id op) {                                    \
        type a, b;                                                                                 \
        memcpy(&a, to, sizeof a);                                                                  \
        memcpy(&b, from, sizeof b);                                                                \
        if (op == HN_OP_add) a = (type)((wide)a + (wide)b);                                        \
        if (op == HN_OP_mul) a = (type)((wide)a * (wide)b);                                        \
        if (op == HN_OP_minimum) a = b < a ? b : a;                                                \
        if (op == HN_OP_maximum) a = b > a ? b : a;                                                \
        if (op == HN_OP_identity) a = b;                                                           \
        memcpy(to, &a, sizeof a);                                                                  \
    }

JOIN(join_f32, float, float)
JOIN(join_s8, int8_t, uint32_t)
JOIN(join_u8, uint8_t, uint32_t)
JOIN(join_s16, int16_t, uint32_t)
JOIN(join_s32, int32_t, uint32_t)
JOIN(join_s64, int64_t, uint64_t)

static join *join_of(hn_dtype dtype) {
    switch (dtype) {
    case HN_DTYPE_F32:
        return join_f32;
    case HN_DTYPE_S8:
        return join_s8;
    case HN_DTYPE_U8:
        return join_u8;
    case HN_DTYPE_S16:
        return join_s16;
    case HN_DTYPE_S32:
        return join_s32;
    case HN_DTYPE_S64:
        return join_s64;
    default:
        return NULL;
    }
}

static const char *read_scatter(const hn_node *node, places *p, hn_op_id *op) {
    const hn_value *x = node->in[X], *updates = node->in[UPDATES];
    const hn_graph *body = node->n_bodies == 1 ? node->bodies[0] : NULL;
    p->block = &updates->shape;
    if (!hn_shape_is_known(p->block)) return "updates of an open shape";
    if (x->dtype != updates->dtype || join_of(x->dtype) == NULL) return "elements of these types";
    const char *problem = read_places(node, scatter_names, p->block->rank, p);
    if (problem != NULL) return problem;
    uint32_t w = 0, b = 0;
    for (int32_t d = 0; d < p->block->rank; d++) {
        const bool is_window = w < p->window.n && p->window.v[w] == d;
        const int64_t most = is_window ? p->x->dim[p->kept.v[w++]] : batch_extent(p, b++);
        if (p->block->dim[d] > most || (!is_window && p->block->dim[d] != most)) {
            return "updates of another shape";
        }
    }
    *op = HN_OP_identity;
    if (body != NULL && body->n_nodes == 0 && body->n_inputs == 2 && body->n_outputs == 1 &&
        body->outputs[0] == body->inputs[1]) {
        return NULL;
    }
    if (!hn_body_function(node, op)) return "a body that is not one operator of two operands";
    const bool is_known =
        *op == HN_OP_add || *op == HN_OP_mul || *op == HN_OP_minimum || *op == HN_OP_maximum;
    return is_known ? NULL : "a body of another operator";
}

static hone_status scatter_shape(hn_graph *g, hn_node *node) {
    places p = {0};
    hn_op_id op;
    const char *problem = is_open(node) ? NULL : read_scatter(node, &p, &op);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, node->in[X]->dtype, &node->in[X]->shape);
}

static hone_status scatter_host(hn_host_eval *H, hn_node *node) {
    places p = {0};
    hn_op_id op;
    int64_t start[HN_MAX_RANK], within[HN_MAX_RANK];
    const hn_value *x = node->in[X], *at = node->in[INDICES];
    const size_t size = hn_dtype_bits(x->dtype) / 8;
    const void *old = NULL, *indices = NULL, *updates = NULL;
    void *to = NULL;
    uint64_t n = 0, n_x = 0;
    const char *problem = read_scatter(node, &p, &op);
    if (problem != NULL) return hn_fail(H->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_shape_count(p.block, &n) || !hn_shape_count(p.x, &n_x)) {
        return hn_fail(H->env, HONE_E_LIMIT, "too many elements");
    }
    HN_TRY(H->input(H, x, &old));
    HN_TRY(H->input(H, at, &indices));
    HN_TRY(H->input(H, node->in[UPDATES], &updates));
    HN_TRY(H->output(H, node, 0, p.x, &to));
    if (n_x > 0) memcpy(to, old, (size_t)n_x * size);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t place = 0;
        bool is_inside = true;
        locate(&p, at->dtype, indices, i, start, within);
        for (int32_t d = 0; d < p.x->rank; d++) {
            const int64_t extent = p.x->dim[d];
            is_inside = is_inside && start[d] >= -within[d] && start[d] < extent - within[d];
            if (is_inside) place = place * (uint64_t)extent + (uint64_t)(start[d] + within[d]);
        }
        if (!is_inside) continue;
        join_of(x->dtype)((uint8_t *)to + place * size, (const uint8_t *)updates + i * size, op);
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_window_gather = {
    .shape = gather_shape, .host = gather_host, .is_of_bytes = true};
const hn_op_hooks hn_hooks_window_scatter = {.shape = scatter_shape, .host = scatter_host};
