/* SPDX-License-Identifier: Apache-2.0
 * Gives every input a concrete shape: what the caller asked for, else the file's, with open
 * dimensions set to 1, and infers all shapes from there. Shapes that the file states for inner
 * values are ignored: they are hints of another tool. Inputs of bodies have the shapes that their
 * node gave them. */
#include "ops/signature.h"
#include "passes/pass.h"

static hone_status bind_input(hn_graph *g, uint32_t i, const hn_shape *wanted) {
    hn_value *v = g->inputs[i];
    if (v->kind == HN_VALUE_SEQUENCE || v->kind == HN_VALUE_OPTIONAL) return HONE_OK;
    if (wanted != NULL && wanted->rank >= 0) {
        if (v->shape.rank >= 0 && v->shape.rank != wanted->rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "input '%s' has rank %d, not %d", v->name,
                           v->shape.rank, wanted->rank);
        }
        for (int32_t d = 0; d < v->shape.rank; d++) {
            if (v->shape.dim[d] >= 0 && v->shape.dim[d] != wanted->dim[d]) {
                return hn_fail(g->env, HONE_E_SHAPE, "input '%s': dimension %d is fixed to %lld",
                               v->name, d, (long long)v->shape.dim[d]);
            }
        }
        v->shape = *wanted;
    }
    if (v->shape.rank < 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "input '%s' has no rank: give its shape", v->name);
    }
    for (int32_t d = 0; d < v->shape.rank; d++) {
        if (v->shape.dim[d] < 0) v->shape.dim[d] = 1;
        v->shape.sym[d] = NULL;
    }
    return HONE_OK;
}

/* The types that the file states for what nodes compute, by value id. */
static hn_dtype *stated_types(hn_graph *g) {
    hn_dtype *types = HN_NEW_N(g->arena, hn_dtype, (uint64_t)g->n_values + 1);
    for (uint32_t i = 0; types != NULL && i < g->n_values; i++) types[i] = g->values[i]->dtype;
    return types;
}

/* A file that states another type than the operator makes was written for another operator. */
static hone_status check_types(hn_graph *g, const hn_dtype *stated, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const hn_value *v = g->values[i];
        if (v->producer == NULL || v->kind != HN_VALUE_TENSOR || stated[i] == v->dtype) continue;
        if (stated[i] == HN_DTYPE_NONE || v->dtype == HN_DTYPE_NONE) continue;
        const hone_status status =
            hn_fail(g->env, HONE_E_SHAPE, "its output '%s' is stated to be %s, but is %s", v->name,
                    hn_dtype_name(stated[i]), hn_dtype_name(v->dtype));
        return hn_node_fail(g->env, v->producer, status);
    }
    return HONE_OK;
}

hone_status hn_pass_bind_shapes(hn_graph *g, const hn_lower_options *options) {
    for (uint32_t i = 0; i < g->n_inputs && g->parent == NULL; i++) {
        const bool given = i < options->n_input_shapes;
        HN_TRY(bind_input(g, i, given ? &options->input_shapes[i] : NULL));
    }
    const uint32_t n = g->n_values;
    const hn_dtype *stated = stated_types(g);
    if (stated == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_graph_infer(g));
    if (g->parent == NULL) HN_TRY(hn_signature_check_all(g));
    return check_types(g, stated, n);
}
