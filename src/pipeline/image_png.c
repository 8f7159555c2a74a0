/* SPDX-License-Identifier: Apache-2.0
 * PNG through libpng. Every picture is brought to 8-bit grey or RGB: 16 bits keep the high byte,
 * palettes are looked up, transparency is dropped. A palette of greys becomes one channel. libpng
 * takes its memory from the environment and jumps back here on errors. */
#include "pipeline/image_decode.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

enum { MAX_CHUNK_BYTES = 8 << 20, MAX_CHUNKS = 256 };

typedef struct png_reader {
    png_structp png;
    png_infop info;
    jmp_buf on_error;
    hn_env *env;
    hn_cursor file;
    hone_status status;
    hn_image image;
    uint8_t **rows;
    uint32_t orientation;
} png_reader;

static void fail(png_structp png, png_const_charp why) {
    png_reader *r = png_get_error_ptr(png);
    r->status = hn_fail(r->env, HONE_E_FORMAT, "png: %s", why);
    longjmp(r->on_error, 1);
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

static void read_bytes(png_structp png, png_bytep to, size_t n) {
    png_reader *r = png_get_io_ptr(png);
    const uint8_t *from = hn_cursor_take(&r->file, n);
    if (from == NULL) png_error(png, "the file ends early");
    memcpy(to, from, n);
}

/* A palette of greys, as a table; false for others. Indices past its end are black. */
static bool grey_palette(const png_reader *r, uint8_t table[256]) {
    png_colorp colors = NULL;
    int n = 0;
    memset(table, 0, 256);
    if (png_get_color_type(r->png, r->info) != PNG_COLOR_TYPE_PALETTE) return false;
    if (png_get_PLTE(r->png, r->info, &colors, &n) == 0) return false;
    for (int i = 0; i < n && i < 256; i++) {
        if (colors[i].red != colors[i].green || colors[i].red != colors[i].blue) return false;
        table[i] = colors[i].red;
    }
    return true;
}

static void find_orientation(png_reader *r) {
    png_uint_32 n = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(r->png, r->info, &n, &exif) == 0 || exif == NULL) return;
    const hn_cursor tiff = hn_cursor_of(exif, n);
    r->orientation = hn_exif_of_tiff(&tiff);
}

/* Sets the conversions; the number of channels of the result. A grey palette is not looked up by
 * libpng but after reading, so that one byte a pixel is enough. */
static uint32_t choose_output(png_reader *r, bool has_grey_palette) {
    const unsigned color = png_get_color_type(r->png, r->info);
    const bool is_grey = (color & PNG_COLOR_MASK_COLOR) == 0;
    png_set_strip_16(r->png);
    png_set_packing(r->png);
    if (is_grey) png_set_expand_gray_1_2_4_to_8(r->png);
    if (color == PNG_COLOR_TYPE_PALETTE && !has_grey_palette) png_set_palette_to_rgb(r->png);
    png_set_strip_alpha(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    return is_grey || has_grey_palette ? 1 : 3;
}

static hone_status read_rows(png_reader *r) {
    const size_t row_bytes = (size_t)r->image.width * r->image.channels;
    r->rows = hn_alloc(r->env, r->image.height * sizeof *r->rows);
    if (r->rows == NULL) return hn_no_memory(r->env);
    for (size_t y = 0; y < r->image.height; y++) r->rows[y] = r->image.pixels + y * row_bytes;
    png_read_image(r->png, r->rows);
    return HONE_OK;
}

static hone_status decode(png_reader *r) {
    png_set_read_fn(r->png, r, read_bytes);
    png_set_user_limits(r->png, HN_IMAGE_MAX_SIDE, HN_IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(r->png, MAX_CHUNK_BYTES);
    png_set_chunk_cache_max(r->png, MAX_CHUNKS);
    png_read_info(r->png, r->info);
    const uint32_t width = png_get_image_width(r->png, r->info);
    const uint32_t height = png_get_image_height(r->png, r->info);
    HN_TRY(hn_image_check_size(r->env, width, height));
    uint8_t greys[256];
    const bool has_grey_palette = grey_palette(r, greys);
    const uint32_t channels = choose_output(r, has_grey_palette);
    const size_t n_bytes = (size_t)width * height * channels;
    if (png_get_rowbytes(r->png, r->info) != (size_t)width * channels) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "png: this kind of picture is not supported");
    }
    HN_TRY(hn_image_new(r->env, width, height, channels, &r->image));
    HN_TRY(read_rows(r));
    for (size_t i = 0; has_grey_palette && i < n_bytes; i++) {
        r->image.pixels[i] = greys[r->image.pixels[i]];
    }
    find_orientation(r);
    return HONE_OK;
}

hone_status hn_png_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out,
                          uint32_t *orientation) {
    png_reader *r = hn_alloc(env, sizeof *r);
    if (r == NULL) return hn_no_memory(env);
    r->env = env;
    r->file = hn_cursor_of(bytes, n_bytes);
    r->orientation = 1;
    r->status = HONE_E_MEMORY;
    if (setjmp(r->on_error) == 0) {
        r->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, r, fail, ignore_warning, env,
                                          library_alloc, library_free);
        if (r->png != NULL) r->info = png_create_info_struct(r->png);
        r->status = r->info != NULL ? decode(r) : hn_no_memory(env);
    }
    const hone_status status = r->status;
    png_destroy_read_struct(&r->png, &r->info, NULL);
    hn_free(env, r->rows);
    if (status == HONE_OK) {
        *out = r->image;
        *orientation = r->orientation;
    } else {
        hn_image_free(env, &r->image);
    }
    hn_free(env, r);
    return status;
}
