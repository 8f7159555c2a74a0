/* SPDX-License-Identifier: Apache-2.0
 * ONNX's Resize, over any axes. Two neighbouring axes are one step, others one step each with a
 * buffer between; a window that antialiasing has made wide is cheaper one axis at a time. */
#include <math.h>
#include <string.h>

#include "kernels/resample/resample.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/resample_tables.h"

enum { ROI = 1, SCALES = 2, SIZES = 3 }; /* operands of resize */
enum { PAIR_TAPS = 4 };                  /* at most, for two axes in one step */

typedef struct resize {
    int32_t rank;
    hn_resample_axis axis[HN_MAX_RANK];
    bool is_known; /* out and scale of all axes */
} resize;

/* ---- ONNX: operands and attributes ---- */

/* The n floats of a constant operand; n 0: it is absent or empty. False: not known, or bad. */
static bool read_floats(const hn_graph *g, const hn_value *v, float *out, uint32_t *n) {
    uint64_t count = 0;
    *n = 0;
    if (v == NULL) return true;
    if (v->constant == NULL || !hn_shape_count(&v->shape, &count) || count > 2 * HN_MAX_RANK) {
        return hn_shape_count(&v->shape, &count) && count == 0;
    }
    if (!hn_dtype_is_float(v->dtype)) return false;
    *n = (uint32_t)count;
    return count == 0 || hn_constant_read_f32(g, v, out, count) == HONE_OK;
}

/* The axes that scales and sizes speak of, in their order. */
static const char *read_axes(const hn_node *node, int32_t rank, int32_t *axes, uint32_t *n) {
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, UINT32_MAX, "axes", &list);
    if (state == HN_INTS_BAD) return "the axes are not a short list of integers";
    *n = state == HN_INTS_KNOWN ? list.n : (uint32_t)rank;
    if (*n > (uint32_t)rank) return "there are more axes than dimensions";
    uint32_t seen = 0;
    for (uint32_t i = 0; i < *n; i++) {
        const int64_t axis = state == HN_INTS_KNOWN ? list.v[i] : (int64_t)i;
        if (!hn_axis_resolve(axis, rank, &axes[i])) return "an axis is not a dimension";
        if ((seen >> axes[i] & 1u) != 0) return "an axis is named twice";
        seen |= 1u << axes[i];
    }
    return NULL;
}

static const char *use_scales(resize *r, const int32_t *axes, uint32_t n, const float *scales) {
    for (uint32_t i = 0; i < n; i++) {
        hn_resample_axis *a = &r->axis[axes[i]];
        if (!(scales[i] > 0.0f) || !(scales[i] < 1e9f)) return "a scale is not possible";
        a->scale = scales[i];
        a->out = -1;
        if (a->in < 0) continue;
        const float extent = floorf((float)a->in * scales[i]);
        if (!(extent < 2147483648.0f)) return "an extent is too large";
        a->out = (int64_t)extent;
    }
    return NULL;
}

/* One scale for all axes, so that none is larger (or smaller) than asked for. */
static void keep_aspect(resize *r, const int32_t *axes, uint32_t n, bool is_larger) {
    float scale = is_larger ? 0.0f : INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        const hn_resample_axis *a = &r->axis[axes[i]];
        if (a->in <= 0) return;
        const float own = (float)a->out / (float)a->in;
        scale = is_larger ? fmaxf(scale, own) : fminf(scale, own);
    }
    for (uint32_t i = 0; i < n; i++) {
        hn_resample_axis *a = &r->axis[axes[i]];
        a->scale = scale;
        a->out = (int64_t)fminf(floorf(scale * (float)a->in + 0.5f), 2147483647.0f);
    }
}

static const char *use_sizes(const hn_node *node, resize *r, const int32_t *axes, uint32_t n,
                             const hn_ints *sizes) {
    for (uint32_t i = 0; i < n; i++) {
        hn_resample_axis *a = &r->axis[axes[i]];
        if (sizes->v[i] < 0 || sizes->v[i] > INT32_MAX) return "a size is not possible";
        a->out = sizes->v[i];
        if (a->in > 0) a->scale = (float)a->out / (float)a->in;
    }
    const char *policy = hn_attr_string(node, "keep_aspect_ratio_policy", "stretch");
    if (strcmp(policy, "stretch") == 0) return NULL;
    const bool is_larger = strcmp(policy, "not_smaller") == 0;
    if (!is_larger && strcmp(policy, "not_larger") != 0) return "the policy is unknown";
    keep_aspect(r, axes, n, is_larger);
    return NULL;
}

/* A list of n elements or none, as far as its shape tells. */
static bool fits_axes(const hn_value *v, uint32_t n) {
    const int64_t length = hn_list_length(v);
    return length <= 0 || length == n;
}

/* Scales and sizes; given both (the layout pass writes them so), the sizes are the extents. */
static const char *read_extents(const hn_graph *g, const hn_node *node, resize *r,
                                const int32_t *axes, uint32_t n) {
    float scales[2 * HN_MAX_RANK];
    uint32_t n_scales;
    hn_ints sizes = {{0}, 0};
    const bool is_read = read_floats(g, hn_node_in(node, SCALES), scales, &n_scales);
    const hn_ints_state state = hn_node_ints(node, SIZES, "sizes", &sizes);
    if (state == HN_INTS_BAD) return "the sizes are not a short list of integers";
    if (!fits_axes(hn_node_in(node, SCALES), n) || !fits_axes(hn_node_in(node, SIZES), n)) {
        return "there must be one scale or size for each axis";
    }
    r->is_known = is_read && state != HN_INTS_UNKNOWN;
    if (!r->is_known) return NULL;
    const bool has_sizes = state == HN_INTS_KNOWN && sizes.n > 0;
    if ((n_scales != 0 && n_scales != n) || (has_sizes && sizes.n != n)) {
        return "there must be one scale or size for each axis";
    }
    if (n_scales == 0 && !has_sizes) return "there are neither scales nor sizes";
    const char *problem = has_sizes ? use_sizes(node, r, axes, n, &sizes) : NULL;
    if (problem != NULL || n_scales == 0) return problem;
    if (!has_sizes) return use_scales(r, axes, n, scales);
    for (uint32_t i = 0; i < n; i++) r->axis[axes[i]].scale = scales[i];
    return NULL;
}

static const char *read_resize(const hn_graph *g, const hn_node *node, const hn_shape *x,
                               resize *r) {
    int32_t axes[HN_MAX_RANK];
    uint32_t n, n_roi;
    float roi[2 * HN_MAX_RANK];
    r->rank = x->rank;
    for (int32_t d = 0; d < x->rank; d++) {
        const hn_resample_axis same = {x->dim[d], x->dim[d], 1.0f, 0.0f, 1.0f};
        r->axis[d] = same;
    }
    const char *problem = read_axes(node, x->rank, axes, &n);
    if (problem == NULL) problem = read_extents(g, node, r, axes, n);
    if (problem != NULL) return problem;
    const bool needs_roi = strcmp(hn_attr_string(node, "coordinate_transformation_mode", ""),
                                  "tf_crop_and_resize") == 0;
    if (!needs_roi) return NULL;
    if (!read_floats(g, hn_node_in(node, ROI), roi, &n_roi)) {
        r->is_known = false;
        return NULL;
    }
    if (n_roi != 2 * n) return "there must be a start and an end of the region for each axis";
    for (uint32_t i = 0; i < n; i++) {
        r->axis[axes[i]].start = roi[i];
        r->axis[axes[i]].end = roi[i + n];
    }
    return NULL;
}

bool hn_resample_mode_of(const char *name, hn_resample_mode *mode) {
    static const char *const names[] = {"nearest", "linear", "cubic"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *mode = (hn_resample_mode)i;
        return true;
    }
    return false;
}

static const char *read_rule(const hn_node *node, hn_resample_rule *rule) {
    static const char *const known[] = {
        "half_pixel",           "asymmetric",           "align_corners",     "pytorch_half_pixel",
        "tf_half_pixel_for_nn", "half_pixel_symmetric", "tf_crop_and_resize"};
    static const char *const rounding[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                           "ceil", "simple"};
    rule->coordinates = hn_attr_string(node, "coordinate_transformation_mode", known[0]);
    rule->nearest = hn_attr_string(node, "nearest_mode", rounding[0]);
    rule->cubic_a = hn_attr_float(node, "cubic_coeff_a", -0.75f);
    rule->excludes_outside = hn_attr_int(node, "exclude_outside", 0) != 0;
    rule->has_antialias = hn_attr_int(node, "antialias", 0) != 0;
    bool is_known = false, is_rounding = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        is_known = is_known || strcmp(rule->coordinates, known[i]) == 0;
    }
    for (size_t i = 0; i < sizeof rounding / sizeof rounding[0]; i++) {
        is_rounding = is_rounding || strcmp(rule->nearest, rounding[i]) == 0;
    }
    if (!is_known) return "the coordinate mode is unknown";
    if (!is_rounding) return "the nearest mode is unknown";
    const char *mode = hn_attr_string(node, "mode", "nearest");
    return hn_resample_mode_of(mode, &rule->mode) ? NULL : "the mode is unknown";
}

/* ---- shapes ---- */

static hone_status resize_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = x->dtype;
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, dtype, &x->shape);
    hn_resample_rule rule;
    resize r;
    const char *problem = read_rule(node, &rule);
    if (problem == NULL) problem = read_resize(g, node, &x->shape, &r);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(x->shape.rank);
    for (int32_t d = 0; r.is_known && d < out.rank; d++) {
        out.dim[d] = r.axis[d].out;
        if (r.axis[d].out == r.axis[d].in) hn_shape_take(&out, d, &x->shape, d);
        if (x->shape.dim[d] == 0 && out.dim[d] > 0) {
            return hn_fail(g->env, HONE_E_SHAPE, "an empty dimension cannot grow");
        }
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

/* ---- steps ---- */

static hone_status table_operands(hn_lower *L, const hn_resample_table *t, int64_t n,
                                  const int32_t *fixed, hn_operand *out) {
    const uint64_t n_bytes = (uint64_t)n * (uint64_t)t->taps * sizeof(int32_t);
    HN_TRY(L->constant(L, t->index, n_bytes, &out[0]));
    out[1] = HN_NO_OPERAND;
    if (fixed != NULL) return L->constant(L, fixed, n_bytes, &out[1]);
    return t->weight != NULL ? L->constant(L, t->weight, n_bytes, &out[1]) : HONE_OK;
}

hone_status hn_resample_emit(hn_lower *L, const hn_resample_pass *p, hn_operand in,
                             hn_operand out) {
    int32_t zero = 0;
    float one = 1.0f;
    const hn_resample_table still = {1, &zero, p->row->weight != NULL ? &one : NULL, false};
    const hn_resample_table *column = p->column != NULL ? p->column : &still;
    const hn_resample_args args = {.n = (int32_t)p->n,
                                   .in_h = (int32_t)p->in_h,
                                   .in_w = (int32_t)p->in_w,
                                   .c = (int32_t)p->c,
                                   .out_h = (int32_t)p->out_h,
                                   .out_w = (int32_t)p->out_w,
                                   .k_h = p->row->taps,
                                   .k_w = column->taps,
                                   .fill = p->fill};
    hn_operand operands[HN_RESAMPLE_OPERANDS];
    operands[HN_RESAMPLE_IN] = in;
    HN_TRY(table_operands(L, p->row, p->out_h, p->fixed[0], &operands[HN_RESAMPLE_ROWS]));
    HN_TRY(table_operands(L, column, p->out_w, p->fixed[1], &operands[HN_RESAMPLE_COLUMNS]));
    operands[HN_RESAMPLE_OUT] = out;
    return hn_lower_step(L, HN_FAMILY_resample, p->types, &args, operands, HN_RESAMPLE_OPERANDS);
}

/* Everything of a node while its axes are resized one after the other. */
typedef struct work {
    hn_lower *L;
    const hn_node *node;
    int32_t rank;
    int64_t dim[HN_MAX_RANK]; /* current extents */
    hn_resample_axis axis[HN_MAX_RANK];
    hn_resample_table table[HN_MAX_RANK];
    int32_t changed[HN_MAX_RANK];
    int32_t n_changed;
    hn_types types;
    float fill;
    hn_operand at;
} work;

/* Two changed axes with only extents of 1 between them, and few taps: one step. */
static bool is_pair(const work *k, int32_t i) {
    if (i + 1 >= k->n_changed) return false;
    const int32_t a = k->changed[i], b = k->changed[i + 1];
    for (int32_t d = a + 1; d < b; d++) {
        if (k->dim[d] != 1) return false;
    }
    return k->table[a].taps <= PAIR_TAPS && k->table[b].taps <= PAIR_TAPS;
}

static hone_status step_at(work *k, int32_t i, bool has_pair, bool is_last) {
    hn_lower *L = k->L;
    const int32_t a = k->changed[i], b = has_pair ? k->changed[i + 1] : a;
    const hn_shape now = hn_shape_of(k->rank, k->dim);
    hn_resample_pass p = {
        .row = &k->table[a], .types = k->types, .fill = k->fill, .in_w = 1, .out_w = 1};
    p.n = hn_shape_product(&now, 0, a);
    p.c = hn_shape_product(&now, b + 1, k->rank);
    p.in_h = k->axis[a].in;
    p.out_h = k->axis[a].out;
    if (has_pair) {
        p.column = &k->table[b];
        p.in_w = k->axis[b].in;
        p.out_w = k->axis[b].out;
    }
    k->dim[a] = k->axis[a].out;
    k->dim[b] = k->axis[b].out;
    hn_operand out = hn_operand_value(k->node->out[0]);
    if (!is_last) {
        const hn_shape next = hn_shape_of(k->rank, k->dim);
        uint64_t n, n_bytes;
        if (!hn_shape_count(&next, &n) || n > INT32_MAX ||
            !hn_type_bytes(k->node->in[0]->dtype, n, &n_bytes)) {
            return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more between two axes");
        }
        HN_TRY(L->temp(L, n_bytes, &out));
    }
    HN_TRY(hn_resample_emit(L, &p, k->at, out));
    k->at = out;
    return HONE_OK;
}

static hone_status emit_steps(work *k) {
    for (int32_t i = 0; i < k->n_changed; i++) {
        const bool has_pair = is_pair(k, i);
        const bool is_last = i + (has_pair ? 2 : 1) == k->n_changed;
        HN_TRY(step_at(k, i, has_pair, is_last));
        if (has_pair) i++;
    }
    return HONE_OK;
}

/* Copies elements for the nearest pixel, computes on floats else. */
static hone_status choose_types(hn_lower *L, const hn_node *node, bool is_copy, hn_types *types) {
    const hn_value *x = node->in[0];
    const bool has_types = is_copy ? hn_types_of_size(x->dtype, types) : x->dtype == HN_DTYPE_F32;
    if (!is_copy) *types = HN_TYPES_f32;
    if (has_types) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "resizing %s this way", hn_dtype_name(x->dtype));
}

static hone_status resize_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_resample_rule rule;
    resize r;
    const char *problem = read_rule(node, &rule);
    if (problem == NULL) problem = read_resize(L->graph, node, &node->in[0]->shape, &r);
    if (problem == NULL && !r.is_known) problem = "scales or sizes are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    work k = {.L = L, .node = node, .rank = r.rank};
    const bool is_crop = strcmp(rule.coordinates, "tf_crop_and_resize") == 0;
    const bool is_copy = rule.mode == HN_RESAMPLE_NEAREST && !is_crop;
    HN_TRY(choose_types(L, node, is_copy, &k.types));
    k.fill = hn_attr_float(node, "extrapolation_value", 0.0f);
    for (int32_t d = 0; d < r.rank; d++) {
        k.dim[d] = r.axis[d].in;
        k.axis[d] = r.axis[d];
        const bool is_whole = r.axis[d].start == 0.0f && r.axis[d].end == 1.0f;
        const bool is_same = r.axis[d].in == r.axis[d].out && r.axis[d].scale == 1.0f;
        if (!is_same || (is_crop && !is_whole)) k.changed[k.n_changed++] = d;
    }
    if (k.n_changed == 0) return L->alias(L, node->in[0], node->out[0]);
    HN_TRY(hn_lower_operand(L, node->in[0], &k.at));
    hone_status status = HONE_OK;
    for (int32_t i = 0; i < k.n_changed && status == HONE_OK; i++) {
        const int32_t d = k.changed[i];
        status = hn_resample_fill(L->env, &rule, &k.axis[d], &k.table[d]);
    }
    if (status == HONE_OK) status = emit_steps(&k);
    for (int32_t d = 0; d < r.rank; d++) hn_resample_free(L->env, &k.table[d]);
    return status;
}

/* ---- layout ---- */

static hone_status float_operand(hn_graph *g, hn_node *node, uint32_t port, const float *v,
                                 int64_t n) {
    const hn_shape shape = hn_shape_of(1, &n);
    node->in[port] = hn_graph_constant(g, "", HN_DTYPE_F32, &shape, v);
    return node->in[port] != NULL ? HONE_OK : hn_no_memory(g->env);
}

/* Region, scales and sizes become full lists in the new order. The operand has it already. */
static hone_status resize_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    resize r;
    hn_shape x = node->in[0]->shape;
    if (rank != x.rank) return hn_fail(g->env, HONE_E_UNSUPPORTED, "another rank");
    for (int32_t i = 0; i < rank; i++) x.dim[perm[i]] = node->in[0]->shape.dim[i];
    const char *problem = read_resize(g, node, &x, &r);
    if (problem == NULL && !r.is_known) problem = "scales or sizes are not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    float roi[2 * HN_MAX_RANK], scales[HN_MAX_RANK];
    int64_t sizes[HN_MAX_RANK], axes[HN_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        roi[i] = r.axis[perm[i]].start;
        roi[i + rank] = r.axis[perm[i]].end;
        scales[i] = r.axis[perm[i]].scale;
        sizes[i] = r.axis[perm[i]].out;
        axes[i] = i;
    }
    hn_value **in = HN_NEW_N(g->arena, hn_value *, SIZES + 1);
    if (in == NULL) return hn_no_memory(g->env);
    in[0] = node->in[0];
    node->in = in;
    node->n_in = SIZES + 1;
    HN_TRY(float_operand(g, node, ROI, roi, 2 * (int64_t)rank));
    HN_TRY(float_operand(g, node, SCALES, scales, rank));
    in[SIZES] = hn_graph_vector_s64(g, sizes, (uint32_t)rank);
    if (in[SIZES] == NULL || !hn_attr_set_ints(g, node, "axes", axes, (uint32_t)rank) ||
        !hn_attr_set_string(g, node, "keep_aspect_ratio_policy", "stretch")) {
        return hn_no_memory(g->env);
    }
    return HONE_OK;
}

bool hn_resize_quantized(const hn_node *node) {
    const bool is_nearest = strcmp(hn_attr_string(node, "mode", "nearest"), "nearest") == 0;
    return (is_nearest || node->arith == HN_ARITH_TFLITE) && hn_quantized_move(node);
}

const hn_op_hooks hn_hooks_resize = {.shape = resize_shape,
                                     .lower = resize_lower,
                                     .permute = resize_permute,
                                     .quantized = hn_resize_quantized};
