/* SPDX-License-Identifier: Apache-2.0
 * Pictures as tensors. A pixel has 256 values, so what each becomes is computed once per channel,
 * and filling the tensor is a look-up: the arithmetic below may be as careful as it likes. */
#include "pipeline/picture_tensor.h"

#include <math.h>
#include <string.h>

#include "base/element.h"

/* What each pixel value becomes: floats, or integers that fit the type. */
typedef struct pixel_table {
    float floats[3][256];
    int32_t integers[3][256];
} pixel_table;

hn_picture_format hn_picture_format_of(uint32_t height, uint32_t width, uint32_t channels) {
    const hn_picture_format format = {.height = height,
                                      .width = width,
                                      .channels = channels,
                                      .dtype = HONE_DTYPE_F32,
                                      .mode = HN_RESIZE_STRETCH,
                                      .scale = 1.0f,
                                      .std = {1.0f, 1.0f, 1.0f},
                                      .q_scale = 1.0f};
    return format;
}

static hone_status check_format(hn_env *env, const hn_picture_format *f, uint64_t n_bytes) {
    const hone_dtype t = f->dtype;
    const bool is_small = t == HONE_DTYPE_U8 || t == HONE_DTYPE_S8;
    if (f->channels != 1 && f->channels != 3) {
        return hn_fail(env, HONE_E_ARGUMENT, "a picture tensor has 1 or 3 channels, not %u",
                       (unsigned)f->channels);
    }
    if (t != HONE_DTYPE_F32 && t != HONE_DTYPE_S16 && !is_small) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "a picture cannot become a tensor of %s",
                       hone_dtype_name(t));
    }
    if (f->raw && !is_small) {
        return hn_fail(env, HONE_E_ARGUMENT, "raw pixels fit u8 and s8, not %s",
                       hone_dtype_name(t));
    }
    for (uint32_t c = 0; c < f->channels && !f->raw; c++) {
        if (f->std[c] == 0.0f || !isfinite(f->std[c]) || !isfinite(f->mean[c])) {
            return hn_fail(env, HONE_E_ARGUMENT, "mean and std are finite, and std is not 0");
        }
    }
    if (!f->raw && !isfinite(f->scale)) {
        return hn_fail(env, HONE_E_ARGUMENT, "the pixel scale is finite");
    }
    if (!f->raw && t != HONE_DTYPE_F32 && !(f->q_scale > 0.0f && isfinite(f->q_scale))) {
        return hn_fail(env, HONE_E_ARGUMENT, "the quantization scale is above 0");
    }
    uint64_t wanted = 0;
    HN_TRY(hn_image_check_size(env, f->width, f->height));
    if (!hn_type_bytes((hn_dtype)t, (uint64_t)f->width * f->height * f->channels, &wanted) ||
        wanted != n_bytes) {
        return hn_fail(env, HONE_E_SHAPE, "the picture fills %llu bytes, the tensor has %llu",
                       (unsigned long long)wanted, (unsigned long long)n_bytes);
    }
    return HONE_OK;
}

/* round half away from zero(value / q_scale) + q_zero, clamped. The limits of the first clamp are
 * far outside any type, so that the sum cannot overflow. */
static int32_t quantize(float value, const hn_picture_format *f) {
    const bool is_u8 = f->dtype == HONE_DTYPE_U8, is_s16 = f->dtype == HONE_DTYPE_S16;
    const int64_t low = is_u8 ? 0 : is_s16 ? INT16_MIN : INT8_MIN;
    const int64_t high = is_u8 ? UINT8_MAX : is_s16 ? INT16_MAX : INT8_MAX;
    const float quotient = value / f->q_scale;
    double q = quotient < 1e10f ? quotient : 1e10;
    if (q < -1e10) q = -1e10;
    const int64_t rounded = (int64_t)(q < 0.0 ? q - 0.5 : q + 0.5) + f->q_zero;
    return (int32_t)(rounded < low ? low : rounded > high ? high : rounded);
}

static void fill_table(const hn_picture_format *f, pixel_table *table) {
    for (uint32_t c = 0; c < f->channels; c++) {
        for (int32_t pixel = 0; pixel < 256; pixel++) {
            const float value = ((float)pixel * f->scale - f->mean[c]) / f->std[c];
            table->floats[c][pixel] = value;
            if (f->raw) {
                table->integers[c][pixel] = f->dtype == HONE_DTYPE_S8 ? pixel - 128 : pixel;
            } else if (f->dtype != HONE_DTYPE_F32) {
                table->integers[c][pixel] = quantize(value, f);
            }
        }
    }
}

/* One channel of the picture into its place in the tensor. */
static void fill_channel(const hn_image *image, const hn_picture_format *f,
                         const pixel_table *table, uint32_t channel, void *data) {
    const size_t n = (size_t)f->width * f->height, channels = f->channels;
    const size_t slot = f->bgr ? channels - 1 - channel : channel;
    const size_t first = f->channels_first ? slot * n : slot;
    const size_t step = f->channels_first ? 1 : channels;
    const uint8_t *from = image->pixels + channel;
    const int32_t *integers = table->integers[channel];
    for (size_t i = 0, to = first; i < n; i++, to += step, from += channels) {
        switch (f->dtype) {
        case HONE_DTYPE_F32:
            ((float *)data)[to] = table->floats[channel][*from];
            break;
        case HONE_DTYPE_S16:
            ((int16_t *)data)[to] = (int16_t)integers[*from];
            break;
        default: /* u8 and s8: the low byte */
            ((uint8_t *)data)[to] = (uint8_t)integers[*from];
        }
    }
}

/* The picture in the wanted size and channels. Luma comes before resizing, as in the pipelines that
 * models were trained with; grey is spread after it, which gives the same and costs less. */
static hone_status prepare(hn_env *env, const hn_image *image, const hn_picture_format *f,
                           hn_image *out) {
    const hn_resize_how how = {f->mode, f->filter};
    const bool is_same = image->channels == f->channels, is_luma = f->channels == 1;
    if (is_same) return hn_resize(env, image, how, f->width, f->height, out);
    hn_image middle;
    hone_status status;
    if (is_luma) {
        HN_TRY(hn_image_convert(env, image, 1, &middle));
        status = hn_resize(env, &middle, how, f->width, f->height, out);
    } else {
        HN_TRY(hn_resize(env, image, how, f->width, f->height, &middle));
        status = hn_image_convert(env, &middle, f->channels, out);
    }
    hn_image_free(env, &middle);
    return status;
}

hone_status hn_picture_tensor(hn_env *env, const hn_image *image, const hn_picture_format *format,
                              void *data, uint64_t n_bytes) {
    HN_TRY(check_format(env, format, n_bytes));
    hn_image picture;
    HN_TRY(prepare(env, image, format, &picture));
    pixel_table *table = hn_alloc(env, sizeof *table);
    if (table != NULL) {
        fill_table(format, table);
        for (uint32_t c = 0; c < format->channels; c++) {
            fill_channel(&picture, format, table, c, data);
        }
    }
    hn_image_free(env, &picture);
    hn_free(env, table);
    return table != NULL ? HONE_OK : hn_no_memory(env);
}
