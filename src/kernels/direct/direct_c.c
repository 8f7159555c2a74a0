/* SPDX-License-Identifier: Apache-2.0
 * Direct convolution: the definition and the portable form. For each pixel the taps that read
 * something are listed once: where the input lies and which tap it is. Integers of these taps are
 * then copied side by side as 16 bits without their zero point, and taps that follow each other in
 * the weights become one dot product; away from the borders of a forward convolution that is the
 * whole window. Floats stay where they are. The weight zero point is taken off at the end:
 * sum x * (w - z) = sum x * w - z * sum x. */
#include <stddef.h>

#include "core/dot.h"
#include "kernels/direct/direct.h"
#include "kernels/dynquant/dynquant.h"

typedef struct direct_c_pixel {
    const hn_direct_args *a;
    void *const *buf;
    int32_t at[3]; /* the output's coordinates */
    size_t image;  /* elements before the input image */
    size_t out;    /* elements before the output pixel */
    int32_t n_taps;
    int32_t *from, *tap; /* per tap: pixels from the image's start; the number of the tap */
    int16_t *patch;
    int32_t in_zero;
    const int32_t *block;    /* of the image, or NULL */
    int32_t n_c, n_o, group; /* channels of a group */
    size_t window;           /* weights of one output channel */
    size_t set;              /* weights before those of the image */
} direct_c_pixel;

/* The input coordinate of tap t along one dimension, -1: none. */
static inline int32_t direct_c_input(const hn_direct_args *a, int32_t d, int32_t o, int32_t t) {
    int32_t i = o * a->stride[d] - a->pad[d] + t * a->dilation[d];
    if (a->transposed) {
        i = o + a->pad[d] - t * a->dilation[d];
        if (i < 0 || i % a->stride[d] != 0) return -1;
        i /= a->stride[d];
    }
    return i < 0 || i >= a->in[d] ? -1 : i;
}

static inline void direct_c_list(direct_c_pixel *p) {
    const hn_direct_args *a = p->a;
    p->n_taps = 0;
    for (int32_t t = 0; t < a->k[0]; ++t) {
        const int32_t z = direct_c_input(a, 0, p->at[0], t);
        for (int32_t s = 0; z >= 0 && s < a->k[1]; ++s) {
            const int32_t y = direct_c_input(a, 1, p->at[1], s);
            for (int32_t r = 0; y >= 0 && r < a->k[2]; ++r) {
                const int32_t x = direct_c_input(a, 2, p->at[2], r);
                if (x < 0) continue;
                p->from[p->n_taps] = (z * a->in[1] + y) * a->in[2] + x;
                p->tap[p->n_taps++] = (t * a->k[1] + s) * a->k[2] + r;
            }
        }
    }
}

static inline direct_c_pixel direct_c_begin(const hn_direct_args *a, void *const *buf,
                                            const hn_work *w) {
    const size_t n_taps = (size_t)a->k[0] * (size_t)a->k[1] * (size_t)a->k[2];
    direct_c_pixel p = {.a = a, .buf = buf};
    p.from = (int32_t *)w->scratch;
    p.tap = p.from + n_taps;
    p.patch = (int16_t *)(p.tap + n_taps);
    p.n_c = a->in_c / a->groups;
    p.n_o = a->out_c / a->groups;
    p.window = n_taps * (size_t)p.n_c;
    p.in_zero = a->in_zero;
    return p;
}

static inline void direct_c_row(direct_c_pixel *p, uint32_t u) {
    const hn_direct_args *a = p->a;
    const uint32_t rows = (uint32_t)a->out[1], planes = (uint32_t)a->out[0];
    p->at[1] = (int32_t)(u % rows);
    p->at[0] = (int32_t)(u / rows % planes);
    const size_t image = u / rows / planes;
    if (p->buf[HN_DIRECT_IMAGES] != 0) {
        p->block = (const int32_t *)p->buf[HN_DIRECT_IMAGES] + image * HN_DYN_WORDS;
        p->in_zero = p->block[HN_DYN_ZERO];
    }
    if (a->set_images != 0) p->set = image / (size_t)a->set_images * (size_t)a->out_c * p->window;
    p->image = image * (size_t)a->in[0] * (size_t)a->in[1];
    p->image *= (size_t)a->in[2] * (size_t)a->in_c;
    p->out = (size_t)u * (size_t)a->out[2] * (size_t)a->out_c;
}

/* ---- floats ---- */

/* n = 4 or 1 channels of the group from o. */
HN_INLINE void direct_c_channels_f32(const direct_c_pixel *p, int32_t o, int32_t n) {
    const hn_direct_args *a = p->a;
    const size_t channel = (size_t)p->group * (size_t)p->n_o + (size_t)o;
    const float *in = (const float *)p->buf[HN_DIRECT_IN] + p->image + p->group * p->n_c;
    const float *weights = (const float *)p->buf[HN_DIRECT_WEIGHTS] + p->set + channel * p->window;
    const float *bias = (const float *)p->buf[HN_DIRECT_BIAS];
    float *out = (float *)p->buf[HN_DIRECT_OUT] + p->out + channel;
    float acc[4] = {0, 0, 0, 0};
    for (int32_t i = 0; i < p->n_taps; ++i) {
        const float *x = in + (size_t)p->from[i] * (size_t)a->in_c;
        const float *v = weights + (size_t)p->tap[i] * (size_t)p->n_c;
        if (n == 4)
            hn_dot_f32_1x4(x, v, p->window, p->n_c, acc);
        else
            acc[0] = hn_dot_f32_1x1(x, v, p->n_c, acc[0]);
    }
    for (int32_t j = 0; j < n; ++j) {
        const float v = bias == 0 ? acc[j] : acc[j] + bias[channel + (size_t)j];
        out[j] = v < a->low ? a->low : v > a->high ? a->high : v;
    }
}

HN_KERNEL(hn_direct_f32_c) {
    direct_c_pixel p = direct_c_begin((const hn_direct_args *)args, buf, w);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        direct_c_row(&p, u);
        for (p.at[2] = 0; p.at[2] < p.a->out[2]; ++p.at[2], p.out += (size_t)p.a->out_c) {
            direct_c_list(&p);
            for (p.group = 0; p.group < p.a->groups; ++p.group) {
                int32_t o = 0;
                for (; o + 4 <= p.n_o; o += 4) direct_c_channels_f32(&p, o, 4);
                for (; o < p.n_o; ++o) direct_c_channels_f32(&p, o, 1);
            }
        }
    }
}

/* ---- integers ---- */

/* The tap after those that follow tap i side by side. */
static inline int32_t direct_c_next(const direct_c_pixel *p, int32_t i) {
    do ++i;
    while (i < p->n_taps && p->tap[i] == p->tap[i - 1] + 1);
    return i;
}

/* The inputs of the group without their zero point, in the order of the products, which begins anew
 * with each run of taps; gives their sum. */
HN_INLINE uint32_t direct_c_patch(const direct_c_pixel *p, bool is_signed) {
    const uint8_t *in = (const uint8_t *)p->buf[HN_DIRECT_IN] + p->image + p->group * p->n_c;
    const bool is_whole = p->n_c % 4 == 0;
    int16_t *to = p->patch;
    uint32_t sum = 0;
    for (int32_t i = 0; i < p->n_taps; ++i, to += p->n_c) {
        const uint8_t *x = in + (size_t)p->from[i] * (size_t)p->a->in_c;
        sum += is_whole ? hn_dot_widen(x, p->n_c, p->in_zero, is_signed, to)
                        : hn_widen(x, p->n_c, p->in_zero, is_signed, to);
    }
    for (int32_t i = 0, next; !is_whole && i < p->n_taps; i = next) {
        next = direct_c_next(p, i);
        hn_dot_order(p->patch + (size_t)i * (size_t)p->n_c, (next - i) * p->n_c);
    }
    return sum;
}

/* What becomes of an accumulator. */
typedef enum direct_c_form { DIRECT_C_Q8, DIRECT_C_ACC, DIRECT_C_F32 } direct_c_form;

static inline void direct_c_store_f32(const direct_c_pixel *p, size_t channel, uint32_t acc) {
    const hn_direct_args *a = p->a;
    const float *bias = (const float *)p->buf[HN_DIRECT_BIAS];
    const float scale = ((const float *)p->buf[HN_DIRECT_SCALE])[channel];
    float v = (float)(int32_t)acc * (hn_float_of_bits(p->block[HN_DYN_SCALE]) * scale);
    if (bias != 0) v += bias[channel];
    v = v < a->low ? a->low : v > a->high ? a->high : v;
    ((float *)p->buf[HN_DIRECT_OUT])[p->out + channel] = v;
}

HN_INLINE void direct_c_store(const direct_c_pixel *p, size_t channel, uint32_t acc,
                              direct_c_form form) {
    const hn_direct_args *a = p->a;
    if (form == DIRECT_C_F32) {
        direct_c_store_f32(p, channel, acc);
        return;
    }
    const int32_t *bias = (const int32_t *)p->buf[HN_DIRECT_BIAS];
    if (bias != 0) acc += (uint32_t)bias[channel];
    if (form == DIRECT_C_ACC) {
        ((int32_t *)p->buf[HN_DIRECT_OUT])[p->out + channel] = (int32_t)acc;
        return;
    }
    const int32_t *scale = (const int32_t *)p->buf[HN_DIRECT_SCALE] + 2 * channel;
    const int32_t v = hn_requant(a->arith, (int32_t)acc, scale[0], scale[1]);
    const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
    ((uint8_t *)p->buf[HN_DIRECT_OUT])[p->out + channel] =
        (uint8_t)hn_clamp_s32(moved, a->act_min, a->act_max);
}

/* n = 4 or 1 channels of the group from o; minus: what the weights' zero point adds. */
HN_INLINE void direct_c_channels(const direct_c_pixel *p, int32_t o, int32_t n, uint32_t minus,
                                 bool is_signed, direct_c_form form) {
    const size_t channel = (size_t)p->group * (size_t)p->n_o + (size_t)o;
    const uint8_t *weights =
        (const uint8_t *)p->buf[HN_DIRECT_WEIGHTS] + p->set + channel * p->window;
    uint32_t acc[4] = {0, 0, 0, 0}, part[4];
    for (int32_t i = 0, next; i < p->n_taps; i = next) {
        next = direct_c_next(p, i);
        const int16_t *x = p->patch + (size_t)i * (size_t)p->n_c;
        const uint8_t *v = weights + (size_t)p->tap[i] * (size_t)p->n_c;
        const int32_t k = (next - i) * p->n_c;
        if (n == 4) {
            hn_dot_s16_1x4(x, v, p->window, k, is_signed, part);
            for (int32_t j = 0; j < 4; ++j) acc[j] += part[j];
        } else {
            acc[0] += hn_dot_s16_1x1(x, v, k, is_signed);
        }
    }
    for (int32_t j = 0; j < n; ++j) direct_c_store(p, channel + (size_t)j, acc[j] - minus, form);
}

HN_INLINE void direct_c_int(const hn_direct_args *a, void *const *buf, const hn_work *w,
                            bool is_signed, direct_c_form form) {
    direct_c_pixel p = direct_c_begin(a, buf, w);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        direct_c_row(&p, u);
        for (p.at[2] = 0; p.at[2] < a->out[2]; ++p.at[2], p.out += (size_t)a->out_c) {
            direct_c_list(&p);
            for (p.group = 0; p.group < a->groups; ++p.group) {
                const uint32_t sum = direct_c_patch(&p, is_signed);
                const uint32_t minus = (uint32_t)a->w_zero * sum;
                int32_t o = 0;
                for (; o + 4 <= p.n_o; o += 4) direct_c_channels(&p, o, 4, minus, is_signed, form);
                for (; o < p.n_o; ++o) direct_c_channels(&p, o, 1, minus, is_signed, form);
            }
        }
    }
}

HN_KERNEL(hn_direct_s8_c) {
    direct_c_int((const hn_direct_args *)args, buf, w, true, DIRECT_C_Q8);
}

HN_KERNEL(hn_direct_u8_c) {
    direct_c_int((const hn_direct_args *)args, buf, w, false, DIRECT_C_Q8);
}

HN_KERNEL(hn_direct_s8_s32_c) {
    direct_c_int((const hn_direct_args *)args, buf, w, true, DIRECT_C_ACC);
}

HN_KERNEL(hn_direct_u8_s32_c) {
    direct_c_int((const hn_direct_args *)args, buf, w, false, DIRECT_C_ACC);
}

HN_KERNEL(hn_direct_s8_f32_c) {
    direct_c_int((const hn_direct_args *)args, buf, w, true, DIRECT_C_F32);
}

/* ---- 16-bit activations ---- */

static inline int64_t direct_c_bias(const direct_c_pixel *p, size_t channel) {
    const void *bias = p->buf[HN_DIRECT_BIAS];
    if (bias == 0) return 0;
    if (p->a->arith == HN_ARITH_TFLITE) return ((const int32_t *)bias)[channel];
    return ((const int64_t *)bias)[channel];
}

/* One channel of the group; the sum wraps where a bias leaves it no room. */
static inline void direct_c_channel_s16(const direct_c_pixel *p, int32_t o) {
    const hn_direct_args *a = p->a;
    const size_t channel = (size_t)p->group * (size_t)p->n_o + (size_t)o;
    const int16_t *in = (const int16_t *)p->buf[HN_DIRECT_IN] + p->image + p->group * p->n_c;
    const int8_t *weights =
        (const int8_t *)p->buf[HN_DIRECT_WEIGHTS] + p->set + channel * p->window;
    const int32_t *scale = (const int32_t *)p->buf[HN_DIRECT_SCALE] + 2 * channel;
    uint64_t acc = (uint64_t)direct_c_bias(p, channel);
    for (int32_t i = 0; i < p->n_taps; ++i) {
        const int16_t *x = in + (size_t)p->from[i] * (size_t)a->in_c;
        const int8_t *v = weights + (size_t)p->tap[i] * (size_t)p->n_c;
        for (int32_t c = 0; c < p->n_c; ++c) {
            acc += (uint64_t)((x[c] - a->in_zero) * (v[c] - a->w_zero));
        }
    }
    const int32_t v = hn_requant_64(a->arith, (int64_t)acc, scale);
    const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
    ((int16_t *)p->buf[HN_DIRECT_OUT])[p->out + channel] =
        (int16_t)hn_clamp_s32(moved, a->act_min, a->act_max);
}

HN_KERNEL(hn_direct_s16_c) {
    direct_c_pixel p = direct_c_begin((const hn_direct_args *)args, buf, w);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        direct_c_row(&p, u);
        for (p.at[2] = 0; p.at[2] < p.a->out[2]; ++p.at[2], p.out += (size_t)p.a->out_c) {
            direct_c_list(&p);
            for (p.group = 0; p.group < p.a->groups; ++p.group) {
                for (int32_t o = 0; o < p.n_o; ++o) direct_c_channel_s16(&p, o);
            }
        }
    }
}
