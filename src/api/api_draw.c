/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: answers drawn on pictures, and outputs that are pictures. */
#include <string.h>

#include "api/handles.h"
#include "pipeline/overlay.h"
#include "pipeline/png_write.h"

/* An RGB picture from a file; the caller frees it. */
static hone_status load_rgb(hn_env *env, const char *path, hn_image *out) {
    hn_image read;
    HN_TRY(hn_image_load(env, path, &read));
    if (read.channels == 3) {
        *out = read;
        return HONE_OK;
    }
    const hone_status status = hn_image_convert(env, &read, 3, out);
    hn_image_free(env, &read);
    return status;
}

static hone_status save(hn_env *env, hn_image *image, const char *path) {
    const hone_status status = hn_png_write(env, path, image);
    hn_image_free(env, image);
    return status;
}

hone_status hone_session_draw_detections(hone_session *s, const char *picture,
                                         const hone_detection *found, const char *const *captions,
                                         uint32_t n, const char *out_path) {
    hn_env *env = &s->run->env;
    hn_image image;
    HN_TRY(load_rgb(env, picture, &image));
    hn_detection *own = hn_alloc(env, (size_t)n * sizeof *own);
    if (own == NULL) {
        hn_image_free(env, &image);
        return hn_no_memory(env);
    }
    memcpy(own, found, (size_t)n * sizeof *own);
    for (uint32_t i = 0; i < n; i++) {
        if (own[i].n_points > HN_DETECTION_POINTS) own[i].n_points = 0;
    }
    hn_overlay_boxes(&image, own, captions, n);
    hn_free(env, own);
    return save(env, &image, out_path);
}

hone_status hone_session_draw_segments(hone_session *s, const char *picture,
                                       const hone_class_map *map, const char *const *names,
                                       uint32_t n_names, const char *out_path) {
    hn_env *env = &s->run->env;
    hn_image image;
    HN_TRY(load_rgb(env, picture, &image));
    const hn_class_map own = {(uint16_t *)map->classes, map->width, map->height, map->n_classes};
    hn_placement p = s->placement;
    if (p.picture_width != image.width || p.picture_height != image.height) {
        p = hn_placement_of(map->width, map->height, HN_RESIZE_STRETCH, image.width, image.height);
    }
    hn_overlay_classes(&image, &own, &p, names, names != NULL ? n_names : 0);
    return save(env, &image, out_path);
}

hone_status hone_session_draw_pose(hone_session *s, const char *picture,
                                   const hone_keypoint *points, uint32_t n, float min_score,
                                   const char *out_path) {
    hn_env *env = &s->run->env;
    hn_image image;
    HN_TRY(load_rgb(env, picture, &image));
    hn_keypoint *own = hn_alloc(env, (size_t)n * sizeof *own);
    if (own == NULL) {
        hn_image_free(env, &image);
        return hn_no_memory(env);
    }
    memcpy(own, points, (size_t)n * sizeof *own);
    hn_overlay_pose(&image, own, n, min_score);
    hn_free(env, own);
    return save(env, &image, out_path);
}

/* ---- outputs that are pictures ---- */

static uint8_t pixel_of(const hone_tensor *t, size_t i) {
    if (t->dtype == HONE_DTYPE_U8) return ((const uint8_t *)t->data)[i];
    if (t->dtype == HONE_DTYPE_S8) return (uint8_t)(((const int8_t *)t->data)[i] + 128);
    const float v = ((const float *)t->data)[i] * 255.0f;
    return (uint8_t)(v > 254.5f ? 255.0f : v > 0.0f ? v + 0.5f : 0.0f);
}

static hone_status read_output(hn_env *env, const hone_tensor *t, hn_image *out) {
    hn_picture_format f;
    hn_image made;
    const bool is_pixels =
        t->dtype == HONE_DTYPE_F32 || t->dtype == HONE_DTYPE_U8 || t->dtype == HONE_DTYPE_S8;
    if (!is_pixels || !hn_picture_shape(t, &f)) {
        return hn_fail(env, HONE_E_SHAPE, "output '%s' is no picture", t->name);
    }
    HN_TRY(hn_image_new(env, f.width, f.height, f.channels, &made));
    const size_t n = (size_t)f.width * f.height;
    for (size_t i = 0; i < n * f.channels; i++) {
        const size_t to = f.channels_first ? i % n * f.channels + i / n : i;
        made.pixels[to] = pixel_of(t, i);
    }
    *out = made;
    return HONE_OK;
}

static uint8_t clip(double v) {
    return (uint8_t)(v < 0.0 ? 0.0 : v > 255.0 ? 255.0 : v + 0.5);
}

/* The luma of `grey` with the colours of the picture, fitted to it: the same amount is added to all
 * three channels, so that the luma becomes the wanted one. */
static hone_status add_colors(hn_env *env, const char *path, hn_resize_mode mode, hn_image *grey) {
    hn_image picture, fitted;
    HN_TRY(load_rgb(env, path, &picture));
    const hn_resize_how how = {mode, HN_FILTER_ANTIALIAS};
    const hone_status status = hn_resize(env, &picture, how, grey->width, grey->height, &fitted);
    hn_image_free(env, &picture);
    if (status != HONE_OK) return status;
    for (size_t i = 0; i < (size_t)grey->width * grey->height; i++) {
        uint8_t *p = fitted.pixels + 3 * i;
        const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        for (int c = 0; c < 3; c++) p[c] = clip(p[c] + grey->pixels[i] - luma);
    }
    hn_image_free(env, grey);
    *grey = fitted;
    return HONE_OK;
}

hone_status hone_session_write_picture(hone_session *s, uint32_t i, const char *picture,
                                       const char *out_path) {
    hn_env *env = &s->run->env;
    hone_tensor t = HONE_TENSOR_INIT;
    hn_image image;
    HN_TRY(hone_session_output(s, i, &t));
    HN_TRY(read_output(env, &t, &image));
    if (picture != NULL && image.channels == 1) {
        const hone_status status = add_colors(env, picture, s->placement.mode, &image);
        if (status != HONE_OK) {
            hn_image_free(env, &image);
            return status;
        }
    }
    return save(env, &image, out_path);
}
