/* SPDX-License-Identifier: Apache-2.0
 * Images read at computed places, as functions of gathers and sums: grids over volumes (grid_sample
 * has a kernel for images) and deformable convolution (Dai et al., 2017), whose windows read each
 * of their places beside where it lies. A place between pixels is the weighted sum of its 2^n
 * neighbours; outside of the image everything is 0, or what the border is. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { MOST = 3 }; /* dimensions */

/* n coordinates of [batch, 1, places] in pixels; the image is [batch, channels, pixels]. */
typedef struct sampling {
    hn_compose *c;
    hn_value *image, *at[MOST];
    int64_t extent[MOST], places;
    int32_t n;
    bool is_nearest, is_border;
} sampling;

static hn_value *number(const sampling *s, double v) {
    return hn_make_number(s->c, HN_DTYPE_F32, v);
}

/* Low and high neighbour of dimension d, and the weights of both. */
typedef struct neighbours {
    hn_value *at[2], *weight[2];
} neighbours;

static neighbours neighbours_of(sampling *s, int32_t d) {
    hn_compose *c = s->c;
    neighbours r = {{NULL, NULL}, {NULL, NULL}};
    hn_value *v = s->at[d];
    if (s->is_border) {
        v = HN_MAKE(c, minimum, v, number(s, (double)(s->extent[d] - 1)));
        v = HN_MAKE(c, maximum, v, number(s, 0));
    }
    if (s->is_nearest) {
        r.at[0] = HN_MAKE(c, round, v);
        return r;
    }
    r.at[0] = HN_MAKE(c, floor, v);
    r.at[1] = HN_MAKE(c, add, r.at[0], number(s, 1));
    r.weight[1] = HN_MAKE(c, sub, v, r.at[0]);
    r.weight[0] = HN_MAKE(c, sub, number(s, 1), r.weight[1]);
    return r;
}

/* 1 where a coordinate is in the image, else 0; *inside is the nearest that is. */
static hn_value *is_inside(sampling *s, hn_value *at, int32_t d, hn_value **inside) {
    hn_compose *c = s->c;
    *inside = HN_MAKE(c, minimum, at, number(s, (double)(s->extent[d] - 1)));
    *inside = HN_MAKE(c, maximum, *inside, number(s, 0));
    return hn_make_cast(c, HN_MAKE(c, equal, *inside, at), HN_DTYPE_F32);
}

/* The pixels of one corner (bit d: the high neighbour of dimension d), weighted. */
static hn_value *corner(sampling *s, const neighbours *near, uint32_t which) {
    hn_compose *c = s->c;
    hn_value *index = NULL, *weight = NULL;
    for (int32_t d = 0; d < s->n; d++) {
        const uint32_t side = which >> d & 1;
        hn_value *inside = NULL, *w = is_inside(s, near[d].at[side], d, &inside);
        if (near[d].weight[side] != NULL) w = HN_MAKE(c, mul, w, near[d].weight[side]);
        weight = weight == NULL ? w : HN_MAKE(c, mul, weight, w);
        inside = hn_make_cast(c, inside, HN_DTYPE_S64);
        if (index != NULL) {
            hn_value *pitch = hn_make_number(c, HN_DTYPE_S64, (double)s->extent[d]);
            inside = HN_MAKE(c, add, HN_MAKE(c, mul, index, pitch), inside);
        }
        index = inside;
    }
    if (c->status != HONE_OK) return NULL;
    const int64_t dim[3] = {s->image->shape.dim[0], s->image->shape.dim[1], s->places};
    index = HN_MAKE(c, expand, index, hn_make_vector(c, dim, 3));
    hn_with_int(c, "axis", 2);
    return HN_MAKE(c, mul, HN_MAKE(c, gather_elements, s->image, index), weight);
}

/* [batch, channels, places] */
static hn_value *sampled(sampling *s) {
    neighbours near[MOST];
    hn_value *sum = NULL;
    for (int32_t d = 0; d < s->n; d++) near[d] = neighbours_of(s, d);
    const uint32_t n_corners = s->is_nearest ? 1 : 1u << s->n;
    for (uint32_t which = 0; which < n_corners; which++) {
        hn_value *part = corner(s, near, which);
        sum = sum == NULL ? part : HN_MAKE(s->c, add, sum, part);
    }
    return sum;
}

/* ---- grids over volumes ---- */

static const char *check_grid(const hn_node *node, bool *is_nearest, bool *is_border) {
    const hn_shape *x = &node->in[0]->shape, *grid = &node->in[1]->shape;
    const char *mode = hn_attr_string(node, "mode", "linear");
    const char *padding = hn_attr_string(node, "padding_mode", "zeros");
    *is_nearest = strcmp(mode, "nearest") == 0;
    *is_border = strcmp(padding, "border") == 0;
    const bool is_linear = strcmp(mode, "linear") == 0;
    if (!*is_nearest && !is_linear) return "this mode over volumes";
    if (!*is_border && strcmp(padding, "zeros") != 0) return "this padding over volumes";
    if (x->rank != 5 || grid->rank != 5 || grid->dim[4] != 3 || grid->dim[0] != x->dim[0]) {
        return "the grid does not fit the volume";
    }
    return NULL;
}

static hone_status grid_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *x = &node->in[0]->shape, *grid = &node->in[1]->shape;
    const bool is_aligned = hn_attr_int(node, "align_corners", 0) != 0;
    sampling s = {.c = &c, .n = 3};
    const char *problem = check_grid(node, &s.is_nearest, &s.is_border);
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    s.places = grid->dim[1] * grid->dim[2] * grid->dim[3];
    const int64_t pixels = x->dim[2] * x->dim[3] * x->dim[4];
    s.image = hn_make_reshape(&c, node->in[0], (const int64_t[]){x->dim[0], x->dim[1], pixels}, 3);
    for (int32_t d = 0; d < 3; d++) {
        const int64_t from = 2 - d; /* the grid has the last dimension first */
        s.extent[d] = x->dim[2 + d];
        const double size = (double)s.extent[d];
        hn_value *v = hn_make_slice(&c, node->in[1], 4, (const int64_t[]){from, from + 1});
        v = hn_make_reshape(&c, v, (const int64_t[]){x->dim[0], 1, s.places}, 3);
        const double scale = is_aligned ? (size - 1) / 2 : size / 2;
        v = HN_MAKE(&c, mul, v, number(&s, scale));
        s.at[d] = HN_MAKE(&c, add, v, number(&s, is_aligned ? scale : scale - 0.5));
    }
    const int64_t dim[5] = {x->dim[0], x->dim[1], grid->dim[1], grid->dim[2], grid->dim[3]};
    return hn_compose_end(&c, hn_make_reshape(&c, sampled(&s), dim, 5), node);
}

/* ---- deformable convolution ---- */

enum { X, W, OFFSET, BIAS, MASK }; /* operands */

typedef struct deform {
    int64_t batch, channels, out_c, groups, offsets; /* offsets: groups of channels for these */
    int64_t kernel[2], stride[2], dilation[2], pad[4], out[2];
} deform;

/* n integers of an attribute, or `absent`; false where it has another length. */
static bool read_list(const hn_node *node, const char *name, int64_t *out, uint32_t n,
                      int64_t absent) {
    for (uint32_t i = 0; i < n; i++) out[i] = absent;
    return hn_attr_find(node, name) == NULL || hn_attr_ints(node, name, out, n);
}

static const char *read_deform(const hn_node *node, deform *d) {
    const hn_shape *x = &node->in[X]->shape, *w = &node->in[W]->shape;
    const hn_shape *offset = &node->in[OFFSET]->shape;
    if (x->rank != 4 || w->rank != 4 || offset->rank != 4) return "images must have rank 4";
    d->batch = x->dim[0];
    d->channels = x->dim[1];
    d->out_c = w->dim[0];
    d->groups = hn_attr_int(node, "group", 1);
    d->offsets = hn_attr_int(node, "offset_group", 1);
    const bool is_read = read_list(node, "strides", d->stride, 2, 1) &&
                         read_list(node, "dilations", d->dilation, 2, 1) &&
                         read_list(node, "pads", d->pad, 4, 0) &&
                         read_list(node, "kernel_shape", d->kernel, 2, 1);
    const bool is_kernel = hn_attr_find(node, "kernel_shape") == NULL ||
                           (d->kernel[0] == w->dim[2] && d->kernel[1] == w->dim[3]);
    if (!is_read || !is_kernel) return "kernel_shape, strides, dilations or pads are not possible";
    if (d->groups < 1 || d->offsets < 1 || d->channels % d->groups != 0 ||
        d->out_c % d->groups != 0 || d->channels % d->offsets != 0 ||
        w->dim[1] * d->groups != d->channels) {
        return "the groups do not divide the channels";
    }
    for (int i = 0; i < 2; i++) {
        d->kernel[i] = w->dim[2 + i];
        const bool is_good = d->kernel[i] > 0 && d->stride[i] > 0 && d->dilation[i] > 0 &&
                             d->stride[i] < INT32_MAX && d->dilation[i] < 65536 &&
                             d->kernel[i] < 65536 && d->pad[i] >= 0 && d->pad[i + 2] >= 0 &&
                             d->pad[i] < INT32_MAX && d->pad[i + 2] < INT32_MAX;
        if (!is_good) return "strides, dilations or pads are not possible";
        const int64_t reach = d->dilation[i] * (d->kernel[i] - 1) + 1;
        const int64_t room = x->dim[2 + i] + d->pad[i] + d->pad[i + 2] - reach;
        if (room < 0) return "the image is smaller than the kernel";
        d->out[i] = room / d->stride[i] + 1;
        if (offset->dim[2 + i] != d->out[i]) return "the offsets are not as large as the result";
    }
    const int64_t taps = d->kernel[0] * d->kernel[1];
    if (offset->dim[0] != d->batch || offset->dim[1] != 2 * d->offsets * taps) {
        return "there must be two offsets for each place of the kernel";
    }
    const hn_value *mask = hn_node_in(node, MASK);
    const bool is_bad =
        mask != NULL && (mask->shape.rank != 4 || mask->shape.dim[0] != d->batch ||
                         mask->shape.dim[1] != d->offsets * taps ||
                         mask->shape.dim[2] != d->out[0] || mask->shape.dim[3] != d->out[1]);
    return is_bad ? "the mask does not fit the offsets" : NULL;
}

/* Where each place of the kernel lies for each output, along dimension `which`: [1, 1, taps, out].
 */
static hn_value *base_places(hn_compose *c, const deform *d, int which) {
    const int64_t taps = d->kernel[0] * d->kernel[1], out = d->out[0] * d->out[1];
    if (out > 0 && taps > (1 << 24) / out) {
        return hn_compose_fail(c, HONE_E_LIMIT, "the windows are too many");
    }
    float *v = HN_NEW_N(c->g->arena, float, (uint64_t)(taps * out) + 1);
    const hn_shape shape = hn_shape_of(4, (const int64_t[]){1, 1, taps, out});
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t k = 0; k < taps; k++) {
        const int64_t tap = which == 0 ? k / d->kernel[1] : k % d->kernel[1];
        for (int64_t p = 0; p < out; p++) {
            const int64_t at = which == 0 ? p / d->out[1] : p % d->out[1];
            v[k * out + p] =
                (float)(at * d->stride[which] - d->pad[which] + tap * d->dilation[which]);
        }
    }
    return hn_make_floats(c, &shape, v);
}

/* What the windows read: [batch, offset groups, channels of one, taps * places]. */
static hn_value *read_windows(hn_compose *c, const hn_node *node, const deform *d) {
    const hn_shape *x = &node->in[X]->shape;
    const int64_t taps = d->kernel[0] * d->kernel[1], out = d->out[0] * d->out[1];
    const int64_t all = d->batch * d->offsets, each = d->channels / d->offsets;
    sampling s = {.c = c, .n = 2, .places = taps * out};
    s.image =
        hn_make_reshape(c, node->in[X], (const int64_t[]){all, each, x->dim[2] * x->dim[3]}, 3);
    hn_value *offset =
        hn_make_reshape(c, node->in[OFFSET], (const int64_t[]){all, taps, 2, out}, 4);
    for (int i = 0; i < 2; i++) {
        s.extent[i] = x->dim[2 + i];
        hn_value *v = hn_make_slice(c, offset, 2, (const int64_t[]){i, i + 1});
        v = hn_make_reshape(c, v, (const int64_t[]){all, 1, taps, out}, 4);
        v = HN_MAKE(c, add, v, base_places(c, d, i));
        s.at[i] = hn_make_reshape(c, v, (const int64_t[]){all, 1, taps * out}, 3);
    }
    hn_value *v = sampled(&s), *mask = hn_node_in(node, MASK);
    if (mask == NULL) return v;
    mask = hn_make_reshape(c, mask, (const int64_t[]){all, 1, taps * out}, 3);
    return HN_MAKE(c, mul, v, mask);
}

static hone_status deform_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    deform d = {0};
    const char *problem = read_deform(node, &d);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const int64_t taps = d.kernel[0] * d.kernel[1], out = d.out[0] * d.out[1];
    const int64_t k = d.channels / d.groups * taps, m = d.out_c / d.groups;
    hn_value *v = read_windows(&c, node, &d), *bias = hn_node_in(node, BIAS);
    v = hn_make_reshape(&c, v, (const int64_t[]){d.batch, d.groups, k, out}, 4);
    hn_value *w = hn_make_reshape(&c, node->in[W], (const int64_t[]){1, d.groups, m, k}, 4);
    v = HN_MAKE(&c, matmul, w, v);
    v = hn_make_reshape(&c, v, (const int64_t[]){d.batch, d.out_c, d.out[0], d.out[1]}, 4);
    if (bias != NULL) {
        bias = hn_make_reshape(&c, bias, (const int64_t[]){1, d.out_c, 1, 1}, 4);
        v = HN_MAKE(&c, add, v, bias);
    }
    return hn_compose_end(&c, v, node);
}

const hn_op_hooks hn_hooks_volume_sample = {.shape = hn_compose_shape, .expand = grid_expand};
const hn_op_hooks hn_hooks_deform_conv = {.shape = hn_compose_shape, .expand = deform_expand};
