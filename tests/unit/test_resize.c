/* SPDX-License-Identifier: Apache-2.0
 * Resizing: a plain-text model of the filter in floating point, exact cases, geometry, sheets. */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "pipeline/ansi.h"
#include "pipeline/resize.h"
#include "pipeline/sheet.h"
#include "torture.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(resize, .init = setup);
TestSuite(sheet, .init = setup);

static void make(hn_image *image, uint32_t width, uint32_t height, uint32_t channels) {
    cr_assert_eq(hn_image_new(&env, width, height, channels, image), HONE_OK, "%s", env.message);
    uint32_t seed = width * 31 + height;
    for (size_t i = 0; i < (size_t)width * height * channels; i++) {
        seed = seed * 1664525 + 1013904223;
        image->pixels[i] = (uint8_t)(seed >> 24);
    }
}

/* The triangle filter by its definition, for one output pixel of one line. */
static double expected_weight(uint32_t out, uint32_t n_out, uint32_t in, uint32_t n_in) {
    const double scale = (double)n_in / n_out, reach = scale > 1.0 ? scale : 1.0;
    const double center = (out + 0.5) * scale;
    double sum = 0.0, own = 0.0;
    for (uint32_t k = 0; k < n_in; k++) {
        const double w = fmax(0.0, 1.0 - fabs(k + 0.5 - center) / reach);
        sum += w;
        if (k == in) own = w;
    }
    return own / sum;
}

static double expected_pixel(const hn_image *in, uint32_t x, uint32_t y, uint32_t width,
                             uint32_t height) {
    double sum = 0.0;
    for (uint32_t v = 0; v < in->height; v++) {
        const double row = expected_weight(y, height, v, in->height);
        for (uint32_t u = 0; u < in->width && row > 0.0; u++) {
            const double w = row * expected_weight(x, width, u, in->width);
            sum += w * in->pixels[((size_t)v * in->width + u) * in->channels];
        }
    }
    return sum;
}

static hn_resize_how smooth(hn_resize_mode mode) {
    const hn_resize_how how = {mode, HN_FILTER_ANTIALIAS};
    return how;
}

Test(resize, is_the_triangle_filter) {
    static const uint32_t sizes[][4] = {{13, 9, 5, 4}, {5, 4, 13, 9}, {20, 3, 7, 11}, {7, 7, 7, 3},
                                        {8, 6, 3, 6},  {1, 1, 4, 4},  {12, 12, 1, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        hn_image in, out;
        make(&in, sizes[i][0], sizes[i][1], 3);
        const uint32_t width = sizes[i][2], height = sizes[i][3];
        cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_STRETCH), width, height, &out), HONE_OK);
        for (uint32_t y = 0; y < height; y++) {
            for (uint32_t x = 0; x < width; x++) {
                const double expected = expected_pixel(&in, x, y, width, height);
                const double got = out.pixels[((size_t)y * width + x) * 3];
                cr_assert_lt(fabs(got - expected), 1.01);
            }
        }
        hn_image_free(&env, &in);
        hn_image_free(&env, &out);
    }
}

Test(resize, keeps_a_picture_of_the_wanted_size) {
    for (int mode = HN_RESIZE_STRETCH; mode <= HN_RESIZE_CORNER; mode++) {
        hn_image in, out;
        make(&in, 17, 12, 1);
        cr_assert_eq(hn_resize(&env, &in, smooth((hn_resize_mode)mode), 17, 12, &out), HONE_OK);
        cr_assert_arr_eq(in.pixels, out.pixels, 17 * 12);
        hn_image_free(&env, &in);
        hn_image_free(&env, &out);
    }
}

/* Half-pixel centres: eight columns to two lie at 1.5 and 5.5, between two pixels each. */
Test(resize, bilinear_takes_the_nearest_pixels_only) {
    uint8_t pixels[8] = {0, 100, 200, 0, 0, 10, 30, 255};
    const hn_image in = {pixels, 8, 1, 1};
    const hn_resize_how how = {HN_RESIZE_STRETCH, HN_FILTER_BILINEAR};
    hn_image out;
    cr_assert_eq(hn_resize(&env, &in, how, 2, 1, &out), HONE_OK);
    cr_assert_eq(out.pixels[0], 150);
    cr_assert_eq(out.pixels[1], 20);
    hn_image_free(&env, &out);
}

Test(resize, crop_is_the_middle_of_the_scaled_picture) {
    hn_image in, out, whole;
    make(&in, 60, 31, 3);
    const hn_resize_fit fit = hn_resize_fit_of(HN_RESIZE_CROP, &in, 10, 10);
    cr_assert_eq(fit.scaled_width, 19);
    cr_assert_eq(fit.scaled_height, 10);
    cr_assert_eq(fit.x, -4);
    cr_assert_eq(fit.y, 0);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_CROP), 10, 10, &out), HONE_OK);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_STRETCH), 19, 10, &whole), HONE_OK);
    for (size_t y = 0; y < 10; y++) {
        cr_assert_arr_eq(out.pixels + y * 30, whole.pixels + (y * 19 + 4) * 3, 30);
    }
    hn_image_free(&env, &in);
    hn_image_free(&env, &out);
    hn_image_free(&env, &whole);
}

Test(resize, letterbox_pads_with_grey) {
    hn_image in, out, inner;
    make(&in, 60, 31, 3);
    const hn_resize_fit fit = hn_resize_fit_of(HN_RESIZE_LETTERBOX, &in, 20, 20);
    cr_assert_eq(fit.scaled_width, 20);
    cr_assert_eq(fit.scaled_height, 10);
    cr_assert_eq(fit.y, 5);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_LETTERBOX), 20, 20, &out), HONE_OK);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_STRETCH), 20, 10, &inner), HONE_OK);
    cr_assert_arr_eq(out.pixels + 5 * 60, inner.pixels, 600);
    for (size_t i = 0; i < 300; i++) cr_assert_eq(out.pixels[i], 114);
    for (size_t i = 900; i < 1200; i++) cr_assert_eq(out.pixels[i], 114);
    hn_image_free(&env, &in);
    hn_image_free(&env, &out);
    hn_image_free(&env, &inner);
}

Test(resize, extreme_aspects_stay_small) {
    static const uint32_t sides[][2] = {{65535, 1}, {1, 65535}};
    for (int i = 0; i < 2; i++) {
        hn_image in, out;
        make(&in, sides[i][0], sides[i][1], 1);
        for (int mode = HN_RESIZE_STRETCH; mode <= HN_RESIZE_LETTERBOX; mode++) {
            cr_assert_eq(hn_resize(&env, &in, smooth((hn_resize_mode)mode), 224, 224, &out),
                         HONE_OK, "%s", env.message);
            hn_image_free(&env, &out);
        }
        const hn_resize_mode crop = HN_RESIZE_CROP;
        cr_assert_eq(hn_resize(&env, &in, smooth(crop), sides[i][1], sides[i][0], &out), HONE_OK);
        hn_image_free(&env, &out);
        hn_image_free(&env, &in);
    }
    const hn_image wide = {(uint8_t *)"", 65535, 1, 1};
    const hn_resize_fit fit = hn_resize_fit_of(HN_RESIZE_CROP, &wide, 65535, 65535);
    cr_assert_eq(fit.scaled_width, 65535u * 65535u);
    cr_assert_eq(fit.x, -2147385345);
}

Test(resize, refuses_sizes) {
    hn_image in, out;
    make(&in, 4, 4, 1);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_STRETCH), 0, 4, &out), HONE_E_FORMAT);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_CROP), 65536, 4, &out), HONE_E_LIMIT);
    hn_image_free(&env, &in);
    cr_assert_eq(hn_resize(&env, &in, smooth(HN_RESIZE_STRETCH), 4, 4, &out), HONE_E_ARGUMENT);
}

Test(resize, survives_every_failing_allocation) {
    hn_image in, out;
    make(&in, 9, 5, 3);
    hone_status status = HONE_E_MEMORY;
    for (int fail_at = 1; status != HONE_OK; fail_at++) {
        torture t = {0, 0, fail_at};
        hn_env own;
        torture_env(&own, &t);
        status = hn_resize(&own, &in, smooth(HN_RESIZE_LETTERBOX), 4, 4, &out);
        if (status == HONE_OK) hn_image_free(&own, &out);
        cr_assert_eq(t.n_blocks, 0);
        cr_assert_lt(fail_at, 20);
    }
    hn_image_free(&env, &in);
}

Test(sheet, places_pictures_and_captions) {
    hn_image grey, color, sheet;
    make(&grey, 3, 2, 1);
    make(&color, 4, 4, 3);
    const hn_sheet_item items[3] = {{&grey, "7", {0, 0, 0}},
                                    {&color, "a caption too long", {255, 0, 0}},
                                    {&grey, NULL, {0, 0, 0}}};
    const hn_sheet_format format = {2, 5, 1, 0};
    cr_assert_eq(hn_sheet_compose(&env, items, 3, &format, &sheet), HONE_OK, "%s", env.message);
    cr_assert_eq(sheet.width, 8 + 2 * 28);
    cr_assert_eq(sheet.height, 8 + 2 * (20 + 9 + 16));
    cr_assert_eq(sheet.channels, 3);
    const uint8_t *corner = sheet.pixels + (8 * (size_t)sheet.width + 36) * 3;
    cr_assert_arr_eq(corner, color.pixels, 3);
    cr_assert_arr_eq(corner + 4 * 3, color.pixels, 3);
    cr_assert_arr_eq(corner + 5 * 3, color.pixels + 3, 3);
    size_t n_dark = 0;
    for (size_t y = 36; y < 43; y++) {
        for (size_t x = 8; x < 28; x++) n_dark += sheet.pixels[(y * sheet.width + x) * 3] == 0;
    }
    cr_assert_eq(n_dark, 11); /* the pixels of a 7 */
    hn_image_free(&env, &sheet);
    const hn_sheet_format zero = {0, 5, 1, 0}, huge = {1, 64, 1, 65535};
    cr_assert_eq(hn_sheet_compose(&env, items, 3, &zero, &sheet), HONE_E_ARGUMENT);
    cr_assert_eq(hn_sheet_compose(&env, items, 0, &format, &sheet), HONE_E_ARGUMENT);
    cr_assert_eq(hn_sheet_compose(&env, items, 3, &huge, &sheet), HONE_E_LIMIT);
    hn_image_free(&env, &grey);
    hn_image_free(&env, &color);
}

Test(sheet, renders_in_a_terminal) {
    uint8_t pixels[6] = {10, 20, 30, 30, 40, 40};
    const hn_image image = {pixels, 2, 3, 1};
    hn_arena arena;
    hn_arena_init(&arena, &env, 0);
    const char *text = NULL;
    cr_assert_eq(hn_ansi_render(&arena, &image, 80, &text), HONE_OK, "%s", env.message);
    cr_assert_str_eq(text, "\033[38;2;10;10;10m\033[48;2;30;30;30m\xe2\x96\x80"
                           "\033[38;2;20;20;20m\xe2\x96\x80\033[0m\n"
                           "\033[38;2;40;40;40m\xe2\x96\x80\xe2\x96\x80\033[0m\n");
    hn_image big;
    make(&big, 200, 100, 3);
    for (size_t i = 0; i < 60000; i++) big.pixels[i] |= 0x80; /* three digits each: the longest */
    cr_assert_eq(hn_ansi_render(&arena, &big, 77, &text), HONE_OK);
    cr_assert_eq(hn_ansi_render(&arena, &big, 200, &text), HONE_OK);
    cr_assert_eq(hn_ansi_render(&arena, &big, 0, &text), HONE_E_ARGUMENT);
    hn_image_free(&env, &big);
    hn_arena_fini(&arena);
}
