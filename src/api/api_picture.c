/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: pictures and arrays in, answers out. */
#include <string.h>

#include "api/handles.h"
#include "pipeline/ansi.h"
#include "pipeline/npy.h"
#include "pipeline/picture_tensor.h"
#include "pipeline/png_write.h"
#include "pipeline/sheet.h"
#include "pipeline/topk.h"

/* Height, width and channels of a picture input: NHWC or NCHW, HWC or CHW, or H W alone. */
bool hn_picture_shape(const hone_tensor *t, hn_picture_format *f) {
    const uint32_t lead = t->rank == 4 ? 1 : 0;
    if (t->rank < 2 || t->rank > 4 || (lead == 1 && t->dim[0] != 1)) return false;
    const int64_t *d = t->dim + lead;
    const uint32_t n = t->rank - lead;
    int64_t h = d[0], w = d[1], c = 1;
    bool first = false;
    if (n == 3) {
        const bool last_fits = d[2] == 1 || d[2] == 3;
        first = !last_fits && (d[0] == 1 || d[0] == 3);
        if (!last_fits && !first) return false;
        h = first ? d[1] : d[0];
        w = first ? d[2] : d[1];
        c = first ? d[0] : d[2];
    }
    if (h < 1 || w < 1 || h > HN_IMAGE_MAX_SIDE || w > HN_IMAGE_MAX_SIDE) return false;
    *f = hn_picture_format_of((uint32_t)h, (uint32_t)w, (uint32_t)c);
    f->channels_first = first;
    return true;
}

/* What a pixel becomes: the caller's numbers, the model's metadata, or by type (float: pixel / 255;
 * integers: the pixel itself, quantized where the input's scale says that it means pixel / 255). */
static void normalize(hone_session *s, const hone_tensor *t, const hone_picture_options *o,
                      hn_picture_format *f) {
    float mean[3], std[3];
    f->bgr = o->is_bgr != 0;
    f->mode = (hn_resize_mode)o->resize;
    f->filter = (hn_resize_filter)o->filter;
    f->dtype = t->dtype;
    f->q_scale = t->scale;
    f->q_zero = t->zero_point;
    if (o->has_norm) {
        memcpy(f->mean, o->mean, sizeof f->mean);
        memcpy(f->std, o->std, sizeof f->std);
        f->scale = o->scale;
        return;
    }
    if (t->dtype == HONE_DTYPE_U8 || t->dtype == HONE_DTYPE_S8) {
        f->raw = true;
        return;
    }
    pthread_mutex_lock(&s->model->lock);
    const hone_status status = hone_model_normalization(s->model, mean, std);
    pthread_mutex_unlock(&s->model->lock);
    if (status == HONE_OK) {
        memcpy(f->mean, mean, sizeof f->mean);
        memcpy(f->std, std, sizeof f->std);
    } else {
        f->scale = 1.0f / 255.0f;
    }
}

hone_status hone_session_read_picture(hone_session *s, uint32_t i, const char *path,
                                      const hone_picture_options *options) {
    static const hone_picture_options defaults = HONE_PICTURE_OPTIONS_INIT;
    hone_tensor t = HONE_TENSOR_INIT;
    hn_env *env = &s->run->env;
    hn_picture_format format;
    hn_image image;
    HN_TRY(hone_session_input(s, i, &t));
    if (!hn_picture_shape(&t, &format)) {
        return hn_fail(env, HONE_E_SHAPE, "%s: input '%s' takes no picture; give a .npy file", path,
                       t.name);
    }
    normalize(s, &t, options != NULL ? options : &defaults, &format);
    HN_TRY(hn_image_load(env, path, &image));
    const hone_status status = hn_picture_tensor(env, &image, &format, t.data, t.n_bytes);
    if (status == HONE_OK) {
        s->placement =
            hn_placement_of(format.width, format.height, format.mode, image.width, image.height);
    }
    hn_image_free(env, &image);
    return status;
}

hone_status hone_picture_ansi(hone_ctx *ctx, const char *path, uint32_t columns, hone_text *out) {
    hn_image image;
    hn_arena arena;
    const char *text = NULL;
    HN_TRY(hn_image_load(&ctx->env, path, &image));
    hn_arena_init(&arena, &ctx->env, 0);
    hone_status status = hn_ansi_render(&arena, &image, columns, &text);
    hn_image_free(&ctx->env, &image);
    if (status == HONE_OK) {
        const size_t n = strlen(text);
        char *copy = hn_alloc(&ctx->env, n + 1);
        if (copy == NULL) {
            status = hn_no_memory(&ctx->env);
        } else {
            memcpy(copy, text, n);
            *out = (hone_text){copy, n, &ctx->env};
        }
    }
    hn_arena_fini(&arena);
    return status;
}

/* Pictures are enlarged by the whole factor that brings the widest to about `cell` pixels. */
static hone_status write_sheet(hn_env *env, const hn_sheet_item *items, uint32_t n,
                               uint32_t columns, uint32_t cell, const char *path) {
    uint32_t widest = 1;
    hn_image sheet;
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].picture->width > widest) widest = items[i].picture->width;
    }
    const uint32_t factor = cell > widest ? cell / widest : 1;
    const hn_sheet_format format = {columns, factor, 2, cell};
    HN_TRY(hn_sheet_compose(env, items, n, &format, &sheet));
    const hone_status status = hn_png_write(env, path, &sheet);
    hn_image_free(env, &sheet);
    return status;
}

hone_status hone_picture_sheet(hone_ctx *ctx, const char *const *paths, const char *const *captions,
                               uint32_t n, uint32_t columns, uint32_t cell, const char *out_path) {
    hn_arena arena;
    hone_status status = HONE_OK;
    uint32_t n_loaded = 0;
    hn_arena_init(&arena, &ctx->env, 0);
    hn_image *images = HN_NEW_N(&arena, hn_image, n);
    hn_sheet_item *items = HN_NEW_N(&arena, hn_sheet_item, n);
    if (images == NULL || items == NULL) status = hn_no_memory(&ctx->env);
    while (status == HONE_OK && n_loaded < n) {
        status = hn_image_load(&ctx->env, paths[n_loaded], &images[n_loaded]);
        if (status != HONE_OK) break;
        items[n_loaded] = (hn_sheet_item){&images[n_loaded], captions[n_loaded], {0, 0, 0}};
        n_loaded++;
    }
    if (status == HONE_OK) {
        status = write_sheet(&ctx->env, items, n, columns, cell, out_path);
    }
    for (uint32_t i = 0; i < n_loaded; i++) hn_image_free(&ctx->env, &images[i]);
    hn_arena_fini(&arena);
    return status;
}

hone_status hone_session_read_npy(hone_session *s, uint32_t i, const char *path) {
    hn_env *env = &s->run->env;
    hone_tensor t = HONE_TENSOR_INIT;
    hn_map map;
    hn_npy array;
    HN_TRY(hone_session_input(s, i, &t));
    HN_TRY(hn_map_open(env, path, &map));
    hone_status status = hn_npy_read(env, map.bytes, map.size, &array);
    if (status == HONE_OK && (array.dtype != t.dtype || array.n_bytes != t.n_bytes)) {
        status = hn_fail(env, HONE_E_SHAPE, "%s of %llu bytes; input '%s' takes %s of %zu bytes",
                         hone_dtype_name(array.dtype), (unsigned long long)array.n_bytes, t.name,
                         hone_dtype_name(t.dtype), t.n_bytes);
    }
    if (status == HONE_OK) memcpy(t.data, array.data, t.n_bytes);
    if (status != HONE_OK) hn_fail_at(env, status, path);
    hn_map_close(&map);
    return status;
}

hone_status hone_tensor_write_npy(hone_ctx *ctx, const hone_tensor *t, const char *path) {
    hn_npy array = {t->dtype, t->rank, {0}, t->data, t->n_bytes};
    memcpy(array.shape, t->dim, sizeof array.shape);
    return hn_npy_write(&ctx->env, path, &array);
}

uint32_t hone_tensor_top(const hone_tensor *t, hone_class *top, uint32_t k) {
    enum { CHUNK = 128 };
    hn_env env;
    hn_top found[CHUNK];
    uint32_t n_found = 0;
    uint64_t n = 1;
    for (uint32_t d = 0; d < t->rank; d++) n *= (uint64_t)t->dim[d];
    hn_env_init(&env);
    const hn_scores scores = {t->data, n, t->dtype, t->scale, t->zero_point};
    if (hn_topk(&env, &scores, k < CHUNK ? k : CHUNK, found, &n_found) != HONE_OK) return 0;
    for (uint32_t i = 0; i < n_found; i++) {
        top[i] = (hone_class){(uint32_t)found[i].index, found[i].score};
    }
    return n_found;
}
