/* SPDX-License-Identifier: Apache-2.0
 * Boxes from outputs: suppression, each decoder on outputs made for it, maps of classes. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detector.h"
#include "pipeline/overlay.h"
#include "pipeline/class_map.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(nms, .init = setup);
TestSuite(detect, .init = setup);
TestSuite(segments, .init = setup);
TestSuite(placement, .init = setup);

static hn_detection box(float score, uint32_t label, float x, float w) {
    hn_detection d;
    memset(&d, 0, sizeof d);
    d.score = score;
    d.label = label;
    d.x = x;
    d.w = w;
    d.h = 10.0f;
    return d;
}

Test(nms, keeps_the_best_of_each_label) {
    hn_detection d[5] = {box(0.5f, 0, 0, 10), box(0.9f, 0, 1, 10), box(0.7f, 1, 1, 10),
                         box(0.6f, 0, 30, 10), box(0.9f, 0, 50, 10)};
    uint32_t n = 0;
    cr_assert_eq(hn_nms(&env, d, 5, 0.5f, &n), HONE_OK);
    cr_assert_eq(n, 4);
    cr_assert(d[0].x == 1 && d[1].x == 50 && d[2].label == 1 && d[3].x == 30);
}

Test(nms, of_none_and_of_all) {
    hn_detection d[3] = {box(0.1f, 0, 0, 0), box(0.2f, 0, 0, 0), box(0.3f, 0, 0, 0)};
    uint32_t n = 9;
    cr_assert_eq(hn_nms(&env, d, 0, 0.5f, &n), HONE_OK);
    cr_assert_eq(n, 0);
    cr_assert_eq(hn_nms(&env, d, 3, 1.0f, &n), HONE_OK);
    cr_assert(n == 3 && d[0].score == 0.3f);
}

/* Zeros of a shape. */
static hn_output_view view(uint32_t rank, int64_t a, int64_t b, int64_t c) {
    hn_output_view v = {NULL, (uint64_t)(a * b * c), rank, {a, b, c}};
    v.data = calloc(v.n, sizeof(float));
    return v;
}

static float *data(const hn_output_view *v) {
    return (float *)(uintptr_t)v->data;
}

static uint32_t run(const char *name, const hn_output_view *out, uint32_t n_out,
                    const hn_detect_config *config, hn_detection *found) {
    uint32_t n = 0;
    const hn_detector *d = hn_detector_of(name);
    cr_assert_not_null(d);
    cr_assert_eq(hn_detector_guess(out, n_out, config), d);
    cr_assert_eq(hn_detect(&env, d, out, n_out, config, 8, found, &n), HONE_OK, "%s", env.message);
    for (uint32_t i = 0; i < n_out; i++) free(data(&out[i]));
    return n;
}

static void at(const hn_detection *d, float x, float y, float w, float h) {
    cr_assert(fabsf(d->x - x) < 1e-3f && fabsf(d->y - y) < 1e-3f && fabsf(d->w - w) < 1e-3f &&
                  fabsf(d->h - h) < 1e-3f,
              "%g %g %g %g", (double)d->x, (double)d->y, (double)d->w, (double)d->h);
}

Test(detect, yolox) {
    const hn_detect_config config = {64, 64, 0, 0, NULL, 0};
    hn_output_view out = view(2, 64 + 16 + 4, 5 + 3, 1);
    hn_detection found[8];
    float *row = data(&out) + 8 * (64 + 5); /* cells of 16: column 1, line 1 */
    row[0] = row[1] = 0.5f;
    row[2] = logf(2.0f);
    row[4] = 0.8f;
    row[5 + 2] = 0.5f;
    cr_assert_eq(run("yolox", &out, 1, &config, found), 1);
    cr_assert(found[0].label == 2 && fabsf(found[0].score - 0.4f) < 1e-6f);
    at(&found[0], 24 - 16, 24 - 8, 32, 16);
}

Test(detect, ssd) {
    const hn_detect_config config = {100, 200, 0, 0, NULL, 0};
    hn_output_view out[4] = {view(2, 3, 4, 1), view(1, 3, 1, 1), view(1, 3, 1, 1),
                             view(1, 1, 1, 1)};
    hn_detection found[8];
    for (int i = 0; i < 3; i++) {
        data(&out[0])[4 * i + 2] = data(&out[0])[4 * i + 3] = 0.5f;
        data(&out[1])[i] = i == 1 ? -1.0f : (float)i;
        data(&out[2])[i] = 0.9f;
    }
    data(&out[3])[0] = 2.0f;
    cr_assert_eq(run("ssd", out, 4, &config, found), 1);
    cr_assert_eq(found[0].label, 0);
    at(&found[0], 0, 0, 50, 100);
}

Test(detect, fastestdet) {
    const hn_detect_config config = {64, 32, 0, 0, NULL, 0};
    hn_output_view out = view(3, 5 + 2, 2, 4);
    hn_detection found[8];
    data(&out)[5] = 1.0f; /* line 1, column 1 */
    data(&out)[6 * 8 + 5] = 1.0f;
    cr_assert_eq(run("fastestdet", &out, 1, &config, found), 1);
    cr_assert(found[0].label == 1 && found[0].score == 1.0f);
    at(&found[0], 16 - 16, 16 - 8, 32, 16);
}

Test(detect, fomo_joins_neighbours) {
    const hn_detect_config config = {32, 32, 0, 0, NULL, 0};
    hn_output_view out = view(3, 4, 4, 3);
    hn_detection found[8];
    data(&out)[(1 * 4 + 1) * 3 + 1] = 0.6f;
    data(&out)[(1 * 4 + 2) * 3 + 1] = 0.9f;
    data(&out)[(3 * 4 + 0) * 3 + 2] = 0.7f;
    cr_assert_eq(run("fomo", &out, 1, &config, found), 2);
    cr_assert(found[0].label == 1 && found[0].score == 0.9f && found[1].label == 2);
    at(&found[0], 8, 8, 16, 8);
    at(&found[1], 0, 24, 8, 8);
}

Test(detect, yunet) {
    const hn_detect_config config = {32, 32, 0, 0, NULL, 0};
    hn_output_view out[12];
    hn_detection found[8];
    static const int64_t values[4] = {1, 1, 4, 10}, cells[3] = {16, 4, 1};
    for (int i = 0; i < 12; i++) out[i] = view(2, cells[i % 3], values[i / 3], 1);
    data(&out[1])[3] = 0.8f;
    data(&out[4])[3] = 1.0f;
    data(&out[7])[12] = 0.5f;
    data(&out[10])[30] = 0.25f;
    cr_assert_eq(run("yunet", out, 12, &config, found), 1);
    at(&found[0], 24 - 8, 16 - 8, 16, 16);
    cr_assert(found[0].n_points == 5 && found[0].points[0][0] == 20.0f &&
              found[0].points[0][1] == 16.0f);
}

Test(detect, ultraface_by_corners_and_by_priors) {
    const hn_detect_config config = {64, 64, 0, 0, NULL, 0};
    hn_output_view corners[2] = {view(2, 4, 2, 1), view(2, 4, 4, 1)};
    hn_output_view priors[2] = {view(2, 206, 4, 1), view(2, 206, 2, 1)};
    hn_detection found[8];
    data(&corners[0])[3] = 0.9f;
    data(&corners[1])[4] = 0.25f;
    data(&corners[1])[6] = data(&corners[1])[7] = 0.5f;
    cr_assert_eq(run("ultraface", corners, 2, &config, found), 1);
    at(&found[0], 16, 0, 16, 32);
    data(&priors[0])[0] = 10.0f; /* no corners; the first prior, of 10 pixels around (4, 4) */
    data(&priors[1])[1] = 0.9f;
    cr_assert_eq(run("ultraface", priors, 2, &config, found), 1);
    at(&found[0], 4 + 10 - 5, 4 - 5, 10, 10);
}

Test(detect, blazeface) {
    const hn_detect_config config = {128, 128, 0, 0, NULL, 0};
    hn_output_view out[2] = {view(2, 896, 16, 1), view(2, 896, 1, 1)};
    hn_detection found[8];
    for (int i = 0; i < 896; i++) data(&out[1])[i] = -100.0f;
    data(&out[1])[512 + 6] = 5.0f; /* the second cell of 16 */
    data(&out[0])[16 * 518 + 2] = 32.0f;
    data(&out[0])[16 * 518 + 3] = 16.0f;
    cr_assert_eq(run("blazeface", out, 2, &config, found), 1);
    at(&found[0], 24 - 16, 8 - 8, 32, 16);
    cr_assert(found[0].n_points == 6 && found[0].points[5][0] == 24.0f);
}

Test(detect, leaves_out_what_is_no_number) {
    const hn_detect_config config = {32, 32, 0.1f, 0, NULL, 0};
    hn_output_view out = view(2, 21, 6, 1);
    hn_detection found[8];
    for (int i = 0; i < 21; i++) {
        data(&out)[6 * i] = i % 2 == 0 ? NAN : INFINITY;
        data(&out)[6 * i + 4] = data(&out)[6 * i + 5] = 1.0f;
    }
    cr_assert_eq(run("yolox", &out, 1, &config, found), 0);
}

Test(detect, refuses_other_outputs) {
    const hn_detect_config config = {32, 32, 0, 0, NULL, 0};
    hn_output_view out = view(2, 7, 7, 1);
    hn_detection found[8];
    uint32_t n = 5;
    cr_assert_null(hn_detector_guess(&out, 1, &config));
    for (uint32_t i = 0; i < hn_n_detectors; i++) {
        cr_assert_eq(hn_detect(&env, &hn_detectors[i], &out, 1, &config, 8, found, &n),
                     HONE_E_SHAPE);
    }
    cr_assert_eq(n, 5);
    cr_assert_null(hn_detector_of("none"));
    free(data(&out));
}

/* ---- maps ---- */

static void map_is(const hn_output_view *v, bool is_numbers, const uint16_t *wanted) {
    hn_class_map map;
    cr_assert_eq(hn_class_map_read(&env, v, is_numbers, 0, &map), HONE_OK, "%s", env.message);
    cr_assert_eq(memcmp(map.classes, wanted, (size_t)map.width * map.height * 2), 0);
    hn_class_map_free(&env, &map);
}

Test(segments, of_numbers_and_scores) {
    const float numbers[4] = {0, 3, 20, 1}, ones[4] = {0.4f, 0.5f, 0.9f, 0.1f};
    const float last[12] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0};
    const hn_output_view by_number = {numbers, 4, 2, {2, 2}}, by_one = {ones, 4, 3, {2, 2, 1}};
    const hn_output_view by_last = {last, 12, 3, {2, 2, 3}}, bad = {last, 12, 1, {12}};
    const float wrong[4] = {0, -1, 0, 0};
    const hn_output_view negative = {wrong, 4, 2, {2, 2}};
    hn_class_map map;
    map_is(&by_number, true, (uint16_t[]){0, 3, 20, 1});
    map_is(&by_one, false, (uint16_t[]){0, 1, 1, 0});
    map_is(&by_last, false, (uint16_t[]){0, 1, 2, 0});
    cr_assert_eq(hn_class_map_read(&env, &bad, false, 0, &map), HONE_E_SHAPE);
    cr_assert_eq(hn_class_map_read(&env, &negative, true, 0, &map), HONE_E_DATA);
}

Test(segments, with_channels_first) {
    float scores[2 * 5 * 6] = {0};
    uint16_t wanted[30] = {0};
    const hn_output_view v = {scores, 60, 3, {2, 5, 6}};
    scores[30 + 7] = 1.0f;
    wanted[7] = 1;
    map_is(&v, false, wanted);
}

/* ---- where boxes go ---- */

Test(placement, goes_back_through_every_fit) {
    const hn_placement letterbox = hn_placement_of(100, 100, HN_RESIZE_LETTERBOX, 400, 200);
    const hn_placement stretch = hn_placement_of(100, 100, HN_RESIZE_STRETCH, 400, 200);
    const hn_placement corner = hn_placement_of(100, 100, HN_RESIZE_CORNER, 400, 200);
    float to[2];
    hn_place(&corner, 50, 25, to);
    cr_assert(to[0] == 200.0f && to[1] == 100.0f);
    hn_place(&letterbox, 50, 25, to);
    cr_assert(to[0] == 200.0f && to[1] == 0.0f);
    hn_place(&stretch, 50, 50, to);
    cr_assert(to[0] == 200.0f && to[1] == 100.0f);
    hn_detection d = box(1, 0, -10, 200);
    hn_place_detection(&stretch, &d);
    at(&d, 0, 0, 400, 20);
}
