/* SPDX-License-Identifier: Apache-2.0
 * Blocks of space that become channels or batches, and back. Each is one move whose views split
 * dimensions; space_to_batch pads first and batch_to_space crops after, in memory of its own, where
 * there is something to pad or crop.
 *
 *     depth_to_space  DCR: channel = (by * block + bx) * C + c;  CRD: channel = (c * block + by) *
 * block + bx space_to_batch  batch = (by * block_w + bx) * N + n */
#include <string.h>

#include "ops/hooks.h"
#include "ops/moves.h"
#include "ops/window.h"

enum { BLOCK = 1, BORDERS = 2 }; /* operands of the batch operators */

/* ---- depth and space ---- */

static hone_status depth_block(hn_env *env, const hn_node *node, int64_t *block) {
    const int32_t rank = node->in[0]->shape.rank;
    *block = hn_attr_int(node, "block_size", 0);
    if (*block < 1 || *block > INT32_MAX) {
        return hn_fail(env, HONE_E_SHAPE, "the block size must be positive");
    }
    return rank < 0 || rank == 4 ? HONE_OK
                                 : hn_fail(env, HONE_E_SHAPE, "the input has rank %d", (int)rank);
}

/* Dimensions of an image of rank 4: height, width, channels. */
typedef struct image {
    int32_t h, w, c;
} image;

static image image_of(const hn_node *node) {
    int32_t first, channel;
    hn_image_dims(node, 4, &first, &channel);
    const image d = {first, first + 1, channel};
    return d;
}

static hone_status depth_shape(hn_graph *g, hn_node *node, bool to_depth) {
    const hn_value *x = node->in[0];
    int64_t block;
    HN_TRY(depth_block(g->env, node, &block));
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    const image at = image_of(node);
    hn_shape out = x->shape;
    out.sym[at.h] = out.sym[at.w] = out.sym[at.c] = NULL;
    const int32_t shrunk[2] = {to_depth ? at.h : at.c, to_depth ? at.w : at.c};
    const int32_t grown[2] = {to_depth ? at.c : at.h, to_depth ? at.c : at.w};
    for (uint32_t i = 0; i < 2; i++) {
        int64_t *small = &out.dim[shrunk[i]], *large = &out.dim[grown[i]];
        if (*small >= 0 && *small % block != 0) {
            return hn_fail(g->env, HONE_E_SHAPE, "a dimension is no multiple of the block");
        }
        if (*small >= 0) *small /= block;
        if (*large > INT64_MAX / block) return hn_fail(g->env, HONE_E_LIMIT, "too large");
        if (*large >= 0) *large *= block;
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* The move between the tensor with large space (side 0: input) and the one with large depth. */
static hone_status depth_lower(hn_lower *L, const hn_node *node, bool to_depth) {
    bool is_empty;
    int64_t block;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(depth_block(L->env, node, &block));
    const hn_value *x = node->in[0], *out = node->out[0];
    const hn_shape *space = to_depth ? &x->shape : &out->shape;
    const hn_shape *depth = to_depth ? &out->shape : &x->shape;
    const image at = image_of(node);
    const bool is_crd = strcmp(hn_attr_string(node, "mode", "DCR"), "CRD") == 0;
    int64_t s[HN_MAX_RANK], d[HN_MAX_RANK];
    hn_shape_strides(space, s);
    hn_shape_strides(depth, d);
    const int64_t channels = space->dim[at.c];
    const int64_t block_y = d[at.c] * (is_crd ? block : channels * block);
    const int64_t block_x = d[at.c] * (is_crd ? 1 : channels);
    const int64_t channel = d[at.c] * (is_crd ? block * block : 1);
    const bool is_nhwc = at.c == 3;
    hn_wide box = {.rank = 0};
    hn_wide_add(&box, space->dim[0], s[0], d[0]);
    if (!is_nhwc) hn_wide_add(&box, channels, s[at.c], channel);
    hn_wide_add(&box, depth->dim[at.h], s[at.h] * block, d[at.h]);
    hn_wide_add(&box, block, s[at.h], block_y);
    hn_wide_add(&box, depth->dim[at.w], s[at.w] * block, d[at.w]);
    hn_wide_add(&box, block, s[at.w], block_x);
    if (is_nhwc) hn_wide_add(&box, channels, s[at.c], channel);
    for (int32_t i = 0; !to_depth && i < box.rank; i++) {
        const int64_t from = box.stride[1][i];
        box.stride[1][i] = box.stride[0][i];
        box.stride[0][i] = from;
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_wide(L, x->dtype, &box, in, hn_operand_value(out));
}

static hone_status space_to_depth_shape(hn_graph *g, hn_node *node) {
    return depth_shape(g, node, true);
}

static hone_status space_to_depth_lower(hn_lower *L, const hn_node *node) {
    return depth_lower(L, node, true);
}

static hone_status depth_to_space_shape(hn_graph *g, hn_node *node) {
    return depth_shape(g, node, false);
}

static hone_status depth_to_space_lower(hn_lower *L, const hn_node *node) {
    return depth_lower(L, node, false);
}

/* ---- batch and space ---- */

/* Block and borders of the n_spatial dimensions after the batch. */
typedef struct batch_blocks {
    int32_t n_spatial;
    int64_t block[HN_MAX_RANK], begin[HN_MAX_RANK], end[HN_MAX_RANK];
    int64_t product;
} batch_blocks;

static const char *read_blocks(const hn_node *node, batch_blocks *b, bool *is_known) {
    hn_ints block, borders;
    const hn_ints_state state[2] = {hn_node_ints(node, BLOCK, "", &block),
                                    hn_node_ints(node, BORDERS, "", &borders)};
    *is_known = state[0] != HN_INTS_UNKNOWN && state[1] != HN_INTS_UNKNOWN;
    if (state[0] == HN_INTS_BAD || state[1] == HN_INTS_BAD)
        return "blocks must be lists of integers";
    if (!*is_known) return NULL;
    const int32_t rank = node->in[0]->shape.rank;
    if (block.n >= (uint32_t)rank || borders.n != 2 * block.n) {
        return "there must be a block and two borders per spatial dimension";
    }
    b->n_spatial = (int32_t)block.n;
    b->product = 1;
    for (uint32_t i = 0; i < block.n; i++) {
        b->block[i] = block.v[i];
        b->begin[i] = borders.v[2 * i];
        b->end[i] = borders.v[2 * i + 1];
        const bool is_good = b->block[i] > 0 && b->block[i] <= INT32_MAX / b->product &&
                             b->begin[i] >= 0 && b->begin[i] <= INT32_MAX && b->end[i] >= 0 &&
                             b->end[i] <= INT32_MAX;
        if (!is_good) return "a block or border is not allowed";
        b->product *= b->block[i];
    }
    return NULL;
}

static hone_status batch_shape(hn_graph *g, hn_node *node, bool to_batch) {
    const hn_value *x = node->in[0];
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    batch_blocks b;
    bool is_known;
    const char *problem = read_blocks(node, &b, &is_known);
    hn_shape out = is_known ? x->shape : hn_shape_unknown(x->shape.rank);
    for (int32_t i = 0; problem == NULL && is_known && i < b.n_spatial; i++) {
        int64_t *dim = &out.dim[i + 1];
        out.sym[i + 1] = NULL;
        if (*dim < 0) continue;
        if (*dim > INT32_MAX) problem = "a dimension is too large";
        const int64_t border = b.begin[i] + b.end[i];
        *dim = to_batch ? *dim + border : *dim * b.block[i] - border;
        if (*dim < 0) problem = "more is cropped than there is";
        if (to_batch && *dim % b.block[i] != 0) problem = "a dimension is no multiple of the block";
        if (to_batch) *dim /= b.block[i];
    }
    if (problem == NULL && is_known && out.dim[0] >= 0) {
        out.sym[0] = NULL;
        if (to_batch && out.dim[0] > INT32_MAX) problem = "the batch is too large";
        if (!to_batch && out.dim[0] % b.product != 0)
            problem = "the batch is no multiple of blocks";
        out.dim[0] = to_batch ? out.dim[0] * b.product : out.dim[0] / b.product;
    }
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* The move between `space` (N, large space) and `batch` (N * blocks, small space). */
static hn_wide batch_box(const hn_shape *space, const hn_shape *batch, const batch_blocks *b,
                         bool to_batch) {
    int64_t s[HN_MAX_RANK], t[HN_MAX_RANK];
    hn_wide box = {.rank = 0};
    hn_shape_strides(space, s);
    hn_shape_strides(batch, t);
    int64_t step = t[0] * space->dim[0] * b->product; /* of one block index in the batch */
    hn_wide_add(&box, space->dim[0], s[0], t[0]);
    for (int32_t i = 0; i < b->n_spatial; i++) {
        step /= b->block[i];
        hn_wide_add(&box, batch->dim[i + 1], s[i + 1] * b->block[i], t[i + 1]);
        hn_wide_add(&box, b->block[i], s[i + 1], step);
    }
    for (int32_t d = b->n_spatial + 1; d < space->rank; d++) {
        hn_wide_add(&box, space->dim[d], s[d], t[d]);
    }
    for (int32_t i = 0; !to_batch && i < box.rank; i++) {
        const int64_t from = box.stride[1][i];
        box.stride[1][i] = box.stride[0][i];
        box.stride[0][i] = from;
    }
    return box;
}

/* Copies the inside of `large` from or to `small`, which lacks the borders. */
static hn_box inside(const hn_shape *large, const hn_shape *small, const batch_blocks *b,
                     uint32_t side) {
    hn_box box = {.rank = small->rank};
    hn_shape_strides(large, box.stride[side]);
    hn_shape_strides(small, box.stride[1 - side]);
    for (int32_t d = 0; d < box.rank; d++) box.dim[d] = small->dim[d];
    for (int32_t i = 0; i < b->n_spatial; i++) {
        box.offset[side] += b->begin[i] * box.stride[side][i + 1];
    }
    return box;
}

static hone_status begin_batch(hn_lower *L, const hn_node *node, batch_blocks *b,
                               bool *has_borders) {
    bool is_known;
    const char *problem = read_blocks(node, b, &is_known);
    if (problem == NULL && !is_known) problem = "blocks and borders are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    *has_borders = false;
    for (int32_t i = 0; i < b->n_spatial; i++) {
        *has_borders = *has_borders || b->begin[i] > 0 || b->end[i] > 0;
    }
    return HONE_OK;
}

static hone_status space_to_batch_lower(hn_lower *L, const hn_node *node) {
    bool is_empty, has_borders;
    batch_blocks b;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(begin_batch(L, node, &b, &has_borders));
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_shape padded = x->shape;
    hn_operand from;
    HN_TRY(hn_lower_operand(L, x, &from));
    for (int32_t i = 0; i < b.n_spatial; i++) padded.dim[i + 1] += b.begin[i] + b.end[i];
    if (has_borders) {
        const hn_box box = inside(&padded, &x->shape, &b, 1);
        const uint64_t zero = hn_value_is_q8(x) ? (uint64_t)(uint32_t)hn_quant_zero(x, 0) : 0;
        const hn_operand in = from;
        HN_TRY(hn_lower_temp(L, x->dtype, &padded, &from));
        HN_TRY(hn_lower_fill(L, x->dtype, hn_shape_product(&padded, 0, padded.rank), zero, from));
        if (hn_shape_product(&x->shape, 0, x->shape.rank) > 0) {
            HN_TRY(hn_lower_move(L, x->dtype, &box, in, from));
        }
    }
    const hn_wide box = batch_box(&padded, &out->shape, &b, true);
    return hn_lower_wide(L, x->dtype, &box, from, hn_operand_value(out));
}

static hone_status batch_to_space_lower(hn_lower *L, const hn_node *node) {
    bool is_empty, has_borders;
    batch_blocks b;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(begin_batch(L, node, &b, &has_borders));
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_shape whole = out->shape;
    hn_operand in, to = hn_operand_value(out);
    HN_TRY(hn_lower_operand(L, x, &in));
    for (int32_t i = 0; i < b.n_spatial; i++) whole.dim[i + 1] += b.begin[i] + b.end[i];
    if (has_borders) HN_TRY(hn_lower_temp(L, x->dtype, &whole, &to));
    const hn_wide wide = batch_box(&whole, &x->shape, &b, false);
    HN_TRY(hn_lower_wide(L, x->dtype, &wide, in, to));
    if (!has_borders) return HONE_OK;
    const hn_box box = inside(&whole, &out->shape, &b, 0);
    return hn_lower_move(L, x->dtype, &box, to, hn_operand_value(out));
}

static hone_status space_to_batch_shape(hn_graph *g, hn_node *node) {
    return batch_shape(g, node, true);
}

static hone_status batch_to_space_shape(hn_graph *g, hn_node *node) {
    return batch_shape(g, node, false);
}

const hn_op_hooks hn_hooks_space_to_depth = {
    .shape = space_to_depth_shape, .lower = space_to_depth_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_depth_to_space = {
    .shape = depth_to_space_shape, .lower = depth_to_space_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_space_to_batch = {
    .shape = space_to_batch_shape, .lower = space_to_batch_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_batch_to_space = {
    .shape = batch_to_space_shape, .lower = batch_to_space_lower, .quantized = hn_quantized_move};
