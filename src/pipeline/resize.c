/* SPDX-License-Identifier: Apache-2.0
 * Two passes, rows first, then columns; a pass that changes nothing is skipped. Each output pixel
 * is a weighted sum over a span of source pixels: weights fall off linearly from the centre over
 * one source pixel, or (antialias) over one output pixel when shrinking; they are rounded to 22
 * bits, which leaves room for 8-bit pixels in 32 bits. Cropping computes only the columns and rows
 * that stay, so a picture of 65535 x 1 can be cropped to a square without its scaled form ever
 * existing. */
#include "pipeline/resize.h"

#include <string.h>

enum { WEIGHT_BITS = 22 };

/* Output pixels first .. first + count of a line of n_in pixels scaled to n_scaled. */
typedef struct axis {
    uint32_t n_in, n_scaled, first, count;
    uint32_t span;    /* room for weights at each output pixel */
    uint32_t *starts; /* [count][2]: first source pixel, number of them */
    int32_t *weights; /* [count][span] */
} axis;

hn_resize_fit hn_resize_fit_of(hn_resize_mode mode, const hn_image *in, uint32_t width,
                               uint32_t height) {
    hn_resize_fit fit = {width, height, 0, 0};
    const uint64_t across = (uint64_t)width * in->height, down = (uint64_t)height * in->width;
    if (mode == HN_RESIZE_STRETCH || across == down) return fit;
    /* across < down: the source is wider than the result, in proportion. */
    const bool is_inside = mode != HN_RESIZE_CROP, by_width = (across < down) == is_inside;
    const uint64_t half = is_inside ? 1 : 0; /* crop rounds down, but covers */
    if (by_width) {
        fit.scaled_height = (uint32_t)((across + half * in->width / 2) / in->width);
        if (fit.scaled_height == 0) fit.scaled_height = 1;
        fit.y = (int32_t)(((int64_t)height - fit.scaled_height) / 2);
    } else {
        fit.scaled_width = (uint32_t)((down + half * in->height / 2) / in->height);
        if (fit.scaled_width == 0) fit.scaled_width = 1;
        fit.x = (int32_t)(((int64_t)width - fit.scaled_width) / 2);
    }
    if (mode == HN_RESIZE_CORNER) fit.x = fit.y = 0;
    return fit;
}

static double triangle(double x) {
    const double height = 1.0 - (x < 0.0 ? -x : x);
    return height > 0.0 ? height : 0.0;
}

/* The weights of one output pixel, whose place in the source is `center`. */
static void set_weights(const axis *a, uint32_t i, double center, double reach) {
    const double low = center - reach + 0.5, high = center + reach + 0.5;
    const uint32_t begin = low > 0.0 ? (uint32_t)low : 0;
    const uint32_t end = high < a->n_in ? (uint32_t)high : a->n_in;
    const double inverse = 1.0 / reach;
    int32_t *weights = a->weights + (size_t)i * a->span;
    double sum = 0.0;
    for (uint32_t k = begin; k < end; k++) sum += triangle((k - center + 0.5) * inverse);
    for (uint32_t k = begin; k < end; k++) {
        const double share = triangle((k - center + 0.5) * inverse) * (1.0 / sum);
        weights[k - begin] = (int32_t)(0.5 + share * (1 << WEIGHT_BITS));
    }
    a->starts[2 * i] = begin;
    a->starts[2 * i + 1] = end - begin;
}

static hone_status axis_init(hn_env *env, axis *a, hn_resize_filter filter) {
    const double scale = (double)a->n_in / a->n_scaled;
    const double reach = filter == HN_FILTER_ANTIALIAS && scale > 1.0 ? scale : 1.0;
    a->span = 2 * (uint32_t)(reach + 1.0) + 1;
    a->starts = hn_alloc(env, (size_t)a->count * 2 * sizeof *a->starts);
    a->weights = hn_alloc(env, (size_t)a->count * a->span * sizeof *a->weights);
    if (a->starts == NULL || a->weights == NULL) return hn_no_memory(env);
    for (uint32_t i = 0; i < a->count; i++) {
        set_weights(a, i, ((double)a->first + i + 0.5) * scale, reach);
    }
    return HONE_OK;
}

static void axis_fini(hn_env *env, axis *a) {
    hn_free(env, a->starts);
    hn_free(env, a->weights);
}

static uint8_t clip(int32_t sum) {
    const int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One row: `count` output pixels from a source row. */
static void scale_row(const axis *a, const uint8_t *from, uint8_t *to, uint32_t channels) {
    for (uint32_t i = 0; i < a->count; i++) {
        const int32_t *weights = a->weights + (size_t)i * a->span;
        const uint8_t *source = from + (size_t)a->starts[2 * i] * channels;
        const uint32_t n = a->starts[2 * i + 1];
        for (uint32_t c = 0; c < channels; c++) {
            int32_t sum = 1 << (WEIGHT_BITS - 1);
            for (uint32_t k = 0; k < n; k++) sum += source[(size_t)k * channels + c] * weights[k];
            *to++ = clip(sum);
        }
    }
}

/* One output row of row_bytes, from rows of the middle picture, whose first row is `base`. */
static void scale_column(const axis *a, uint32_t i, const uint8_t *rows, size_t row_bytes,
                         uint8_t *to) {
    const int32_t *weights = a->weights + (size_t)i * a->span;
    const uint8_t *source = rows + (size_t)a->starts[2 * i] * row_bytes;
    const uint32_t n = a->starts[2 * i + 1];
    for (size_t x = 0; x < row_bytes; x++) {
        int32_t sum = 1 << (WEIGHT_BITS - 1);
        for (uint32_t k = 0; k < n; k++) sum += source[k * row_bytes + x] * weights[k];
        to[x] = clip(sum);
    }
}

/* Rows [row, row + middle->height) of `in`, scaled across. */
static void scale_across(const hn_image *in, const axis *across, uint32_t row, hn_image *middle) {
    const size_t in_bytes = (size_t)in->width * in->channels;
    const size_t bytes = (size_t)middle->width * in->channels;
    const bool is_copy = across->n_scaled == across->n_in;
    for (uint32_t y = 0; y < middle->height; y++) {
        const uint8_t *from = in->pixels + (row + y) * in_bytes;
        uint8_t *to = middle->pixels + y * bytes;
        if (is_copy) {
            memcpy(to, from + (size_t)across->first * in->channels, bytes);
        } else {
            scale_row(across, from, to, in->channels);
        }
    }
}

static void scale_down(const hn_image *middle, axis *down, uint32_t row, uint8_t *to,
                       size_t to_stride) {
    const size_t bytes = (size_t)middle->width * middle->channels;
    for (uint32_t y = 0; y < down->count; y++, to += to_stride) {
        if (down->n_scaled == down->n_in) {
            memcpy(to, middle->pixels + (size_t)(down->first + y - row) * bytes, bytes);
        } else {
            down->starts[2 * y] -= row;
            scale_column(down, y, middle->pixels, bytes, to);
        }
    }
}

/* Both passes; the result goes to `to`, whose rows are to_stride bytes apart. */
static hone_status scale_picture(hn_env *env, const hn_image *in, const axis *across, axis *down,
                                 uint8_t *to, size_t to_stride) {
    const uint32_t last = down->count - 1;
    const bool is_copy = down->n_scaled == down->n_in;
    const uint32_t row = is_copy ? down->first : down->starts[0];
    const uint32_t end =
        is_copy ? row + down->count : down->starts[2 * last] + down->starts[2 * last + 1];
    hn_image middle;
    HN_TRY(hn_image_new(env, across->count, end - row, in->channels, &middle));
    scale_across(in, across, row, &middle);
    scale_down(&middle, down, row, to, to_stride);
    hn_image_free(env, &middle);
    return HONE_OK;
}

hone_status hn_resize(hn_env *env, const hn_image *in, hn_resize_how how, uint32_t width,
                      uint32_t height, hn_image *out) {
    hn_image made;
    HN_TRY(hn_image_check(env, in));
    HN_TRY(hn_image_new(env, width, height, in->channels, &made));
    const hn_resize_fit fit = hn_resize_fit_of(how.mode, in, width, height);
    axis across = {in->width, fit.scaled_width, 0, fit.scaled_width, 0, NULL, NULL};
    axis down = {in->height, fit.scaled_height, 0, fit.scaled_height, 0, NULL, NULL};
    uint8_t *to = made.pixels;
    if (how.mode == HN_RESIZE_CROP) {
        across.first = (uint32_t) - (int64_t)fit.x;
        across.count = width;
        down.first = (uint32_t) - (int64_t)fit.y;
        down.count = height;
    } else if (how.mode != HN_RESIZE_STRETCH) {
        memset(to, HN_LETTERBOX_GREY, (size_t)width * height * in->channels);
        to += ((size_t)fit.y * width + (size_t)fit.x) * in->channels;
    }
    hone_status status = axis_init(env, &across, how.filter);
    if (status == HONE_OK) status = axis_init(env, &down, how.filter);
    if (status == HONE_OK) {
        status = scale_picture(env, in, &across, &down, to, (size_t)width * in->channels);
    }
    axis_fini(env, &across);
    axis_fini(env, &down);
    if (status == HONE_OK) {
        *out = made;
    } else {
        hn_image_free(env, &made);
    }
    return status;
}
