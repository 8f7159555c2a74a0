/* SPDX-License-Identifier: Apache-2.0
 * Constants of ONNX files: every way in which a tensor is stored, Constant nodes, and external data
 * inside and outside of the model's folder. */
#include <unistd.h>

#include "graph/list.h"
#include "onnx_case.h"
#include "temp_dir.h"

/* ---- constants ---- */

static void expect_string(const hn_graph *g, const char *name, uint64_t i, const char *want) {
    uint64_t length = 0;
    const char *text = hn_string_at(value_named(g, name)->constant->bytes, i, &length);
    cr_assert_eq(length, strlen(want));
    cr_assert_eq(memcmp(text, want, length), 0);
}

Test(onnx_read, tensors_of_every_storage) {
    fixture f;
    open_case(&f, "tensors.onnx");
    const hn_graph *g = f.g;
    expect_ints(g, "s4", HN_DTYPE_S4, 3, (const int64_t[]){1, -2, 7});
    expect_ints(g, "u4", HN_DTYPE_U4, 4, (const int64_t[]){1, 2, 3, 15});
    expect_floats(g, "f16", HN_DTYPE_F16, 3, (const float[]){1.0f, -2.0f, 0.5f});
    expect_floats(g, "bf16", HN_DTYPE_BF16, 3, (const float[]){1.0f, -2.0f, 0.5f});
    expect_ints(g, "s8", HN_DTYPE_S8, 2, (const int64_t[]){-128, 127});
    expect_ints(g, "bool", HN_DTYPE_BOOL, 3, (const int64_t[]){1, 0, 1});
    expect_ints(g, "s32", HN_DTYPE_S32, 2, (const int64_t[]){INT32_MIN, 5});
    expect_ints(g, "s64", HN_DTYPE_S64, 2, (const int64_t[]){-1, INT64_C(1) << 40});
    expect_ints(g, "u32", HN_DTYPE_U32, 1, (const int64_t[]){4000000000});
    expect_floats(g, "f64", HN_DTYPE_F64, 1, (const float[]){0.25f});
    expect_floats(g, "f32", HN_DTYPE_F32, 2, (const float[]){1.5f, -2.5f});
    cr_assert(value_named(g, "f32")->constant->is_borrowed);
    cr_assert_not(value_named(g, "f16")->constant->is_borrowed);
    cr_assert_eq(value_named(g, "empty")->constant->n_bytes, 0);
    expect_string(g, "text", 0, "ab");
    expect_string(g, "text", 1, "");
    close_fixture(&f);
    open_case(&f, "unpacked.onnx");
    expect_floats(f.g, "w", HN_DTYPE_F32, 2, (const float[]){1.5f, -2.5f});
    close_fixture(&f);
}

Test(onnx_read, constant_nodes_are_constants) {
    fixture f;
    open_case(&f, "constants.onnx");
    const hn_graph *g = f.g;
    cr_assert_eq(g->n_nodes, 1);
    expect_floats(g, "c_value", HN_DTYPE_F32, 2, (const float[]){1.0f, 2.0f});
    cr_assert_eq(value_named(g, "c_value")->shape.rank, 2);
    expect_floats(g, "c_float", HN_DTYPE_F32, 1, (const float[]){0.5f});
    cr_assert_eq(value_named(g, "c_float")->shape.rank, 0);
    expect_floats(g, "c_floats", HN_DTYPE_F32, 2, (const float[]){0.5f, 1.5f});
    expect_ints(g, "c_int", HN_DTYPE_S64, 1, (const int64_t[]){-7});
    expect_ints(g, "c_ints", HN_DTYPE_S64, 3, (const int64_t[]){1, 2, 3});
    expect_string(g, "c_string", 0, "word");
    expect_string(g, "c_strings", 1, "b");
    close_fixture(&f);
}

Test(onnx_read, broken_tensors_are_refused) {
    expect_failure("short_raw.onnx", HONE_E_FORMAT, "'w': raw_data");
    expect_failure("huge_shape.onnx", HONE_E_FORMAT, "'w'");
    expect_failure("huge_varints.onnx", HONE_E_FORMAT, "'w'");
    expect_failure("negative_dim.onnx", HONE_E_FORMAT, "negative");
    expect_failure("rank_9.onnx", HONE_E_UNSUPPORTED, "dimensions");
    expect_failure("bad_type.onnx", HONE_E_FORMAT, "type");
    expect_failure("complex128.onnx", HONE_E_UNSUPPORTED, "complex128");
    expect_failure("reference.onnx", HONE_E_FORMAT, "outside of a function");
}

/* ---- external data ---- */

Test(onnx_external, is_read_inside_the_folder) {
    fixture f;
    open_case(&f, "external.onnx");
    expect_floats(f.g, "w", HN_DTYPE_F32, 2, (const float[]){1.5f, 2.5f});
    cr_assert_eq(f.g->n_maps, 1);
    close_fixture(&f);
}

Test(onnx_external, is_refused_elsewhere) {
    expect_failure("external_parent.onnx", HONE_E_FILE, "../onnx/weights/w.bin");
    expect_failure("external_inner_parent.onnx", HONE_E_FILE, "no such file");
    expect_failure("external_absolute.onnx", HONE_E_FILE, "no such file");
    expect_failure("external_folder.onnx", HONE_E_FILE, "not a regular file");
    expect_failure("external_missing.onnx", HONE_E_FILE, "weights/none.bin");
    expect_failure("external_beyond.onnx", HONE_E_FORMAT, "beyond");
    expect_failure("external_overflow.onnx", HONE_E_FORMAT, "beyond");
    expect_failure("external_length.onnx", HONE_E_FORMAT, "size of the shape");
}

/* The model with the link's folder as its own. */
static void expect_link_refused(const char *model, const char *folder) {
    fixture f;
    char path[600];
    init_fixture(&f);
    snprintf(path, sizeof path, "%s/%s", case_folder(), model);
    cr_assert_eq(hn_map_open(&f.env, path, &f.map), HONE_OK);
    f.status = hn_onnx_read(&f.env, &f.arena, f.map.bytes, f.map.size, folder, &f.g);
    cr_assert_eq(f.status, HONE_E_FILE, "%s", f.env.message);
    close_fixture(&f);
}

Test(onnx_external, follows_no_links) {
    temp_path dir;
    char target[600], *real = realpath(case_folder(), NULL);
    cr_assert(temp_dir_make(&dir));
    cr_assert_not_null(real);
    const temp_path file = temp_dir_path(&dir, "link.bin"), folder = temp_dir_path(&dir, "link");
    snprintf(target, sizeof target, "%.500s/weights/w.bin", real);
    cr_assert_eq(access(target, R_OK), 0);
    cr_assert_eq(symlink(target, file.text), 0);
    snprintf(target, sizeof target, "%.500s/weights", real);
    cr_assert_eq(symlink(target, folder.text), 0);
    expect_link_refused("external_link.onnx", dir.text);
    expect_link_refused("external_link_folder.onnx", dir.text);
    expect_link_refused("external.onnx", NULL);
    temp_dir_remove(&dir);
    free(real);
}
