/* SPDX-License-Identifier: Apache-2.0
 * Files: mapping, refusing what is no file, writing whole or not at all. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <sys/stat.h>

#include "base/file.h"
#include "temp_dir.h"

static hn_env env;
static temp_path dir;

static void setup(void) {
    hn_env_init(&env);
    cr_assert(temp_dir_make(&dir));
}

static void teardown(void) {
    temp_dir_remove(&dir);
}

TestSuite(file, .init = setup, .fini = teardown);

Test(file, reads_back_what_was_written) {
    const temp_path path = temp_dir_path(&dir, "a.bin");
    cr_assert_eq(hn_file_write(&env, path.text, "hello", 5), HONE_OK, "%s", env.message);
    hn_map map;
    cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK, "%s", env.message);
    cr_assert_eq(map.size, 5);
    cr_assert_arr_eq(map.bytes, "hello", 5);
    hn_map_close(&map);
    cr_assert_null(map.bytes);
    hn_map_close(&map);
    cr_assert_eq(hn_file_write(&env, path.text, "bye", 3), HONE_OK);
    cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK);
    cr_assert_eq(map.size, 3);
    hn_map_close(&map);
    cr_assert_eq(temp_dir_count(&dir), 1);
}

Test(file, empty_file_has_no_bytes) {
    const temp_path path = temp_dir_path(&dir, "empty");
    cr_assert_eq(hn_file_write(&env, path.text, "", 0), HONE_OK);
    hn_map map;
    cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK);
    cr_assert_eq(map.size, 0);
    cr_assert_null(map.bytes);
    hn_map_close(&map);
}

Test(file, refuses_what_is_no_regular_file, .timeout = 5) {
    hn_map map = {NULL, 42};
    const temp_path missing = temp_dir_path(&dir, "missing"), fifo = temp_dir_path(&dir, "fifo");
    cr_assert_eq(hn_map_open(&env, missing.text, &map), HONE_E_FILE);
    cr_assert_not_null(strstr(env.message, "missing"));
    cr_assert_not_null(strstr(env.message, "No such file"));
    cr_assert_eq(hn_map_open(&env, dir.text, &map), HONE_E_FILE);
    cr_assert_eq(mkfifo(fifo.text, 0600), 0);
    cr_assert_eq(hn_map_open(&env, fifo.text, &map), HONE_E_FILE);
    cr_assert_eq(hn_map_open(&env, "/dev/zero", &map), HONE_E_FILE);
    cr_assert_eq(map.size, 42);
    cr_assert_eq(hn_file_write(&env, fifo.text, "x", 1), HONE_E_FILE);
    cr_assert_eq(hn_file_write(&env, dir.text, "x", 1), HONE_E_FILE);
    cr_assert_eq(hn_file_write(&env, "/dev/null", "x", 1), HONE_E_FILE);
    cr_assert_eq(temp_dir_count(&dir), 1);
}

Test(file, failed_write_leaves_nothing) {
    const temp_path path = temp_dir_path(&dir, "no_such_folder/x");
    cr_assert_eq(hn_file_write(&env, path.text, "x", 1), HONE_E_FILE);
    cr_assert_eq(temp_dir_count(&dir), 0);
}

Test(file, a_stale_temporary_name_is_no_obstacle) {
    const temp_path path = temp_dir_path(&dir, "a");
    temp_path stale;
    snprintf(stale.text, sizeof stale.text, "%.400s.tmp%ld", path.text, (long)getpid());
    FILE *f = fopen(stale.text, "w");
    cr_assert_not_null(f);
    fclose(f);
    cr_assert_eq(hn_file_write(&env, path.text, "x", 1), HONE_OK, "%s", env.message);
    cr_assert_eq(temp_dir_count(&dir), 2);
}
