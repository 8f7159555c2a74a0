/* SPDX-License-Identifier: Apache-2.0
 * What all picture formats share: limits, detection by content, turning upright, grey and RGB. */
#include "pipeline/image.h"

#include <string.h>

#include "base/file.h"
#include "pipeline/image_decode.h"

hone_status hn_image_check_size(hn_env *env, uint64_t width, uint64_t height) {
    if (width == 0 || height == 0) return hn_fail(env, HONE_E_FORMAT, "the picture is empty");
    if (width > HN_IMAGE_MAX_SIDE || height > HN_IMAGE_MAX_SIDE ||
        width * height > HN_IMAGE_MAX_PIXELS) {
        return hn_fail(env, HONE_E_LIMIT, "the picture is too large (%llu x %llu)",
                       (unsigned long long)width, (unsigned long long)height);
    }
    return HONE_OK;
}

static hone_status check_channels(hn_env *env, uint32_t channels) {
    if (channels == 1 || channels == 3) return HONE_OK;
    return hn_fail(env, HONE_E_ARGUMENT, "a picture has 1 or 3 channels, not %u",
                   (unsigned)channels);
}

hone_status hn_image_check(hn_env *env, const hn_image *image) {
    if (image->pixels == NULL) return hn_fail(env, HONE_E_ARGUMENT, "the picture has no pixels");
    HN_TRY(check_channels(env, image->channels));
    return hn_image_check_size(env, image->width, image->height);
}

hone_status hn_image_new(hn_env *env, uint32_t width, uint32_t height, uint32_t channels,
                         hn_image *out) {
    HN_TRY(check_channels(env, channels));
    HN_TRY(hn_image_check_size(env, width, height));
    if ((uint64_t)width * height * channels > env->limits.memory_bytes) {
        return hn_fail(env, HONE_E_LIMIT, "the picture takes more than the memory limit");
    }
    const hn_image made = {hn_alloc(env, (size_t)width * height * channels), width, height,
                           channels};
    if (made.pixels == NULL) return hn_no_memory(env);
    *out = made;
    return HONE_OK;
}

void hn_image_free(hn_env *env, hn_image *image) {
    const hn_image empty = {NULL, 0, 0, 0};
    hn_free(env, image->pixels);
    *image = empty;
}

/* Copies the picture to where its pixels belong. Orientations 5 to 8 swap the sides:
 *     1 upright             2 mirrored             3 half turn      4 mirrored top to bottom
 *     5 transposed          6 to be turned right   7 transposed     8 to be turned left
 *       at the diagonal                              at the other one */
static hone_status turn_upright(hn_env *env, hn_image *image, uint32_t orientation) {
    if (orientation == 1) return HONE_OK;
    const bool is_swapped = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation >= 7;
    const bool from_bottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const size_t channels = image->channels, width = image->width, height = image->height;
    hn_image turned;
    HN_TRY(hn_image_new(env, is_swapped ? image->height : image->width,
                        is_swapped ? image->width : image->height, image->channels, &turned));
    uint8_t *to = turned.pixels;
    for (size_t y = 0; y < turned.height; y++) {
        for (size_t x = 0; x < turned.width; x++, to += channels) {
            size_t column = is_swapped ? y : x, row = is_swapped ? x : y;
            if (from_right) column = width - 1 - column;
            if (from_bottom) row = height - 1 - row;
            memcpy(to, image->pixels + (row * width + column) * channels, channels);
        }
    }
    hn_image_free(env, image);
    *image = turned;
    return HONE_OK;
}

/* As it is stored; *orientation says how it is to be turned. */
static hone_status decode(hn_env *env, const void *bytes, uint64_t n_bytes, hn_image *image,
                          uint32_t *orientation) {
    static const uint8_t png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const hn_cursor c = hn_cursor_of(bytes, n_bytes);
    const uint8_t *head = bytes;
    *orientation = 1;
    if (hn_cursor_has(&c, 0, 3) && memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        *orientation = hn_exif_of_jpeg(bytes, n_bytes);
        return hn_jpeg_decode(env, bytes, n_bytes, image);
    }
    if (hn_cursor_has(&c, 0, 8) && memcmp(bytes, png_signature, 8) == 0) {
        return hn_png_decode(env, bytes, n_bytes, image, orientation);
    }
    if (hn_cursor_has(&c, 0, 2) && memcmp(bytes, "BM", 2) == 0) {
        return hn_bmp_decode(env, bytes, n_bytes, image);
    }
    if (hn_cursor_has(&c, 0, 2) && head[0] == 'P' && head[1] >= '1' && head[1] <= '6') {
        return hn_pnm_decode(env, bytes, n_bytes, image);
    }
    return hn_fail(env, HONE_E_UNSUPPORTED, "not a JPEG, PNG, BMP or PNM picture");
}

hone_status hn_image_load_memory(hn_env *env, const void *bytes, uint64_t n_bytes, hn_image *out) {
    hn_image image = {NULL, 0, 0, 0};
    uint32_t orientation = 1;
    HN_TRY(decode(env, bytes, n_bytes, &image, &orientation));
    const hone_status status = turn_upright(env, &image, orientation);
    if (status != HONE_OK) {
        hn_image_free(env, &image);
        return status;
    }
    *out = image;
    return HONE_OK;
}

hone_status hn_image_decode(hn_env *env, const void *bytes, uint64_t n_bytes, uint32_t channels,
                            hn_image *out) {
    hn_image stored = {NULL, 0, 0, 0};
    uint32_t orientation = 1;
    HN_TRY(decode(env, bytes, n_bytes, &stored, &orientation));
    const hone_status status = hn_image_convert(env, &stored, channels, out);
    hn_image_free(env, &stored);
    return status;
}

hone_status hn_image_load(hn_env *env, const char *path, hn_image *out) {
    hn_map map;
    HN_TRY(hn_map_open(env, path, &map));
    const hone_status status = hn_image_load_memory(env, map.bytes, map.size, out);
    hn_map_close(&map);
    return status == HONE_OK ? status : hn_fail_at(env, status, path);
}

hone_status hn_image_convert(hn_env *env, const hn_image *in, uint32_t channels, hn_image *out) {
    hn_image made;
    HN_TRY(hn_image_check(env, in));
    HN_TRY(hn_image_new(env, in->width, in->height, channels, &made));
    const size_t n = (size_t)in->width * in->height;
    const uint8_t *from = in->pixels;
    if (in->channels == channels) {
        memcpy(made.pixels, from, n * channels);
    } else if (channels == 1) {
        for (size_t i = 0; i < n; i++, from += 3) {
            const uint32_t luma = from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u;
            made.pixels[i] = (uint8_t)(luma >> 16);
        }
    } else {
        for (size_t i = 0; i < n; i++) memset(made.pixels + 3 * i, from[i], 3);
    }
    *out = made;
    return HONE_OK;
}
