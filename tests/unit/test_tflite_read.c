/* SPDX-License-Identifier: Apache-2.0
 * Reading TensorFlow Lite: small files built here, right and wrong, changed and cut everywhere; and
 * every allocation failed in turn. test_tflite_models.c reads real ones. */
#include <criterion/criterion.h>
#include <math.h>

#include "fb_builder.h"
#include "formats/format.h"
#include "formats/tflite_ops.h"
#include "graph/list.h"
#include "torture.h"

/* ---- a model of one node, x -> RELU -> y, in parts that tests change ---- */

enum { N_TENSORS = 3, N_SUBGRAPHS = 3, N_BUFFERS = 3 };

typedef struct small {
    fb_builder b;
    uint32_t model, code, buffer[N_BUFFERS], subgraph[N_SUBGRAPHS];
    uint32_t tensor[N_SUBGRAPHS][N_TENSORS], op[N_SUBGRAPHS], in[N_SUBGRAPHS], out[N_SUBGRAPHS];
    uint32_t shape[N_SUBGRAPHS][N_TENSORS], end_in[N_SUBGRAPHS], end_out[N_SUBGRAPHS];
} small;

static small m;
static hn_env env;
static hn_arena arena;
static hn_graph *g;

static void drop_from(uint32_t table, uint32_t first, uint32_t n) {
    for (uint32_t i = first; i < n; i++) fb_drop(&m.b, table, i);
}

static void build_tensor(uint32_t s, uint32_t i, uint32_t place) {
    const int32_t shape[2] = {2, 3};
    const uint32_t t = m.tensor[s][i] = fb_table(&m.b, 11);
    fb_point(&m.b, place, t);
    drop_from(t, 3, 11);
    m.shape[s][i] = fb_words(&m.b, 2, shape);
    fb_link(&m.b, t, 0, m.shape[s][i]);
}

static void build_subgraph(uint32_t s, uint32_t place) {
    const int32_t zero[1] = {0}, one[1] = {1};
    const uint32_t t = m.subgraph[s] = fb_table(&m.b, 6);
    fb_point(&m.b, place, t);
    drop_from(t, 4, 6);
    const uint32_t tensors = fb_words(&m.b, N_TENSORS, NULL);
    fb_link(&m.b, t, 0, tensors);
    for (uint32_t i = 0; i < N_TENSORS; i++) build_tensor(s, i, tensors + 4 + 4 * i);
    fb_link(&m.b, t, 1, m.end_in[s] = fb_words(&m.b, 1, zero));
    fb_link(&m.b, t, 2, m.end_out[s] = fb_words(&m.b, 1, one));
    const uint32_t ops = fb_words(&m.b, 1, NULL);
    fb_link(&m.b, t, 3, ops);
    m.op[s] = fb_table(&m.b, 14);
    fb_point(&m.b, ops + 4, m.op[s]);
    drop_from(m.op[s], 3, 14);
    fb_link(&m.b, m.op[s], 1, m.in[s] = fb_words(&m.b, 1, zero));
    fb_link(&m.b, m.op[s], 2, m.out[s] = fb_words(&m.b, 1, one));
}

static void set_code(int32_t code) {
    fb_set(&m.b, m.code, 0, (uint32_t)(code < 127 ? code : 127));
    fb_set(&m.b, m.code, 3, (uint32_t)code);
}

static void build(void) {
    fb_begin(&m.b, "TFL3");
    m.model = fb_table(&m.b, 10);
    fb_point(&m.b, 0, m.model);
    fb_set(&m.b, m.model, 0, 3);
    fb_drop(&m.b, m.model, 3);
    drop_from(m.model, 5, 10);
    const uint32_t codes = fb_words(&m.b, 1, NULL);
    fb_link(&m.b, m.model, 1, codes);
    m.code = fb_table(&m.b, 4);
    fb_point(&m.b, codes + 4, m.code);
    fb_drop(&m.b, m.code, 1);
    fb_set(&m.b, m.code, 2, 1);
    set_code(19);
    const uint32_t buffers = fb_words(&m.b, N_BUFFERS, NULL);
    fb_link(&m.b, m.model, 4, buffers);
    for (uint32_t i = 0; i < N_BUFFERS; i++) {
        m.buffer[i] = fb_table(&m.b, 5);
        fb_point(&m.b, buffers + 4 + 4 * i, m.buffer[i]);
        drop_from(m.buffer[i], 0, 5);
    }
    const uint32_t subgraphs = fb_words(&m.b, N_SUBGRAPHS, NULL);
    fb_link(&m.b, m.model, 2, subgraphs);
    for (uint32_t s = 0; s < N_SUBGRAPHS; s++) build_subgraph(s, subgraphs + 4 + 4 * s);
}

static void restore(uint32_t table, uint32_t field) {
    fb_move(&m.b, table, field, field);
}

static void start(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
    g = NULL;
    build();
}

static void stop(void) {
    hn_arena_fini(&arena);
}

static hone_status read_small(void) {
    return hn_tflite_read(&env, &arena, m.b.bytes, m.b.n, NULL, &g);
}

#define REFUSED(code, words)                                                                       \
    do {                                                                                           \
        g = NULL;                                                                                  \
        cr_assert_eq(read_small(), (code), "%s", env.message);                                     \
        cr_assert_null(g);                                                                         \
        cr_assert_eq(strncmp(env.message, "tflite: ", 8), 0, "%s", env.message);                   \
        cr_assert_not_null(strstr(env.message, (words)), "%s", env.message);                       \
    } while (0)

TestSuite(tflite_read, .init = start, .fini = stop);

Test(tflite_read, a_small_model) {
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(g->n_nodes, 1);
    cr_assert_eq(g->nodes[0]->op, hn_op_at(HN_OP_relu));
    cr_assert_str_eq(g->nodes[0]->foreign, "RELU");
    cr_assert_eq(g->nodes[0]->arith, HN_ARITH_NONE);
    cr_assert_eq(g->inputs[0]->shape.dim[1], 3);
    cr_assert_eq(g->inputs[0]->n_uses, 1);
    cr_assert_str_eq(g->format, "tflite");
}

Test(tflite_read, keeps_operators_that_it_does_not_know) {
    set_code(250);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_null(g->nodes[0]->op);
    cr_assert_str_eq(g->nodes[0]->foreign, "BUILTIN_250");
    set_code(66);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_str_eq(g->nodes[0]->foreign, "SIN");
    set_code(32);
    restore(m.code, 1);
    const uint32_t name = fb_text(&m.b, "Mine");
    fb_link(&m.b, m.code, 1, name);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_str_eq(g->nodes[0]->foreign, "CUSTOM:Mine");
}

Test(tflite_read, turns_free_dimensions_unknown) {
    const int32_t signature[2] = {-1, 3};
    restore(m.tensor[0][0], 7);
    fb_link(&m.b, m.tensor[0][0], 7, fb_words(&m.b, 2, signature));
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(g->inputs[0]->shape.dim[0], -1);
    cr_assert_eq(g->inputs[0]->shape.dim[1], 3);
}

Test(tflite_read, refuses_indices_out_of_range) {
    fb_put(&m.b, m.in[0] + 4, 3);
    REFUSED(HONE_E_FORMAT, "node 0 (RELU): operand 0 is tensor 3");
    fb_put(&m.b, m.in[0] + 4, (uint32_t)-2);
    REFUSED(HONE_E_FORMAT, "operand 0 is tensor -2");
    build();
    fb_put(&m.b, m.end_out[0] + 4, 99);
    REFUSED(HONE_E_FORMAT, "output 0 is tensor 99");
    build();
    fb_set(&m.b, m.op[0], 0, 1);
    REFUSED(HONE_E_FORMAT, "operator code 1 of 1");
    build();
    fb_set(&m.b, m.tensor[0][2], 2, N_BUFFERS);
    REFUSED(HONE_E_FORMAT, "buffer 3 of 3");
    build();
    fb_set(&m.b, m.tensor[0][2], 1, 99);
    REFUSED(HONE_E_UNSUPPORTED, "tensor 2 '': type number 99");
}

Test(tflite_read, refuses_what_cannot_be_run_in_order) {
    fb_put(&m.b, m.in[0] + 4, 2);
    REFUSED(HONE_E_FORMAT, "read before it is computed");
    fb_put(&m.b, m.in[0] + 4, 1);
    REFUSED(HONE_E_FORMAT, "read before it is computed");
    build();
    fb_put(&m.b, m.out[0] + 4, 0);
    REFUSED(HONE_E_FORMAT, "an input that a node computes");
}

Test(tflite_read, refuses_other_versions_and_empty_models) {
    fb_set(&m.b, m.model, 0, 2);
    REFUSED(HONE_E_UNSUPPORTED, "schema version 2");
    build();
    fb_drop(&m.b, m.model, 2);
    REFUSED(HONE_E_FORMAT, "no graph");
    m.b.bytes[4] = 'X';
    REFUSED(HONE_E_FORMAT, "identifier");
}

/* Makes the nodes of all subgraphs WHILE; that of subgraph s has bodies a and b. */
static void build_loops(uint32_t s, uint32_t a, uint32_t b) {
    set_code(119);
    restore(m.op[s], 3);
    restore(m.op[s], 4);
    fb_set(&m.b, m.op[s], 3, 93);
    const uint32_t options = fb_table(&m.b, 2);
    fb_link(&m.b, m.op[s], 4, options);
    fb_set(&m.b, options, 0, a);
    fb_set(&m.b, options, 1, b);
}

Test(tflite_read, attaches_bodies) {
    build_loops(0, 1, 2);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(g->nodes[0]->n_bodies, 2);
    cr_assert_eq(g->nodes[0]->bodies[1]->parent, g);
    cr_assert_eq(g->nodes[0]->bodies[1]->n_nodes, 1);
}

Test(tflite_read, refuses_bodies_in_a_circle_or_out_of_range) {
    build_loops(0, 1, 2);
    build_loops(1, 2, 2);
    build_loops(2, 1, 1);
    REFUSED(HONE_E_FORMAT, "subgraph 1 contains itself");
    build();
    build_loops(0, 1, 0);
    REFUSED(HONE_E_FORMAT, "subgraph 0 contains itself");
    build();
    build_loops(0, 7, 1);
    REFUSED(HONE_E_FORMAT, "subgraph 7 of 3");
}

/* Four floats in tensor 2, in the flatbuffer or at an offset into the file. */
static void set_bytes(uint32_t n) {
    const float v[4] = {1, 2, 3, 4};
    fb_set(&m.b, m.tensor[0][2], 2, 1);
    fb_put(&m.b, m.shape[0][2] + 4, 2);
    fb_put(&m.b, m.shape[0][2] + 8, 2);
    restore(m.buffer[1], 0);
    const uint32_t data = fb_add(&m.b, n);
    fb_link(&m.b, m.buffer[1], 0, data);
    memcpy(m.b.bytes + m.b.n, v, sizeof v);
    m.b.n += sizeof v;
}

Test(tflite_read, borrows_constants) {
    set_bytes(16);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    float v[4];
    cr_assert_eq(hn_constant_read_f32(g, g->values[2], v, 4), HONE_OK);
    cr_assert_eq(v[3], 4.0f);
    cr_assert(g->values[2]->constant->is_borrowed);
}

Test(tflite_read, borrows_constants_behind_the_flatbuffer) {
    set_bytes(16);
    fb_drop(&m.b, m.buffer[1], 0);
    fb_move(&m.b, m.buffer[1], 1, 1);
    fb_move(&m.b, m.buffer[1], 2, 3);
    fb_set(&m.b, m.buffer[1], 1, m.b.n - 16);
    fb_set(&m.b, m.buffer[1], 3, 16);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(g->values[2]->constant->bytes, m.b.bytes + m.b.n - 16);
    fb_set(&m.b, m.buffer[1], 1, m.b.n - 15);
    REFUSED(HONE_E_FORMAT, "outside the file");
}

Test(tflite_read, refuses_constants_of_another_size) {
    set_bytes(12);
    REFUSED(HONE_E_FORMAT, "its buffer has 12 bytes instead of 16");
    fb_put(&m.b, m.shape[0][2] + 4, 0x7fffffff);
    fb_put(&m.b, m.shape[0][2] + 8, 0x7fffffff);
    REFUSED(HONE_E_FORMAT, "tensor 2");
    fb_put(&m.b, m.shape[0][2] + 4, (uint32_t)-1);
    REFUSED(HONE_E_FORMAT, "dimension 0 is -1");
}

static void expect_string(uint64_t i, const char *want) {
    uint64_t length = 0;
    const char *text = hn_string_at(g->values[2]->constant->bytes, i, &length);
    cr_assert_eq(length, strlen(want));
    cr_assert_eq(memcmp(text, want, length), 0);
}

Test(tflite_read, decodes_strings) {
    set_bytes(0);
    const int32_t header[6] = {4, 24, 25, 25, 27, 28};
    fb_set(&m.b, m.tensor[0][2], 1, 5);
    const uint32_t data = fb_add(&m.b, 28), words = m.b.n;
    fb_link(&m.b, m.buffer[1], 0, data);
    memcpy(m.b.bytes + words, header, sizeof header);
    memcpy(m.b.bytes + words + 24, "abcd", 4);
    m.b.n += 28;
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    expect_string(0, "a");
    expect_string(1, "");
    expect_string(2, "bc");
    fb_put(&m.b, words + 20, 29);
    REFUSED(HONE_E_FORMAT, "string 3 lies outside");
    fb_put(&m.b, words, 5);
    REFUSED(HONE_E_FORMAT, "are not 4 strings");
}

/* Tensor 0 is s8 with these scales and one zero point. */
static void set_quant(uint32_t n, float scale, int32_t zero, uint32_t axis) {
    int32_t bits;
    memcpy(&bits, &scale, 4);
    const int32_t words[3] = {bits, bits, bits}, zeros[2] = {zero, zero < 0 ? -1 : 0};
    fb_set(&m.b, m.tensor[0][0], 1, 9);
    restore(m.tensor[0][0], 4);
    const uint32_t q = fb_table(&m.b, 7);
    fb_link(&m.b, m.tensor[0][0], 4, q);
    drop_from(q, 0, 6);
    restore(q, 2);
    fb_link(&m.b, q, 2, fb_words(&m.b, n, words));
    fb_set(&m.b, q, 6, axis);
    if (zero == 0) return;
    restore(q, 3);
    const uint32_t list = fb_words(&m.b, 2, zeros);
    fb_put(&m.b, list, 1);
    fb_link(&m.b, q, 3, list);
}

Test(tflite_read, keeps_quantization) {
    set_quant(1, 0.5f, -7, 0);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(hn_quant_scale(g->inputs[0], 0), 0.5f);
    cr_assert_eq(hn_quant_zero(g->inputs[0], 0), -7);
    cr_assert_eq(g->inputs[0]->quant->axis, -1);
    cr_assert_eq(g->nodes[0]->arith, HN_ARITH_TFLITE);
    set_quant(3, 0.5f, 0, 1);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_eq(g->inputs[0]->quant->axis, 1);
    set_quant(1, 0.0f, 0, 1);
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    cr_assert_null(g->inputs[0]->quant, "a scale of 0 stands for none");
}

Test(tflite_read, refuses_bad_quantization) {
    set_quant(3, 0.5f, 0, 2);
    REFUSED(HONE_E_FORMAT, "along axis 2 of 2");
    set_quant(3, 0.5f, 0, 0);
    REFUSED(HONE_E_FORMAT, "3 scales for 2 channels");
    set_quant(3, 0.5f, 5, 1);
    REFUSED(HONE_E_FORMAT, "1 zero points for 3 scales");
    set_quant(1, 0.5f, 200, 0);
    REFUSED(HONE_E_FORMAT, "zero point 200");
    set_quant(1, -0.5f, 0, 0);
    REFUSED(HONE_E_FORMAT, "scale 0 is -0.5");
    set_quant(1, (float)INFINITY, 0, 0);
    REFUSED(HONE_E_FORMAT, "scale 0 is inf");
}

Test(tflite_read, refuses_the_options_of_another_operator) {
    set_code(3);
    restore(m.op[0], 3);
    fb_set(&m.b, m.op[0], 3, 5);
    REFUSED(HONE_E_FORMAT, "node 0 (CONV_2D): it has the options of another");
    fb_set(&m.b, m.op[0], 3, 1);
    restore(m.op[0], 4);
    const uint32_t options = fb_table(&m.b, 7);
    fb_link(&m.b, m.op[0], 4, options);
    fb_set(&m.b, options, 1, 3);
    fb_set(&m.b, options, 2, 2);
    fb_drop(&m.b, options, 6);
    int64_t strides[2];
    cr_assert_eq(read_small(), HONE_OK, "%s", env.message);
    const hn_node *node = g->nodes[0];
    cr_assert(hn_attr_ints(node, "strides", strides, 2));
    cr_assert(strides[0] == 2 && strides[1] == 3, "height first");
    cr_assert_str_eq(hn_attr_string(node, "auto_pad", ""), "same_upper");
    cr_assert_str_eq(hn_attr_string(node, "layout", ""), "nhwc");
    cr_assert_str_eq(hn_attr_string(node, "kernel_layout", ""), "ohwi");
    fb_set(&m.b, options, 0, 2);
    REFUSED(HONE_E_FORMAT, "auto_pad 2 is not known");
}

Test(tflite_read, survives_every_failed_allocation) {
    build_loops(0, 1, 2);
    set_bytes(16);
    set_quant(1, 0.5f, -7, 0);
    hone_status status = HONE_E_MEMORY;
    for (int n = 1; n < 200 && status != HONE_OK; n++) {
        torture t = {.fail_at = n};
        hn_env own;
        torture_env(&own, &t);
        hn_arena own_arena;
        hn_arena_init(&own_arena, &own, 0);
        status = hn_tflite_read(&own, &own_arena, m.b.bytes, m.b.n, NULL, &g);
        cr_assert(status == HONE_OK || status == HONE_E_MEMORY, "%s", own.message);
        hn_arena_fini(&own_arena);
        cr_assert_eq(t.n_blocks, 0);
    }
    cr_assert_eq(status, HONE_OK);
}

Test(tflite_read, survives_every_changed_byte) {
    static uint8_t good[sizeof m.b.bytes];
    build_loops(0, 1, 2);
    set_bytes(16);
    set_quant(3, 0.5f, 0, 1);
    memcpy(good, m.b.bytes, sizeof good);
    for (uint32_t i = 0; i < 8 * m.b.n; i++) {
        m.b.bytes[i / 8] ^= (uint8_t)(1u << (i % 8));
        (void)read_small();
        hn_arena_fini(&arena);
        m.b.bytes[i / 8] = good[i / 8];
    }
    const uint32_t n = m.b.n;
    for (m.b.n = 0; m.b.n < n; m.b.n++) {
        (void)read_small();
        hn_arena_fini(&arena);
    }
}

/* 100,000 nodes that share one list of 65,000 operands would need 52 GB of ports. */
Test(tflite_read, refuses_what_grows_out_of_its_file) {
    static uint8_t big[1 << 20];
    const uint32_t list = m.b.n, n_list = 65000;
    memcpy(big, m.b.bytes, m.b.n);
    memcpy(big + list, &n_list, 4);
    uint32_t at = list + 4 + 4 * n_list;
    const uint32_t ops = at, n_ops = 100000;
    memcpy(big + at, &n_ops, 4);
    const uint32_t to_list = list - fb_slot(m.op[0], 1), to_ops = ops - fb_slot(m.subgraph[0], 3);
    memcpy(big + fb_slot(m.op[0], 1), &to_list, 4);
    memcpy(big + fb_slot(m.subgraph[0], 3), &to_ops, 4);
    const uint32_t table = ops + 4 + 4 * n_ops;
    uint32_t back;
    memcpy(&back, big + m.op[0], 4);
    const uint32_t n_table = 4 + 4 * 14, vtable_bytes = 4 + 2 * 14;
    memcpy(big + table, big + m.op[0] - back, vtable_bytes);
    memcpy(big + table + 32, &(uint32_t){32}, 4);
    memset(big + table + 36, 0, n_table);
    memcpy(big + table + 36 + 4, &(uint32_t){8}, 4);
    const uint32_t op = table + 32;
    for (uint32_t i = 0; i < n_ops; i++) {
        const uint32_t to = op - (ops + 4 + 4 * i);
        memcpy(big + ops + 4 + 4 * i, &to, 4);
    }
    memcpy(big + op + 8, &(uint32_t){56}, 4);
    memcpy(big + op + 8 + 56, &n_list, 4);
    memset(big + op + 12 + 56, 0, 4 * n_list);
    memset(big + op + 12, 0, 4);
    memcpy(big + op + 12, &(uint32_t){52 + 4 + 4 * n_list}, 4);
    cr_assert_eq(hn_tflite_read(&env, &arena, big, sizeof big, NULL, &g), HONE_E_FORMAT);
    cr_assert_not_null(strstr(env.message, "shared"), "%s", env.message);
    cr_assert_lt(arena.total_bytes, 64 << 20);
}

Test(tflite_read, tables_are_in_step) {
    hn_tflite_op row;
    for (int32_t code = 0; hn_tflite_op_of(code, &row); code++) {
        set_code(code);
        const hone_status status = read_small();
        const bool is_known = strstr(env.message, "contains itself") != NULL ||
                              strstr(env.message, "it has too few operands") != NULL ||
                              strstr(env.message, "another number of outputs") != NULL;
        cr_assert(status == HONE_OK || is_known, "%s", env.message);
        if (status == HONE_OK && code != 32) cr_assert_str_eq(g->nodes[0]->foreign, row.name);
    }
    cr_assert(hn_tflite_op_of(209, &row));
    cr_assert_str_eq(row.name, "STABLEHLO_CASE");
    cr_assert(hn_tflite_op_of(114, &row));
    cr_assert_str_eq(row.name, "QUANTIZE");
    cr_assert(!hn_tflite_op_of(-1, &row));
}

Test(tflite_read, says_what_a_file_is) {
    const hn_format *format = NULL;
    cr_assert_eq(hn_format_detect(&env, m.b.bytes, m.b.n, &format), HONE_OK);
    cr_assert_str_eq(format->name, "tflite");
    static const char *const files[][2] = {
        {"PK\3\4....", "zip"},         {"....ET12", "ExecuTorch"},   {"....ORTM", "ONNX Runtime"},
        {"\x89HDF\r\n\x1a\n", "HDF5"}, {"\x89PNG\r\n\x1a\n", "PNG"}, {"hello, world", "text"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const uint8_t *bytes = (const uint8_t *)files[i][0];
        const hone_status status = hn_format_detect(&env, bytes, strlen(files[i][0]), &format);
        cr_assert_eq(status, HONE_E_FORMAT);
        cr_assert_not_null(strstr(env.message, files[i][1]), "%s", env.message);
        cr_assert_not_null(strstr(env.message, "TensorFlow Lite (.tflite)"), "%s", env.message);
    }
    cr_assert_eq(hn_format_detect(&env, NULL, 0, &format), HONE_E_FORMAT);
    cr_assert_not_null(strstr(env.message, "empty"));
}
