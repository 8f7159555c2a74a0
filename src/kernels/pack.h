/* SPDX-License-Identifier: Apache-2.0
 * Constants in the order of a kernel's inner loop. A row that wants them so names a format; the
 * planner asks what the bytes depend on (hn_panels, a pure function of the arguments), how many
 * they are, and writes them once. What lies there is portable: a desktop packs for a board.
 *
 * A convolution and a matrix product are the same here: for each group (or matrix), outputs times
 * the elements of a window, which the kernel reads as runs that are contiguous in the input.
 *
 *     head    bias, then for integers multiplier and shift: 32 bits for each output, every group
 *             padded to whole panels
 *     panels  groups x panels of 16 outputs x runs x steps of `quad` elements x 16 x quad
 *
 * Outputs that are not there have multiplier 0 and shift -31. A run is padded with zeros to whole
 * steps. HN_PACKED_F32: quad 1. HN_PACKED_S16: quad 2, weights
 * less their zero point. HN_PACKED_S8: quad 4, for inputs made unsigned: with xu = x - x_low and
 * wu = w + (unsigned ? -128 : 0),
 *     bias + sum (x - x_zero) (w - w_zero) = head bias + sum xu wu - (w_zero of wu) sum xu,
 * where the padding of an image counts as x_zero.
 *
 * HN_PACKED_WINO: the head, then for each of the six points of F(4, 3) panels of its own, whose
 * runs are the k_h rows of n_c weights; k_w is 3.
 *
 * HN_PACKED_F16: as HN_PACKED_F32 with halves in place of floats, bias too, and panels of 32
 * outputs.
 *
 * HN_PACKED_S8_QUAD, _OCT: quad 4 and 8, for inputs made signed: the same with
 * xs = x - (unsigned ? 128 : 0) in place of xu.
 *
 * Where zero points of inputs are known only later (is_apart), nothing is added up beforehand. The
 * head then is, for the formats of quad 4 and 8, (w_zero of wu) k - sum wu, which is multiplied by
 * the zero point of xu or xs and added to the sums, else 0; the scale, a word each; and the bias.
 *
 * HN_PACKED_DW16, _DW32: depthwise weights less their zero point, blocks of 16 or 32 channels; in a
 * block the head, then for each pair of taps channels as vectors of {tap, next tap} in 16 bits, in
 * the order in which an unpacking of 16-bit lanes leaves them: 0-3, 8-11, ... then 4-7, 12-15, ...
 * HN_PACKED_DW8: blocks of 8 channels, the taps of a pair one after the other, channels in order.
 * HN_PACKED_DW64: blocks of 64 channels for inputs made unsigned, weights as in HN_PACKED_S8; up to
 * four rows of taps. In a block the head, then for each column four vectors of 16 channels x 4
 * rows, in the order in which an unpacking of bytes leaves them: 0-3, 16-19, ... then 4-7, 20-23,
 * ... The head's bias allows for the input's zero point, all taps counted. As many pixels' channels
 * as fit a block (for _DW16 and _DW32, fill it) are repeated there. */
#ifndef HN_KERNELS_PACK_H
#define HN_KERNELS_PACK_H

#include "kernels/kernels.h"

typedef enum hn_packed_format {
    HN_PACKED_NONE,
    HN_PACKED_F32,
    HN_PACKED_WINO,
    HN_PACKED_S16,
    HN_PACKED_S8,
    HN_PACKED_S8_QUAD,
    HN_PACKED_S8_OCT,
    HN_PACKED_DW8,
    HN_PACKED_DW16,
    HN_PACKED_DW32,
    HN_PACKED_DW64,
    HN_PACKED_F16,
    HN_PACKED_COUNT
} hn_packed_format;

enum { HN_PANEL = 16 };

/* What packed bytes depend on besides the operands: a hn_packed_format and its version, and the
 * weights' layout. No padding: compared byte for byte. Strides are
 * elements of the weights from one group, output, window row, column, channel to the next;
 * head_step those of bias and scales from one group to the next. flip: bits of 8-bit weights that
 * the packed ones have changed. A run is `run_columns` columns of
 * all channels: k_w or 1. Depthwise: the outputs are n_out, n_c is 1. */
typedef struct hn_panels {
    int64_t stride[5], head_step, flip;
    uint32_t format, version;
    int32_t groups, n_out, k_h, k_w, n_c, run_columns;
    int32_t x_zero, w_zero, scale_stride;
    int16_t is_signed, is_apart;
} hn_panels;

enum { HN_PACK_WEIGHTS, HN_PACK_BIAS, HN_PACK_SCALE, HN_PACK_SOURCES };

struct hn_pack {
    uint32_t operands; /* bit i: operand i goes into the packed bytes and becomes absent */
    /* The operands of weights, bias and scale (-1: none); the packed bytes become the first. */
    int32_t source[HN_PACK_SOURCES];
    bool is_needed; /* false: the row also takes the operands as they are */
    void (*layout)(const void *args, hn_types types, hn_panels *out);
    void (*mark)(
        void *args); /* tells the kernel that operands are packed; NULL: it need not know */
};

/* Bytes of packed weights; 0 when they would not fit 2^40. */
uint64_t hn_pack_bytes(const hn_panels *p);

/* source: by HN_PACK_WEIGHTS ...; NULL where absent. `packed` is aligned to 64 bytes. */
void hn_pack_write(const hn_panels *p, const void *const *source, void *packed);

/* Elements of a run's step. */
static inline int32_t hn_pack_quad(uint32_t format) {
    static const int8_t quad[HN_PACKED_COUNT] = {
        [HN_PACKED_S16] = 2, [HN_PACKED_S8] = 4, [HN_PACKED_S8_QUAD] = 4, [HN_PACKED_S8_OCT] = 8};
    return quad[format] == 0 ? 1 : quad[format];
}

/* Steps of a run. */
static inline int32_t hn_pack_steps(const hn_panels *p, int32_t quad) {
    return (p->run_columns * p->n_c + quad - 1) / quad;
}

/* Outputs of a group, whole panels; of all groups, in the head. */
static inline int64_t hn_pack_width(const hn_panels *p) {
    return ((int64_t)p->n_out + HN_PANEL - 1) / HN_PANEL * HN_PANEL;
}

#endif
