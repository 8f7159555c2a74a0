/* SPDX-License-Identifier: Apache-2.0
 * Pooling by maximum, average and p-norm over windows of one, two or three spatial dimensions,
 * channels last; "global" windows are the whole image. Volumes are pooled twice: planes first, then
 * across them; maxima, sums and averages allow it, because counts are products. The average over a
 * whole image that ONNX names so is a reduction and lies in reduce.c. */
#include "kernels/argpool/argpool.h"
#include "kernels/pool/pool.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/window.h"

static const char *read_pool(const hn_node *node, hn_window *w) {
    const hn_shape *x = &node->in[0]->shape;
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    int64_t kernel[3];
    const char *problem = hn_window_kernel(node, x, kernel);
    return problem != NULL ? problem : hn_window_read(node, x, kernel, w);
}

static hone_status pool_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    hn_shape out = x->shape;
    if (x->shape.rank >= 0) {
        hn_window w;
        const char *problem = read_pool(node, &w);
        if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
        for (int32_t i = 0; i < w.n_spatial; i++) {
            out.dim[w.first + i] = w.axis[i].out;
            out.sym[w.first + i] = NULL;
        }
    }
    if (node->n_out > 1) HN_TRY(hn_node_set_output(g, node, 1, HN_DTYPE_S64, &out));
    return hn_node_set_shape(g, node, dtype, &out);
}

/* ---- steps ---- */

/* A node's pooling and where it reads and writes. */
typedef struct pooling {
    const hn_node *node;
    hn_window w;
    int32_t kind;
    hn_types types;
    bool is_plain; /* integers without a scale: maxima need none */
    hn_operand in, out;
} pooling;

static void fill_axes(hn_pool_args *a, const hn_window_axis *y, const hn_window_axis *x) {
    a->in_h = (int32_t)y->in;
    a->in_w = (int32_t)x->in;
    a->out_h = (int32_t)y->out;
    a->out_w = (int32_t)x->out;
    a->k_h = (int32_t)y->kernel;
    a->k_w = (int32_t)x->kernel;
    a->stride_h = (int32_t)y->stride;
    a->stride_w = (int32_t)x->stride;
    a->dilation_h = (int32_t)y->dilation;
    a->dilation_w = (int32_t)x->dilation;
    a->pad_top = (int32_t)y->pad_begin;
    a->pad_left = (int32_t)x->pad_begin;
    a->limit_h = (int32_t)(y->in + y->pad_end);
    a->limit_w = (int32_t)(x->in + x->pad_end);
}

static hone_status fill_integer(hn_lower *L, const hn_node *node, hn_pool_args *a) {
    const hn_value *x = node->in[0], *out = node->out[0];
    if (out->dtype != x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "input and output of different integer types");
    }
    a->arith = (int32_t)node->arith;
    HN_TRY(hn_activation_int(L->graph, node, out, &a->act_min, &a->act_max));
    a->in_zero = hn_quant_zero(x, 0);
    a->out_zero = hn_quant_zero(out, 0);
    a->scale = hn_quant_scale(x, 0) / hn_quant_scale(out, 0);
    return HONE_OK;
}

/* Whole operand values: no activation and, for integers, all that the type holds. */
static void open_bounds(hn_pool_args *a) {
    a->high = hn_float_of_bits(0x7f800000);
    a->low = -a->high;
}

static hone_status emit_pool(hn_lower *L, const pooling *p, const hn_pool_args *args, hn_operand in,
                             hn_operand out) {
    hn_operand operands[HN_POOL_OPERANDS];
    operands[HN_POOL_IN] = in;
    operands[HN_POOL_OUT] = out;
    return hn_lower_step(L, HN_FAMILY_pool, p->types, args, operands, HN_POOL_OPERANDS);
}

/* Rows and columns of all planes, then the planes of each pixel. */
static hone_status emit_volume(hn_lower *L, const pooling *p, hn_pool_args args) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0}, *axis = p->w.axis;
    const int64_t pixels = axis[1].out * axis[2].out, images = args.n;
    const int64_t n = images * axis[0].in;
    uint64_t n_bytes;
    if (!hn_types_are_float(p->types) && p->kind != HN_POOL_MAX) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "averages of integers over volumes");
    }
    if (n * pixels > INT32_MAX / args.c ||
        !hn_type_bytes(p->node->in[0]->dtype, (uint64_t)(n * pixels * args.c), &n_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    hn_pool_args planes = args;
    hn_operand temp;
    HN_TRY(L->temp(L, n_bytes, &temp));
    if (hn_types_are_float(p->types)) open_bounds(&planes);
    planes.n = (int32_t)n;
    fill_axes(&planes, &axis[1], &axis[2]);
    HN_TRY(emit_pool(L, p, &planes, p->in, temp));
    fill_axes(&args, &axis[0], &flat);
    args.n = (int32_t)images;
    args.c = (int32_t)(pixels * args.c);
    return emit_pool(L, p, &args, temp, p->out);
}

static hone_status pool_begin(hn_lower *L, const hn_node *node, int32_t kind, pooling *p) {
    const char *problem = read_pool(node, &p->w);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_node_is_nhwc(node)) {
        return hn_fail(L->env, HONE_E_INTERNAL, "images must be channels last to be lowered");
    }
    p->node = node;
    p->kind = kind;
    p->out = hn_operand_value(node->out[0]);
    const hn_value *x = node->in[0];
    p->is_plain = kind == HN_POOL_MAX && x->quant == NULL &&
                  (x->dtype == HN_DTYPE_S8 || x->dtype == HN_DTYPE_U8 || x->dtype == HN_DTYPE_S16);
    if (p->is_plain) {
        (void)hn_types_of(x->dtype, &p->types);
    } else {
        HN_TRY(hn_lower_types(L, node, x, &p->types));
    }
    return hn_lower_operand(L, node->in[0], &p->in);
}

/* `is_open`: without the node's activation. */
static hone_status pool_emit(hn_lower *L, const pooling *p, bool is_open) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0};
    const hn_node *node = p->node;
    hn_pool_args args = {.kind = p->kind};
    args.count_pad = hn_attr_int(node, "count_include_pad", 0) != 0 ? 1 : 0;
    args.n = (int32_t)node->in[0]->shape.dim[0];
    args.c = (int32_t)node->in[0]->shape.dim[p->w.channel];
    hn_activation_f32(node, &args.low, &args.high);
    if (is_open) open_bounds(&args);
    args.arith = hn_float_arith(p->types);
    if (p->is_plain) {
        args.arith = HN_ARITH_RNE;
        (void)hn_integer_range(node->in[0]->dtype, &args.act_min, &args.act_max);
    } else if (!hn_types_are_float(p->types)) {
        HN_TRY(fill_integer(L, node, &args));
    }
    if (p->w.n_spatial == 3) return emit_volume(L, p, args);
    fill_axes(&args, p->w.n_spatial == 2 ? &p->w.axis[0] : &flat, &p->w.axis[p->w.n_spatial - 1]);
    return emit_pool(L, p, &args, p->in, p->out);
}

/* ---- maximum and average ---- */

static hone_status emit_positions(hn_lower *L, const pooling *p) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0};
    hn_argpool_args args = {.n = (int32_t)p->node->in[0]->shape.dim[0]};
    args.c = (int32_t)p->node->in[0]->shape.dim[p->w.channel];
    args.columns_first = hn_attr_int(p->node, "storage_order", 0) != 0 ? 1 : 0;
    for (int32_t d = 0; d < 3; d++) {
        const int32_t i = d - (3 - p->w.n_spatial);
        const hn_window_axis *axis = i >= 0 ? &p->w.axis[i] : &flat;
        args.in[d] = (int32_t)axis->in;
        args.out[d] = (int32_t)axis->out;
        args.k[d] = (int32_t)axis->kernel;
        args.stride[d] = (int32_t)axis->stride;
        args.dilation[d] = (int32_t)axis->dilation;
        args.pad[d] = (int32_t)axis->pad_begin;
    }
    const hn_operand operands[HN_ARGPOOL_OPERANDS] = {p->in, hn_operand_value(p->node->out[1])};
    return hn_lower_step(L, HN_FAMILY_argpool, p->types, &args, operands, HN_ARGPOOL_OPERANDS);
}

static hone_status max_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    pooling p;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(pool_begin(L, node, HN_POOL_MAX, &p));
    HN_TRY(pool_emit(L, &p, false));
    if (node->n_out < 2 || node->out[1] == NULL) return HONE_OK;
    return emit_positions(L, &p);
}

static hone_status average_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    pooling p;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(pool_begin(L, node, HN_POOL_AVERAGE, &p));
    return pool_emit(L, &p, false);
}

static bool average_quantized(const hn_node *node) {
    return hn_value_is_q8(node->in[0]) && hn_value_is_q8(node->out[0]) &&
           node->in[0]->dtype == node->out[0]->dtype;
}

/* ---- p-norm: the root of the sum, or of the mean, of powers ---- */

/* out = in^p, of magnitudes; or the p-th root, clamped by the node's activation. */
static hone_status emit_power(hn_lower *L, const hn_node *node, const hn_shape *shape, float p,
                              const hn_operand operands[2], bool is_root) {
    hn_program program;
    hn_program_begin(&program, shape);
    hn_program_input(&program, operands[0], shape);
    if (is_root && p == 2.0f) {
        hn_program_op(&program, HN_EXPR_sqrt, 0, 0);
    } else if (is_root && p != 1.0f) {
        hn_program_op(&program, HN_EXPR_pow, 0, hn_program_imm(&program, 1.0f / p));
    } else if (!is_root && p == 2.0f) {
        hn_program_op(&program, HN_EXPR_square, 0, 0);
    } else if (!is_root) {
        hn_program_op(&program, HN_EXPR_abs, 0, 0);
        if (p != 1.0f) {
            hn_program_op(&program, HN_EXPR_pow, program.last, hn_program_imm(&program, p));
        }
    }
    float low, high;
    hn_activation_f32(node, &low, &high);
    if (is_root) hn_program_clamp(&program, low, high);
    return hn_program_end(L, &program, operands[1]);
}

static hone_status norm_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    pooling p;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const bool is_mean = hn_attr_int(node, "mean", 0) != 0;
    const float order = (float)hn_attr_int(node, "p", 2);
    if (!(order >= 1.0f)) return hn_fail(L->env, HONE_E_SHAPE, "p must be positive");
    if (node->in[0]->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "norms of %s",
                       hn_dtype_name(node->in[0]->dtype));
    }
    HN_TRY(pool_begin(L, node, is_mean ? HN_POOL_AVERAGE : HN_POOL_SUM, &p));
    uint64_t in_bytes, out_bytes;
    if (!hn_value_bytes(node->in[0], &in_bytes) || !hn_value_bytes(node->out[0], &out_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "too large");
    }
    hn_operand power[2] = {p.in, HN_NO_OPERAND}, root[2] = {HN_NO_OPERAND, p.out};
    HN_TRY(L->temp(L, in_bytes, &power[1]));
    HN_TRY(L->temp(L, out_bytes, &root[0]));
    HN_TRY(emit_power(L, node, &node->in[0]->shape, order, power, false));
    p.in = power[1];
    p.out = root[0];
    HN_TRY(pool_emit(L, &p, true));
    return emit_power(L, node, &node->out[0]->shape, order, root, true);
}

const hn_op_hooks hn_hooks_max_pool = {
    .shape = pool_shape, .lower = max_lower, .quantized = hn_quantized_move, .max_outputs = 2};
const hn_op_hooks hn_hooks_avg_pool = {
    .shape = pool_shape, .lower = average_lower, .quantized = average_quantized};
const hn_op_hooks hn_hooks_lp_pool = {.shape = pool_shape, .lower = norm_lower};
