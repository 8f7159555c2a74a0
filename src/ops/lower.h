/* SPDX-License-Identifier: Apache-2.0
 * How operators become steps. A `lower` hook describes each step by family, arguments and operands;
 * whoever implements the callbacks does the rest: plan/ builds a plan, node_eval.c runs at once. */
#ifndef HN_OPS_LOWER_H
#define HN_OPS_LOWER_H

#include "kernels/kernels.h"
#include "ops/op.h"

typedef struct hn_operand {
    enum {
        HN_OPERAND_NONE,
        HN_OPERAND_VALUE,
        HN_OPERAND_VIEW,
        HN_OPERAND_CONST,
        HN_OPERAND_TEMP
    } kind;
    /* VALUE: a graph value (a constant one is placed as it is needed). VIEW: a constant seen in
     * another order, in the graph's arena but not one of its values. */
    const hn_value *value;
    uint32_t index; /* CONST, TEMP: as the callback returned it */
} hn_operand;

/* One step. Operands are in the family's order, outputs last (n_out of them). */
typedef struct hn_step_request {
    hn_family family;
    hn_types types;
    const void *args;
    const hn_operand *operands;
    uint32_t n_operands, n_out;
} hn_step_request;

struct hn_lower {
    hn_env *env;
    const hn_graph *graph;
    void *user;
    hone_status (*step)(hn_lower *L, const hn_step_request *request);
    /* A constant of the plan with a copy of the bytes. */
    hone_status (*constant)(hn_lower *L, const void *bytes, uint64_t n_bytes, hn_operand *out);
    /* Memory between the steps of one node. */
    hone_status (*temp)(hn_lower *L, uint64_t n_bytes, hn_operand *out);
    /* `out` has the same elements in the same order as `in`: they may share memory; if they cannot
     * (both bound outside, or a constant), a copy is made. */
    hone_status (*alias)(hn_lower *L, const hn_value *in, const hn_value *out);
    /* A control or host node: a CALL. */
    hone_status (*call)(hn_lower *L, const hn_node *node);
};

static inline hn_operand hn_operand_value(const hn_value *v) {
    const hn_operand o = {v == NULL ? HN_OPERAND_NONE : HN_OPERAND_VALUE, v, 0};
    return o;
}
#define HN_NO_OPERAND ((hn_operand){HN_OPERAND_NONE, NULL, 0})

/* The quantized multiplier of LiteRT: real = multiplier / 2^31 * 2^shift with multiplier in
 * [2^30, 2^31), computed from a double as its QuantizeMultiplier does (ops/multiplier.c). */
void hn_quantize_multiplier(double real, int32_t *multiplier, int32_t *shift);

/* The {multiplier, shift} pairs of n output channels in the node's arithmetic, as a constant:
 * real[c] = s_in * s_w[c] / s_out. */
hone_status hn_lower_scales(hn_lower *L, hn_arith arith, const double *real, uint32_t n,
                            hn_operand *out);

/* Clamp bounds of a fused activation: attribute "activation" ("", "relu", "relu6", "relu_n1_to_1",
 * "clip" with "clip_min", "clip_max"). Floats: -inf and inf where open. Integers in units of the
 * output's quantization, within its type, as LiteRT's CalculateActivationRangeQuantized. */
void hn_activation_f32(const hn_node *node, float *low, float *high);
hone_status hn_activation_int(const hn_graph *g, const hn_node *node, const hn_value *out,
                              int32_t *low, int32_t *high);

/* The family's type key for a dtype: f32, f16, s8, u8, s16, or b8..b64 by size for data movement.
 * False when the dtype has none. */
bool hn_types_of(hn_dtype dtype, hn_types *types);
bool hn_types_of_size(hn_dtype dtype, hn_types *types);

static inline bool hn_types_are_float(hn_types types) {
    return types == HN_TYPES_f32 || types == HN_TYPES_f16;
}

/* What the arguments of a step on floats say of its arithmetic. */
static inline int32_t hn_float_arith(hn_types types) {
    return types == HN_TYPES_f16 ? HN_ARITH_HALF : HN_ARITH_NONE;
}

/* Runs one node on the host with reference kernels: constants in, constants out (made in g's arena
 * and set on the outputs). E_LIMIT when an output would exceed max_bytes. Used for folding and for
 * nodes that have no kernel steps. */
hone_status hn_node_eval(hn_graph *g, hn_node *node, uint64_t max_bytes);

/* The same into memory of the caller. `output` gives the constant (with bytes and n_bytes, aligned
 * and zeroed) that output v becomes; it is set on v when the node has run. */
typedef struct hn_eval_target {
    hn_isa isa;        /* the kernels to use */
    uint64_t max_macs; /* E_LIMIT beyond */
    hone_status (*output)(void *user, const hn_value *v, uint64_t n_bytes, hn_constant **out);
    void *user;
} hn_eval_target;
hone_status hn_node_eval_to(hn_graph *g, hn_node *node, const hn_eval_target *target);

/* What the `host` hook of an operator works with. Operands come as row-major bytes; an output is
 * asked for when its shape is known; temp is memory until the hook returns. */
struct hn_host_eval {
    hn_env *env;
    const hn_graph *graph;
    void *user;
    const hn_eval_target *target;
    hone_status (*input)(hn_host_eval *H, const hn_value *v, const void **bytes);
    hone_status (*output)(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                          void **bytes);
    /* The same for strings and lists, whose size the hook knows (graph/list.h). */
    hone_status (*block)(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                         uint64_t n_bytes, void **bytes);
    hone_status (*temp)(hn_host_eval *H, uint64_t n_bytes, void **bytes);
};

/* True when the node's steps have kernels for the types that its operands have now
 * (ops/node_probe.c). Layout and constants may still change; types are what is asked. */
bool hn_node_can_lower(const hn_graph *g, const hn_node *node);

/* The same on a processor of this level, where steps on halves have kernels that compute in halves;
 * the portable level's are its own. Constants are as they will be. */
bool hn_node_can_halve(const hn_graph *g, const hn_node *node, hn_isa level);

#endif
