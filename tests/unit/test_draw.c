/* SPDX-License-Identifier: Apache-2.0
 * Drawing: pixels where they are looked for, nothing outside, and whole pictures by their hash. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/platform.h"
#include "pipeline/overlay.h"

static hn_env env;
static hn_image image;

static void setup(void) {
    hn_env_init(&env);
    cr_assert_eq(hn_image_new(&env, 40, 30, 3, &image), HONE_OK);
}

static void teardown(void) {
    hn_image_free(&env, &image);
}

TestSuite(draw, .init = setup, .fini = teardown);

static const hn_color WHITE = {{255, 255, 255}};

static uint32_t n_lit(void) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < image.width * image.height; i++) n += image.pixels[3 * i] != 0;
    return n;
}

static uint64_t hash(void) {
    return hn_hash64(image.pixels, (uint64_t)image.width * image.height * 3, 1);
}

Test(draw, fills_and_blends) {
    hn_draw_fill(&image, (hn_rect){2, 3, 4, 5}, WHITE, 255);
    cr_assert_eq(n_lit(), 20);
    cr_assert_eq(image.pixels[(3 * 40 + 2) * 3], 255);
    hn_draw_fill(&image, (hn_rect){2, 3, 4, 5}, (hn_color){{0, 0, 0}}, 128);
    cr_assert_eq(image.pixels[(3 * 40 + 2) * 3], 127);
}

Test(draw, cuts_off_what_is_outside) {
    hn_draw_fill(&image, (hn_rect){-5, -5, 7, 6}, WHITE, 255);
    cr_assert_eq(n_lit(), 2);
    hn_draw_fill(&image, (hn_rect){INT32_MAX, INT32_MIN, INT32_MAX, INT32_MAX}, WHITE, 255);
    hn_draw_fill(&image, (hn_rect){39, 29, INT32_MAX, INT32_MAX}, WHITE, 255);
    cr_assert_eq(n_lit(), 3);
    hn_draw_fill(&image, (hn_rect){10, 10, -3, -3}, WHITE, 255);
    hn_draw_frame(&image, (hn_rect){10, 10, 0, 0}, 2, WHITE);
    const int32_t far_off[2] = {INT32_MIN, INT32_MAX}, here[2] = {0, 0};
    hn_draw_line(&image, far_off, here, 3, WHITE);
    hn_draw_disc(&image, far_off, INT32_MAX, WHITE);
    hn_draw_text(&image, far_off, "text", 1000, WHITE);
    cr_assert_eq(n_lit(), 3);
}

Test(draw, frames_lines_and_discs) {
    hn_draw_frame(&image, (hn_rect){5, 5, 10, 8}, 2, WHITE);
    cr_assert_eq(n_lit(), 10 * 8 - 6 * 4);
    memset(image.pixels, 0, 40 * 30 * 3);
    const int32_t a[2] = {1, 1}, b[2] = {20, 1}, c[2] = {20, 20};
    hn_draw_line(&image, a, b, 1, WHITE);
    cr_assert_eq(n_lit(), 20);
    hn_draw_line(&image, c, a, 1, WHITE);
    cr_assert_eq(n_lit(), 39);
    hn_draw_line(&image, a, a, 1, WHITE);
    cr_assert_eq(n_lit(), 39);
    memset(image.pixels, 0, 40 * 30 * 3);
    hn_draw_disc(&image, c, 2, WHITE);
    cr_assert_eq(n_lit(), 21);
}

Test(draw, text_and_captions_stay_inside) {
    cr_assert_eq(hn_text_pixels("", 3), 0);
    cr_assert_eq(hn_text_pixels("ab", 2), 22);
    const int32_t at[2] = {0, 0};
    hn_draw_text(&image, at, "I", 1, WHITE);
    cr_assert_eq(n_lit(), 11);
    memset(image.pixels, 0, 40 * 30 * 3);
    hn_draw_caption(&image, 100, -20, "ab", 1, WHITE);
    cr_assert_eq(image.pixels[(40 - 1) * 3], 255);
    cr_assert_eq(image.pixels[9 * 40 * 3 + 39 * 3], 0);
    hn_draw_caption(&image, 0, 0, "a caption far too long for this", 4, WHITE);
}

Test(draw, palette_repeats_and_is_read_on) {
    cr_assert_eq(memcmp(hn_palette(0).rgb, hn_palette(19).rgb, 3), 0);
    cr_assert_eq(hn_color_on(WHITE).rgb[0], 0);
    cr_assert_eq(hn_color_on((hn_color){{0, 0, 120}}).rgb[0], 255);
}

Test(draw, boxes_as_before) {
    hn_detection d[2];
    static const char *const captions[2] = {"cat", NULL};
    memset(d, 0, sizeof d);
    d[0] = (hn_detection){0.9f, 0, 4, 12, 20, 10, 1, {{10, 15}}};
    d[1] = (hn_detection){0.5f, 1, 10.4f, 14.6f, 25, 14, 0, {{0}}};
    hn_overlay_boxes(&image, d, captions, 2);
    cr_assert_eq(hash(), UINT64_C(0x8b706e5b9940f7ae), "%llx", (unsigned long long)hash());
}

Test(draw, classes_as_before) {
    uint16_t classes[4] = {0, 1, 2, 1};
    static const char *const names[3] = {NULL, "a", "b"};
    const hn_class_map map = {classes, 2, 2, 3};
    const hn_placement p = hn_placement_of(20, 20, HN_RESIZE_STRETCH, 40, 30);
    hn_overlay_classes(&image, &map, &p, names, 3);
    cr_assert_eq(image.pixels[(29 * 40 + 39) * 3], (hn_palette(0).rgb[0] * 128 + 127) / 255);
    cr_assert_eq(hash(), UINT64_C(0xcc4f983182fa18a3), "%llx", (unsigned long long)hash());
}

Test(draw, poses_as_before) {
    hn_keypoint points[17];
    for (int i = 0; i < 17; i++) {
        points[i] = (hn_keypoint){(float)(i * 7 % 40), (float)(i * 11 % 30), i == 3 ? 0.1f : 0.9f};
    }
    hn_overlay_pose(&image, points, 17, 0.3f);
    cr_assert_eq(hash(), UINT64_C(0x890e00d030db4473), "%llx", (unsigned long long)hash());
}
