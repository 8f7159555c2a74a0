/* SPDX-License-Identifier: Apache-2.0
 * Resampling: the definition and the portable form. Tables are read once for each pixel, the loops
 * over channels have no branches. Two taps on either axis, which is linear interpolation, keep
 * their four products in registers; other numbers of taps add one tap after the other into the
 * output. */
#include "core/assume.h"
#include "core/math.h"
#include "kernels/resample/resample_rows.h"

/* ---- copies ---- */

#define RESAMPLE_COPY(bits)                                                                        \
    HN_KERNEL(hn_resample_b##bits##_c) {                                                           \
        const hn_resample_args *a = (const hn_resample_args *)args;                                \
        for (uint32_t u = w->begin; u < w->end; ++u) {                                             \
            const resample_row r = resample_at(a, buf, u);                                         \
            uint##bits##_t *out = (uint##bits##_t *)buf[HN_RESAMPLE_OUT] + r.out;                  \
            for (int32_t x = 0; x < a->out_w; ++x) {                                               \
                const uint##bits##_t *in = (const uint##bits##_t *)buf[HN_RESAMPLE_IN];            \
                in += resample_pixel(&r, x, 0, 0);                                                 \
                for (int32_t c = 0; c < a->c; ++c) *out++ = in[c];                                 \
            }                                                                                      \
        }                                                                                          \
    }

RESAMPLE_COPY(8)
RESAMPLE_COPY(16)
RESAMPLE_COPY(32)
RESAMPLE_COPY(64)

/* ---- floats ---- */

static inline void resample_c_fill(float *restrict out, int32_t n, float v) {
    for (int32_t i = 0; i < n; ++i) out[i] = v;
}

static inline void resample_c_four(const resample_row *r, const float *in, int32_t x,
                                   const float *wy, const float *wx, float *restrict out) {
    const float *restrict p00 = in + resample_pixel(r, x, 0, 0);
    const float *restrict p10 = in + resample_pixel(r, x, 1, 0);
    const float *restrict p01 = in + resample_pixel(r, x, 0, 1);
    const float *restrict p11 = in + resample_pixel(r, x, 1, 1);
    const float w00 = wy[0] * wx[0], w10 = wy[1] * wx[0], w01 = wy[0] * wx[1], w11 = wy[1] * wx[1];
    for (int32_t c = 0; c < r->a->c; ++c)
        out[c] = p00[c] * w00 + p10[c] * w10 + p01[c] * w01 + p11[c] * w11;
}

static inline void resample_c_taps(const resample_row *r, const float *in, int32_t x,
                                   const float *wy, const float *wx, float *restrict out) {
    resample_c_fill(out, r->a->c, 0.0f);
    for (int32_t kx = 0; kx < r->a->k_w; ++kx) {
        for (int32_t ky = 0; ky < r->a->k_h; ++ky) {
            const float *restrict p = in + resample_pixel(r, x, ky, kx);
            const float v = wy[ky] * wx[kx];
            for (int32_t c = 0; c < r->a->c; ++c) out[c] += p[c] * v;
        }
    }
}

HN_KERNEL(hn_resample_f32_c) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    const float *in = (const float *)buf[HN_RESAMPLE_IN];
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const resample_row r = resample_at(a, buf, u);
        const float *wy =
            (const float *)buf[HN_RESAMPLE_ROW_WEIGHTS] + (size_t)r.y * (size_t)a->k_h;
        const float *wx = (const float *)buf[HN_RESAMPLE_COLUMN_WEIGHTS];
        float *out = (float *)buf[HN_RESAMPLE_OUT] + r.out;
        for (int32_t x = 0; x < a->out_w; ++x, wx += a->k_w, out += a->c) {
            if (r.rows[0] < 0 || r.columns[(size_t)x * (size_t)a->k_w] < 0)
                resample_c_fill(out, a->c, a->fill);
            else if (a->k_h == 2 && a->k_w == 2)
                resample_c_four(&r, in, x, wy, wx, out);
            else
                resample_c_taps(&r, in, x, wy, wx, out);
        }
    }
}

/* ---- integers: linear interpolation ---- */

HN_KERNEL(hn_resample_u8_c) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    const uint8_t *in = (const uint8_t *)buf[HN_RESAMPLE_IN];
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const resample_row r = resample_at(a, buf, u);
        const float *wy = (const float *)buf[HN_RESAMPLE_ROW_WEIGHTS] + (size_t)r.y * 2;
        const float *wx = (const float *)buf[HN_RESAMPLE_COLUMN_WEIGHTS];
        uint8_t *restrict out = (uint8_t *)buf[HN_RESAMPLE_OUT] + r.out;
        for (int32_t x = 0; x < a->out_w; ++x, wx += 2, out += a->c) {
            const uint8_t *p00 = in + resample_pixel(&r, x, 0, 0);
            const uint8_t *p10 = in + resample_pixel(&r, x, 1, 0);
            const uint8_t *p01 = in + resample_pixel(&r, x, 0, 1);
            const uint8_t *p11 = in + resample_pixel(&r, x, 1, 1);
            for (int32_t c = 0; c < a->c; ++c) {
                const float v = (float)p00[c] * wy[0] * wx[0] + (float)p10[c] * wy[1] * wx[0] +
                                (float)p01[c] * wy[0] * wx[1] + (float)p11[c] * wy[1] * wx[1] +
                                0.5f;
                out[c] = (uint8_t)(int32_t)hn_limit_small(v);
            }
        }
    }
}

#define RESAMPLE_FIXED(name, type)                                                                 \
    HN_KERNEL(name) {                                                                              \
        const hn_resample_args *a = (const hn_resample_args *)args;                                \
        const type *in = (const type *)buf[HN_RESAMPLE_IN];                                        \
        for (uint32_t u = w->begin; u < w->end; ++u) {                                             \
            const resample_row r = resample_at(a, buf, u);                                         \
            const int32_t *wy = (const int32_t *)buf[HN_RESAMPLE_ROW_WEIGHTS] + (size_t)r.y * 2;   \
            const int32_t *wx = (const int32_t *)buf[HN_RESAMPLE_COLUMN_WEIGHTS];                  \
            type *restrict out = (type *)buf[HN_RESAMPLE_OUT] + r.out;                             \
            for (int32_t x = 0; x < a->out_w; ++x, wx += 2, out += a->c) {                         \
                const type *p00 = in + resample_pixel(&r, x, 0, 0);                                \
                const type *p10 = in + resample_pixel(&r, x, 1, 0);                                \
                const type *p01 = in + resample_pixel(&r, x, 0, 1);                                \
                const type *p11 = in + resample_pixel(&r, x, 1, 1);                                \
                for (int32_t c = 0; c < a->c; ++c) {                                               \
                    const int64_t left = (int64_t)p00[c] * wy[0] + (int64_t)p10[c] * wy[1];        \
                    const int64_t right = (int64_t)p01[c] * wy[0] + (int64_t)p11[c] * wy[1];       \
                    const int64_t sum = left * wx[0] + right * wx[1];                              \
                    out[c] = (type)((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

RESAMPLE_FIXED(hn_resample_s8_c, int8_t)
RESAMPLE_FIXED(hn_resample_s16_c, int16_t)
