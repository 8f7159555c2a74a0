/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: outputs as boxes, maps and poses. Outputs become floats first, in memory that is
 * freed before the call returns. */
#include <string.h>

#include "api/handles.h"
#include "pipeline/detector.h"
#include "pipeline/npy.h"

static const char SEGMENTS[] = "segments", POSE[] = "pose";

/* The outputs of a session as floats; without data when only shapes were asked for. */
typedef struct views {
    hn_arena arena;
    uint32_t n;
    hn_output_view out[HN_DETECT_MAX_OUTPUTS];
} views;

static float element_at(const hone_tensor *t, uint64_t i) {
    double v = 0.0;
    switch ((int)t->dtype) {
    case HONE_DTYPE_F32:
        return ((const float *)t->data)[i];
    case HONE_DTYPE_S8:
        v = ((const int8_t *)t->data)[i];
        break;
    case HONE_DTYPE_U8:
    case HONE_DTYPE_BOOL:
        v = ((const uint8_t *)t->data)[i];
        break;
    case HONE_DTYPE_S16:
        v = ((const int16_t *)t->data)[i];
        break;
    case HONE_DTYPE_S32:
        v = ((const int32_t *)t->data)[i];
        break;
    default:
        v = (double)((const int64_t *)t->data)[i];
    }
    return (float)(t->scale != 0.0f ? (double)t->scale * (v - t->zero_point) : v);
}

static bool is_readable(hone_dtype dtype) {
    return dtype == HONE_DTYPE_F32 || dtype == HONE_DTYPE_S8 || dtype == HONE_DTYPE_U8 ||
           dtype == HONE_DTYPE_BOOL || dtype == HONE_DTYPE_S16 || dtype == HONE_DTYPE_S32 ||
           dtype == HONE_DTYPE_S64;
}

static hone_status view_of(hn_arena *arena, const hone_tensor *t, bool has_data,
                           hn_output_view *view) {
    uint32_t lead = 0;
    while (lead + 1 < t->rank && t->dim[lead] == 1) lead++;
    memset(view, 0, sizeof *view);
    view->rank = t->rank - lead;
    view->n = 1;
    for (uint32_t d = 0; d < view->rank; d++) {
        view->dim[d] = t->dim[lead + d];
        view->n *= (uint64_t)view->dim[d];
    }
    if (!has_data) return HONE_OK;
    if (!is_readable(t->dtype)) {
        return hn_fail(arena->env, HONE_E_UNSUPPORTED, "output '%s' of %s is not decoded", t->name,
                       hone_dtype_name(t->dtype));
    }
    float *data = HN_NEW_N(arena, float, view->n);
    if (data == NULL) return hn_no_memory(arena->env);
    for (uint64_t i = 0; i < view->n; i++) data[i] = element_at(t, i);
    view->data = data;
    return HONE_OK;
}

static void views_fini(views *v) {
    hn_arena_fini(&v->arena);
}

/* At most `most` outputs. On failure nothing is to be freed. */
static hone_status views_init(hone_session *s, uint32_t most, bool has_data, views *v) {
    hn_env *env = &s->run->env;
    const uint32_t n = s->run->plan->n_outputs;
    v->n = n < most ? n : most;
    hn_arena_init(&v->arena, env, 0);
    for (uint32_t i = 0; i < v->n; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        hone_status status = hone_session_output(s, i, &t);
        if (status == HONE_OK) status = view_of(&v->arena, &t, has_data, &v->out[i]);
        if (status == HONE_OK) continue;
        views_fini(v);
        return status;
    }
    return HONE_OK;
}

/* The first input that takes pictures; false where there is none. */
static bool input_format(hone_session *s, hn_picture_format *f, hone_dtype *dtype) {
    for (uint32_t i = 0; i < s->run->plan->n_inputs; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_input(s, i, &t) != HONE_OK || t.rank != 4) continue;
        *dtype = t.dtype;
        if (hn_picture_shape(&t, f)) return true;
    }
    return false;
}

static hn_placement placement_of(hone_session *s) {
    hn_picture_format f;
    hone_dtype dtype;
    if (s->placement.picture_width > 0) return s->placement;
    if (!input_format(s, &f, &dtype)) return hn_placement_of(1, 1, HN_RESIZE_STRETCH, 1, 1);
    return hn_placement_of(f.width, f.height, HN_RESIZE_STRETCH, f.width, f.height);
}

const char *hone_decoder_name(uint32_t i) {
    if (i < hn_n_detectors) return hn_detectors[i].name;
    return i == hn_n_detectors ? SEGMENTS : i == hn_n_detectors + 1 ? POSE : NULL;
}

static bool is_pose(const hn_output_view *v) {
    return v->rank == 2 && v->dim[1] == 3 && v->dim[0] == 17;
}

/* A map has a quarter of the input's sides to all of them: a smaller one may be a table of scores,
 * a larger one is a picture. */
static bool is_map(const hn_output_view *v, const hn_picture_format *f) {
    uint32_t width, height;
    if (!hn_class_map_size(v, &width, &height)) return false;
    return width * 4 >= f->width && width <= f->width && height * 4 >= f->height &&
           height <= f->height;
}

const char *hone_session_decoder(hone_session *s) {
    views v;
    hn_picture_format f;
    hone_dtype dtype;
    if (s->run->plan->n_outputs > HN_DETECT_MAX_OUTPUTS || !input_format(s, &f, &dtype))
        return NULL;
    if (views_init(s, HN_DETECT_MAX_OUTPUTS, false, &v) != HONE_OK) return NULL;
    const hn_detect_config config = {f.width, f.height, 0.0f, 0.0f, NULL, 0};
    const hn_detector *d = hn_detector_guess(v.out, v.n, &config);
    const char *name = d != NULL ? d->name : NULL;
    if (name == NULL && v.n == 1 && is_pose(&v.out[0])) name = POSE;
    if (name == NULL && v.n == 1 && is_map(&v.out[0], &f)) name = SEGMENTS;
    views_fini(&v);
    return name;
}

static hone_status no_decoder(hone_session *s, const char *name) {
    return hn_fail(&s->run->env, HONE_E_ARGUMENT, "no decoder '%.32s'", name);
}

hone_status hone_session_decoder_picture(hone_session *s, const char *name,
                                         hone_picture_options *o) {
    const hn_detector *d = hn_detector_of(name);
    hn_picture_format f;
    hone_dtype dtype;
    if (d == NULL) {
        return strcmp(name, SEGMENTS) == 0 || strcmp(name, POSE) == 0 ? HONE_OK
                                                                      : no_decoder(s, name);
    }
    if (d->is_cornered) o->resize = HONE_RESIZE_CORNER;
    o->is_bgr = d->is_bgr;
    if (!input_format(s, &f, &dtype) || dtype != HONE_DTYPE_F32) return HONE_OK;
    o->has_norm = 1;
    o->scale = 1.0f;
    for (int c = 0; c < 3; c++) {
        o->mean[c] = d->mean;
        o->std[c] = d->std;
    }
    return HONE_OK;
}

static hone_status copy_anchors(hn_arena *arena, const hn_npy *array, bool is_wide,
                                hn_detect_config *config) {
    const uint64_t n = (uint64_t)array->shape[0];
    float *anchors = HN_NEW_N(arena, float, 4 * n);
    if (anchors == NULL) return hn_no_memory(arena->env);
    for (uint64_t i = 0; i < 4 * n; i++) {
        double wide;
        if (is_wide) {
            memcpy(&wide, (const uint8_t *)array->data + i * sizeof wide, sizeof wide);
            anchors[i] = (float)wide;
        } else {
            memcpy(&anchors[i], (const uint8_t *)array->data + i * sizeof *anchors,
                   sizeof *anchors);
        }
    }
    config->anchors = anchors;
    config->n_anchors = n;
    return HONE_OK;
}

static hone_status read_anchors(hn_arena *arena, const char *path, hn_detect_config *config) {
    hn_map map;
    hn_npy array;
    HN_TRY(hn_map_open(arena->env, path, &map));
    hone_status status = hn_npy_read(arena->env, map.bytes, map.size, &array);
    const bool is_wide = status == HONE_OK && array.dtype == HONE_DTYPE_F64;
    if (status == HONE_OK &&
        ((array.dtype != HONE_DTYPE_F32 && !is_wide) || array.rank != 2 || array.shape[1] != 4)) {
        status = hn_fail(arena->env, HONE_E_SHAPE, "anchors are f32 or f64 of [n,4]");
    }
    if (status == HONE_OK) status = copy_anchors(arena, &array, is_wide, config);
    hn_map_close(&map);
    return status == HONE_OK ? HONE_OK : hn_fail_at(arena->env, status, path);
}

static hone_status detect(hone_session *s, const hn_detector *d, const hone_detect_options *o,
                          views *v, hn_detection *found, uint32_t *n) {
    hn_env *env = &s->run->env;
    const hn_placement p = placement_of(s);
    hn_detect_config config = {p.input_width,  p.input_height, o->min_score,
                               o->max_overlap, NULL,           0};
    if (o->anchors != NULL) HN_TRY(read_anchors(&v->arena, o->anchors, &config));
    HN_TRY(hn_detect(env, d, v->out, v->n, &config, *n, found, n));
    for (uint32_t i = 0; i < *n; i++) hn_place_detection(&p, &found[i]);
    return HONE_OK;
}

_Static_assert((int)HONE_DETECTION_POINTS == (int)HN_DETECTION_POINTS &&
                   sizeof(hone_detection) == sizeof(hn_detection) &&
                   sizeof(hone_keypoint) == sizeof(hn_keypoint),
               "the public structs are the pipeline's");

hone_status hone_session_detect(hone_session *s, const char *decoder,
                                const hone_detect_options *options, hone_detection *found,
                                uint32_t *n) {
    static const hone_detect_options defaults = HONE_DETECT_OPTIONS_INIT;
    const hn_detector *d = hn_detector_of(decoder);
    views v;
    uint32_t n_found = *n;
    if (d == NULL) return no_decoder(s, decoder);
    HN_TRY(views_init(s, HN_DETECT_MAX_OUTPUTS, true, &v));
    hn_detection *own = HN_NEW_N(&v.arena, hn_detection, n_found);
    hone_status status = own == NULL ? hn_no_memory(&s->run->env) : HONE_OK;
    if (status == HONE_OK) {
        status = detect(s, d, options != NULL ? options : &defaults, &v, own, &n_found);
    }
    if (status == HONE_OK) {
        memcpy(found, own, n_found * sizeof *found);
        *n = n_found;
    }
    views_fini(&v);
    return status;
}

hone_status hone_session_pose(hone_session *s, hone_keypoint *points, uint32_t *n) {
    const hn_placement p = placement_of(s);
    views v;
    HN_TRY(views_init(s, 1, true, &v));
    const hn_output_view *out = &v.out[0];
    hone_status status = HONE_OK;
    if (v.n != 1 || out->rank != 2 || out->dim[1] != 3) {
        status = hn_fail(&s->run->env, HONE_E_SHAPE, "the output is no pose");
    } else {
        if (*n > out->n / 3) *n = (uint32_t)(out->n / 3);
        for (uint32_t i = 0; i < *n; i++) {
            const float *point = out->data + (size_t)3 * i;
            float at[2];
            hn_place(&p, point[1] * (float)p.input_width, point[0] * (float)p.input_height, at);
            points[i] = (hone_keypoint){at[0], at[1], point[2]};
        }
    }
    views_fini(&v);
    return status;
}

hone_status hone_session_segments(hone_session *s, float min_score, hone_class_map *map) {
    views v;
    hn_class_map made;
    hone_tensor t = HONE_TENSOR_INIT;
    HN_TRY(hone_session_output(s, 0, &t));
    const bool is_numbers = t.dtype != HONE_DTYPE_F32 && t.scale == 0.0f;
    HN_TRY(views_init(s, 1, true, &v));
    const hone_status status =
        hn_class_map_read(&s->run->env, &v.out[0], is_numbers, min_score, &made);
    views_fini(&v);
    if (status != HONE_OK) return status;
    map->classes = made.classes;
    map->width = made.width;
    map->height = made.height;
    map->n_classes = made.n_classes;
    map->owner = &s->model->ctx->env;
    return HONE_OK;
}

void hone_class_map_free(hone_class_map *map) {
    if (map->owner == NULL) return;
    hn_free(map->owner, (void *)map->classes);
    map->classes = NULL;
    map->owner = NULL;
}
