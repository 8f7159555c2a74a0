/* SPDX-License-Identifier: Apache-2.0
 * scan_batches: ONNX's Scan before version 9. Dimension 0 of all operands is a batch, 1 that of the
 * slices, and `lengths` may say how many slices of each batch count; those behind are zeros in
 * scanned outputs. It becomes one scan a batch, and their results put together. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { LENGTHS, FIRST };     /* operands */
enum { MOST_BATCHES = 256 }; /* each has a body of its own */

typedef struct batches {
    hn_node *node;
    uint32_t n_states, n_scans, n_captures;
    int64_t n, slices;
    int64_t lengths[MOST_BATCHES];
} batches;

static const char *read_batches(const hn_graph *g, hn_node *node, batches *s) {
    const int64_t n_captures = hn_attr_int(node, "captures", 0);
    const int64_t n_scans = hn_attr_int(node, "num_scan_inputs", 0);
    const int64_t n_states = (int64_t)node->n_in - FIRST - n_captures - n_scans;
    const hn_value *lengths = hn_node_in(node, LENGTHS);
    if (node->n_bodies != 1 || n_captures < 0 || n_scans < 1 || n_states < 0) {
        return "operands and num_scan_inputs do not fit";
    }
    *s = (batches){.node = node,
                   .n_states = (uint32_t)n_states,
                   .n_scans = (uint32_t)n_scans,
                   .n_captures = (uint32_t)n_captures};
    for (uint32_t i = FIRST; i < node->n_in - s->n_captures; i++) {
        const bool is_scan = i >= FIRST + s->n_states;
        if (node->in[i] == NULL || node->in[i]->shape.rank < (is_scan ? 2 : 1)) {
            return "an operand without a batch or slices";
        }
        if (i > FIRST && node->in[i]->shape.dim[0] != s->n) return "the batches differ";
        s->n = node->in[i]->shape.dim[0];
        if (is_scan && i > FIRST + s->n_states && node->in[i]->shape.dim[1] != s->slices) {
            return "the numbers of slices differ";
        }
        if (is_scan) s->slices = node->in[i]->shape.dim[1];
    }
    if (s->n < 1 || s->n > MOST_BATCHES) return "no batch, or more than 256";
    for (int64_t b = 0; b < s->n; b++) s->lengths[b] = s->slices;
    if (lengths == NULL) return NULL;
    if (hn_constant_read_s64(g, lengths, s->lengths, (uint64_t)s->n) != HONE_OK) {
        return "lengths that are no integer for each batch";
    }
    for (int64_t b = 0; b < s->n; b++) {
        if (s->lengths[b] < 1 || s->lengths[b] > s->slices) return "a length out of range";
    }
    return NULL;
}

static hn_value *part_of(hn_compose *c, const batches *s, hn_value *v, int64_t b, bool is_scan) {
    const int64_t batch = 0, length = s->lengths[b];
    v = hn_make_slice(c, v, 0, (const int64_t[]){b, b + 1});
    v = HN_MAKE(c, squeeze, v, hn_make_vector(c, &batch, 1));
    return is_scan && length < s->slices ? hn_make_slice(c, v, 0, (const int64_t[]){0, length}) : v;
}

/* Zeros behind the slices that there are, and the dimension of the batch. */
static hn_value *whole_of(hn_compose *c, const batches *s, hn_value *v, int64_t b, bool is_scan) {
    const int64_t batch = 0;
    int64_t pads[2 * HN_MAX_RANK] = {0};
    if (c->status != HONE_OK) return NULL;
    const int32_t rank = v->shape.rank;
    if (is_scan && s->lengths[b] < s->slices && rank > 0) {
        pads[rank] = s->slices - s->lengths[b];
        v = HN_MAKE(c, pad, v, hn_make_vector(c, pads, 2 * (uint32_t)rank));
    }
    return HN_MAKE(c, unsqueeze, v, hn_make_vector(c, &batch, 1));
}

/* The scan of batch b; its outputs are those of c->node. */
static void make_scan(hn_compose *c, const batches *s, int64_t b) {
    hn_graph *g = c->g, **body = HN_NEW(g->arena, hn_graph *);
    const uint32_t n = s->node->n_in - FIRST;
    const hn_attr *directions = hn_attr_find(s->node, "directions");
    hn_value **in = HN_NEW_N(g->arena, hn_value *, n);
    if (c->status == HONE_OK && (body == NULL || in == NULL)) {
        (void)hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    }
    if (c->status != HONE_OK) return;
    for (uint32_t i = 0; i < n; i++) {
        hn_value *v = s->node->in[FIRST + i];
        in[i] = i < n - s->n_captures ? part_of(c, s, v, b, i >= s->n_states) : v;
    }
    if (c->status == HONE_OK) {
        c->status = hn_graph_clone(g->env, g->arena, s->node->bodies[0], false, body);
    }
    if (c->status != HONE_OK) return;
    body[0]->parent = g;
    hn_with_int(c, "num_scan_inputs", s->n_scans);
    hn_with_int(c, "captures", s->n_captures);
    if (directions != NULL && directions->kind == HN_ATTR_INTS) {
        hn_with_ints(c, "scan_input_directions", directions->v.ints, directions->n);
    }
    hn_with_outputs(c, s->node->n_out);
    hn_with_bodies(c, body, 1);
    (void)hn_make(c, HN_OP_scan, in, n);
}

static hone_status scan_batches_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    batches s;
    const char *problem = read_batches(g, node, &s);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const uint32_t n = (uint32_t)s.n;
    hn_value **parts = HN_NEW_N(g->arena, hn_value *, (uint64_t)n * node->n_out);
    if (parts == NULL) return hn_no_memory(g->env);
    for (uint32_t b = 0; b < n && c.status == HONE_OK; b++) {
        make_scan(&c, &s, b);
        const hn_node *scan = c.node;
        for (uint32_t k = 0; k < node->n_out && c.status == HONE_OK; k++) {
            parts[k * n + b] = whole_of(&c, &s, scan->out[k], b, k >= s.n_states);
        }
    }
    for (uint32_t k = 0; k < node->n_out && c.status == HONE_OK; k++) {
        hn_with_int(&c, "axis", 0);
        hn_compose_give(&c, hn_make(&c, HN_OP_concat, parts + (size_t)k * n, n), node, k);
    }
    return c.status;
}

/* The body with the types that its inputs will have: without the batch, and without the slices. */
static hone_status infer_body(hn_graph *g, const hn_node *node) {
    hn_graph *body = node->n_bodies == 1 ? node->bodies[0] : NULL;
    const uint32_t n = node->n_in > FIRST ? node->n_in - FIRST : 0;
    const int64_t n_captures = hn_attr_int(node, "captures", 0);
    const int64_t n_scanned = hn_attr_int(node, "num_scan_inputs", 0);
    if (n_captures < 0 || n_captures > n || n_scanned < 0 || n_scanned > n - n_captures) {
        return hn_fail(g->env, HONE_E_SHAPE, "fewer operands than it says");
    }
    const int64_t n_states = n - n_captures - n_scanned;
    if (body == NULL || body->n_inputs != n || body->n_outputs != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "the body has other inputs or outputs than the node");
    }
    for (uint32_t i = 0; i < n; i++) {
        const hn_value *from = node->in[FIRST + i];
        hn_value *to = body->inputs[i];
        if (from == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", FIRST + i);
        const int32_t less = i >= n - n_captures ? 0 : i < n_states ? 1 : 2;
        to->kind = from->kind;
        to->dtype = from->dtype;
        to->shape = hn_shape_unknown(from->shape.rank < less ? -1 : from->shape.rank - less);
        for (int32_t d = 0; d < to->shape.rank; d++) {
            hn_shape_take(&to->shape, d, &from->shape, d + less);
        }
    }
    const hone_status status = hn_graph_infer(body);
    return hn_fail_from(g->env, body->env, status);
}

static hone_status scan_batches_shape(hn_graph *g, hn_node *node) {
    HN_TRY(infer_body(g, node));
    return hn_compose_shape(g, node);
}

const hn_op_hooks hn_hooks_scan_batches = {
    .shape = scan_batches_shape, .expand = scan_batches_expand, .max_outputs = HN_MAX_NODE_PORTS};
