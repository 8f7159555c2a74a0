/* SPDX-License-Identifier: Apache-2.0
 * NumPy files: there and back, NumPy's own, and headers that lie. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <string.h>

#include "base/file.h"
#include "pipeline/npy.h"
#include "temp_dir.h"
#include "torture.h"

static hn_env env;

static void setup(void) {
    hn_env_init(&env);
}

TestSuite(npy, .init = setup);

static uint8_t file[4096];

/* A file with that header text and n_data zero bytes; its size. */
static size_t build(uint32_t major, const char *text, size_t n_data) {
    const size_t length = strlen(text);
    memset(file, 0, sizeof file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (uint8_t)major;
    file[8] = (uint8_t)length;
    file[9] = (uint8_t)(length >> 8);
    const size_t at = major == 1 ? 10 : 12;
    memcpy(file + at, text, length);
    return at + length + n_data;
}

static hone_status read_text(const char *text, size_t n_data, hn_npy *out) {
    return hn_npy_read(&env, file, build(1, text, n_data), out);
}

Test(npy, goes_there_and_back) {
    static const hone_dtype types[] = {HONE_DTYPE_F32, HONE_DTYPE_F16, HONE_DTYPE_S8,
                                       HONE_DTYPE_U8,  HONE_DTYPE_S64, HONE_DTYPE_BOOL};
    temp_path dir;
    cr_assert(temp_dir_make(&dir));
    const temp_path path = temp_dir_path(&dir, "x.npy");
    uint8_t data[8 * 24];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    for (uint32_t i = 0; i < 6 * 4; i++) {
        const uint32_t rank = i % 4;
        const hn_npy array = {types[i / 4], rank, {2, 3, 4}, data, 0};
        cr_assert_eq(hn_npy_write(&env, path.text, &array), HONE_OK, "%s", env.message);
        hn_map map;
        hn_npy back;
        cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK);
        cr_assert_eq(hn_npy_read(&env, map.bytes, map.size, &back), HONE_OK, "%s", env.message);
        cr_assert_eq(back.dtype, array.dtype);
        cr_assert_eq(back.rank, rank);
        for (uint32_t k = 0; k < rank; k++) cr_assert_eq(back.shape[k], array.shape[k]);
        cr_assert_eq((uintptr_t)back.data % 64, 0);
        cr_assert_arr_eq(back.data, data, back.n_bytes);
        hn_map_close(&map);
    }
    cr_assert_eq(temp_dir_count(&dir), 1);
    temp_dir_remove(&dir);
}

Test(npy, reads_headers_in_any_form) {
    hn_npy a;
    const char *odd = "{\"shape\":( 2 , 3 ),'fortran_order':False,\n'descr':\"<i2\"}";
    cr_assert_eq(read_text(odd, 12, &a), HONE_OK, "%s", env.message);
    cr_assert_eq(a.dtype, HONE_DTYPE_S16);
    cr_assert_eq(a.n_bytes, 12);
    cr_assert_eq(read_text("{'descr': '=f4', 'fortran_order': True, 'shape': (3,), }", 12, &a),
                 HONE_OK);
    cr_assert_eq(read_text("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 5)}", 0, &a),
                 HONE_OK);
    cr_assert_eq(a.n_bytes, 0);
    const size_t n = build(2, "", 0);
    const char *text = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}";
    memcpy(file + n, text, strlen(text));
    file[8] = (uint8_t)strlen(text);
    cr_assert_eq(hn_npy_read(&env, file, n + strlen(text) + 8, &a), HONE_OK, "%s", env.message);
    cr_assert_eq(a.rank, 0);
    cr_assert_eq(a.dtype, HONE_DTYPE_F64);
}

typedef struct bad_header {
    const char *text;
    hone_status status;
} bad_header;

Test(npy, refuses_headers_that_lie) {
    static const bad_header bad[] = {
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}", HONE_E_UNSUPPORTED},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", HONE_E_UNSUPPORTED},
        {"{'descr': 'O', 'fortran_order': False, 'shape': (1,)}", HONE_E_UNSUPPORTED},
        {"{'descr': '', 'fortran_order': False, 'shape': (1,)}", HONE_E_UNSUPPORTED},
        {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (100,)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1)(}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
         HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
         HONE_E_LIMIT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}", HONE_E_LIMIT},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'shape': (1,)}", HONE_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'extra': 1, 'shape': (1,)}", HONE_E_FORMAT},
        {"{'descr': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", HONE_E_FORMAT},
        {"{'", HONE_E_FORMAT},
        {"", HONE_E_FORMAT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hn_npy a = {HONE_DTYPE_NONE, 77, {0}, NULL, 0};
        const hone_status status = read_text(bad[i].text, 16, &a);
        cr_assert_eq(status, bad[i].status, "%s: %s", bad[i].text, env.message);
        cr_assert_eq(a.rank, 77);
    }
}

Test(npy, survives_damage) {
    const size_t n = build(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24);
    uint32_t seed = 1;
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t copy[256];
        memcpy(copy, file, n);
        size_t size = n;
        if (i < n) size = i;
        for (uint32_t k = 0; i >= n && k < 1 + i % 4; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % n] = (uint8_t)(seed >> 24 ^ seed);
        }
        uint8_t *exact = malloc(size + 1);
        memcpy(exact, copy, size);
        hn_npy a;
        const hone_status status = hn_npy_read(&env, exact, size, &a);
        cr_assert(i >= n || status != HONE_OK);
        free(exact);
    }
}

Test(npy, reads_numpy_files) {
    const temp_path path = shared_path("tests/motion_features.npy");
    hn_map map;
    hn_npy a;
    if (access(path.text, R_OK) != 0) cr_skip_test("no shared data");
    cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK);
    cr_assert_eq(hn_npy_read(&env, map.bytes, map.size, &a), HONE_OK, "%s", env.message);
    cr_assert_gt(a.n_bytes, 0);
    hn_map_close(&map);
}

Test(npy, refuses_to_write_what_numpy_lacks) {
    const hn_npy bf16 = {HONE_DTYPE_BF16, 1, {1}, "ab", 0};
    const hn_npy huge = {HONE_DTYPE_F32, 2, {INT64_MAX, INT64_MAX}, "ab", 0};
    cr_assert_eq(hn_npy_write(&env, "/tmp/never.npy", &bf16), HONE_E_UNSUPPORTED);
    cr_assert_eq(hn_npy_write(&env, "/tmp/never.npy", &huge), HONE_E_LIMIT);
}
