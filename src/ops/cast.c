/* SPDX-License-Identifier: Apache-2.0
 * Conversions between element types. The target is attribute `to`, a type's name, the type of the
 * second operand, or, where there is neither, the type that the file gives the output. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/moves.h"
#include "ops/typed.h"

static hone_status read_target(hn_graph *g, const hn_node *node, hn_dtype *dtype) {
    const char *name = hn_attr_string(node, "to", "");
    const hn_value *like = hn_node_in(node, 1);
    *dtype = like != NULL ? like->dtype : node->out[0]->dtype;
    if (name[0] == '\0') return HONE_OK;
    for (int32_t i = 0; i < HN_DTYPE_COUNT; i++) {
        if (strcmp(hn_dtype_name((hn_dtype)i), name) != 0) continue;
        *dtype = (hn_dtype)i;
        return HONE_OK;
    }
    return hn_fail(g->env, HONE_E_UNSUPPORTED, "type '%.32s' is not known", name);
}

static hone_status cast_shape(hn_graph *g, hn_node *node) {
    hn_dtype dtype;
    HN_TRY(read_target(g, node, &dtype));
    const bool is_from = node->in[0]->dtype == HN_DTYPE_STRING;
    if (is_from || dtype == HN_DTYPE_STRING) { /* another operator, from now on */
        node->op = hn_op_at(is_from ? HN_OP_cast_from_text : HN_OP_cast_to_text);
        return node->op->hooks->shape(g, node);
    }
    return hn_node_set_shape(g, node, dtype, &node->in[0]->shape);
}

static int32_t rounding_of(const hn_node *node) {
    const char *mode = hn_attr_string(node, "round_mode", "up");
    return strcmp(mode, "up") == 0     ? HN_SMALL_UP
           : strcmp(mode, "down") == 0 ? HN_SMALL_DOWN
                                       : HN_SMALL_NEAREST;
}

/* A row of n numbers, every `step[i]`-th word of input (0) and output (1). */
static hone_status move_words(hn_lower *L, uint64_t n, const int64_t step[2], hn_operand in,
                              hn_operand out) {
    hn_box box = {.rank = 1, .dim = {(int64_t)n}, .stride = {{step[0]}, {step[1]}}};
    return hn_lower_move(L, HN_DTYPE_F32, &box, in, out);
}

/* Complex numbers are pairs of float32: their real parts are converted, and the others are 0. */
static hone_status complex_lower(hn_lower *L, const hn_node *node, hn_conversion c) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_operand in, real, to = hn_operand_value(out);
    HN_TRY(hn_lower_operand(L, x, &in));
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &x->shape, &real));
    if (x->dtype == HN_DTYPE_C64) {
        c.from = HN_DTYPE_F32;
        HN_TRY(move_words(L, c.n, (const int64_t[2]){2, 1}, in, real));
        return hn_lower_cast(L, &c, real, to);
    }
    c.to = HN_DTYPE_F32;
    HN_TRY(hn_lower_cast(L, &c, in, real));
    HN_TRY(hn_lower_fill(L, HN_DTYPE_F32, (int64_t)(2 * c.n), 0, to));
    return move_words(L, c.n, (const int64_t[2]){1, 2}, real, to);
}

static hone_status cast_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    const hn_value *x = node->in[0], *out = node->out[0];
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (x->dtype == out->dtype) return L->alias(L, x, out);
    hn_operand in;
    hn_conversion c = {.from = x->dtype, .to = out->dtype};
    c.overflows = hn_attr_int(node, "saturate", 1) == 0;
    c.rounding = rounding_of(node);
    (void)hn_shape_count(&x->shape, &c.n);
    if (x->dtype == HN_DTYPE_C64 || out->dtype == HN_DTYPE_C64) return complex_lower(L, node, c);
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_cast(L, &c, in, hn_operand_value(out));
}

const hn_op_hooks hn_hooks_cast = {.shape = cast_shape, .lower = cast_lower};
