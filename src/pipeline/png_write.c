/* SPDX-License-Identifier: Apache-2.0
 * PNG through libpng, into memory that doubles as it fills. libpng takes its own memory from the
 * environment too, and jumps back here on errors. */
#include "pipeline/png_write.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

#include "base/file.h"

enum { FIRST_BYTES = 1 << 16 };

typedef struct png_writer {
    png_structp png;
    png_infop info;
    jmp_buf on_error;
    hn_env *env;
    hone_status status;
    uint8_t *bytes;
    size_t n_bytes, capacity;
} png_writer;

static void fail(png_structp png, png_const_charp why) {
    png_writer *w = png_get_error_ptr(png);
    w->status = hn_fail(w->env, HONE_E_MEMORY, "png: %s", why);
    longjmp(w->on_error, 1);
}

static void ignore_warning(png_structp png, png_const_charp why) {
    (void)png;
    (void)why;
}

static png_voidp library_alloc(png_structp png, png_alloc_size_t n_bytes) {
    return hn_alloc(png_get_mem_ptr(png), n_bytes);
}

static void library_free(png_structp png, png_voidp block) {
    hn_free(png_get_mem_ptr(png), block);
}

static void write_bytes(png_structp png, png_bytep from, size_t n) {
    png_writer *w = png_get_io_ptr(png);
    if (n > SIZE_MAX / 4 - w->n_bytes) png_error(png, "too large");
    if (w->n_bytes + n > w->capacity) {
        const size_t wanted = 2 * (w->n_bytes + n) + FIRST_BYTES;
        uint8_t *moved = hn_alloc(w->env, wanted);
        if (moved == NULL) png_error(png, "out of memory");
        if (w->n_bytes > 0) memcpy(moved, w->bytes, w->n_bytes);
        hn_free(w->env, w->bytes);
        w->bytes = moved;
        w->capacity = wanted;
    }
    memcpy(w->bytes + w->n_bytes, from, n);
    w->n_bytes += n;
}

static void flush_nothing(png_structp png) {
    (void)png;
}

static hone_status encode(png_writer *w, const hn_image *image) {
    const int color = image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    png_set_write_fn(w->png, w, write_bytes, flush_nothing);
    png_set_IHDR(w->png, w->info, image->width, image->height, 8, color, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(w->png, w->info);
    for (size_t y = 0; y < image->height; y++) {
        png_write_row(w->png, image->pixels + y * image->width * image->channels);
    }
    png_write_end(w->png, NULL);
    return HONE_OK;
}

hone_status hn_png_encode(hn_env *env, const hn_image *image, uint8_t **bytes, size_t *n_bytes) {
    HN_TRY(hn_image_check(env, image));
    png_writer *w = hn_alloc(env, sizeof *w);
    if (w == NULL) return hn_no_memory(env);
    w->env = env;
    w->status = HONE_E_MEMORY;
    if (setjmp(w->on_error) == 0) {
        w->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, w, fail, ignore_warning, env,
                                           library_alloc, library_free);
        if (w->png != NULL) w->info = png_create_info_struct(w->png);
        w->status = w->info != NULL ? encode(w, image) : hn_no_memory(env);
    }
    const hone_status status = w->status;
    png_destroy_write_struct(&w->png, &w->info);
    if (status == HONE_OK) {
        *bytes = w->bytes;
        *n_bytes = w->n_bytes;
    } else {
        hn_free(env, w->bytes);
    }
    hn_free(env, w);
    return status;
}

hone_status hn_png_write(hn_env *env, const char *path, const hn_image *image) {
    uint8_t *bytes;
    size_t n_bytes;
    HN_TRY(hn_png_encode(env, image, &bytes, &n_bytes));
    const hone_status status = hn_file_write(env, path, bytes, n_bytes);
    hn_free(env, bytes);
    return status;
}
