/* SPDX-License-Identifier: Apache-2.0
 * JPEG through libjpeg-turbo, at full size. The library reports errors by a call that must not
 * return, so it jumps back here; everything that must survive the jump is in one struct. A file
 * that ends early is an error (the library would fill the rest with grey). Progressive files are
 * held to 64 scans, because each costs a pass over the whole picture, and to 1 GB of its memory. */
#include "pipeline/image_decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

enum { MAX_SCANS = 64, MAX_LIBRARY_BYTES = 1 << 30 };

typedef struct jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    hn_env *env;
    hone_status status;
    hn_image image;
    uint8_t *row; /* of a CMYK picture */
} jpeg_reader;

static void fail(j_common_ptr info) {
    jpeg_reader *r = info->client_data;
    char why[JMSG_LENGTH_MAX];
    info->err->format_message(info, why);
    const bool is_memory = info->err->msg_code == JERR_OUT_OF_MEMORY;
    r->status = hn_fail(r->env, is_memory ? HONE_E_MEMORY : HONE_E_FORMAT, "jpeg: %s", why);
    longjmp(r->on_error, 1);
}

static void note(j_common_ptr info, int level) {
    if (level >= 0) return;
    info->err->num_warnings++;
    if (info->err->msg_code == JWRN_JPEG_EOF) fail(info);
}

static void print_nothing(j_common_ptr info) {
    (void)info;
}

static void watch_scans(j_common_ptr info) {
    jpeg_reader *r = info->client_data;
    if (r->info.input_scan_number <= MAX_SCANS) return;
    r->status = hn_fail(r->env, HONE_E_LIMIT, "jpeg: more than %d scans", MAX_SCANS);
    longjmp(r->on_error, 1);
}

static uint8_t scale_255(unsigned a, unsigned b) {
    const unsigned t = a * b + 128;
    return (uint8_t)(((t >> 8) + t) >> 8);
}

/* CMYK as Adobe stores it, inverted (most files), or plain. */
static void row_from_cmyk(const uint8_t *from, uint8_t *to, size_t n, bool is_inverted) {
    for (size_t i = 0; i < n; i++, from += 4, to += 3) {
        const unsigned white = is_inverted ? from[3] : 255u - from[3];
        for (int k = 0; k < 3; k++) {
            const unsigned ink = is_inverted ? 255u - from[k] : from[k];
            to[k] = (uint8_t)(white - scale_255(ink, white));
        }
    }
}

static void choose_output(jpeg_reader *r) {
    const bool is_grey = r->info.jpeg_color_space == JCS_GRAYSCALE;
    const bool is_cmyk =
        r->info.jpeg_color_space == JCS_CMYK || r->info.jpeg_color_space == JCS_YCCK;
    r->info.out_color_space = is_cmyk ? JCS_CMYK : is_grey ? JCS_GRAYSCALE : JCS_RGB;
    r->info.dct_method = JDCT_ISLOW;
    r->info.do_fancy_upsampling = TRUE;
}

static hone_status decode_rows(jpeg_reader *r) {
    const size_t width = r->info.output_width;
    const bool is_cmyk = r->info.out_color_space == JCS_CMYK;
    const size_t row_bytes = width * r->image.channels;
    if (is_cmyk) {
        r->row = hn_alloc(r->env, 4 * width);
        if (r->row == NULL) return hn_no_memory(r->env);
    }
    while (r->info.output_scanline < r->info.output_height) {
        uint8_t *to = r->image.pixels + r->info.output_scanline * row_bytes;
        JSAMPROW row = is_cmyk ? r->row : to;
        if (jpeg_read_scanlines(&r->info, &row, 1) != 1) {
            return hn_fail(r->env, HONE_E_FORMAT, "jpeg: the file ends early");
        }
        if (is_cmyk) row_from_cmyk(r->row, to, width, r->info.saw_Adobe_marker != 0);
    }
    return HONE_OK;
}

/* Between the setjmp of the caller and its end: every failure of the library jumps out of here. */
static hone_status decode(jpeg_reader *r, const uint8_t *bytes, unsigned long n_bytes) {
    jpeg_create_decompress(&r->info);
    r->info.mem->max_memory_to_use = MAX_LIBRARY_BYTES;
    r->info.progress = &r->progress;
    jpeg_mem_src(&r->info, bytes, n_bytes);
    jpeg_read_header(&r->info, TRUE);
    HN_TRY(hn_image_check_size(r->env, r->info.image_width, r->info.image_height));
    choose_output(r);
    const uint32_t channels = r->info.out_color_space == JCS_GRAYSCALE ? 1 : 3;
    HN_TRY(hn_image_new(r->env, r->info.image_width, r->info.image_height, channels, &r->image));
    jpeg_start_decompress(&r->info);
    return decode_rows(r);
}

hone_status hn_jpeg_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out) {
    if (n_bytes > INT32_MAX) return hn_fail(env, HONE_E_LIMIT, "jpeg: the file is over 2 GB");
    jpeg_reader *r = hn_alloc(env, sizeof *r);
    if (r == NULL) return hn_no_memory(env);
    r->env = env;
    r->info.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = fail;
    r->errors.emit_message = note;
    r->errors.output_message = print_nothing;
    r->progress.progress_monitor = watch_scans;
    r->info.client_data = r;
    if (setjmp(r->on_error) == 0) r->status = decode(r, bytes, (unsigned long)n_bytes);
    const hone_status status = r->status;
    jpeg_destroy_decompress(&r->info);
    hn_free(env, r->row);
    if (status == HONE_OK) {
        *out = r->image;
    } else {
        hn_image_free(env, &r->image);
    }
    hn_free(env, r);
    return status;
}
