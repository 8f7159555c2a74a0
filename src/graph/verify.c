/* SPDX-License-Identifier: Apache-2.0
 * Checking a graph once, so that later code need not: ids, order, ports, producers, constants
 * against their bytes, quantization, bodies. One pass over values and one over nodes; two byte
 * arrays remember which values are ready and which node ids were seen. */
#include "graph/list.h"

#include <inttypes.h>

typedef struct checker {
    const hn_graph *g;
    uint8_t *ready; /* by value id: may be read by the next node */
    uint8_t *made;  /* by value id: is the output of a node */
    uint8_t *seen;  /* by node id */
} checker;

static hone_status bad_value(const checker *c, const hn_value *v, const char *why) {
    return hn_fail(c->g->env, HONE_E_FORMAT, "value %u '%.64s': %s", (unsigned)v->id,
                   v->name != NULL ? v->name : "", why);
}

static hone_status bad_node(const checker *c, const hn_node *node, const char *why) {
    const char *foreign = node->foreign != NULL ? node->foreign : "";
    return hn_fail(c->g->env, HONE_E_FORMAT, "node %u '%.64s' %s%s%s", (unsigned)node->id,
                   node->name != NULL ? node->name : "", foreign, foreign[0] != '\0' ? ": " : "",
                   why);
}

static bool is_member(const hn_graph *g, const hn_value *v) {
    return v != NULL && v->id < g->n_values && g->values[v->id] == v;
}

/* ---- values ---- */

static bool is_shape_valid(const hn_shape *s) {
    if (s->rank < -1 || s->rank > HN_MAX_RANK) return false;
    for (int32_t i = 0; i < s->rank; i++) {
        if (s->dim[i] < -1) return false;
    }
    return true;
}

/* Elements that the view reaches: the greatest offset, plus one. */
static bool view_extent(const hn_value *v, uint64_t *n) {
    uint64_t extent = 1;
    for (int32_t i = 0; i < v->shape.rank; i++) {
        const int64_t dim = v->shape.dim[i], stride = v->constant->stride[i];
        if (stride < 0) return false;
        uint64_t reach;
        if (!hn_mul_u64((uint64_t)(dim - 1), (uint64_t)stride, &reach)) return false;
        if (!hn_add_u64(extent, reach, &extent)) return false;
    }
    *n = extent;
    return true;
}

static hone_status check_constant(const checker *c, const hn_value *v) {
    const hn_constant *k = v->constant;
    uint64_t n, extent, n_bytes;
    if (v->kind != HN_VALUE_TENSOR) return bad_value(c, v, "a constant that is not a tensor");
    if (v->producer != NULL) return bad_value(c, v, "a constant that a node computes");
    if (!hn_shape_count(&v->shape, &n)) return bad_value(c, v, "a constant of unknown size");
    if (v->dtype == HN_DTYPE_STRING) {
        return k->bytes != NULL && hn_strings_are_sound(k->bytes, k->n_bytes, n)
                   ? HONE_OK
                   : bad_value(c, v, "strings without elements");
    }
    if (n == 0) return HONE_OK;
    if (k->bytes == NULL) return bad_value(c, v, "a constant without bytes");
    if (!view_extent(v, &extent) || !hn_type_bytes(v->dtype, extent, &n_bytes)) {
        return bad_value(c, v, "a constant with a bad view");
    }
    if (n_bytes > k->n_bytes) return bad_value(c, v, "a constant with too few bytes");
    if (hn_dtype_bits(v->dtype) < 8 && !hn_constant_is_contiguous(v)) {
        return bad_value(c, v, "a packed constant that is not contiguous");
    }
    return HONE_OK;
}

/* A vector (or one number) of that type, contiguous; *n is its length. */
static bool is_parameter(const checker *c, const hn_value *v, hn_dtype dtype, uint64_t *n) {
    return is_member(c->g, v) && v->dtype == dtype && v->constant != NULL &&
           hn_shape_count(&v->shape, n) && hn_constant_is_contiguous(v);
}

/* Zero points lie in the range of the tensor's type, so that a difference of a number and its zero
 * point fits the accumulators that kernels use; those of 32 bits and more in that of 16 bits. */
static bool are_zeros_possible(const hn_value *v) {
    const uint32_t bits = hn_dtype_bits(v->dtype);
    const uint32_t most = bits < 16 ? bits : 16;
    const bool is_signed = hn_dtype_is_signed(v->dtype) || hn_dtype_is_float(v->dtype);
    const int32_t low = is_signed || bits > 16 ? -(1 << (most > 0 ? most - 1 : 0)) : 0;
    const int32_t high = low < 0 ? -low - 1 : (1 << most) - 1;
    const uint32_t n = hn_quant_channels(v);
    for (uint32_t i = 0; i < n; i++) {
        const int32_t zero = hn_quant_zero(v, i);
        if (zero < low || zero > high) return false;
    }
    return true;
}

static hone_status check_quant(const checker *c, const hn_value *v) {
    const hn_quant *q = v->quant;
    uint64_t n, n_zero;
    if (!is_parameter(c, q->scale, HN_DTYPE_F32, &n) || n == 0 || n > UINT32_MAX) {
        return bad_value(c, v, "a scale that is not a constant f32 vector");
    }
    if (q->zero_point != NULL) {
        if (!is_parameter(c, q->zero_point, HN_DTYPE_S32, &n_zero) || n_zero != n) {
            return bad_value(c, v, "zero points that do not match the scales");
        }
        if (!are_zeros_possible(v)) {
            return bad_value(c, v, "a zero point outside of the type's range");
        }
    }
    if (q->block < 0 || q->axis < -1 || q->axis >= HN_MAX_RANK) {
        return bad_value(c, v, "a bad quantization axis or block");
    }
    if (q->block > 0 || v->shape.rank < 0) return HONE_OK;
    if (q->axis == -1) return n == 1 ? HONE_OK : bad_value(c, v, "more scales than one");
    if (q->axis >= v->shape.rank) return bad_value(c, v, "a quantization axis out of range");
    const int64_t dim = v->shape.dim[q->axis];
    if (dim >= 0 && (uint64_t)dim != n) {
        return bad_value(c, v, "scales that do not match the dimension");
    }
    return HONE_OK;
}

static hone_status check_values(const checker *c) {
    const hn_graph *g = c->g;
    for (uint32_t i = 0; i < g->n_values; i++) {
        const hn_value *v = g->values[i];
        if (v == NULL || v->id != i) {
            return hn_fail(g->env, HONE_E_FORMAT, "value %u has another id", (unsigned)i);
        }
        if (v->name == NULL) return bad_value(c, v, "no name");
        if ((uint32_t)v->dtype >= HN_DTYPE_COUNT) return bad_value(c, v, "a bad type");
        if ((uint32_t)v->kind > HN_VALUE_RESOURCE) return bad_value(c, v, "a bad kind");
        if (!is_shape_valid(&v->shape)) return bad_value(c, v, "a bad shape");
        if (v->constant != NULL) HN_TRY(check_constant(c, v));
        if (v->is_state && v->producer == NULL && v->constant == NULL) c->ready[i] = 1;
        if (v->constant != NULL) c->ready[i] = 1;
    }
    for (uint32_t i = 0; i < g->n_values; i++) {
        if (g->values[i]->quant != NULL) HN_TRY(check_quant(c, g->values[i]));
    }
    return HONE_OK;
}

static hone_status check_inputs(const checker *c) {
    const hn_graph *g = c->g;
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        const hn_value *v = g->inputs[i];
        if (!is_member(g, v)) {
            return hn_fail(g->env, HONE_E_FORMAT, "input %u is not a value of the graph",
                           (unsigned)i);
        }
        if (v->producer != NULL) return bad_value(c, v, "an input that a node computes");
        if (v->constant != NULL) return bad_value(c, v, "an input that is a constant");
        if (c->ready[v->id] != 0 && !v->is_state) return bad_value(c, v, "an input named twice");
        c->ready[v->id] = 1;
    }
    return HONE_OK;
}

/* ---- nodes ---- */

static hone_status check_attrs(const checker *c, const hn_node *node) {
    if (node->n_attrs > 0 && node->attrs == NULL) return bad_node(c, node, "no attributes");
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        const hn_attr *attr = &node->attrs[i];
        const bool is_list = attr->kind == HN_ATTR_INTS || attr->kind == HN_ATTR_FLOATS ||
                             attr->kind == HN_ATTR_STRINGS;
        bool is_bad = attr->name == NULL || (uint32_t)attr->kind > HN_ATTR_TENSOR;
        if (attr->kind == HN_ATTR_STRING) is_bad = is_bad || attr->v.s == NULL;
        if (is_list) is_bad = is_bad || (attr->n > 0 && attr->v.ints == NULL);
        if (attr->kind == HN_ATTR_TENSOR) {
            is_bad = is_bad || !is_member(c->g, attr->v.tensor) || attr->v.tensor->constant == NULL;
        }
        if (is_bad) return bad_node(c, node, "a bad attribute");
    }
    return HONE_OK;
}

static hone_status check_ports(const checker *c, const hn_node *node) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        if (v == NULL) continue;
        if (!is_member(c->g, v)) return bad_node(c, node, "an operand of another graph");
        if (c->ready[v->id] == 0) {
            return hn_fail(c->g->env, HONE_E_FORMAT,
                           "node %u '%.64s': operand %u '%.64s' is read before it is computed",
                           (unsigned)node->id, node->name, (unsigned)i, v->name);
        }
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        const hn_value *v = node->out[i];
        if (v == NULL) continue;
        if (!is_member(c->g, v)) return bad_node(c, node, "an output of another graph");
        if (v->producer != node || c->made[v->id] != 0) {
            return bad_node(c, node, "an output that has another producer");
        }
        c->made[v->id] = c->ready[v->id] = 1;
    }
    return HONE_OK;
}

static hone_status check_node(const checker *c, const hn_node *node) {
    if (node->id >= c->g->next_node_id || c->seen[node->id] != 0) {
        return bad_node(c, node, "its id is not its own");
    }
    c->seen[node->id] = 1;
    if (node->is_dead) return HONE_OK;
    if (node->name == NULL) return bad_node(c, node, "no name");
    if (node->op == NULL && (node->foreign == NULL || node->foreign[0] == '\0')) {
        return bad_node(c, node, "no operator");
    }
    if (node->n_in > HN_MAX_NODE_PORTS || node->n_out > HN_MAX_NODE_PORTS) {
        return bad_node(c, node, "too many operands or outputs");
    }
    HN_TRY(check_ports(c, node));
    return check_attrs(c, node);
}

static hone_status verify(const hn_graph *g, uint32_t depth);

static hone_status check_bodies(const checker *c, const hn_node *node, uint32_t depth) {
    for (uint32_t i = 0; i < node->n_bodies; i++) {
        const hn_graph *body = node->bodies[i];
        if (body == NULL || body->parent != c->g) return bad_node(c, node, "a bad body");
        HN_TRY(verify(body, depth + 1));
    }
    return HONE_OK;
}

static hone_status check_nodes(const checker *c, uint32_t depth) {
    const hn_graph *g = c->g;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        HN_TRY(check_node(c, g->nodes[i]));
        if (!g->nodes[i]->is_dead) HN_TRY(check_bodies(c, g->nodes[i], depth));
    }
    for (uint32_t i = 0; i < g->n_values; i++) {
        const hn_value *v = g->values[i];
        if (v->producer != NULL && c->made[i] == 0) return bad_value(c, v, "its producer is gone");
    }
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        const hn_value *v = g->outputs[i];
        if (!is_member(g, v)) {
            return hn_fail(g->env, HONE_E_FORMAT, "output %u is not a value of the graph",
                           (unsigned)i);
        }
        if (c->ready[v->id] == 0) return bad_value(c, v, "an output that nothing computes");
    }
    return HONE_OK;
}

static hone_status verify(const hn_graph *g, uint32_t depth) {
    if (depth > HN_MAX_BODY_DEPTH) {
        return hn_fail(g->env, HONE_E_LIMIT, "bodies nest deeper than %d", HN_MAX_BODY_DEPTH);
    }
    if (g->n_values > HN_MAX_VALUES || g->n_nodes > HN_MAX_NODES) {
        return hn_fail(g->env, HONE_E_LIMIT, "too many values or nodes");
    }
    const size_t n_values = g->n_values;
    uint8_t *marks = hn_alloc(g->env, 2 * n_values + g->next_node_id);
    if (marks == NULL) return hn_no_memory(g->env);
    const checker c = {g, marks, marks + n_values, marks + 2 * n_values};
    hone_status status = check_values(&c);
    if (status == HONE_OK) status = check_inputs(&c);
    if (status == HONE_OK) status = check_nodes(&c, depth);
    hn_free(g->env, marks);
    return status;
}

hone_status hn_graph_verify(const hn_graph *g) {
    return verify(g, 0);
}
