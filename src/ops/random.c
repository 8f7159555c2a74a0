/* SPDX-License-Identifier: Apache-2.0
 * Random numbers and what is made of them. `random` gives float32 of a shape; the others are
 * functions of it: of a type and the shape of an operand, choices by probability, samples of
 * classes, dropout. Without a seed the node's number is one, so that nodes differ; a session gives
 * the same numbers in each run. */
#include "kernels/random/random.h"

#include <string.h>

#include "ops/compose.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* ---- random ---- */

static hone_status random_shape(hn_graph *g, hn_node *node) {
    hn_shape out = hn_shape_unknown(-1);
    hn_ints dims;
    const hn_ints_state state = hn_node_ints(node, 0, "shape", &dims);
    if (state == HN_INTS_UNKNOWN) return hn_node_set_shape(g, node, HN_DTYPE_F32, &out);
    if (state != HN_INTS_KNOWN || dims.n > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is no list of up to 8 integers");
    }
    out = hn_shape_of((int32_t)dims.n, dims.v);
    for (uint32_t d = 0; d < dims.n; d++) {
        if (dims.v[d] < 0) return hn_fail(g->env, HONE_E_SHAPE, "a negative dimension");
    }
    return hn_node_set_shape(g, node, HN_DTYPE_F32, &out);
}

static hone_status random_lower(hn_lower *L, const hn_node *node) {
    const bool is_normal = strcmp(hn_attr_string(node, "distribution", ""), "normal") == 0;
    const float seed = hn_attr_float(node, "seed", 0.0f);
    const bool has_seed = hn_attr_find(node, "seed") != NULL;
    hn_random_args args = {.kind = is_normal ? HN_RANDOM_NORMAL : HN_RANDOM_UNIFORM};
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    args.n = (int32_t)hn_shape_product(&node->out[0]->shape, 0, node->out[0]->shape.rank);
    args.seed_low = has_seed ? 0 : node->id;
    memcpy(&args.seed_high, &seed, sizeof seed);
    args.low = is_normal ? hn_attr_float(node, "mean", 0.0f) : hn_attr_float(node, "low", 0.0f);
    args.high = is_normal ? hn_attr_float(node, "scale", 1.0f) : hn_attr_float(node, "high", 1.0f);
    const hn_operand out = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_random, HN_TYPES_f32, &args, &out, HN_RANDOM_OPERANDS);
}

/* ---- functions of it ---- */

/* Numbers of that shape, with the distribution and seed of the node. */
static hn_value *make_random(hn_compose *c, const hn_node *node, const hn_shape *shape) {
    static const char *const numbers[] = {"seed", "low", "high", "mean", "scale"};
    hn_value *dims = hn_make_vector(c, shape->dim, (uint32_t)shape->rank);
    hn_with_text(c, "distribution", hn_attr_string(node, "distribution", "uniform"));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const hn_attr *attr = hn_attr_find(node, numbers[i]);
        if (attr != NULL && attr->kind == HN_ATTR_FLOAT) hn_with_float(c, numbers[i], attr->v.f);
    }
    return HN_MAKE(c, random, dims);
}

static hn_dtype stated_type(const hn_node *node, hn_dtype absent) {
    const char *name = hn_attr_string(node, "out_type", "");
    return name[0] != '\0' ? hn_dtype_of_name(name) : absent;
}

static hone_status like_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *x = hn_node_in(node, 0);
    hn_ints dims;
    hn_shape shape = hn_shape_unknown(-1);
    if (x != NULL) {
        shape = x->shape;
    } else if (hn_node_ints(node, UINT32_MAX, "shape", &dims) == HN_INTS_KNOWN &&
               dims.n <= HN_MAX_RANK) {
        shape = hn_shape_of((int32_t)dims.n, dims.v);
    } else {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is no list of up to 8 integers");
    }
    hn_value *v = make_random(&c, node, &shape);
    const hn_dtype dtype = stated_type(node, x != NULL ? x->dtype : HN_DTYPE_F32);
    return hn_compose_end(&c, hn_make_cast(&c, v, dtype), node);
}

static hone_status bernoulli_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0];
    hn_value *chance = hn_make_cast(&c, x, HN_DTYPE_F32);
    hn_value *is_one = HN_MAKE(&c, less, make_random(&c, node, &x->shape), chance);
    return hn_compose_end(&c, hn_make_cast(&c, is_one, stated_type(node, x->dtype)), node);
}

/* A class is sampled where a number first lies below the sum of the chances up to it. */
static hone_status multinomial_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *x = &node->in[0]->shape;
    const int64_t last = 2;
    const hn_value *count = hn_node_in(node, 1);
    const hn_dtype absent = count != NULL ? node->out[0]->dtype : HN_DTYPE_S32;
    int64_t n = hn_attr_int(node, "sample_size", 1);
    if (count != NULL) HN_TRY(hn_constant_read_s64(g, count, &n, 1));
    if (!hn_dtype_is_float(node->in[0]->dtype)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the logits are not floats");
    }
    if (x->rank != 2 || n < 1 || n > INT32_MAX) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input is not [batch, classes], or no samples");
    }
    const hn_shape samples = hn_shape_of(3, (const int64_t[]){x->dim[0], n, 1});
    hn_value *logits = hn_make_cast(&c, node->in[0], HN_DTYPE_F32);
    hn_with_int(&c, "axis", 1);
    hn_value *chance = HN_MAKE(&c, softmax, logits);
    hn_with_int(&c, "axis", 1);
    hn_value *sum = HN_MAKE(&c, cum_sum, chance);
    sum = hn_make_reshape(&c, sum, (const int64_t[]){x->dim[0], 1, x->dim[1]}, 3);
    sum = hn_make_slice(&c, sum, 2, (const int64_t[]){0, x->dim[1] - 1});
    hn_value *u = make_random(&c, node, &samples);
    hn_value *above = hn_make_cast(&c, HN_MAKE(&c, greater_equal, u, sum), HN_DTYPE_S32);
    hn_value *axes = hn_make_vector(&c, &last, 1);
    hn_with_int(&c, "keepdims", 0);
    hn_value *class = HN_MAKE(&c, reduce_sum, above, axes);
    return hn_compose_end(&c, hn_make_cast(&c, class, stated_type(node, absent)), node);
}

/* ---- dropout ---- */

enum { X, RATIO, TRAINING }; /* operands */

/* The number that a constant operand holds. */
static hone_status read_constant(hn_graph *g, const hn_node *node, uint32_t port, float *out) {
    return hn_node_in(node, port) == NULL ? HONE_OK
                                          : hn_constant_read_f32(g, node->in[port], out, 1);
}

static hone_status dropout_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[X];
    const hn_shape shape = x->shape;
    float ratio = hn_attr_float(node, "ratio", 0.5f), training = 0.0f;
    HN_TRY(read_constant(g, node, RATIO, &ratio));
    HN_TRY(read_constant(g, node, TRAINING, &training));
    if (!(ratio >= 0.0f && ratio < 1.0f)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the ratio is not from 0 to below 1");
    }
    hn_value *mask = NULL, *y = x;
    if (training != 0.0f && ratio > 0.0f) {
        hn_value *least = hn_make_number(&c, HN_DTYPE_F32, (double)ratio);
        hn_value *factor = hn_make_number(&c, x->dtype, 1.0 / (1.0 - (double)ratio));
        mask = HN_MAKE(&c, greater_equal, make_random(&c, node, &shape), least);
        y = HN_MAKE(&c, mul, x, factor);
        y = HN_MAKE(&c, where, mask, y, hn_make_number(&c, x->dtype, 0));
    } else {
        hn_value *dims = hn_make_vector(&c, shape.dim, (uint32_t)shape.rank);
        mask = HN_MAKE(&c, expand, hn_make_number(&c, HN_DTYPE_BOOL, 1), dims);
    }
    hn_compose_give(&c, mask, node, 1);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_random = {.shape = random_shape, .lower = random_lower};
const hn_op_hooks hn_hooks_random_like = {.shape = hn_compose_shape, .expand = like_expand};
const hn_op_hooks hn_hooks_bernoulli = {.shape = hn_compose_shape, .expand = bernoulli_expand};
const hn_op_hooks hn_hooks_multinomial = {.shape = hn_compose_shape, .expand = multinomial_expand};
const hn_op_hooks hn_hooks_dropout = {
    .shape = hn_compose_shape, .expand = dropout_expand, .max_outputs = 2};
