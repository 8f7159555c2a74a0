/* SPDX-License-Identifier: Apache-2.0
 * What lower hooks share: checks before a node is lowered, operands in the form that kernels take,
 * and views with as few dimensions as possible. */
#ifndef HN_OPS_EMIT_H
#define HN_OPS_EMIT_H

#include "kernels/expr/expr.h"
#include "kernels/gemm/gemm.h"
#include "ops/lower.h"

/* Checks that all shapes are known and small enough for 32-bit arguments. is_empty: the output has
 * no elements, so that there is nothing to do. */
hone_status hn_lower_begin(hn_lower *L, const hn_node *node, bool *is_empty);

/* Type key of a node that computes on x: f32, or an integer type with quantization and arithmetic.
 */
hone_status hn_lower_types(hn_lower *L, const hn_node *node, const hn_value *x, hn_types *types);

/* One step with one output, the last of the n operands. */
hone_status hn_lower_step(hn_lower *L, hn_family family, hn_types types, const void *args,
                          const hn_operand *operands, uint32_t n);

/* v as an operand of row-major elements: a constant seen through other strides is copied. NULL
 * gives no operand. */
hone_status hn_lower_operand(hn_lower *L, const hn_value *v, hn_operand *out);

/* The form in which a kernel wants weights: new dimension i is dimension perm[i] of the value. */
typedef struct hn_weights_form {
    hn_types types; /* of the step; weights become f32, or s8 or u8 by shifting the zero point; for
                       s16 they are s8 */
    int32_t perm[HN_MAX_RANK];
} hn_weights_form;
hn_weights_form hn_weights_as_is(hn_types types);

/* Weights (or any second factor) in that form; *zero is their zero point in it. */
hone_status hn_lower_weights(hn_lower *L, const hn_value *w, const hn_weights_form *form,
                             hn_operand *out, int32_t *zero);

/* A bias of 64 bits for a step on 16-bit activations. */
hone_status hn_lower_wide_bias(hn_lower *L, const hn_value *bias, hn_operand *out);

/* Computed weights in that order, in memory of the node. */
hone_status hn_lower_reordered(hn_lower *L, const hn_value *w, const int32_t *perm,
                               hn_operand *out);

/* A bias of n elements for a step of these types: s32 as it is, floats converted to f32. */
hone_status hn_lower_bias(hn_lower *L, const hn_value *bias, hn_types types, hn_operand *out);

/* Requantising pairs of a product x * w -> out: n of them (1, or one per output channel).
 * is_float_product: LiteRT multiplies the two scales in float32 for this operator. is_real: they
 * are for HN_ARITH_REAL. */
typedef struct hn_product {
    const hn_value *x, *w, *out;
    uint32_t n;
    bool is_float_product, is_real;
} hn_product;
hone_status hn_lower_product(hn_lower *L, const hn_node *node, const hn_product *p,
                             hn_operand *out);

/* The integer side of a gemm step for a * b: zero points (that of b is set already),
 * bounds and requantising pairs for operands 0 and 1 of the node. */
hone_status hn_lower_gemm_integer(hn_lower *L, const hn_node *node, hn_gemm_args *args,
                                  hn_operand *scale);

/* The 256-byte table step from 8-bit x to 8-bit out. */
hone_status hn_lower_lut(hn_lower *L, uint64_t n, hn_operand x, const uint8_t table[256],
                         hn_operand out);

/* Drops dimensions of 1 and merges neighbours that lie contiguous in all n views; rank stays at
 * least 1. stride[i] belongs to view i. */
void hn_collapse(int32_t *rank, int64_t *dim, int64_t (*stride)[HN_MAX_RANK], uint32_t n);

/* Strides with which `in` is read for each index of `out` (NumPy's broadcasting: 0). */
void hn_broadcast_strides(const hn_shape *in, const hn_shape *out, int64_t *stride);

/* Least and greatest value of s8, u8, s16; false for other types. */
bool hn_integer_range(hn_dtype dtype, int32_t *low, int32_t *high);

/* v in units of out's (per-tensor) quantization, rounded as the arithmetic does, within low..high;
 * hn_quantize_scaled takes v / scale. */
int32_t hn_quantize_f32(hn_arith arith, float v, const hn_value *out, int32_t low, int32_t high);
int32_t hn_quantize_scaled(hn_arith arith, float scaled, int32_t zero, int32_t low, int32_t high);

/* hn_activation_int for given float bounds {low, high}. */
hone_status hn_bounds_int(const hn_graph *g, const hn_node *node, const hn_value *out,
                          const float bounds[2], int32_t *low, int32_t *high);

/* A move of a box: dimensions, then both views in elements. */
typedef struct hn_box {
    int32_t rank;
    int64_t dim[HN_MAX_RANK], stride[2][HN_MAX_RANK], offset[2]; /* input, output */
} hn_box;
hone_status hn_lower_move(hn_lower *L, hn_dtype dtype, const hn_box *box, hn_operand in,
                          hn_operand out);

/* A float program under construction (kernels/expr): registers 0..n_in-1 are the inputs. */
typedef struct hn_program {
    hn_expr_args args;
    hn_operand operands[HN_EXPR_INPUTS + 1];
    int64_t stride[HN_EXPR_INPUTS][HN_MAX_RANK];
    hn_shape out;
    uint32_t n_imms, last; /* the register of the last result */
} hn_program;

/* All inputs come before the first operation; they are read with broadcasting to `out`. At most
 * HN_EXPR_INPUTS of them, HN_EXPR_REGISTERS results and inputs, HN_EXPR_IMMS numbers: what one
 * operator needs is far below. */
void hn_program_begin(hn_program *p, const hn_shape *out);
void hn_program_input(hn_program *p, hn_operand in, const hn_shape *shape);
/* Appends op(a, b); the result becomes p->last. hn_program_imm gives the operand number of v. */
void hn_program_op(hn_program *p, hn_expr_op op, uint32_t a, uint32_t b);
uint32_t hn_program_imm(hn_program *p, float v);
void hn_program_clamp(hn_program *p, float low, float high);
/* Completes p->args; hn_program_end emits the step as well. */
hone_status hn_program_finish(hn_lower *L, hn_program *p);
hone_status hn_program_end(hn_lower *L, hn_program *p, hn_operand out);

/* Runs a step at once on the host with the reference kernel (ops/node_eval.c). */
hone_status hn_step_run(hn_env *env, const hn_step_request *request, void *const *buf);

#endif
