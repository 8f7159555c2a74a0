/* SPDX-License-Identifier: Apache-2.0
 * col2im: columns of blocks become an image again, where blocks overlap as their sum. That is a
 * transposed convolution whose kernel of each place in a block is 1 at that place. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, IMAGE, BLOCK, MOST = 3 }; /* operands; spatial dimensions */

typedef struct layout {
    uint32_t n;
    int64_t strides[MOST], dilations[MOST], pads[2 * MOST], grid[MOST];
    int64_t places, channels; /* of a block */
    hn_ints image, block;
} layout;

static void read_list(const hn_node *node, const char *name, int64_t *out, uint32_t n,
                      int64_t absent) {
    for (uint32_t i = 0; i < n; i++) out[i] = absent;
    (void)hn_attr_ints(node, name, out, n);
}

static bool is_size(int64_t v) {
    return v >= 0 && v <= INT32_MAX / 4;
}

static const char *read_grid(const hn_shape *x, layout *l) {
    int64_t n_blocks = 1;
    l->places = 1;
    for (uint32_t i = 0; i < l->n; i++) {
        const int64_t block = l->block.v[i], pads = l->pads[i] + l->pads[l->n + i];
        const bool is_good = is_size(l->image.v[i]) && is_size(block) && block > 0 &&
                             is_size(l->pads[i]) && is_size(l->pads[l->n + i]) &&
                             is_size(l->strides[i]) && l->strides[i] > 0 &&
                             is_size(l->dilations[i]) && block * l->dilations[i] < INT32_MAX;
        if (!is_good) return "an extent, stride, dilation or pad is not possible";
        const int64_t room = l->image.v[i] + pads - l->dilations[i] * (block - 1) - 1;
        if (room < 0) return "a block is larger than the image";
        l->grid[i] = room / l->strides[i] + 1;
        if (l->places > (1 << 12) / block) return "a block is too large";
        l->places *= block;
        if (l->grid[i] > x->dim[2]) return "there are other blocks than the image has room for";
        n_blocks *= l->grid[i];
    }
    if (n_blocks != x->dim[2] || x->dim[1] % l->places != 0) {
        return "there are other blocks than the image has room for";
    }
    l->channels = x->dim[1] / l->places;
    return NULL;
}

static const char *read_layout(const hn_node *node, layout *l) {
    const hn_shape *x = &node->in[X]->shape;
    if (x->rank != 3) return "the input must have rank 3";
    const bool is_known = hn_node_ints(node, IMAGE, "", &l->image) == HN_INTS_KNOWN &&
                          hn_node_ints(node, BLOCK, "", &l->block) == HN_INTS_KNOWN;
    if (!is_known || l->image.n != l->block.n) return "image and block are no shapes of one rank";
    if (l->image.n < 1 || l->image.n > MOST) return "images of this rank";
    l->n = l->image.n;
    read_list(node, "strides", l->strides, l->n, 1);
    read_list(node, "dilations", l->dilations, l->n, 1);
    read_list(node, "pads", l->pads, 2 * l->n, 0);
    return read_grid(x, l);
}

/* [channels * places, 1, block]: row (channel, place) is 1 at its place. */
static hn_value *kernel_of(hn_compose *c, const layout *l) {
    const int64_t rows = l->channels * l->places;
    int64_t dim[MOST + 2] = {rows, 1};
    if (rows > (1 << 24) / l->places) return hn_compose_fail(c, HONE_E_LIMIT, "too many channels");
    float *v = HN_NEW_N(c->g->arena, float, (uint64_t)(rows * l->places));
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t i = 0; i < rows; i++) v[i * l->places + i % l->places] = 1.0f;
    for (uint32_t i = 0; i < l->n; i++) dim[i + 2] = l->block.v[i];
    const hn_shape shape = hn_shape_of((int32_t)l->n + 2, dim);
    return hn_make_floats(c, &shape, v);
}

/* Channels become the last dimension, or dimension 1 again. */
static hn_value *channels_moved(hn_compose *c, hn_value *v, int32_t rank, bool is_last) {
    int64_t perm[MOST + 2] = {0};
    for (int32_t d = 1; d < rank; d++) perm[d] = is_last ? d % (rank - 1) + 1 : d - 1;
    if (!is_last) perm[1] = rank - 1;
    return hn_make_transpose(c, v, perm, rank);
}

static hone_status col2im_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    layout l = {0};
    const char *problem = read_layout(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const hn_shape *x = &node->in[X]->shape;
    int64_t dim[MOST + 2] = {x->dim[0], x->dim[1]}, rest[MOST];
    for (uint32_t i = 0; i < l.n; i++) {
        const int64_t reach =
            (l.grid[i] - 1) * l.strides[i] + (l.block.v[i] - 1) * l.dilations[i] + 1;
        dim[i + 2] = l.grid[i];
        rest[i] = l.image.v[i] + l.pads[i] + l.pads[l.n + i] - reach;
    }
    const int32_t rank = (int32_t)l.n + 2;
    hn_value *columns = hn_make_reshape(&c, node->in[X], dim, rank);
    columns = channels_moved(&c, columns, rank, true);
    hn_value *kernel = kernel_of(&c, &l);
    hn_with_ints(&c, "strides", l.strides, l.n);
    hn_with_ints(&c, "dilations", l.dilations, l.n);
    hn_with_ints(&c, "pads", l.pads, 2 * l.n);
    hn_with_ints(&c, "output_padding", rest, l.n);
    hn_with_int(&c, "group", l.channels);
    hn_with_text(&c, "layout", "nhwc");
    hn_value *y = HN_MAKE(&c, deconv, columns, kernel);
    return hn_compose_end(&c, channels_moved(&c, y, rank, false), node);
}

/* Where image and block are not known yet, their ranks are. */
static hone_status col2im_shape(hn_graph *g, hn_node *node) {
    const int64_t image = hn_list_length(node->in[IMAGE]);
    const int64_t block = hn_list_length(node->in[BLOCK]);
    if (image >= 0 && block >= 0 && image != block) {
        return hn_fail(g->env, HONE_E_SHAPE, "image and block are of different ranks");
    }
    return hn_compose_shape(g, node);
}

const hn_op_hooks hn_hooks_col2im = {.shape = col2im_shape, .expand = col2im_expand};
