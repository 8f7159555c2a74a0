/* SPDX-License-Identifier: Apache-2.0
 * Pictures in: each format, its odd forms, orientation, limits, damage, failing memory. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "pipeline/image.h"
#include "pipeline/image_decode.h"
#include "pipeline/png_write.h"
#include "temp_dir.h"
#include "torture.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(image, .init = setup);

/* Bytes of a file under construction. */
typedef struct builder {
    uint8_t bytes[8192];
    size_t n;
} builder;

static void put(builder *b, uint64_t value, int n_bytes) {
    for (int i = 0; i < n_bytes; i++) b->bytes[b->n++] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
}

static void put_be(builder *b, uint64_t value, int n_bytes) {
    while (n_bytes-- > 0) b->bytes[b->n++] = (uint8_t)(value >> (8 * n_bytes));
}

/* A BMP with a 40-byte header, up to where masks or palette begin. */
static void put_bmp(builder *b, int32_t width, int32_t height, uint32_t bits, uint32_t coding) {
    const uint32_t extra = bits <= 8 ? 4u << bits : coding == 3 ? 12 : 0;
    memcpy(b->bytes, "BM", 2);
    b->n = 2;
    put(b, 0, 8);
    put(b, 54 + extra, 4);
    put(b, 40, 4);
    put(b, (uint32_t)width, 4);
    put(b, (uint32_t)height, 4);
    put(b, 1, 2);
    put(b, bits, 2);
    put(b, coding, 4);
    put(b, 0, 20);
}

static hone_status load(const builder *b, hn_image *out) {
    return hn_image_load_memory(&env, b->bytes, b->n, out);
}

static void expect_pixels(const builder *b, uint32_t channels, const uint8_t *pixels) {
    hn_image image;
    cr_assert_eq(load(b, &image), HONE_OK, "%s", env.message);
    cr_assert_eq(image.channels, channels);
    const size_t n = (size_t)image.width * image.height * channels;
    cr_assert_arr_eq(image.pixels, pixels, n);
    hn_image_free(&env, &image);
    cr_assert_null(image.pixels);
}

Test(image, reads_bmp_of_24_bits_from_the_bottom_up) {
    static builder b;
    const uint8_t expected[12] = {7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6};
    put_bmp(&b, 2, 2, 24, 0);
    put(&b, 0x010203, 3);
    put(&b, 0x040506, 3);
    put(&b, 0, 2);
    put(&b, 0x070809, 3);
    put(&b, 0x0a0b0c, 3); /* the padding of the last row may be missing */
    expect_pixels(&b, 3, expected);
}

Test(image, reads_bmp_with_palettes) {
    static builder one, four;
    const uint8_t grey[9] = {255, 0, 255, 255, 0, 0, 0, 0, 255};
    put_bmp(&one, 9, -1, 1, 0);
    put(&one, 0x00000000, 4);
    put(&one, 0x00ffffff, 4);
    put_be(&one, 0xb0800000, 4);
    expect_pixels(&one, 1, grey);
    const uint8_t colors[9] = {3, 2, 1, 15, 0, 0, 3, 2, 1};
    put_bmp(&four, 3, -1, 4, 0);
    for (uint32_t i = 0; i < 16; i++) put(&four, i == 1 ? 0x030201 : i == 15 ? 0x0f0000 : 0, 4);
    put_be(&four, 0x1f100000, 4);
    expect_pixels(&four, 3, colors);
}

Test(image, reads_bmp_with_masks) {
    static builder b;
    const uint8_t expected[6] = {255, 0, 0, 8, 255, 131};
    put_bmp(&b, 2, -1, 16, 3);
    put(&b, 0xf800, 4);
    put(&b, 0x07e0, 4);
    put(&b, 0x001f, 4);
    put(&b, 0xf800, 2);
    put(&b, 1 << 11 | 63 << 5 | 16, 2);
    expect_pixels(&b, 3, expected);
}

Test(image, refuses_odd_bmp) {
    static builder b;
    hn_image image;
    put_bmp(&b, 2, 2, 8, 1);
    cr_assert_eq(load(&b, &image), HONE_E_UNSUPPORTED);
    put_bmp(&b, 0, 2, 24, 0);
    cr_assert_eq(load(&b, &image), HONE_E_FORMAT);
    put_bmp(&b, 2, INT32_MIN, 24, 0);
    cr_assert_eq(load(&b, &image), HONE_E_LIMIT);
    put_bmp(&b, 65535, 65535, 24, 0);
    cr_assert_eq(load(&b, &image), HONE_E_LIMIT);
    put_bmp(&b, 20, 20, 24, 0);
    cr_assert_eq(load(&b, &image), HONE_E_FORMAT);
    cr_assert_not_null(strstr(env.message, "ends early"));
    put_bmp(&b, 1, 1, 16, 3);
    put(&b, 0x5, 4);
    cr_assert_eq(load(&b, &image), HONE_E_FORMAT);
    cr_assert_not_null(strstr(env.message, "gap"));
}

Test(image, refuses_what_is_no_picture) {
    hn_image image = {NULL, 0, 0, 7};
    cr_assert_eq(hn_image_load_memory(&env, "", 0, &image), HONE_E_UNSUPPORTED);
    cr_assert_eq(hn_image_load_memory(&env, "GIF89a", 6, &image), HONE_E_UNSUPPORTED);
    cr_assert_eq(hn_image_load_memory(&env, "\xff\xd8\xff", 3, &image), HONE_E_FORMAT);
    cr_assert_eq(hn_image_load(&env, "/no/such/file", &image), HONE_E_FILE);
    cr_assert_not_null(strstr(env.message, "/no/such/file"));
    cr_assert_eq(image.channels, 7);
}

/* A PNG of 3 x 2 greys 1..6 with an eXIf chunk, put behind the header (byte 33). */
static void build_rotated_png(builder *b, uint32_t orientation) {
    uint8_t pixels[6] = {1, 2, 3, 4, 5, 6}, *bytes;
    const hn_image image = {pixels, 3, 2, 1};
    size_t n;
    cr_assert_eq(hn_png_encode(&env, &image, &bytes, &n), HONE_OK, "%s", env.message);
    b->n = 0;
    for (size_t i = 0; i < 33; i++) put(b, bytes[i], 1);
    put_be(b, 26, 4);
    const size_t start = b->n;
    memcpy(b->bytes + b->n, "eXIfMM\0*", 8);
    b->n += 8;
    put_be(b, 8, 4);
    put_be(b, 1, 2);
    put_be(b, 0x0112, 2);
    put_be(b, 3, 2);
    put_be(b, 1, 4);
    put_be(b, orientation, 2);
    put_be(b, 0, 2);
    put_be(b, 0, 4);
    put_be(b, crc32(0, b->bytes + start, (unsigned)(b->n - start)), 4);
    memcpy(b->bytes + b->n, bytes + 33, n - 33);
    b->n += n - 33;
    hn_free(&env, bytes);
}

Test(image, turns_upright) {
    static const uint8_t expected[9][6] = {
        {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4},
        {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6},
        {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
    static builder b;
    for (uint32_t orientation = 0; orientation < 10; orientation++) {
        hn_image image;
        build_rotated_png(&b, orientation);
        cr_assert_eq(load(&b, &image), HONE_OK, "%s", env.message);
        cr_assert_eq(image.width, orientation >= 5 && orientation <= 8 ? 2 : 3);
        cr_assert_arr_eq(image.pixels, expected[orientation % 9], 6);
        hn_image_free(&env, &image);
    }
}

Test(image, finds_orientation_in_a_jpeg) {
    static builder b;
    b.n = 0;
    put_be(&b, 0xffd8ffe0, 4); /* an APP0 of 2 + 2 bytes first */
    put_be(&b, 4, 2);
    put_be(&b, 0, 2);
    put_be(&b, 0xffffe1, 3); /* a fill byte, APP1 */
    put_be(&b, 2 + 6 + 8 + 2 + 12 + 12, 2);
    memcpy(b.bytes + b.n, "Exif\0\0II*\0", 10);
    b.n += 10;
    put(&b, 8, 4);
    put(&b, 2, 2);
    put(&b, 0x010f, 12);
    put(&b, 0x0112 | 3 << 16, 4);
    put(&b, 1, 4);
    put(&b, 6, 4);
    cr_assert_eq(hn_exif_of_jpeg(b.bytes, b.n), 6);
    for (size_t n = 0; n < b.n; n++) cr_assert_eq(hn_exif_of_jpeg(b.bytes, n), 1);
}

Test(image, png_goes_there_and_back) {
    temp_path dir;
    cr_assert(temp_dir_make(&dir));
    const temp_path path = temp_dir_path(&dir, "x.png");
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        hn_image image, back;
        cr_assert_eq(hn_image_new(&env, 61, 47, channels, &image), HONE_OK);
        for (uint32_t i = 0; i < 61 * 47 * channels; i++) image.pixels[i] = (uint8_t)(i * i >> 3);
        cr_assert_eq(hn_png_write(&env, path.text, &image), HONE_OK, "%s", env.message);
        cr_assert_eq(hn_image_load(&env, path.text, &back), HONE_OK, "%s", env.message);
        cr_assert_eq(back.width, 61);
        cr_assert_eq(back.channels, channels);
        cr_assert_arr_eq(back.pixels, image.pixels, 61 * 47 * channels);
        hn_image_free(&env, &image);
        hn_image_free(&env, &back);
    }
    temp_dir_remove(&dir);
    const hn_image bad = {NULL, 1, 1, 1};
    cr_assert_eq(hn_png_write(&env, path.text, &bad), HONE_E_ARGUMENT);
}

Test(image, converts_between_grey_and_color) {
    uint8_t pixels[6] = {255, 255, 255, 200, 100, 50};
    const hn_image color = {pixels, 2, 1, 3};
    hn_image grey, back;
    cr_assert_eq(hn_image_convert(&env, &color, 1, &grey), HONE_OK);
    cr_assert_eq(grey.pixels[0], 255);
    cr_assert_eq(grey.pixels[1], 124);
    cr_assert_eq(hn_image_convert(&env, &grey, 3, &back), HONE_OK);
    const uint8_t expected[6] = {255, 255, 255, 124, 124, 124};
    cr_assert_arr_eq(back.pixels, expected, 6);
    hn_image_free(&env, &grey);
    cr_assert_eq(hn_image_convert(&env, &back, 2, &grey), HONE_E_ARGUMENT);
    hn_image_free(&env, &back);
}

/* Pictures beside the repository: name, size, channels, sum of the pixels as Pillow reads them. */
typedef struct known_picture {
    const char *name;
    uint32_t width, height, channels, sum;
} known_picture;

static const known_picture known[] = {
    {"images/exif_rotated.jpg", 752, 306, 3, 171543795},
    {"images/burger.jpg", 480, 325, 3, 58329564},
    {"images/face.jpg", 512, 355, 3, 52172957},
    {"images/mnist_nine.bmp", 28, 28, 1, 22883},
    {"images/person_96.bmp", 96, 96, 1, 1372908},
    {"images/cat.bmp", 512, 341, 3, 59515430},
    {"images/bird_seg_mask.bmp", 513, 513, 1, 155925},
    {"images/burger_224.png", 224, 224, 3, 18541181},
    {"images/faces3.png", 128, 128, 3, 2351971},
    {"images/sparrow.png", 1280, 851, 3, 28469500},
    {"images/mnist/sample0.png", 28, 28, 1, 37014},
    {"images/coco/000000000431.jpg", 640, 389, 3, 53167716},
};
enum { N_KNOWN = sizeof known / sizeof known[0] };

Test(image, reads_known_pictures) {
    for (int i = 0; i < N_KNOWN; i++) {
        const temp_path path = shared_path(known[i].name);
        if (access(path.text, R_OK) != 0) cr_skip_test("no shared data");
        hn_image image;
        cr_assert_eq(hn_image_load(&env, path.text, &image), HONE_OK, "%s", env.message);
        cr_assert_eq(image.width, known[i].width, "%s", known[i].name);
        cr_assert_eq(image.height, known[i].height);
        cr_assert_eq(image.channels, known[i].channels);
        uint32_t sum = 0;
        const size_t n = (size_t)image.width * image.height * image.channels;
        for (size_t k = 0; k < n; k++) sum += image.pixels[k];
        /* Other builds of libjpeg may round a pixel differently. */
        const uint32_t difference = sum > known[i].sum ? sum - known[i].sum : known[i].sum - sum;
        cr_assert_leq(difference, n / 100, "%s", known[i].name);
        hn_image_free(&env, &image);
    }
}

/* Damaged files give a status or a picture, and no block is left either way. */
static void damage(const uint8_t *bytes, size_t n, uint32_t seed) {
    torture t = {0, 0, 0};
    hn_env own;
    torture_env(&own, &t);
    uint8_t *copy = malloc(n + 1);
    cr_assert_not_null(copy);
    for (uint32_t i = 0; i < 60; i++) {
        size_t size = n;
        memcpy(copy, bytes, n);
        if (i < 20) {
            size = i < 10 ? n * i / 10 : i * 7;
            if (size > n) size = n;
        }
        for (uint32_t k = 0; i >= 20 && k < 1 + i % 8; k++) {
            seed = seed * 1664525 + 1013904223;
            const size_t range = i % 2 == 0 && n > 700 ? 700 : n;
            copy[(seed >> 8) % range] = (uint8_t)(seed >> 24 ^ seed);
        }
        uint8_t *exact = malloc(size + (size == 0)); /* so that a sanitizer sees one byte too far */
        memcpy(exact, copy, size);
        hn_image image;
        const hone_status status = hn_image_load_memory(&own, exact, size, &image);
        if (status == HONE_OK) hn_image_free(&own, &image);
        cr_assert(status == HONE_OK || own.message[0] != '\0');
        cr_assert_eq(t.n_blocks, 0);
        free(exact);
    }
    free(copy);
}

Test(image, survives_damage, .timeout = 120) {
    static builder b;
    build_rotated_png(&b, 6);
    damage(b.bytes, b.n, 1);
    for (int i = 0; i < N_KNOWN; i++) {
        const temp_path path = shared_path(known[i].name);
        hn_map map;
        if (known[i].width > 800 || hn_map_open(&env, path.text, &map) != HONE_OK) continue;
        damage(map.bytes, (size_t)map.size, (uint32_t)i + 2);
        hn_map_close(&map);
    }
}

Test(image, survives_every_failing_allocation) {
    static builder png, bmp;
    build_rotated_png(&png, 6);
    put_bmp(&bmp, 1, 1, 24, 0);
    put(&bmp, 0, 4);
    const builder *files[2] = {&png, &bmp};
    for (int i = 0; i < 2; i++) {
        hone_status status = HONE_E_MEMORY;
        for (int fail_at = 1; status != HONE_OK; fail_at++) {
            torture t = {0, 0, fail_at};
            hn_env own;
            torture_env(&own, &t);
            hn_image image;
            cr_assert_lt(fail_at, 100);
            status = hn_image_load_memory(&own, files[i]->bytes, files[i]->n, &image);
            if (status == HONE_OK) hn_image_free(&own, &image);
            cr_assert_eq(t.n_blocks, 0);
        }
    }
}
