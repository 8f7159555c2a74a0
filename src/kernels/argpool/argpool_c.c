/* SPDX-License-Identifier: Apache-2.0
 * Positions of maxima: the definition and the portable form, one output at a time. */
#include <stddef.h>

#include "core/taps.h"
#include "kernels/argpool/argpool.h"

typedef struct argpool_c_window {
    const hn_argpool_args *a;
    hn_taps taps[3];
    size_t image; /* elements before the input image */
    int32_t c;
} argpool_c_window;

/* The pixel of taps t, from the image's start, in the input's order. */
static inline int32_t argpool_c_pixel(const argpool_c_window *w, const int32_t t[3]) {
    const hn_argpool_args *a = w->a;
    int32_t pixel = 0;
    for (int32_t d = 0; d < 3; ++d)
        pixel = pixel * a->in[d] + w->taps[d].first + t[d] * a->dilation[d];
    return pixel;
}

/* A pixel's place with the spatial dimensions in the reverse order. */
static inline int32_t argpool_c_reverse(const hn_argpool_args *a, int32_t pixel) {
    const int32_t x = pixel % a->in[2], y = pixel / a->in[2] % a->in[1];
    const int32_t z = pixel / a->in[2] / a->in[1];
    return (x * a->in[1] + y) * a->in[0] + z;
}

static inline void argpool_c_taps(argpool_c_window *w, int32_t d, int32_t o) {
    const hn_argpool_args *a = w->a;
    w->taps[d] = hn_taps_at(o * a->stride[d] - a->pad[d], a->dilation[d], a->k[d], a->in[d]);
}

#define ARGPOOL(name, type)                                                                        \
    static inline int32_t name##_find(const argpool_c_window *w, const type *in) {                 \
        int32_t best = -1, t[3];                                                                   \
        for (t[0] = w->taps[0].from; t[0] < w->taps[0].to; ++t[0])                                 \
            for (t[1] = w->taps[1].from; t[1] < w->taps[1].to; ++t[1])                             \
                for (t[2] = w->taps[2].from; t[2] < w->taps[2].to; ++t[2]) {                       \
                    const int32_t pixel = argpool_c_pixel(w, t);                                   \
                    const size_t c = (size_t)w->a->c;                                              \
                    if (best < 0 || in[(size_t)pixel * c] > in[(size_t)best * c]) best = pixel;    \
                }                                                                                  \
        return best;                                                                               \
    }                                                                                              \
    HN_KERNEL(name) {                                                                              \
        const hn_argpool_args *a = (const hn_argpool_args *)args;                                  \
        const int64_t pixels = (int64_t)a->in[0] * a->in[1] * a->in[2];                            \
        argpool_c_window v = {.a = a};                                                             \
        for (uint32_t u = w->begin; u < w->end; ++u) {                                             \
            const uint32_t rows = (uint32_t)a->out[1], image = u / rows / (uint32_t)a->out[0];     \
            int64_t *out = (int64_t *)buf[HN_ARGPOOL_OUT];                                         \
            out += (size_t)u * (size_t)a->out[2] * (size_t)a->c;                                   \
            const type *in = (const type *)buf[HN_ARGPOOL_IN];                                     \
            in += (size_t)image * (size_t)pixels * (size_t)a->c;                                   \
            argpool_c_taps(&v, 0, (int32_t)(u / rows % (uint32_t)a->out[0]));                      \
            argpool_c_taps(&v, 1, (int32_t)(u % rows));                                            \
            for (int32_t x = 0; x < a->out[2]; ++x) {                                              \
                argpool_c_taps(&v, 2, x);                                                          \
                for (int32_t c = 0; c < a->c; ++c) {                                               \
                    const int32_t at = name##_find(&v, in + c);                                    \
                    const int32_t place = a->columns_first ? argpool_c_reverse(a, at) : at;        \
                    *out++ = at < 0 ? -1 : ((int64_t)image * a->c + c) * pixels + place;           \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

ARGPOOL(hn_argpool_f32_c, float)
ARGPOOL(hn_argpool_s8_c, int8_t)
ARGPOOL(hn_argpool_u8_c, uint8_t)
