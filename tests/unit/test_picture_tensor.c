/* SPDX-License-Identifier: Apache-2.0
 * Pictures as tensors: layouts, types, normalisation, quantization, refusals. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "pipeline/picture_tensor.h"
#include "torture.h"

static hn_env env;
static uint8_t pixels[12] = {0, 1, 2, 100, 101, 102, 200, 201, 202, 253, 254, 255};
static const hn_image picture = {pixels, 2, 2, 3};

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(picture_tensor, .init = setup);

static void fill(const hn_image *image, const hn_picture_format *f, void *data, size_t n_bytes) {
    cr_assert_eq(hn_picture_tensor(&env, image, f, data, n_bytes), HONE_OK, "%s", env.message);
}

Test(picture_tensor, keeps_pixels_and_orders_them) {
    float out[12];
    hn_picture_format f = hn_picture_format_of(2, 2, 3);
    fill(&picture, &f, out, sizeof out);
    for (int i = 0; i < 12; i++) cr_assert_eq(out[i], (float)pixels[i]);
    f.bgr = true;
    fill(&picture, &f, out, sizeof out);
    for (int i = 0; i < 12; i++) cr_assert_eq(out[i], (float)pixels[i / 3 * 3 + 2 - i % 3]);
    f.channels_first = true;
    fill(&picture, &f, out, sizeof out);
    for (int i = 0; i < 12; i++) cr_assert_eq(out[i], (float)pixels[i % 4 * 3 + 2 - i / 4]);
    f.bgr = false;
    fill(&picture, &f, out, sizeof out);
    for (int i = 0; i < 12; i++) cr_assert_eq(out[i], (float)pixels[i % 4 * 3 + i / 4]);
}

Test(picture_tensor, normalises_each_channel) {
    float out[12];
    hn_picture_format f = hn_picture_format_of(2, 2, 3);
    const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};
    f.scale = 1.0f / 255.0f;
    memcpy(f.mean, mean, sizeof mean);
    memcpy(f.std, std, sizeof std);
    fill(&picture, &f, out, sizeof out);
    for (int i = 0; i < 12; i++) {
        cr_assert_eq(out[i], ((float)pixels[i] * f.scale - mean[i % 3]) / std[i % 3]);
    }
}

Test(picture_tensor, quantizes_half_away_from_zero_and_clamps) {
    int8_t s8[12];
    uint8_t u8[12];
    int16_t s16[12];
    hn_picture_format f = hn_picture_format_of(2, 2, 3);
    f.dtype = HONE_DTYPE_S8;
    f.q_scale = 2.0f;
    f.q_zero = -100;
    fill(&picture, &f, s8, sizeof s8);
    for (int i = 0; i < 12; i++) cr_assert_eq(s8[i], (pixels[i] + 1) / 2 - 100);
    f.mean[0] = f.mean[1] = f.mean[2] = 255.0f; /* values of -255 to 0 */
    f.q_zero = 0;
    fill(&picture, &f, s8, sizeof s8);
    for (int i = 0; i < 12; i++) {
        const int q = -((255 - pixels[i] + 1) / 2);
        cr_assert_eq(s8[i], q < -128 ? -128 : q);
    }
    f.dtype = HONE_DTYPE_U8;
    fill(&picture, &f, u8, sizeof u8);
    for (int i = 0; i < 12; i++) cr_assert_eq(u8[i], 0);
    f.dtype = HONE_DTYPE_S16;
    f.q_scale = 1e-30f;
    f.q_zero = INT32_MIN;
    fill(&picture, &f, s16, sizeof s16);
    cr_assert_eq(s16[0], INT16_MIN);
}

Test(picture_tensor, gives_raw_pixels) {
    int8_t s8[12];
    uint8_t u8[12];
    hn_picture_format f = hn_picture_format_of(2, 2, 3);
    f.raw = true;
    f.std[0] = 0.0f; /* not looked at */
    f.dtype = HONE_DTYPE_U8;
    fill(&picture, &f, u8, sizeof u8);
    cr_assert_arr_eq(u8, pixels, 12);
    f.dtype = HONE_DTYPE_S8;
    fill(&picture, &f, s8, sizeof s8);
    for (int i = 0; i < 12; i++) cr_assert_eq(s8[i], pixels[i] - 128);
}

Test(picture_tensor, changes_channels) {
    uint8_t one[4], three[12], grey_pixels[4] = {1, 2, 3, 4};
    const hn_image grey = {grey_pixels, 2, 2, 1};
    hn_picture_format f = hn_picture_format_of(2, 2, 1);
    f.raw = true;
    f.dtype = HONE_DTYPE_U8;
    fill(&picture, &f, one, sizeof one);
    const uint8_t luma[4] = {1, 101, 201, 254};
    cr_assert_arr_eq(one, luma, 4);
    f.channels = 3;
    fill(&grey, &f, three, sizeof three);
    for (int i = 0; i < 12; i++) cr_assert_eq(three[i], grey_pixels[i / 3]);
}

Test(picture_tensor, refuses_formats) {
    uint8_t out[64];
    const hn_picture_format good = hn_picture_format_of(2, 2, 3);
    hn_picture_format f = good;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 47), HONE_E_SHAPE);
    f.channels = 4;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 64), HONE_E_ARGUMENT);
    f = good;
    f.std[1] = 0.0f;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 48), HONE_E_ARGUMENT);
    f = good;
    f.mean[2] = NAN;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 48), HONE_E_ARGUMENT);
    f = good;
    f.dtype = HONE_DTYPE_F64;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 96), HONE_E_UNSUPPORTED);
    f = good;
    f.raw = true;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 48), HONE_E_ARGUMENT);
    f = good;
    f.dtype = HONE_DTYPE_U8;
    f.q_scale = 0.0f;
    cr_assert_eq(hn_picture_tensor(&env, &picture, &f, out, 12), HONE_E_ARGUMENT);
    f = good;
    f.width = 0;
    cr_assert_neq(hn_picture_tensor(&env, &picture, &f, out, 0), HONE_OK);
}

Test(picture_tensor, survives_every_failing_allocation) {
    hone_status status = HONE_E_MEMORY;
    for (int fail_at = 1; status != HONE_OK; fail_at++) {
        torture t = {0, 0, fail_at};
        hn_env own;
        torture_env(&own, &t);
        float out[9];
        const hn_picture_format f = hn_picture_format_of(3, 3, 1);
        status = hn_picture_tensor(&own, &picture, &f, out, sizeof out);
        cr_assert_eq(t.n_blocks, 0);
        cr_assert_lt(fail_at, 20);
    }
}
