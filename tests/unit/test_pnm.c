/* SPDX-License-Identifier: Apache-2.0
 * Portable pictures: the six kinds, their headers, maxima, damage. */
#include <criterion/criterion.h>
#include <string.h>

#include "pipeline/image_decode.h"

typedef struct file {
    const char *bytes;
    size_t n;
} file;
#define FILE_OF(text) ((file){text, sizeof(text) - 1})

static void expect(file f, uint32_t channels, const uint8_t *pixels, size_t n) {
    hn_env env;
    hn_image image = {NULL, 0, 0, 0};
    hn_env_init(&env);
    cr_assert_eq(hn_image_load_memory(&env, f.bytes, f.n, &image), HONE_OK, "%s", env.message);
    cr_assert_eq(image.channels, channels);
    cr_assert_eq((size_t)image.width * image.height * channels, n);
    cr_expect_arr_eq(image.pixels, pixels, n);
    hn_image_free(&env, &image);
}

Test(pnm, reads_texts) {
    const uint8_t bits[6] = {0, 255, 0, 255, 255, 0}, greys[4] = {0, 128, 255, 255};
    const uint8_t colors[6] = {1, 2, 3, 255, 0, 7};
    expect(FILE_OF("P1\n# bits\n3 2\n101\n0 0 1\n"), 1, bits, 6);
    expect(FILE_OF("P2 2 2 # size\n10\n0 5 10 11"), 1, greys, 4);
    expect(FILE_OF("P3\n1 2\n255\n1 2 3\n255 0 7\n"), 3, colors, 6);
}

Test(pnm, reads_bytes) {
    const uint8_t bits[9] = {0, 255, 0, 255, 255, 255, 255, 255, 0}, greys[2] = {255, 1};
    const uint8_t colors[3] = {9, 35, 32};
    expect(FILE_OF("P4\n9 1\n\240\200"), 1, bits, 9);
    expect(FILE_OF("P5\n2 1\n65535\n\377\377\001\001"), 1, greys, 2);
    expect(FILE_OF("P6\n1 1\n255\n\t# "), 3, colors, 3);
}

Test(pnm, refuses_damage) {
    const file files[] = {FILE_OF("P2"),
                          FILE_OF("P2 2"),
                          FILE_OF("P2 2 2"),
                          FILE_OF("P2 2 2 0\n1 1 1 1"),
                          FILE_OF("P2 2 2 65536\n1 1 1 1"),
                          FILE_OF("P2 2 2 9\n1 1 1"),
                          FILE_OF("P1 2 1 1 x"),
                          FILE_OF("P5 2 2 255\n123"),
                          FILE_OF("P4 9 2\n123"),
                          FILE_OF("P5 0 2 255\n123"),
                          FILE_OF("P5 65535 4000 255\n123"),
                          FILE_OF("P5 99999999999999999999 1 255\n123"),
                          FILE_OF("P5 -1 1 255\n123"),
                          FILE_OF("P7\nWIDTH 1\n")};
    hn_env env;
    hn_env_init(&env);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        hn_image image;
        cr_expect_neq(hn_image_load_memory(&env, files[i].bytes, files[i].n, &image), HONE_OK, "%s",
                      files[i].bytes);
    }
}
