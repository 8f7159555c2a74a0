/* SPDX-License-Identifier: Apache-2.0
 * Shapes through loops and calls. A carried value starts with its operand's shape; where the body
 * gives another, the dimension is unknown from then on, and the body is looked at again. */
#include "ops/control.h"

#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { MOST_LOOPS = 4 }; /* nested: every one looks at its body up to MOST_LOOKS times */
enum { MOST_LOOKS = 4 };

static uint32_t count(const hn_node *node, const char *name, int64_t absent) {
    const int64_t n = hn_attr_int(node, name, absent);
    return n < 0 || n > HN_MAX_NODE_PORTS ? HN_MAX_NODE_PORTS + 1 : (uint32_t)n;
}

static bool read_while(const hn_node *node, hn_loop_ports *p) {
    if (node->n_bodies != 2) return false;
    p->condition = node->bodies[0];
    p->body = node->bodies[1];
    p->n_carried = node->n_in;
    return p->body->n_inputs == node->n_in && p->body->n_outputs == node->n_in &&
           p->condition->n_inputs == node->n_in && p->condition->n_outputs == 1 &&
           node->n_out == node->n_in;
}

static bool read_loop(const hn_node *node, hn_loop_ports *p) {
    if (node->n_bodies != 1 || node->n_in < 2) return false;
    p->body = node->bodies[0];
    p->n_head = 2;
    p->n_captures = count(node, "captures", 0);
    if (p->n_captures > node->n_in - 2) return false;
    p->n_carried = node->n_in - 2 - p->n_captures;
    if (p->body->n_outputs < 1 + p->n_carried) return false;
    p->n_scan_out = p->body->n_outputs - 1 - p->n_carried;
    return p->body->n_inputs == node->n_in && node->n_out == p->n_carried + p->n_scan_out;
}

static bool read_scan(const hn_node *node, hn_loop_ports *p) {
    if (node->n_bodies != 1) return false;
    p->body = node->bodies[0];
    p->n_captures = count(node, "captures", 0);
    p->n_scan_in = count(node, "num_scan_inputs", 0);
    if (p->n_captures + p->n_scan_in > node->n_in || p->n_scan_in == 0) return false;
    p->n_carried = node->n_in - p->n_captures - p->n_scan_in;
    if (p->body->n_outputs < p->n_carried) return false;
    p->n_scan_out = p->body->n_outputs - p->n_carried;
    return p->body->n_inputs == node->n_in && node->n_out == p->body->n_outputs;
}

bool hn_loop_ports_read(const hn_node *node, hn_loop_ports *out) {
    memset(out, 0, sizeof *out);
    if (node->op == hn_op_at(HN_OP_while)) return read_while(node, out);
    if (node->op == hn_op_at(HN_OP_loop)) return read_loop(node, out);
    return node->op == hn_op_at(HN_OP_scan) && read_scan(node, out);
}

static bool is_zero_list(const hn_node *node, const char *name) {
    const hn_attr *list = hn_attr_find(node, name);
    if (list == NULL) return true;
    if (list->kind != HN_ATTR_INTS) return false;
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->v.ints[i] != 0) return false;
    }
    return true;
}

bool hn_scan_is_plain(const hn_node *node) {
    return is_zero_list(node, "scan_input_axes") && is_zero_list(node, "scan_output_axes") &&
           is_zero_list(node, "scan_input_directions") &&
           is_zero_list(node, "scan_output_directions");
}

/* The axis of scanned input or output i of a value of that rank; false: it is no dimension. */
static bool scan_axis(const hn_node *node, const char *name, uint32_t i, int32_t rank,
                      int32_t *axis) {
    const hn_attr *list = hn_attr_find(node, name);
    const bool is_stated = list != NULL && list->kind == HN_ATTR_INTS && i < list->n;
    return hn_axis_resolve(is_stated ? list->v.ints[i] : 0, rank, axis);
}

/* The value of a constant number; false when v is none. */
static bool read_number(const hn_value *v, int64_t *out) {
    uint64_t n;
    if (v == NULL || v->constant == NULL || !hn_shape_count(&v->shape, &n) || n != 1) return false;
    if (v->dtype == HN_DTYPE_BOOL) {
        *out = v->constant->bytes[0] != 0;
        return true;
    }
    if (v->dtype != HN_DTYPE_S64) return false;
    memcpy(out, v->constant->bytes, sizeof *out);
    return true;
}

/* The body's condition is always true: a constant, or what it was given (through copies). */
static bool goes_on(const hn_graph *body) {
    const hn_value *v = body->outputs[0];
    int64_t is_true;
    while (v->producer != NULL && v->producer->op == hn_op_at(HN_OP_identity)) {
        v = v->producer->in[0];
    }
    return v == body->inputs[1] || (read_number(v, &is_true) && is_true != 0);
}

int64_t hn_loop_trips(const hn_node *node, const hn_loop_ports *ports) {
    int64_t trips, is_true;
    if (ports->n_scan_in > 0) {
        const hn_shape *s = &node->in[ports->n_carried]->shape;
        int32_t axis;
        return scan_axis(node, "scan_input_axes", 0, s->rank, &axis) ? s->dim[axis] : -1;
    }
    if (ports->n_head == 0 || !read_number(node->in[0], &trips)) return -1;
    if (node->in[1] != NULL && !read_number(node->in[1], &is_true)) return -1;
    if (node->in[1] != NULL && is_true == 0) return 0;
    return goes_on(ports->body) ? (trips > 0 ? trips : 0) : -1;
}

bool hn_node_is_control(const hn_node *node) {
    return node->op != NULL && (node->op->effects & HN_EFFECT_CONTROL) != 0 && node->n_bodies > 0 &&
           node->op != hn_op_at(HN_OP_call_once);
}

bool hn_node_has_writes(const hn_node *node) {
    if (node->op != NULL && (node->op->effects & HN_EFFECT_STATE_WRITE) != 0) return true;
    for (uint32_t b = 0; b < node->n_bodies; b++) {
        for (uint32_t i = 0; i < node->bodies[b]->n_nodes; i++) {
            if (hn_node_has_writes(node->bodies[b]->nodes[i])) return true;
        }
    }
    return false;
}

/* ---- shapes ---- */

static hone_status infer_body(hn_graph *g, hn_graph *body) {
    const hone_status status = hn_graph_infer(body);
    return hn_fail_from(g->env, body->env, status);
}

static hone_status give(hn_graph *g, hn_value *to, const hn_value *from, uint32_t i) {
    if (from == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
    if (from->kind != to->kind) {
        return hn_fail(g->env, HONE_E_SHAPE, "operand %u is of another kind", i);
    }
    to->dtype = from->dtype;
    to->shape = from->shape;
    to->holds_lists = from->holds_lists;
    return HONE_OK;
}

hone_status hn_control_number(const hn_graph *g, const hn_value *v, hn_dtype dtype) {
    uint64_t n;
    if (v == NULL) return HONE_OK;
    if (v->kind != HN_VALUE_TENSOR || v->dtype != dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "the %s is not a %s",
                       dtype == HN_DTYPE_BOOL ? "condition" : "number of trips",
                       hn_dtype_name(dtype));
    }
    if (!hn_shape_count(&v->shape, &n) || n == 1) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "a condition or number of trips that is not one element");
}

/* Scanned inputs have as many slices as the first of them. */
static hone_status check_slices(const hn_graph *g, const hn_node *node, const hn_loop_ports *p) {
    hn_value *const *scanned = node->in + p->n_carried;
    for (uint32_t i = 1; i < p->n_scan_in; i++) {
        const hn_shape *a = &scanned[0]->shape, *b = &scanned[i]->shape;
        if (a->rank < 1 || b->rank < 1 || a->dim[0] < 0 || b->dim[0] < 0) continue;
        if (a->dim[0] == b->dim[0]) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "scanned inputs differ in their number of slices");
    }
    return HONE_OK;
}

static void give_number(hn_value *to, hn_dtype dtype) {
    to->dtype = dtype;
    to->shape = hn_shape_of(0, NULL);
}

/* The shape of a slice of scanned input i, which has this shape. */
static hone_status take_slice(hn_graph *g, const hn_node *node, uint32_t i, hn_shape *s) {
    int32_t axis;
    if (s->rank < 0) return HONE_OK;
    if (!scan_axis(node, "scan_input_axes", i, s->rank, &axis)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axis of scanned input %u is no dimension", i);
    }
    for (int32_t d = axis + 1; d < s->rank; d++) hn_shape_take(s, d - 1, s, d);
    s->rank--;
    return HONE_OK;
}

/* What a Scan gives its body has the rank that the body states. */
static hone_status check_stated(const hn_graph *g, const hn_node *node, uint32_t i, int32_t stated,
                                int32_t rank) {
    const bool is_scan = node->op == hn_op_at(HN_OP_scan);
    if (!is_scan || stated < 0 || rank < 0 || stated == rank) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operand %u is of another rank than in the body", i);
}

/* Operands onto the body's inputs; slices have one dimension less. */
static hone_status bind_body(hn_graph *g, const hn_node *node, const hn_loop_ports *p) {
    hn_graph *body = node->bodies[node->n_bodies - 1];
    if (p->n_head > 0) {
        give_number(body->inputs[0], HN_DTYPE_S64);
        give_number(body->inputs[1], HN_DTYPE_BOOL);
    }
    for (uint32_t i = p->n_head; i < node->n_in; i++) {
        hn_value *to = body->inputs[i];
        if (i >= node->n_in - p->n_captures && node->in[i] != NULL) to->kind = node->in[i]->kind;
        const int32_t stated = to->shape.rank;
        const bool is_slice = i >= p->n_carried && i < p->n_carried + p->n_scan_in;
        HN_TRY(give(g, to, node->in[i], i));
        if (is_slice) HN_TRY(take_slice(g, node, i - p->n_carried, &to->shape));
        HN_TRY(check_stated(g, node, i, stated, to->shape.rank));
    }
    return HONE_OK;
}

/* The shape that holds for both. */
static hn_shape common_shape(const hn_shape *a, const hn_shape *b) {
    if (a->rank != b->rank) return hn_shape_unknown(-1);
    hn_shape out = *a;
    for (int32_t d = 0; d < out.rank; d++) {
        if (out.dim[d] == b->dim[d]) continue;
        out.dim[d] = -1;
        out.sym[d] = NULL;
    }
    return out;
}

bool hn_loop_wraps(const hn_value *in, const hn_value *out) {
    const hn_value_kind held = in->holds_lists ? HN_VALUE_SEQUENCE : HN_VALUE_TENSOR;
    return in->kind == HN_VALUE_OPTIONAL && out->kind == held && in->dtype == out->dtype;
}

/* Widens the body's carried inputs to what it gives back; *is_stable: they were so already. */
static hone_status widen(hn_graph *g, hn_graph *body, const hn_loop_ports *p, bool *is_stable) {
    const uint32_t n_flags = p->n_head / 2;
    *is_stable = true;
    for (uint32_t i = 0; i < p->n_carried; i++) {
        hn_value *in = body->inputs[p->n_head + i];
        const hn_value *out = body->outputs[n_flags + i];
        if (hn_loop_wraps(in, out)) continue;
        if (in->kind != out->kind || in->dtype != out->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "carried value %u changes its type", i);
        }
        const hn_shape both = common_shape(&in->shape, &out->shape);
        if (both.rank == in->shape.rank && hn_shape_equal(&both, &in->shape)) continue;
        in->shape = both;
        *is_stable = false;
    }
    return HONE_OK;
}

static hone_status settle(hn_graph *g, const hn_node *node, const hn_loop_ports *p) {
    hn_graph *body = node->bodies[node->n_bodies - 1];
    bool is_stable = false;
    for (uint32_t look = 0; !is_stable; look++) {
        if (look == MOST_LOOKS) {
            for (uint32_t i = 0; i < p->n_carried; i++) {
                body->inputs[p->n_head + i]->shape = hn_shape_unknown(-1);
            }
        }
        HN_TRY(infer_body(g, body));
        if (look >= MOST_LOOKS) break;
        HN_TRY(widen(g, body, p, &is_stable));
    }
    return HONE_OK;
}

/* The shape of scanned output i, whose slices have that of `slice`. */
static hone_status whole_of(hn_graph *g, const hn_node *node, uint32_t i, const hn_shape *slice,
                            hn_shape *out) {
    const int32_t rank = slice->rank + 1;
    hn_loop_ports p;
    int32_t axis;
    *out = hn_shape_unknown(-1);
    if (rank > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_LIMIT, "a scanned output of rank %d", HN_MAX_RANK + 1);
    }
    if (rank == 0 || !hn_loop_ports_read(node, &p)) return HONE_OK;
    if (!scan_axis(node, "scan_output_axes", i, rank, &axis)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axis of scanned output %u is no dimension", i);
    }
    *out = hn_shape_unknown(rank);
    for (int32_t d = 0; d < rank - 1; d++) hn_shape_take(out, d < axis ? d : d + 1, slice, d);
    out->dim[axis] = hn_loop_trips(node, &p);
    return HONE_OK;
}

static hone_status set_results(hn_graph *g, hn_node *node, const hn_loop_ports *p) {
    const hn_graph *body = p->body;
    for (uint32_t i = 0; i < p->n_carried; i++) {
        const hn_value *in = body->inputs[p->n_head + i];
        const hn_value *out = body->outputs[p->n_head / 2 + i];
        const hn_shape unknown = hn_shape_unknown(-1);
        const bool is_wrapped = hn_loop_wraps(in, out);
        if (node->out[i] != NULL) node->out[i]->kind = is_wrapped ? out->kind : in->kind;
        HN_TRY(hn_node_set_output(g, node, i, in->dtype, is_wrapped ? &unknown : &in->shape));
    }
    for (uint32_t i = 0; i < p->n_scan_out; i++) {
        const hn_value *slice = body->outputs[p->n_head / 2 + p->n_carried + i];
        hn_shape out;
        HN_TRY(whole_of(g, node, i, &slice->shape, &out));
        HN_TRY(hn_node_set_output(g, node, p->n_carried + i, slice->dtype, &out));
    }
    return HONE_OK;
}

static bool is_loop(const hn_op *op) {
    return op == hn_op_at(HN_OP_while) || op == hn_op_at(HN_OP_loop) || op == hn_op_at(HN_OP_scan);
}

/* Loops below this one, one inside the other. */
static uint32_t loop_depth(const hn_node *node) {
    uint32_t most = 0;
    for (uint32_t b = 0; b < node->n_bodies; b++) {
        for (uint32_t i = 0; i < node->bodies[b]->n_nodes; i++) {
            const uint32_t depth = loop_depth(node->bodies[b]->nodes[i]);
            if (depth > most) most = depth;
        }
    }
    return most + (is_loop(node->op) ? 1 : 0);
}

static hone_status loop_shape(hn_graph *g, hn_node *node) {
    hn_loop_ports p;
    if (!hn_loop_ports_read(node, &p)) {
        return hn_fail(g->env, HONE_E_SHAPE, "a body has other inputs or outputs than the node");
    }
    if (loop_depth(node) > MOST_LOOPS) {
        return hn_fail(g->env, HONE_E_LIMIT, "loops nest deeper than %d", MOST_LOOPS);
    }
    if (p.n_head > 0) {
        HN_TRY(hn_control_number(g, node->in[0], HN_DTYPE_S64));
        HN_TRY(hn_control_number(g, node->in[1], HN_DTYPE_BOOL));
    }
    HN_TRY(bind_body(g, node, &p));
    if (hn_scan_is_plain(node)) HN_TRY(check_slices(g, node, &p));
    HN_TRY(settle(g, node, &p));
    for (uint32_t i = 0; p.condition != NULL && i < p.n_carried; i++) {
        HN_TRY(give(g, p.condition->inputs[i], p.body->inputs[i], i));
    }
    if (p.condition != NULL) HN_TRY(infer_body(g, node->bodies[0]));
    const hn_value *flag = p.condition != NULL ? p.condition->outputs[0]
                           : p.n_head > 0      ? p.body->outputs[0]
                                               : NULL;
    HN_TRY(hn_control_number(g, flag, HN_DTYPE_BOOL));
    return set_results(g, node, &p);
}

/* ---- call: a body run once, in place ---- */

static hone_status call_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies != 1 || node->bodies[0]->n_inputs != node->n_in ||
        node->bodies[0]->n_outputs != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "the body has other inputs or outputs than the node");
    }
    hn_graph *body = node->bodies[0];
    for (uint32_t i = 0; i < node->n_in; i++) HN_TRY(give(g, body->inputs[i], node->in[i], i));
    HN_TRY(infer_body(g, body));
    for (uint32_t i = 0; i < node->n_out; i++) {
        HN_TRY(hn_node_set_output(g, node, i, body->outputs[i]->dtype, &body->outputs[i]->shape));
    }
    return HONE_OK;
}

static hone_status control_lower(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

const hn_op_hooks hn_hooks_while = {.shape = loop_shape, .lower = control_lower};
const hn_op_hooks hn_hooks_loop = {.shape = loop_shape, .lower = control_lower};
const hn_op_hooks hn_hooks_scan = {.shape = loop_shape, .lower = control_lower};
const hn_op_hooks hn_hooks_call = {.shape = call_shape, .lower = control_lower};
