/* SPDX-License-Identifier: Apache-2.0
 * Boxes, maps and skeletons on pictures. */
#include "pipeline/overlay.h"

enum { COCO_POINTS = 17, BLEND = 128 };

hn_placement hn_placement_of(uint32_t input_width, uint32_t input_height, hn_resize_mode mode,
                             uint32_t picture_width, uint32_t picture_height) {
    const hn_image shape = {NULL, picture_width, picture_height, 1};
    hn_placement p = {input_width, input_height, picture_width, picture_height, mode, {0, 0, 0, 0}};
    p.fit = hn_resize_fit_of(mode, &shape, input_width, input_height);
    return p;
}

void hn_place(const hn_placement *p, float x, float y, float to[2]) {
    to[0] = (x - (float)p->fit.x) * (float)p->picture_width / (float)p->fit.scaled_width;
    to[1] = (y - (float)p->fit.y) * (float)p->picture_height / (float)p->fit.scaled_height;
}

static float clamp(float v, float high) {
    return v < 0.0f ? 0.0f : v > high ? high : v;
}

void hn_place_detection(const hn_placement *p, hn_detection *d) {
    const float width = (float)p->picture_width, height = (float)p->picture_height;
    float begin[2], end[2];
    hn_place(p, d->x, d->y, begin);
    hn_place(p, d->x + d->w, d->y + d->h, end);
    d->x = clamp(begin[0], width);
    d->y = clamp(begin[1], height);
    d->w = clamp(end[0], width) - d->x;
    d->h = clamp(end[1], height) - d->y;
    for (uint32_t i = 0; i < d->n_points; i++) {
        hn_place(p, d->points[i][0], d->points[i][1], d->points[i]);
    }
}

/* To a whole pixel; what is no number or far off goes to a place outside. */
static int32_t pixel_of(float v) {
    return v > -1e6f && v < 1e6f ? (int32_t)(v + (v < 0.0f ? -0.5f : 0.5f)) : -(1 << 20);
}

void hn_overlay_boxes(hn_image *image, const hn_detection *found, const char *const *captions,
                      uint32_t n) {
    const int32_t scale = hn_draw_scale(image);
    for (uint32_t k = n; k-- > 0;) { /* the best comes last, on top */
        const hn_detection *d = &found[k];
        const hn_color color = hn_palette(d->label);
        const hn_rect r = {pixel_of(d->x), pixel_of(d->y), pixel_of(d->w), pixel_of(d->h)};
        hn_draw_frame(image, r, scale + 1, color);
        for (uint32_t i = 0; i < d->n_points; i++) {
            const int32_t at[2] = {pixel_of(d->points[i][0]), pixel_of(d->points[i][1])};
            hn_draw_disc(image, at, scale + 1, color);
        }
        if (captions != NULL && captions[k] != NULL) {
            hn_draw_caption(image, r.x, r.y, captions[k], scale, color);
        }
    }
}

/* The class under a pixel of the picture. */
static uint32_t class_at(const hn_class_map *map, const hn_placement *p, uint32_t x, uint32_t y) {
    const double in_x = (x + 0.5) * p->fit.scaled_width / p->picture_width + p->fit.x;
    const double in_y = (y + 0.5) * p->fit.scaled_height / p->picture_height + p->fit.y;
    const double map_x = in_x * map->width / p->input_width;
    const double map_y = in_y * map->height / p->input_height;
    if (map_x < 0.0 || map_y < 0.0 || map_x >= map->width || map_y >= map->height) return 0;
    return map->classes[(uint32_t)map_y * (size_t)map->width + (uint32_t)map_x];
}

static void draw_legend(hn_image *image, const uint64_t *counts, const char *const *names,
                        uint32_t n_names) {
    const int32_t scale = hn_draw_scale(image), step = 10 * scale;
    int32_t y = step;
    for (uint32_t c = 1; c < n_names; c++) {
        const uint64_t n_pixels = (uint64_t)image->width * image->height;
        if (counts[c] * 100 < n_pixels || names[c] == NULL) continue;
        hn_draw_caption(image, scale, y, names[c], scale, hn_palette(c - 1));
        y += step;
    }
}

void hn_overlay_classes(hn_image *image, const hn_class_map *map, const hn_placement *p,
                        const char *const *names, uint32_t n_names) {
    uint64_t counts[HN_CLASS_MAP_MAX_CLASSES] = {0};
    for (uint32_t y = 0; y < image->height; y++) {
        for (uint32_t x = 0; x < image->width; x++) {
            const uint32_t c = class_at(map, p, x, y);
            if (c == 0) continue;
            counts[c]++;
            const hn_rect dot = {(int32_t)x, (int32_t)y, 1, 1};
            hn_draw_fill(image, dot, hn_palette(c - 1), BLEND);
        }
    }
    if (n_names > HN_CLASS_MAP_MAX_CLASSES) n_names = HN_CLASS_MAP_MAX_CLASSES;
    draw_legend(image, counts, names, n_names);
}

void hn_overlay_pose(hn_image *image, const hn_keypoint *points, uint32_t n, float min_score) {
    static const uint8_t bones[][2] = {{0, 1},   {0, 2},   {1, 3},   {2, 4},  {5, 6},  {5, 7},
                                       {7, 9},   {6, 8},   {8, 10},  {5, 11}, {6, 12}, {11, 12},
                                       {11, 13}, {13, 15}, {12, 14}, {14, 16}};
    const int32_t scale = hn_draw_scale(image);
    for (size_t b = 0; n == COCO_POINTS && b < sizeof bones / sizeof bones[0]; b++) {
        const hn_keypoint *from = &points[bones[b][0]], *to = &points[bones[b][1]];
        if (!(from->score >= min_score && to->score >= min_score)) continue;
        const int32_t begin[2] = {pixel_of(from->x), pixel_of(from->y)};
        const int32_t end[2] = {pixel_of(to->x), pixel_of(to->y)};
        hn_draw_line(image, begin, end, 2 * scale + 1, hn_palette((uint32_t)b));
    }
    for (uint32_t i = 0; i < n; i++) {
        const int32_t at[2] = {pixel_of(points[i].x), pixel_of(points[i].y)};
        if (points[i].score >= min_score)
            hn_draw_disc(image, at, 2 * scale, (hn_color){{255, 255, 255}});
    }
}
