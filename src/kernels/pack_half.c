/* SPDX-License-Identifier: Apache-2.0
 * Writing packed weights of 16-bit floats: panels of 32 outputs, as wide as the widest vectors of
 * halves. Runs of a window follow one another, so a panel is the window's elements in their order.
 */
#include "kernels/pack_half.h"

/* The i-th half of bytes that lie anywhere. */
static uint16_t half_at(const void *halves, int64_t i) {
    const uint8_t *b = (const uint8_t *)halves + 2 * i;
    return (uint16_t)(b[0] | b[1] << 8);
}

int64_t hn_pack_half_width(const hn_panels *p) {
    return ((int64_t)p->n_out + HN_PANEL_HALF - 1) / HN_PANEL_HALF * HN_PANEL_HALF;
}

/* One step of a panel: n outputs, whose first one's weight is element `at`. */
static void write_step(const hn_panels *p, const void *weights, int64_t at, int64_t n,
                       uint16_t *to) {
    for (int64_t o = 0; o < HN_PANEL_HALF; ++o)
        to[o] = o < n ? half_at(weights, at + o * p->stride[1]) : 0;
}

static uint16_t *write_panel(const hn_panels *p, const void *weights, int64_t first, int64_t n,
                             uint16_t *to) {
    for (int32_t y = 0; y < p->k_h; ++y)
        for (int32_t x = 0; x < p->k_w; ++x)
            for (int32_t c = 0; c < p->n_c; ++c, to += HN_PANEL_HALF)
                write_step(p, weights,
                           first + y * p->stride[2] + x * p->stride[3] + c * p->stride[4], n, to);
    return to;
}

void hn_pack_half_write(const hn_panels *p, const void *const *source, uint16_t *to) {
    const int64_t width = hn_pack_half_width(p);
    const void *bias = source[HN_PACK_BIAS];
    for (int64_t g = 0; g < p->groups; ++g)
        for (int64_t o = 0; o < width; ++o)
            *to++ = bias != 0 && o < p->n_out ? half_at(bias, g * p->head_step + o) : 0;
    for (int64_t g = 0; g < p->groups; ++g)
        for (int64_t o = 0; o < width; o += HN_PANEL_HALF) {
            const int64_t first = g * p->stride[0] + o * p->stride[1];
            to = write_panel(p, source[HN_PACK_WEIGHTS], first, p->n_out - o, to);
        }
}
