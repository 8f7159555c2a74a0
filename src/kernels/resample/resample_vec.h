/* SPDX-License-Identifier: Apache-2.0
 * Linear interpolation of images, two taps on either axis, whatever the vector length: channels
 * along the vector, the operations of the portable form in its order, so with its bits. */
#ifndef HN_KERNELS_RESAMPLE_VEC_H
#define HN_KERNELS_RESAMPLE_VEC_H

#include "core/assume.h"
#include "kernels/resample/resample_rows.h"

/* The four pixels of output column x: rows y, y + 1 of its left column, then of its right one. */
static inline void resample_vec_pixels(const resample_row *r, int32_t x, size_t at[4]) {
    for (int i = 0; i < 4; ++i) at[i] = resample_pixel(r, x, i % 2, i / 2);
}

static void resample_vec_f32(const hn_resample_args *a, void *const *buf, const hn_work *w) {
    const float *in = (const float *)buf[HN_RESAMPLE_IN];
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const resample_row r = resample_at(a, buf, u);
        const float *wy = (const float *)buf[HN_RESAMPLE_ROW_WEIGHTS] + (size_t)r.y * 2;
        const float *wx = (const float *)buf[HN_RESAMPLE_COLUMN_WEIGHTS];
        float *out = (float *)buf[HN_RESAMPLE_OUT] + r.out;
        for (int32_t x = 0; x < a->out_w; ++x, wx += 2, out += a->c) {
            const bool is_outside = r.rows[0] < 0 || r.columns[2 * (size_t)x] < 0;
            size_t at[4] = {0};
            vf weight[4];
            if (!is_outside) resample_vec_pixels(&r, x, at);
            for (int i = 0; i < 4; ++i) weight[i] = vf_set(wy[i % 2] * wx[i / 2]);
            for (int32_t c = 0; c < a->c; c += VN) {
                const int32_t n = a->c - c < VN ? a->c - c : VN;
                vf v = vf_mul(vf_load_n(in + at[0] + c, n), weight[0]);
                for (int i = 1; i < 4; ++i)
                    v = vf_add(v, vf_mul(vf_load_n(in + at[i] + c, n), weight[i]));
                vf_store_n(out + c, is_outside ? vf_set(a->fill) : v, n);
            }
        }
    }
}

static void resample_vec_u8(const hn_resample_args *a, void *const *buf, const hn_work *w) {
    const uint8_t *in = (const uint8_t *)buf[HN_RESAMPLE_IN];
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const resample_row r = resample_at(a, buf, u);
        const float *wy = (const float *)buf[HN_RESAMPLE_ROW_WEIGHTS] + (size_t)r.y * 2;
        const float *wx = (const float *)buf[HN_RESAMPLE_COLUMN_WEIGHTS];
        uint8_t *out = (uint8_t *)buf[HN_RESAMPLE_OUT] + r.out;
        for (int32_t x = 0; x < a->out_w; ++x, wx += 2, out += a->c) {
            size_t at[4];
            resample_vec_pixels(&r, x, at);
            for (int32_t c = 0; c < a->c; c += VN) {
                const int32_t n = a->c - c < VN ? a->c - c : VN;
                vf v = vf_set(0.0f);
                for (int i = 0; i < 4; ++i) {
                    const vf p = vf_of_int(vi_load_8_n(in + at[i] + c, false, n));
                    const vf part = vf_mul(vf_mul(p, vf_set(wy[i % 2])), vf_set(wx[i / 2]));
                    v = i == 0 ? part : vf_add(v, part);
                }
                vi_store_8_n(out + c, vi_whole(vf_add(v, vf_set(0.5f))), n);
            }
        }
    }
}

#endif
