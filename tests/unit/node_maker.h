/* SPDX-License-Identifier: Apache-2.0
 * For unit tests of operators: a graph on the stack, constants from C arrays, and one node at a
 * time, inferred and evaluated. */
#ifndef HN_TESTS_NODE_MAKER_H
#define HN_TESTS_NODE_MAKER_H

#include <criterion/criterion.h>
#include <string.h>

#include "ops/lower.h"

typedef struct maker {
    hn_env env;
    hn_arena arena;
    hn_graph *g;
} maker;

static inline void maker_open(maker *m) {
    hn_env_init(&m->env);
    hn_arena_init(&m->arena, &m->env, 0);
    m->g = hn_graph_new(&m->env, &m->arena);
    cr_assert_not_null(m->g);
}

static inline void maker_close(maker *m) {
    hn_arena_fini(&m->arena);
}

#define DIMS(...)                                                                                  \
    hn_shape_of((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / 8), (int64_t[]){__VA_ARGS__})

static inline hn_value *maker_input(maker *m, hn_dtype dtype, hn_shape shape) {
    hn_value *v = hn_graph_value(m->g, "x", dtype, &shape);
    cr_assert_not_null(v);
    return v;
}

static inline hn_value *maker_constant(maker *m, hn_dtype dtype, hn_shape shape,
                                       const void *bytes) {
    hn_value *v = hn_graph_constant(m->g, "c", dtype, &shape, bytes);
    cr_assert_not_null(v);
    return v;
}

/* Constants whose element types follow from the macro; shapes by DIMS. */
#define F32(m, shape, ...) maker_constant((m), HN_DTYPE_F32, (shape), (float[]){__VA_ARGS__})
#define S8(m, shape, ...)  maker_constant((m), HN_DTYPE_S8, (shape), (int8_t[]){__VA_ARGS__})
#define U8(m, shape, ...)  maker_constant((m), HN_DTYPE_U8, (shape), (uint8_t[]){__VA_ARGS__})
#define S32(m, shape, ...) maker_constant((m), HN_DTYPE_S32, (shape), (int32_t[]){__VA_ARGS__})
#define S64(m, shape, ...) maker_constant((m), HN_DTYPE_S64, (shape), (int64_t[]){__VA_ARGS__})

/* Per-channel quantization along an axis (n 1: per tensor). */
static inline hn_value *quantized_by(maker *m, hn_value *v, int32_t n, const float *scale,
                                     const int32_t *zero, int32_t axis) {
    v->quant = HN_NEW(&m->arena, hn_quant);
    v->quant->axis = n > 1 ? axis : -1;
    v->quant->scale = maker_constant(m, HN_DTYPE_F32, DIMS(n), scale);
    v->quant->zero_point = maker_constant(m, HN_DTYPE_S32, DIMS(n), zero);
    return v;
}

static inline hn_value *quantized(maker *m, hn_value *v, float scale, int32_t zero) {
    return quantized_by(m, v, 1, &scale, &zero, 0);
}

/* A node with one output; operands end at n, NULL ones are absent. */
static inline hn_node *maker_node(maker *m, hn_op_id op, uint32_t n, hn_value *const *in) {
    hn_node *node = hn_graph_node(m->g, hn_op_at(op), n, 1);
    cr_assert_not_null(node);
    for (uint32_t i = 0; i < n; i++) node->in[i] = in[i];
    hn_value *out = maker_input(m, HN_DTYPE_F32, DIMS(1));
    hn_node_set_out(node, 0, out);
    return node;
}
#define NODE(m, op, ...)                                                                           \
    maker_node((m), HN_OP_##op, (uint32_t)(sizeof((hn_value *[]){__VA_ARGS__}) / sizeof(void *)),  \
               (hn_value *[]){__VA_ARGS__})

#define SET_INTS(m, node, name, ...)                                                               \
    cr_assert(hn_attr_set_ints((m)->g, (node), (name), (int64_t[]){__VA_ARGS__},                   \
                               (uint32_t)(sizeof((int64_t[]){__VA_ARGS__}) / 8)))
#define SET_INT(m, node, name, v)    cr_assert(hn_attr_set_int((m)->g, (node), (name), (v)))
#define SET_FLOAT(m, node, name, v)  cr_assert(hn_attr_set_float((m)->g, (node), (name), (v)))
#define SET_STRING(m, node, name, v) cr_assert(hn_attr_set_string((m)->g, (node), (name), (v)))

static inline void expect_shape(maker *m, hn_node *node, hn_shape want) {
    char have_text[128], want_text[128];
    const hone_status status = hn_node_infer(m->g, node);
    cr_assert_eq(status, HONE_OK, "%s", m->env.message);
    hn_shape_text(&node->out[0]->shape, have_text, sizeof have_text);
    hn_shape_text(&want, want_text, sizeof want_text);
    cr_assert(hn_shape_equal(&node->out[0]->shape, &want), "%s, not %s", have_text, want_text);
}

static inline void expect_refusal(maker *m, hn_node *node, hone_status want) {
    const hone_status status = hn_node_infer(m->g, node);
    cr_assert_eq(status, want, "%d: %s", status, m->env.message);
}

/* Infers and evaluates; returns the bytes of the output. */
static inline const void *evaluate(maker *m, hn_node *node) {
    hone_status status = hn_node_infer(m->g, node);
    cr_assert_eq(status, HONE_OK, "%s", m->env.message);
    status = hn_node_eval(m->g, node, 1 << 20);
    cr_assert_eq(status, HONE_OK, "%s", m->env.message);
    return node->out[0]->constant->bytes;
}

static inline void compare_f32(const void *bytes, const float *want, uint32_t n) {
    const float *have = bytes;
    for (uint32_t i = 0; i < n; i++) {
        if (have[i] == want[i]) continue; /* infinities */
        const float gap = have[i] > want[i] ? have[i] - want[i] : want[i] - have[i];
        const float size = want[i] < 0 ? -want[i] : want[i];
        cr_assert(gap <= 1e-5f * (size > 1 ? size : 1), "element %u: %g, not %g", i,
                  (double)have[i], (double)want[i]);
    }
}
#define EXPECT_F32(m, node, ...)                                                                   \
    compare_f32(evaluate((m), (node)), (float[]){__VA_ARGS__},                                     \
                (uint32_t)(sizeof((float[]){__VA_ARGS__}) / 4))

static inline void compare_s8(const void *bytes, const int *want, uint32_t n) {
    const int8_t *have = bytes;
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(have[i], (int8_t)want[i], "element %u: %d, not %d", i, have[i], want[i]);
    }
}
#define EXPECT_8(m, node, ...)                                                                     \
    compare_s8(evaluate((m), (node)), (int[]){__VA_ARGS__},                                        \
               (uint32_t)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)))

/* Makes the output 8-bit with a quantization, as the reader of a quantized file does. */
static inline void quantize_out(maker *m, hn_node *node, hn_dtype dtype, float scale,
                                int32_t zero) {
    node->out[0]->dtype = dtype;
    (void)quantized(m, node->out[0], scale, zero);
}

#endif
