/* SPDX-License-Identifier: Apache-2.0
 * Constants through views, and the decoding of every number type. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "graph/graph.h"

static hn_env env;
static hn_arena arena;
static hn_graph *g;

static void open_graph(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
    g = hn_graph_new(&env, &arena);
}

static void close_graph(void) {
    hn_arena_fini(&arena);
}

TestSuite(constant, .init = open_graph, .fini = close_graph);

static hn_value *vector(hn_dtype dtype, int64_t n, const void *bytes) {
    const hn_shape shape = hn_shape_of(1, &n);
    return hn_graph_constant(g, "c", dtype, &shape, bytes);
}

Test(constant, reads_a_transposed_view) {
    const int64_t dim[2] = {2, 3}, turned[2] = {3, 2};
    const int16_t bytes[6] = {1, 2, 3, 4, 5, -6};
    const hn_shape shape = hn_shape_of(2, dim);
    hn_value *v = hn_graph_constant(g, "c", HN_DTYPE_S16, &shape, bytes);
    cr_assert(hn_constant_is_contiguous(v));
    v->shape = hn_shape_of(2, turned);
    v->constant->stride[0] = 1;
    v->constant->stride[1] = 3;
    cr_assert(!hn_constant_is_contiguous(v));
    int64_t got[6];
    cr_assert_eq(hn_constant_read_s64(g, v, got, 6), HONE_OK);
    const int64_t want[6] = {1, 4, 2, 5, 3, -6};
    cr_assert_eq(memcmp(got, want, sizeof want), 0);
    int16_t copy[6];
    hn_constant_copy(v, copy);
    cr_assert(copy[1] == 4 && copy[5] == -6);
    cr_assert_eq(hn_graph_verify(g), HONE_OK, "%s", env.message);
    v->constant->stride[1] = 4;
    cr_assert_eq(hn_graph_verify(g), HONE_E_FORMAT);
}

Test(constant, reads_a_broadcast_view) {
    const int64_t dim[3] = {2, 3, 2};
    const float bytes[2] = {1.5f, 2.5f};
    hn_value *v = vector(HN_DTYPE_F32, 2, bytes);
    v->shape = hn_shape_of(3, dim);
    v->constant->stride[0] = v->constant->stride[1] = 0;
    v->constant->stride[2] = 1;
    float got[12];
    cr_assert_eq(hn_constant_read_f32(g, v, got, 12), HONE_OK);
    for (int i = 0; i < 12; i++) cr_assert_eq(got[i], bytes[i % 2]);
    cr_assert_eq(hn_graph_verify(g), HONE_OK, "%s", env.message);
}

Test(constant, unpacks_small_integers) {
    const uint8_t bytes[2] = {0xf1, 0x87};
    int64_t got[8];
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_S4, 4, bytes), got, 4), HONE_OK);
    cr_assert(got[0] == 1 && got[1] == -1 && got[2] == 7 && got[3] == -8);
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_U4, 4, bytes), got, 4), HONE_OK);
    cr_assert(got[0] == 1 && got[1] == 15 && got[2] == 7 && got[3] == 8);
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_S2, 8, bytes), got, 8), HONE_OK);
    cr_assert(got[0] == 1 && got[1] == 0 && got[2] == -1 && got[7] == -2);
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_B1, 8, bytes), got, 8), HONE_OK);
    cr_assert(got[0] == 1 && got[1] == 0 && got[4] == 1);
}

static float one(hn_dtype dtype, const void *bytes) {
    float got = -99;
    cr_assert_eq(hn_constant_read_f32(g, vector(dtype, 1, bytes), &got, 1), HONE_OK);
    return got;
}

static float one16(hn_dtype dtype, uint16_t bits) {
    return one(dtype, &bits);
}

static float one8(hn_dtype dtype, uint8_t bits) {
    return one(dtype, &bits);
}

Test(constant, decodes_small_floats) {
    cr_assert_eq(one16(HN_DTYPE_F16, 0x3c00), 1.0f);
    cr_assert_eq(one16(HN_DTYPE_F16, 0xc100), -2.5f);
    cr_assert_eq(one16(HN_DTYPE_F16, 0x0001), 5.9604644775390625e-8f);
    cr_assert_eq(one16(HN_DTYPE_F16, 0x7bff), 65504.0f);
    cr_assert(isinf(one16(HN_DTYPE_F16, 0xfc00)));
    cr_assert(isnan(one16(HN_DTYPE_F16, 0x7e00)));
    cr_assert_eq(one16(HN_DTYPE_BF16, 0x3fc0), 1.5f);
    cr_assert_eq(one16(HN_DTYPE_BF16, 0x0001), 9.18354961579912e-41f);
    cr_assert_eq(one8(HN_DTYPE_F8E4M3, 0x7e), 448.0f);
    cr_assert(isnan(one8(HN_DTYPE_F8E4M3, 0xff)));
    cr_assert_eq(one8(HN_DTYPE_F8E5M2, 0x7b), 57344.0f);
    cr_assert(isinf(one8(HN_DTYPE_F8E5M2, 0x7c)));
    cr_assert_eq(one8(HN_DTYPE_F8E4M3FNUZ, 0x7f), 240.0f);
    cr_assert(isnan(one8(HN_DTYPE_F8E4M3FNUZ, 0x80)));
    cr_assert_eq(one8(HN_DTYPE_F8E5M2FNUZ, 0x7f), 57344.0f);
    cr_assert_eq(one8(HN_DTYPE_F8E8M0, 0), 5.877471754111438e-39f);
    cr_assert_eq(one8(HN_DTYPE_F8E8M0, 128), 2.0f);
    cr_assert_eq(one8(HN_DTYPE_F4E2M1, 0x0f), -6.0f);
    cr_assert_eq(one8(HN_DTYPE_F4E2M1, 0x01), 0.5f);
}

Test(constant, converts_between_numbers) {
    const double d[2] = {-2.75, 1e300};
    const uint64_t u = UINT64_MAX;
    int64_t got[2];
    float f;
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_F64, 2, d), got, 2), HONE_OK);
    cr_assert(got[0] == -2 && got[1] == INT64_MAX);
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_U64, 1, &u), got, 1), HONE_OK);
    cr_assert_eq(got[0], INT64_MAX);
    cr_assert_eq(hn_constant_read_f32(g, vector(HN_DTYPE_U64, 1, &u), &f, 1), HONE_OK);
    cr_assert_eq(f, 18446744073709551616.0f);
}

Test(constant, refuses_a_wrong_count_and_what_is_no_number) {
    int64_t got[4] = {9, 9, 9, 9};
    const uint8_t bytes[8] = {0};
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_S8, 3, bytes), got, 4), HONE_E_SHAPE);
    cr_assert_eq(hn_constant_read_s64(g, vector(HN_DTYPE_C64, 1, bytes), got, 1), HONE_E_SHAPE);
    const hn_value *v = hn_graph_value(g, "x", HN_DTYPE_S8, NULL);
    cr_assert_eq(hn_constant_read_s64(g, v, got, 1), HONE_E_UNSUPPORTED);
    cr_assert_eq(got[0], 9, "untouched on failure");
    const int64_t n = 3;
    const hn_shape shape = hn_shape_of(1, &n);
    cr_assert_null(hn_graph_constant(g, "s", HN_DTYPE_STRING, &shape, bytes));
}

Test(constant, gives_quantization) {
    const float scale[2] = {0.5f, 0.125f};
    const int32_t zero[2] = {-3, 4};
    hn_value *v = vector(HN_DTYPE_S8, 2, "ab");
    cr_assert_eq(hn_quant_channels(v), 0);
    hn_quant q = {vector(HN_DTYPE_F32, 2, scale), vector(HN_DTYPE_S32, 2, zero), 0, 0};
    v->quant = &q;
    cr_assert_eq(hn_quant_channels(v), 2);
    cr_assert_eq(hn_quant_scale(v, 1), 0.125f);
    cr_assert_eq(hn_quant_zero(v, 1), 4);
    q.scale = hn_graph_scalar_f32(g, 2.0f);
    q.zero_point = NULL;
    q.axis = -1;
    cr_assert_eq(hn_quant_channels(v), 1);
    cr_assert_eq(hn_quant_scale(v, 7), 2.0f);
    cr_assert_eq(hn_quant_zero(v, 7), 0);
    cr_assert_eq(hn_graph_verify(g), HONE_OK, "%s", env.message);
}

/* Widened, then scaled by factors along the first dimension: as if it had been done at once. */
Test(constant, works_out_large_floats_when_they_are_read) {
    enum { ROWS = 64, COLUMNS = 128, N = ROWS * COLUMNS };
    static uint16_t halves[N];
    static float got[N], factor[ROWS];
    const int64_t dim[2] = {ROWS, COLUMNS}, turned[2] = {COLUMNS, ROWS};
    const hn_shape shape = hn_shape_of(2, dim);
    for (int i = 0; i < N; i++) halves[i] = (uint16_t)(0x3c00 + i % 512); /* from 1 on */
    for (int i = 0; i < ROWS; i++) factor[i] = (float)(i + 1);
    hn_value *half = hn_graph_constant_borrowed(g, "h", HN_DTYPE_F16, &shape, halves);
    const hn_later widen = {.from = half};
    hn_value *wide = hn_graph_later(g, "w", &shape, &widen);
    const hn_later scale = {.from = wide, .factor = factor, .inner = COLUMNS, .n_factor = ROWS};
    hn_value *scaled = hn_graph_later(g, "s", &shape, &scale);
    hn_value view = *scaled;
    hn_constant constant = *scaled->constant;
    cr_assert(wide->constant->later != NULL && !wide->constant->later->is_made);
    view.constant = &constant;
    view.shape = hn_shape_of(2, turned);
    constant.stride[0] = 1;
    constant.stride[1] = COLUMNS;
    cr_assert_eq(hn_constant_read_f32(g, &view, got, N), HONE_OK);
    for (int i = 0; i < N; i++) {
        const int row = i % ROWS, at = row * COLUMNS + i / ROWS;
        cr_assert_eq(got[i], (1.0f + (float)(at % 512) / 1024.0f) * factor[row], "element %d", i);
    }
}

Test(constant, long_chains_of_factors_are_worked_out_on_the_way) {
    enum { N = 8192, LINKS = 5000 };
    static float ones[N];
    const int64_t n = N;
    const float factor = 1.0009765625f;
    const hn_shape shape = hn_shape_of(1, &n);
    for (int i = 0; i < N; i++) ones[i] = 1.0f;
    hn_value *v = hn_graph_constant_borrowed(g, "", HN_DTYPE_F32, &shape, ones);
    for (int i = 0; i < LINKS; i++) {
        const hn_later scale = {.from = v, .factor = &factor, .inner = 1, .n_factor = 1};
        v = hn_graph_later(g, "", &shape, &scale);
    }
    float want = 1.0f;
    for (int i = 0; i < LINKS; i++) want *= factor;
    static float got[N];
    cr_assert_eq(hn_constant_read_f32(g, v, got, N), HONE_OK);
    cr_assert(got[0] == want && got[N - 1] == want);
}

Test(constant, small_floats_are_worked_out_at_once) {
    const float three[3] = {1, 2, 3}, factor = 2;
    hn_value *v = vector(HN_DTYPE_F32, 3, three);
    const hn_later scale = {.from = v, .factor = &factor, .inner = 1, .n_factor = 1};
    const hn_value *twice = hn_graph_later(g, "", &v->shape, &scale);
    float got[3];
    cr_assert(twice->constant->later == NULL);
    memcpy(got, twice->constant->bytes, sizeof got);
    cr_assert(got[0] == 2 && got[2] == 6);
}
