/* SPDX-License-Identifier: Apache-2.0
 * Transposed convolution: ONNX's ConvTranspose (weights I O/g spatial), LiteRT's TRANSPOSE_CONV
 * (weights O spatial I, the output's shape as an operand), its variant for volumes (weights spatial
 * O I) and MediaPipe's, which has a bias and no shape.
 *
 *     out = (in - 1) * stride + output_padding + extent - pads
 *
 * Where the output's extents are given or automatic, the pads follow from them. */
#include <string.h>

#include "kernels/gemm/gemm.h"
#include "ops/direct_step.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, W, BIAS, SHAPE }; /* operands */

static const int64_t most = INT32_MAX;

/* A node's geometry; -1 where an extent is not known. */
typedef struct deconv {
    hn_window w;
    int64_t in_c, out_c, group;
    hn_kernel_dims k;
    bool has_shape; /* the extents of the output are known */
} deconv;

static bool read_list(const hn_node *node, const char *name, int64_t low, int32_t n, int64_t *out) {
    if (hn_attr_find(node, name) == NULL) return true;
    if (!hn_attr_ints(node, name, out, (uint32_t)n)) return false;
    for (int32_t i = 0; i < n; i++) {
        if (out[i] < low || out[i] > most) return false;
    }
    return true;
}

/* Pads for an output of a given extent. TensorFlow computes those of the forward convolution that
 * has that output as its input. */
static void pads_for(hn_window_axis *a, int64_t room, bool is_upper) {
    const int64_t extent = (a->kernel - 1) * a->dilation + 1;
    int64_t total = room + extent - a->out;
    if (total < 0) total = 0;
    a->pad_begin = is_upper ? total / 2 : total - total / 2;
    a->pad_end = total - a->pad_begin;
}

/* Dimensions of the weights by attribute kernel_layout. */
static bool read_kernel(const hn_node *node, int32_t rank, hn_kernel_dims *out) {
    const char *layout = hn_attr_string(node, "kernel_layout", "iohw");
    const hn_kernel_dims iohw = {1, 0, 2, false}, ohwi = {0, rank - 1, 1, false};
    const hn_kernel_dims hwoi = {rank - 2, rank - 1, 0, false};
    if (strcmp(layout, "iohw") == 0) {
        *out = iohw;
    } else if (strcmp(layout, "ohwi") == 0) {
        *out = ohwi;
    } else if (strcmp(layout, "hwoi") == 0) {
        *out = hwoi;
    } else {
        return false;
    }
    return true;
}

static const char *read_channels(const hn_node *node, deconv *d) {
    const hn_shape *x = &node->in[X]->shape, *w = &node->in[W]->shape;
    if (!read_kernel(node, w->rank, &d->k)) return "kernel_layout is unknown";
    d->group = hn_attr_int(node, "group", 1);
    if (d->group < 1 || d->group > most) return "group must be positive";
    if (d->k.in != 0 && d->group != 1) return "groups with this kernel_layout";
    d->in_c = x->dim[d->w.channel];
    const int64_t w_in = w->dim[d->k.in];
    const int64_t w_out = w->dim[d->k.out];
    if (d->in_c < 0) d->in_c = w_in;
    if (w_in >= 0 && w_in != d->in_c) return "the input's channels do not match the weights";
    if (d->in_c >= 0 && (d->in_c == 0 || d->in_c % d->group != 0)) {
        return "the input's channels do not divide into the groups";
    }
    if (w_out == 0 || w_out > most / d->group) return "the output channels are not possible";
    d->out_c = w_out < 0 ? -1 : w_out * d->group;
    const hn_value *bias = hn_node_in(node, BIAS);
    if (bias == NULL || bias->shape.rank < 0 || d->out_c < 0) return NULL;
    const int64_t n = hn_shape_product(&bias->shape, 0, bias->shape.rank);
    return n >= 0 && n != d->out_c ? "the bias has another length" : NULL;
}

/* Extents of the output that the node states, -1 for those that it does not. */
static const char *read_out(const hn_node *node, const deconv *d, int64_t *out, bool *is_known) {
    const int32_t n = d->w.n_spatial;
    hn_ints shape;
    const hn_ints_state state = hn_node_ints(node, SHAPE, "output_shape", &shape);
    for (int32_t i = 0; i < n; i++) out[i] = -1;
    *is_known = state != HN_INTS_UNKNOWN;
    if (state == HN_INTS_ABSENT || state == HN_INTS_UNKNOWN) return NULL;
    if (state == HN_INTS_BAD) return "the output's shape is not a short list of integers";
    uint32_t first = 0;
    if (shape.n == (uint32_t)n + 2) first = (uint32_t)d->w.first;
    if (shape.n != (uint32_t)n && first == 0) return "the output's shape has another rank";
    const int64_t batch = node->in[0]->shape.dim[0];
    const bool is_other = first > 0 && batch >= 0 && shape.v[0] != batch;
    if (is_other) return "the output's shape has another batch";
    for (int32_t i = 0; i < n; i++) {
        out[i] = shape.v[first + (uint32_t)i];
        if (out[i] < 1 || out[i] > most) return "the output's shape is not possible";
    }
    return NULL;
}

static const char *fill_axis(const hn_node *node, hn_window_axis *a, int64_t more, int64_t given) {
    const char *mode = hn_attr_string(node, "auto_pad", "");
    const bool is_same = strncmp(mode, "same_", 5) == 0, is_upper = strcmp(mode, "same_upper") == 0;
    const int64_t extent = (a->kernel - 1) * a->dilation + 1;
    a->out = given;
    if (a->in < 0 || a->kernel < 0) return NULL;
    if (a->in < 1 || a->kernel < 1 || a->in > most || extent > most) {
        return "an extent is not possible";
    }
    const int64_t room = (a->in - 1) * a->stride + more;
    if (node->n_in > SHAPE && node->in[SHAPE] != NULL) {
        if (given < 0) return NULL;
        pads_for(a, is_same ? (given - 1) / a->stride * a->stride : given - extent, true);
        return NULL;
    }
    if (given >= 0) {
        pads_for(a, room, is_upper);
    } else if (is_same) {
        a->out = a->in * a->stride;
        pads_for(a, room, is_upper);
    } else {
        a->out = room + extent - a->pad_begin - a->pad_end;
    }
    return a->out < 1 || a->out > most ? "the output would be empty or too large" : NULL;
}

static const char *read_deconv(const hn_node *node, deconv *d) {
    const hn_shape *x = &node->in[X]->shape, *weights = &node->in[W]->shape;
    if (x->rank != weights->rank) return "input and weights have different ranks";
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    memset(d, 0, sizeof *d);
    d->w.n_spatial = x->rank - 2;
    hn_image_dims(node, x->rank, &d->w.first, &d->w.channel);
    const char *problem = read_channels(node, d);
    int64_t out[3], stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, more[3] = {0}, pads[6] = {0};
    const int32_t n = d->w.n_spatial;
    if (problem == NULL) problem = read_out(node, d, out, &d->has_shape);
    if (problem != NULL) return problem;
    if (!read_list(node, "strides", 1, n, stride) ||
        !read_list(node, "dilations", 1, n, dilation) ||
        !read_list(node, "output_padding", 0, n, more) ||
        !read_list(node, "pads", 0, 2 * n, pads)) {
        return "strides, dilations, pads or output_padding are not possible";
    }
    const char *mode = hn_attr_string(node, "auto_pad", "");
    const bool is_valid = strcmp(mode, "valid") == 0;
    for (int32_t i = 0; i < n; i++) {
        hn_window_axis *a = &d->w.axis[i];
        a->in = x->dim[d->w.first + i];
        a->kernel = weights->dim[d->k.first + i];
        a->stride = stride[i];
        a->dilation = dilation[i];
        a->pad_begin = is_valid ? 0 : pads[i];
        a->pad_end = is_valid ? 0 : pads[i + n];
        problem = fill_axis(node, a, more[i], out[i]);
        if (problem != NULL) return problem;
    }
    return NULL;
}

static hone_status deconv_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    hn_shape out = hn_shape_unknown(x->shape.rank);
    if (x->shape.rank < 0 || node->in[W]->shape.rank < 0) {
        return hn_node_set_shape(g, node, dtype, &out);
    }
    deconv d;
    const char *problem = read_deconv(node, &d);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape_take(&out, 0, &x->shape, 0);
    out.dim[d.w.channel] = d.out_c;
    for (int32_t i = 0; d.has_shape && i < d.w.n_spatial; i++) {
        out.dim[d.w.first + i] = d.w.axis[i].out;
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

/* ---- lowering ---- */

/* A view of the weights with their groups as a dimension of their own: g, I/g, O/g, spatial. */
typedef struct split_view {
    hn_value value;
    hn_constant constant;
    hn_quant quant;
} split_view;

static void split_groups(const hn_value *w, int64_t group, split_view *view) {
    hn_value *out = &view->value;
    hn_constant *constant = &view->constant;
    *out = *w;
    if (w->quant != NULL) {
        view->quant = *w->quant;
        if (view->quant.axis >= 0) view->quant.axis++;
        out->quant = &view->quant;
    }
    out->shape.rank = w->shape.rank + 1;
    out->shape.dim[0] = group;
    out->shape.dim[1] = w->shape.dim[0] / group;
    for (int32_t i = 1; i < w->shape.rank; i++) out->shape.dim[i + 1] = w->shape.dim[i];
    if (w->constant == NULL) return;
    *constant = *w->constant;
    constant->stride[1] = w->constant->stride[0];
    constant->stride[0] = w->constant->stride[0] * out->shape.dim[1];
    for (int32_t i = 1; i < w->shape.rank; i++) constant->stride[i + 1] = w->constant->stride[i];
    out->constant = constant;
}

/* Computed weights are moved into the kernel's order by a step. */
static hone_status move_weights(hn_lower *L, const hn_value *w, const hn_value *split,
                                const int32_t *perm, hn_operand *out) {
    uint64_t n_bytes;
    if (!hn_value_bytes(w, &n_bytes)) return hn_fail(L->env, HONE_E_SHAPE, "weights without size");
    hn_box box = {.rank = split->shape.rank};
    int64_t from[HN_MAX_RANK];
    hn_shape moved = split->shape;
    hn_shape_strides(&split->shape, from);
    for (int32_t i = 0; i < box.rank; i++) moved.dim[i] = split->shape.dim[perm[i]];
    hn_shape_strides(&moved, box.stride[1]);
    for (int32_t i = 0; i < box.rank; i++) {
        box.dim[i] = moved.dim[i];
        box.stride[0][i] = from[perm[i]];
    }
    HN_TRY(L->temp(L, n_bytes, out));
    return hn_lower_move(L, w->dtype, &box, hn_operand_value(w), *out);
}

static hone_status lower_weights(hn_lower *L, const hn_node *node, const deconv *d, hn_types types,
                                 int32_t *zero, hn_operand *out) {
    const hn_value *w = node->in[W];
    hn_weights_form form = hn_weights_as_is(types);
    if (d->k.in != 0) {
        form.perm[0] = d->k.out;
        for (int32_t i = 0; i < d->w.n_spatial; i++) form.perm[1 + i] = d->k.first + i;
        form.perm[1 + d->w.n_spatial] = d->k.in;
        return hn_lower_weights(L, w, &form, out, zero);
    }
    split_view split;
    split_groups(w, d->group, &split);
    form.perm[0] = 0;
    form.perm[1] = 2;
    for (int32_t i = 0; i < d->w.n_spatial; i++) form.perm[2 + i] = 3 + i;
    form.perm[2 + d->w.n_spatial] = 1;
    if (w->constant != NULL) {
        HN_TRY(hn_lower_weights(L, &split.value, &form, out, zero));
        if (out->kind == HN_OPERAND_VALUE) *out = hn_operand_value(w); /* the same bytes */
        return HONE_OK;
    }
    if (types != HN_TYPES_f32 || w->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "integer weights that are not constant");
    }
    *zero = 0;
    return move_weights(L, w, &split.value, form.perm, out);
}

/* ---- windows that touch but do not overlap ---- */

static bool is_touching(const hn_node *node, const deconv *d) {
    if (d->group != 1 || d->w.n_spatial != 2 || node->in[W]->constant == NULL) return false;
    for (int32_t i = 0; i < d->w.n_spatial; i++) {
        const hn_window_axis *a = &d->w.axis[i];
        if (a->kernel != a->stride || a->pad_begin != 0 || a->out != a->in * a->stride)
            return false;
    }
    return true;
}

/* Every output has one tap then: a product of the pixels with weights [taps x O, I], and a move. */
static bool is_product(const hn_node *node, const deconv *d, hn_types types) {
    const hn_value *w = node->in[W], *bias = hn_node_in(node, BIAS);
    if (types != HN_TYPES_f32 || !is_touching(node, d) || w->dtype != HN_DTYPE_F32) return false;
    return bias == NULL || (bias->constant != NULL && bias->dtype == HN_DTYPE_F32);
}

/* The same on 8 bits, where each tap is a product of its own: scales are by channel. */
static bool are_products(const hn_node *node, const deconv *d, hn_types types) {
    const hn_value *w = node->in[W], *bias = hn_node_in(node, BIAS), *out = node->out[0];
    const bool is_8_bit = types == HN_TYPES_s8 || types == HN_TYPES_u8;
    if (!is_8_bit || !is_touching(node, d) || out->dtype != node->in[X]->dtype) return false;
    if (w->dtype != HN_DTYPE_S8 && w->dtype != HN_DTYPE_U8) return false;
    return bias == NULL || (bias->constant != NULL && bias->dtype == HN_DTYPE_S32);
}

/* The weights as rows of taps and outputs. */
static hone_status product_weights(hn_lower *L, const hn_value *w, const deconv *d,
                                   hn_operand *out) {
    const int32_t order[4] = {d->k.first, d->k.first + 1, d->k.out, d->k.in};
    hn_value view = *w;
    hn_constant constant = *w->constant;
    for (int32_t i = 0; i < 4; i++) {
        view.shape.dim[i] = w->shape.dim[order[i]];
        constant.stride[i] = w->constant->stride[order[i]];
    }
    uint64_t n_bytes;
    if (!hn_value_bytes(w, &n_bytes)) return hn_fail(L->env, HONE_E_SHAPE, "weights without size");
    view.constant = &constant;
    float *rows = hn_alloc(L->env, (size_t)n_bytes);
    if (rows == NULL) return hn_no_memory(L->env);
    hn_constant_copy(&view, rows);
    const hone_status status = L->constant(L, rows, n_bytes, out);
    hn_free(L->env, rows);
    return status;
}

/* The bias once for each tap. */
static hone_status product_bias(hn_lower *L, const hn_value *bias, uint64_t n_taps, uint64_t n,
                                hn_operand *out) {
    *out = HN_NO_OPERAND;
    if (bias == NULL) return HONE_OK;
    float *all = hn_alloc(L->env, (size_t)(n_taps * n) * sizeof *all);
    if (all == NULL) return hn_no_memory(L->env);
    hone_status status = hn_constant_read_f32(L->graph, bias, all, n);
    for (uint64_t i = n; i < n_taps * n; i++) all[i] = all[i - n];
    if (status == HONE_OK) status = L->constant(L, all, n_taps * n * sizeof *all, out);
    hn_free(L->env, all);
    return status;
}

/* [pixels of row, taps, O] to [rows, tap row, pixels of row, tap column, O]. */
static hone_status product_move(hn_lower *L, const hn_node *node, const deconv *d,
                                hn_operand from) {
    const hn_window_axis *y = &d->w.axis[0], *x = &d->w.axis[1];
    const int64_t o = d->out_c, pixel = y->kernel * x->kernel * o, row = x->in * pixel;
    hn_box box = {.rank = 4};
    const int64_t dim[4] = {node->in[X]->shape.dim[0] * y->in, y->kernel, x->in, x->kernel * o};
    const int64_t in[4] = {row, x->kernel * o, pixel, 1};
    const int64_t out[4] = {row, x->out * o, x->kernel * o, 1};
    memcpy(box.dim, dim, sizeof dim);
    memcpy(box.stride[0], in, sizeof in);
    memcpy(box.stride[1], out, sizeof out);
    return hn_lower_move(L, HN_DTYPE_F32, &box, from, hn_operand_value(node->out[0]));
}

static hone_status product_lower(hn_lower *L, const hn_node *node, const deconv *d) {
    const hn_window_axis *y = &d->w.axis[0], *x = &d->w.axis[1];
    const int64_t n_taps = y->kernel * x->kernel;
    const int64_t n = n_taps * d->out_c, m = node->in[X]->shape.dim[0] * y->in * x->in;
    if (n > most || m > most) return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    hn_gemm_args args = {
        .batch = 1, .m = (int32_t)m, .n = (int32_t)n, .k = (int32_t)d->in_c, .scale_stride = 1};
    hn_operand operands[HN_GEMM_OPERANDS];
    hn_activation_f32(node, &args.low, &args.high);
    HN_TRY(hn_lower_operand(L, node->in[X], &operands[HN_GEMM_A]));
    HN_TRY(product_weights(L, node->in[W], d, &operands[HN_GEMM_B]));
    HN_TRY(product_bias(L, hn_node_in(node, BIAS), (uint64_t)n_taps, (uint64_t)d->out_c,
                        &operands[HN_GEMM_BIAS]));
    operands[HN_GEMM_SCALE] = HN_NO_OPERAND;
    HN_TRY(L->temp(L, (uint64_t)m * (uint64_t)n * sizeof(float), &operands[HN_GEMM_OUT]));
    HN_TRY(hn_lower_step(L, HN_FAMILY_gemm, HN_TYPES_f32, &args, operands, HN_GEMM_OPERANDS));
    return product_move(L, node, d, operands[HN_GEMM_OUT]);
}

/* The weights of one tap, [O, I], as they lie in the file, made of the sign of the inputs. */
static hone_status tap_weights(hn_lower *L, const hn_value *w, const deconv *d, int64_t tap,
                               hn_dtype dtype, hn_operand *out) {
    hn_value *view = hn_arena_copy(L->graph->arena, w, sizeof *w);
    hn_constant *constant = hn_arena_copy(L->graph->arena, w->constant, sizeof *constant);
    if (view == NULL || constant == NULL) return hn_no_memory(L->env);
    const int64_t columns = d->w.axis[1].kernel;
    const int32_t y = d->k.first, x = d->k.first + 1;
    constant->bytes += tap / columns * w->constant->stride[y];
    constant->bytes += tap % columns * w->constant->stride[x];
    constant->n_bytes -= (uint64_t)(constant->bytes - w->constant->bytes);
    const int32_t order[2] = {d->k.out, d->k.in};
    view->shape.rank = 2;
    for (int32_t i = 0; i < 2; i++) {
        view->shape.dim[i] = w->shape.dim[order[i]];
        constant->stride[i] = w->constant->stride[order[i]];
    }
    constant->flip = w->dtype == dtype ? 0 : 0x80;
    view->constant = constant;
    view->quant = NULL;
    view->dtype = dtype;
    *out = (hn_operand){HN_OPERAND_VIEW, view, 0};
    return HONE_OK;
}

static hone_status products_fill(hn_lower *L, const hn_node *node, const deconv *d, hn_types types,
                                 hn_gemm_args *a, hn_operand *operands) {
    const hn_value *x = node->in[X], *w = node->in[W], *out = node->out[0];
    const hn_product product = {x, w, out, (uint32_t)d->out_c, types == HN_TYPES_u8, false};
    const hn_weights_form form = hn_weights_as_is(types);
    hn_operand unused;
    HN_TRY(hn_lower_weights(L, w, &form, &unused, &a->b_zero));
    HN_TRY(hn_activation_int(L->graph, node, out, &a->act_min, &a->act_max));
    a->arith = (int32_t)node->arith;
    a->scale_stride = 1;
    a->a_zero = hn_quant_zero(x, 0);
    a->out_zero = hn_quant_zero(out, 0);
    HN_TRY(hn_lower_operand(L, x, &operands[HN_GEMM_A]));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, BIAS), types, &operands[HN_GEMM_BIAS]));
    return hn_lower_product(L, node, &product, &operands[HN_GEMM_SCALE]);
}

static hone_status products_lower(hn_lower *L, const hn_node *node, const deconv *d,
                                  hn_types types) {
    const hn_window_axis *y = &d->w.axis[0], *x = &d->w.axis[1];
    const int64_t rows = node->in[X]->shape.dim[0] * y->in, m = rows * x->in, o = d->out_c;
    if (m > most || m * o > most) return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    hn_gemm_args args = {.batch = 1, .m = (int32_t)m, .n = (int32_t)o, .k = (int32_t)d->in_c};
    hn_operand operands[HN_GEMM_OPERANDS];
    HN_TRY(products_fill(L, node, d, types, &args, operands));
    for (int64_t tap = 0; tap < y->kernel * x->kernel; tap++) {
        const int64_t first = tap / x->kernel * x->out + tap % x->kernel;
        HN_TRY(tap_weights(L, node->in[W], d, tap, node->in[X]->dtype, &operands[HN_GEMM_B]));
        HN_TRY(L->temp(L, (uint64_t)(m * o), &operands[HN_GEMM_OUT]));
        HN_TRY(hn_lower_step(L, HN_FAMILY_gemm, types, &args, operands, HN_GEMM_OPERANDS));
        const hn_box box = {
            .rank = 3,
            .dim = {rows, x->in, o},
            .stride = {{x->in * o, o, 1}, {y->kernel * x->out * o, x->kernel * o, 1}},
            .offset = {0, first * o}};
        HN_TRY(hn_lower_move(L, node->out[0]->dtype, &box, operands[HN_GEMM_OUT],
                             hn_operand_value(node->out[0])));
    }
    return HONE_OK;
}

static hone_status deconv_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    deconv d;
    const char *problem = read_deconv(node, &d);
    if (problem == NULL && !d.has_shape) problem = "the output's shape is not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_node_is_nhwc(node)) {
        return hn_fail(L->env, HONE_E_INTERNAL, "images must be channels last to be lowered");
    }
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[X], &types));
    if (is_product(node, &d, types)) return product_lower(L, node, &d);
    if (are_products(node, &d, types)) return products_lower(L, node, &d, types);
    hn_direct_args args = {.transposed = 1};
    hn_direct_geometry(&d.w, &args);
    args.n = (int32_t)node->in[X]->shape.dim[0];
    args.in_c = (int32_t)d.in_c;
    args.out_c = (int32_t)d.out_c;
    args.groups = (int32_t)d.group;
    hn_direct_operands o = {node->in[X],   node->in[W], hn_node_in(node, BIAS), node->out[0], types,
                            HN_NO_OPERAND, false};
    HN_TRY(lower_weights(L, node, &d, types, &args.w_zero, &o.weights));
    return hn_direct_emit(L, node, &args, &o);
}

/* Every input element meets every tap of the weights of its group. */
static uint64_t deconv_macs(const hn_node *node) {
    deconv d;
    uint64_t n_in, n_weights, macs;
    if (node->in[W]->shape.rank < 3 || read_deconv(node, &d) != NULL || d.in_c < 1) return 0;
    if (!hn_shape_count(&node->in[X]->shape, &n_in)) return 0;
    if (!hn_shape_count(&node->in[W]->shape, &n_weights)) return 0;
    return hn_mul_u64(n_in, n_weights / (uint64_t)d.in_c, &macs) ? macs : UINT64_MAX;
}

static bool deconv_quantized(const hn_node *node) {
    const hn_value *x = node->in[X], *w = node->in[W], *out = node->out[0];
    hn_kernel_dims k;
    if (w->shape.rank < 3 || hn_attr_int(node, "group", 1) != 1) return false;
    if (!read_kernel(node, w->shape.rank, &k)) return false;
    return hn_value_is_q8(x) && hn_value_is_q8(out) && x->dtype == out->dtype &&
           hn_weights_are_q8(w, k.out) && hn_bias_is_s32(hn_node_in(node, BIAS));
}

const hn_op_hooks hn_hooks_deconv = {.shape = deconv_shape,
                                     .lower = deconv_lower,
                                     .macs = deconv_macs,
                                     .quantized = deconv_quantized};
