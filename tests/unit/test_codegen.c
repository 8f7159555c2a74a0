/* SPDX-License-Identifier: Apache-2.0
 * Export: literals that read back as the same bits, names, a hand-made plan as files, and what is
 * refused without leaving anything. That exported programs compile and give the same bytes is
 * tested in tests/export. */
#define _XOPEN_SOURCE 700
#include <criterion/criterion.h>

#include <ftw.h>
#include <sys/stat.h>

#include "codegen/codegen.h"
#include "codegen/program.h"
#include "base/file.h"
#include "kernels/lut/lut.h"
#include "temp_dir.h"
#include "torture.h"

enum { N = 100, N_FILES = 7 }; /* the two of the model, lut_c.c and what it includes */

static hn_env env;
static temp_path dir;

static void setup(void) {
    hn_env_init(&env);
    cr_assert(temp_dir_make(&dir));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void teardown(void) {
    nftw(dir.text, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(codegen, .init = setup, .fini = teardown);

/* input -> table -> output */
static hn_plan plan;
static hn_value ports[2];
static hn_plan_io in, out;
static hn_plan_const table;
static hn_step step;
static hn_call call;
static uint8_t table_bytes[256];
static const hn_lut_args args = {N};
static const hn_bufref buf[] = {{HN_SPACE_INPUT, 0, 0, N, 0, 0},
                                {HN_SPACE_CONST, 0, 0, 256, 0, 0},
                                {HN_SPACE_OUTPUT, 0, 0, N, 0, 0}};

static void make_plan(void) {
    const int64_t dim[] = {N};
    for (int i = 0; i < 2; i++) {
        ports[i].name = i == 0 ? "an */ input\n" : "output";
        ports[i].dtype = HN_DTYPE_S8;
        ports[i].shape = hn_shape_of(1, dim);
    }
    in = (hn_plan_io){&ports[0], N, 0};
    out = (hn_plan_io){&ports[1], N, 112};
    table = (hn_plan_const){table_bytes, sizeof table_bytes, HN_SOURCE_COPIED, "t", HN_DTYPE_U8};
    step.kind = HN_STEP_KERNEL;
    while (strcmp(hn_kernels[step.kernel].name, "lut_b8_c") != 0) step.kernel++;
    step.units = 1;
    step.args = &args;
    step.buf = buf;
    step.n_buf = HN_LUT_OPERANDS;
    plan.steps = &step;
    plan.consts = &table;
    plan.calls = &call;
    plan.inputs = &in;
    plan.outputs = &out;
    plan.n_steps = plan.n_consts = plan.n_calls = plan.n_inputs = plan.n_outputs = 1;
    plan.arena_bytes = 224;
}

static int n_found;
static int count_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)path;
    (void)info;
    (void)walk;
    n_found += kind == FTW_F;
    return 0;
}

static int count_files(const char *path) {
    n_found = 0;
    nftw(path, count_one, 8, FTW_PHYS);
    return n_found;
}

static bool file_holds(const char *name, const char *text) {
    const temp_path path = temp_dir_path(&dir, name);
    hn_map map;
    if (hn_map_open(&env, path.text, &map) != HONE_OK) return false;
    const size_t n = strlen(text);
    bool is_found = false;
    for (uint64_t i = 0; i + n <= map.size && !is_found; i++) {
        is_found = memcmp(map.bytes + i, text, n) == 0;
    }
    hn_map_close(&map);
    return is_found;
}

static void expect_float(uint32_t bits) {
    hn_text text;
    float v;
    memcpy(&v, &bits, sizeof v);
    hn_text_init(&text, &env);
    hn_print_f32(&text, v);
    char *end;
    const float read = strtof(text.bytes, &end);
    cr_expect_arr_eq(&read, &v, sizeof v, "%s", text.bytes);
    cr_expect_str_eq(end, "f");
    cr_expect(strpbrk(text.bytes, ".e") != NULL, "%s", text.bytes);
    hn_text_free(&text);
}

Test(codegen, floats_read_back_as_the_same_bits) {
    const uint32_t special[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff,
                                0x00800000, 0x7f7fffff, 0xff7fffff, 0x3f800000, 0x4b800000};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) expect_float(special[i]);
    uint32_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 1664525u + 1013904223u;
        if ((bits & 0x7f800000u) != 0x7f800000u) expect_float(bits);
    }
}

Test(codegen, what_has_no_literal_is_spelled_out) {
    hn_text text;
    float negative_infinity, nan;
    const uint32_t bits[] = {0xff800000u, 0x7fc00000u};
    memcpy(&negative_infinity, &bits[0], 4);
    memcpy(&nan, &bits[1], 4);
    hn_text_init(&text, &env);
    hn_print_f32(&text, negative_infinity);
    hn_text_add(&text, " ");
    hn_print_f32(&text, nan);
    hn_text_add(&text, " ");
    hn_print_s32(&text, INT32_MIN);
    cr_assert_str_eq(text.bytes, "-HONE_INFINITY HONE_NAN (-2147483647 - 1)");
    hn_text_free(&text);
}

Test(codegen, arrays_keep_every_bit) {
    const int64_t least = INT64_MIN;
    const uint32_t nan = 0x7f812345u;
    const hn_plan_const cases[] = {
        {(const uint8_t *)&least, 8, HN_SOURCE_COPIED, "", HN_DTYPE_S64},
        {(const uint8_t *)&nan, 4, HN_SOURCE_COPIED, "", HN_DTYPE_F32},
        {(const uint8_t *)&nan, 4, HN_SOURCE_COPIED, "", HN_DTYPE_F16},
        {(const uint8_t *)&nan, 3, HN_SOURCE_COPIED, "", HN_DTYPE_S32},
        {(const uint8_t *)&nan, 0, HN_SOURCE_COPIED, "", HN_DTYPE_F32},
    };
    const char *const wanted[] = {
        "int64_t const_0[1] = {\n    (-9223372036854775807LL - 1),",
        "uint8_t const_1[4] = {\n    69,35,129,127,", "uint8_t const_2[4] = {\n    69,35,129,127,",
        "uint8_t const_3[3] = {\n    69,35,129,", "float const_4[1] = {\n    0\n"};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hn_text text;
        hn_text_init(&text, &env);
        hn_print_const(&text, i, &cases[i]);
        cr_expect(strstr(text.bytes, wanted[i]) != NULL, "%s", text.bytes);
        hn_text_free(&text);
    }
}

Test(codegen, refuses_what_is_no_name_in_c) {
    char long_name[66] = {0};
    memset(long_name, 'a', sizeof long_name - 1);
    const char *const names[] = {"",    "1x",       "_x",   "a-b",   "a b",
                                 "a\n", "\xc3\xa9", "../x", "float", long_name};
    make_plan();
    const temp_path folder = temp_dir_path(&dir, "net");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_expect_eq(hn_codegen_write(&env, &plan, names[i], folder.text), HONE_E_ARGUMENT, "%s",
                     names[i]);
    }
    cr_assert_eq(temp_dir_count(&dir), 0);
}

Test(codegen, writes_the_model_and_what_it_includes) {
    make_plan();
    const temp_path folder = temp_dir_path(&dir, "net");
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", folder.text), HONE_OK, "%s", env.message);
    cr_assert_eq(count_files(folder.text), N_FILES);
    cr_assert_eq(temp_dir_count(&dir), 1);
    cr_expect(file_holds("net/net.h", "#define NET_ARENA_BYTES 224\n"));
    cr_expect(file_holds("net/net.h", "/* an _/ input_: s8 */"));
    cr_expect(file_holds("net/net.c", "call_lut_b8_c(&args_0, buf_0, &work_0);"));
    cr_expect(file_holds("net/hone/kernels/lut/lut_c.c", "#include \"../../kernels/lut/lut.h\""));
}

Test(codegen, replaces_an_earlier_export_and_nothing_else) {
    make_plan();
    const temp_path folder = temp_dir_path(&dir, "net");
    const temp_path other = temp_dir_path(&dir, "net/mine.c");
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", folder.text), HONE_OK);
    cr_assert_eq(hn_file_write(&env, other.text, "x", 1), HONE_OK);
    plan.arena_bytes = 448;
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", folder.text), HONE_OK, "%s", env.message);
    cr_assert_eq(count_files(folder.text), N_FILES + 1);
    cr_assert_eq(temp_dir_count(&dir), 1);
    cr_expect(file_holds("net/net.h", "#define NET_ARENA_BYTES 448\n"));
}

Test(codegen, leaves_nothing_where_it_cannot_write) {
    make_plan();
    const temp_path file = temp_dir_path(&dir, "file");
    const temp_path below = temp_dir_path(&dir, "none/net");
    cr_assert_eq(hn_file_write(&env, file.text, "x", 1), HONE_OK);
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", file.text), HONE_E_FILE);
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", below.text), HONE_E_FILE);
    cr_assert_eq(temp_dir_count(&dir), 1);
}

Test(codegen, names_the_provider_that_it_cannot_export) {
    static const hone_provider provider = {.name = "npu"};
    const hn_plan_group group = {.provider = &provider};
    make_plan();
    call.kind = HN_CALL_PROVIDER;
    call.name = "part 3";
    call.group = &group;
    step.kind = HN_STEP_CALL;
    const temp_path folder = temp_dir_path(&dir, "net");
    cr_assert_eq(hn_codegen_write(&env, &plan, "net", folder.text), HONE_E_UNSUPPORTED);
    cr_expect(strstr(env.message, "npu") != NULL && strstr(env.message, "part 3") != NULL, "%s",
              env.message);
    cr_assert_eq(temp_dir_count(&dir), 0);
}

Test(codegen, every_allocation_can_fail) {
    make_plan();
    const temp_path folder = temp_dir_path(&dir, "net");
    hone_status status = HONE_E_MEMORY;
    for (int n = 1; status != HONE_OK; n++) {
        torture t = {0, 0, n};
        torture_env(&env, &t);
        status = hn_codegen_write(&env, &plan, "net", folder.text);
        cr_assert_eq(t.n_blocks, 0, "request %d leaks", n);
        cr_assert(status == HONE_OK || status == HONE_E_MEMORY, "request %d: %s", n, env.message);
        cr_assert_eq(temp_dir_count(&dir), status == HONE_OK);
    }
    cr_assert_eq(count_files(folder.text), N_FILES);
}
