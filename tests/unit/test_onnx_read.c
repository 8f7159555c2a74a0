/* SPDX-License-Identifier: Apache-2.0
 * The ONNX reader: the table of operators, the small files of tests/data/onnx (written by
 * tests/make_onnx_cases.py), every real model of $HONE_SHARED, and every allocation failed in turn.
 * Counts of the real models are those of the onnx package: nodes without Constant, initializers
 * with Constant nodes and tensor attributes. */
#include <dirent.h>

#include "onnx_case.h"
#include "temp_dir.h"

/* ---- the table ---- */

Test(onnx_ops, are_sorted_and_found) {
    for (uint32_t i = 0; i < hn_n_onnx_ops; i++) {
        const hn_onnx_op *op = &hn_onnx_ops[i];
        if (i > 0) cr_assert_lt(strcmp(hn_onnx_ops[i - 1].name, op->name), 0, "%s", op->name);
        cr_assert_eq(hn_onnx_op_find(op->name, strlen(op->name)), op);
        int previous = 0, used;
        for (const char *at = op->since; *at != '\0'; at += used) {
            int version;
            cr_assert_eq(sscanf(at, "%d%n", &version, &used), 1, "%s", op->name);
            cr_assert_gt(version, previous, "%s", op->name);
            previous = version;
        }
    }
    cr_assert_gt(hn_n_onnx_ops, 190);
    cr_assert_null(hn_onnx_op_find("Con", 3));
    cr_assert_null(hn_onnx_op_find("Convolution", 11));
    cr_assert_null(hn_onnx_op_find("", 0));
}

Test(onnx_ops, since_version_is_the_newest_in_the_opset) {
    const hn_onnx_op *op = hn_onnx_op_find("Softmax", 7);
    cr_assert_eq(hn_onnx_op_since(op, 1), 1);
    cr_assert_eq(hn_onnx_op_since(op, 10), 1);
    cr_assert_eq(hn_onnx_op_since(op, 12), 11);
    cr_assert_eq(hn_onnx_op_since(op, 13), 13);
    cr_assert_eq(hn_onnx_op_since(op, 99), 13);
    cr_assert_eq(hn_onnx_op_since(hn_onnx_op_find("HardSwish", 9), 14), 14);
    cr_assert_eq(hn_onnx_op_since(hn_onnx_op_find("HardSwish", 9), 13), 0, "not yet");
}

/* ---- structure ---- */

Test(onnx_read, names_from_outside_become_operands_and_inputs) {
    fixture f;
    open_case(&f, "if_captures.onnx");
    cr_assert_eq(f.g->n_nodes, 2);
    const hn_node *node = node_named(f.g, "n_y");
    cr_assert_eq(node->op, hn_op_at(HN_OP_if));
    cr_assert_eq(node->n_in, 4);
    const char *const names[] = {"c", "x", "w", "h"};
    for (uint32_t i = 0; i < 4; i++) cr_assert_str_eq(node->in[i]->name, names[i]);
    cr_assert_eq(node->n_bodies, 2);
    for (uint32_t b = 0; b < 2; b++) {
        const hn_graph *body = node->bodies[b];
        cr_assert_str_eq(body->name, b == 0 ? "then" : "else");
        cr_assert_eq(body->parent, f.g);
        cr_assert_eq(body->n_inputs, 3);
        for (uint32_t i = 0; i < 3; i++) cr_assert_str_eq(body->inputs[i]->name, names[i + 1]);
    }
    const hn_graph *then_body = node->bodies[0], *else_body = node->bodies[1];
    cr_assert_eq(then_body->nodes[0]->op, hn_op_at(HN_OP_add));
    cr_assert_eq(then_body->nodes[0]->in[0], then_body->inputs[0]);
    cr_assert_eq(then_body->nodes[0]->in[1], then_body->inputs[1]);
    cr_assert_eq(else_body->nodes[0]->in[0], else_body->inputs[2]);
    cr_assert_not_null(else_body->nodes[0]->in[1]->constant);
    close_fixture(&f);
}

Test(onnx_read, captures_pass_through_nested_bodies) {
    fixture f;
    open_case(&f, "if_nested.onnx");
    const hn_node *outer = node_named(f.g, "n_y");
    const char *const outer_names[] = {"c", "w", "x", "d"};
    cr_assert_eq(outer->n_in, 4);
    for (uint32_t i = 0; i < 4; i++) cr_assert_str_eq(outer->in[i]->name, outer_names[i]);
    const hn_graph *body = outer->bodies[0];
    cr_assert_eq(body->n_inputs, 3);
    cr_assert_eq(body->n_nodes, 2);
    const hn_node *inner = node_named(body, "n_t");
    const char *const inner_names[] = {"d", "x", "m"};
    cr_assert_eq(inner->n_in, 3);
    for (uint32_t i = 0; i < 3; i++) cr_assert_str_eq(inner->in[i]->name, inner_names[i]);
    cr_assert_eq(inner->in[1], body->inputs[1]);
    cr_assert_eq(inner->in[2]->producer, node_named(body, "n_m"));
    cr_assert_eq(inner->bodies[1]->nodes[0]->in[0], inner->bodies[1]->inputs[1]);
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    close_fixture(&f);
}

Test(onnx_read, bodies_nest_to_a_limit) {
    fixture f;
    open_case(&f, "deep_15.onnx");
    close_fixture(&f);
    expect_failure("deep_17.onnx", HONE_E_LIMIT, "nest deeper");
}

Test(onnx_read, nodes_may_stand_in_any_order) {
    fixture f;
    open_case(&f, "unsorted.onnx");
    const char *const names[] = {"n_a", "n_b", "n_y"};
    for (uint32_t i = 0; i < 3; i++) cr_assert_str_eq(f.g->nodes[i]->name, names[i]);
    close_fixture(&f);
    expect_failure("cycle.onnx", HONE_E_FORMAT, "cycle");
}

Test(onnx_read, names_are_defined_once) {
    expect_failure("undefined.onnx", HONE_E_FORMAT, "'n_y' reads 'nowhere'");
    expect_failure("defined_twice.onnx", HONE_E_FORMAT, "'y' is defined twice");
}

Test(onnx_read, inputs_know_kind_type_and_symbols) {
    fixture f;
    open_case(&f, "kinds.onnx");
    cr_assert_eq(value_named(f.g, "s")->kind, HN_VALUE_SEQUENCE);
    cr_assert_eq(value_named(f.g, "s")->dtype, HN_DTYPE_S64);
    cr_assert_eq(value_named(f.g, "o")->kind, HN_VALUE_OPTIONAL);
    cr_assert_eq(value_named(f.g, "y")->dtype, HN_DTYPE_S64, "as its operator says");
    close_fixture(&f);
    open_case(&f, "opset17.onnx");
    cr_assert_eq(f.g->n_inputs, 1, "an initializer is no input");
    const hn_value *x = f.g->inputs[0];
    cr_assert_eq(x->dtype, HN_DTYPE_F32);
    cr_assert_eq(x->shape.rank, 4);
    cr_assert_str_eq(x->shape.sym[0], "batch");
    cr_assert_null(x->shape.sym[2]);
    const int64_t dims[] = {-1, 1, -1, 4};
    cr_assert_eq(memcmp(x->shape.dim, dims, sizeof dims), 0);
    cr_assert_eq(value_named(f.g, "indices")->shape.rank, -1);
    close_fixture(&f);
}

Test(onnx_read, metadata_tells_producer_and_opset) {
    fixture f;
    open_case(&f, "opset8.onnx");
    const char *const expected[][2] = {{"producer", "cases"}, {"opset", "8"}, {"ir_version", "8"}};
    cr_assert_eq(f.g->n_metadata, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const hn_metadata *entry = &f.g->metadata[i];
        cr_assert_str_eq(entry->key, expected[i][0]);
        cr_assert_eq(entry->n_bytes, strlen(expected[i][1]));
        cr_assert_eq(memcmp(entry->bytes, expected[i][1], (size_t)entry->n_bytes), 0);
    }
    close_fixture(&f);
}

/* ---- operators ---- */

Test(onnx_read, old_versions_are_upgraded) {
    fixture f;
    open_case(&f, "opset8.onnx");
    const hn_graph *g = f.g;
    expect_op(g, "n_a", HN_OP_clip, 6);
    cr_assert_eq(hn_attr_float(node_named(g, "n_a"), "clip_min", -1.0f), 0.0f);
    cr_assert_gt(hn_attr_float(node_named(g, "n_a"), "clip_max", 0.0f), 3e38f);
    expect_op(g, "n_b", HN_OP_pad, 2);
    cr_assert_eq(node_named(g, "n_b")->n_in, 3);
    cr_assert_null(node_named(g, "n_b")->in[1]);
    float fill = 0.0f;
    cr_assert_eq(hn_constant_read_f32(g, node_named(g, "n_b")->in[2], &fill, 1), HONE_OK);
    cr_assert_eq(fill, 1.5f);
    expect_op(g, "n_c", HN_OP_softmax, 1);
    cr_assert_eq(hn_attr_int(node_named(g, "n_c"), "axis", 0), 1);
    cr_assert_eq(hn_attr_int(node_named(g, "n_c"), "coerce_2d", 0), 1);
    expect_op(g, "n_d", HN_OP_identity, 7);
    cr_assert_eq(node_named(g, "n_d")->n_out, 1, "an unused mask is dropped");
    expect_op(g, "n_e", HN_OP_reshape, 5);
    expect_op(g, "n_f", HN_OP_reduce_sum, 1);
    int64_t axis = 7;
    cr_assert(hn_attr_ints(node_named(g, "n_f"), "axes", &axis, 1));
    cr_assert_eq(axis, 0);
    cr_assert_eq(node_named(g, "n_g")->op, hn_op_at(HN_OP_max_of), "Max of three");
    expect_op(g, "n_y", HN_OP_add, 8);
    close_fixture(&f);
}

Test(onnx_read, attributes_get_canonical_names) {
    fixture f;
    open_case(&f, "opset17.onnx");
    const hn_graph *g = f.g;
    const hn_node *conv = node_named(g, "n_a");
    expect_op(g, "n_a", HN_OP_conv, 11);
    cr_assert_str_eq(hn_attr_string(conv, "auto_pad", ""), "same_upper");
    cr_assert_str_eq(hn_attr_string(conv, "layout", ""), "nchw");
    cr_assert_str_eq(hn_attr_string(conv, "kernel_layout", ""), "oihw");
    cr_assert_eq(conv->n_in, 3);
    cr_assert_null(conv->in[2], "an empty name is an absent operand");
    expect_op(g, "n_b", HN_OP_identity, 13);
    cr_assert_eq(node_named(g, "n_b")->n_in, 1);
    cr_assert_eq(hn_attr_float(node_named(g, "n_b"), "ratio", 0.0f), 0.5f);
    cr_assert_eq(hn_attr_int(node_named(g, "n_c"), "trans_b", 0), 1);
    cr_assert_eq(hn_attr_float(node_named(g, "n_c"), "alpha", 0.0f), 0.5f);
    cr_assert_eq(hn_attr_int(node_named(g, "n_d"), "allow_zero", 0), 1);
    close_fixture(&f);
}

Test(onnx_read, quantization_is_rne_and_foreign_operators_are_kept) {
    fixture f;
    open_case(&f, "opset17.onnx");
    const hn_graph *g = f.g;
    expect_op(g, "n_e", HN_OP_quantize, 13);
    cr_assert_eq(node_named(g, "n_e")->arith, HN_ARITH_RNE);
    cr_assert_eq(node_named(g, "n_e")->n_in, 3, "u8 zeros");
    cr_assert_eq(node_named(g, "n_e")->in[2]->dtype, HN_DTYPE_U8);
    expect_op(g, "n_f", HN_OP_dequantize, 13);
    cr_assert_eq(node_named(g, "n_a")->arith, HN_ARITH_NONE);
    cr_assert_null(node_named(g, "n_g")->op);
    cr_assert_str_eq(node_named(g, "n_g")->foreign, "com.example.FancyGelu");
    cr_assert_eq(hn_attr_int(node_named(g, "n_g"), "power", 0), 3);
    cr_assert_eq(node_named(g, "n_h")->op, hn_op_at(HN_OP_erf));
    cr_assert_str_eq(node_named(g, "n_h")->foreign, "Erf");
    cr_assert_eq(g->nodes[g->n_nodes - 1]->op, hn_op_at(HN_OP_max_pool));
    cr_assert_eq(g->nodes[g->n_nodes - 1]->n_out, 2, "its indices are used");
    close_fixture(&f);
}

/* ---- hostile bytes and failing memory ---- */

Test(onnx_read, every_truncation_is_refused) {
    fixture f;
    open_case(&f, "opset17.onnx");
    const size_t size = (size_t)f.map.size;
    uint8_t *copy = malloc(size);
    memcpy(copy, f.map.bytes, size);
    close_fixture(&f);
    for (size_t n = 0; n < size; n++) {
        uint8_t *part = malloc(n > 0 ? n : 1);
        memcpy(part, copy, n);
        init_fixture(&f);
        const hone_status status = hn_onnx_read(&f.env, &f.arena, part, n, NULL, &f.g);
        if (status == HONE_OK) cr_assert_eq(hn_graph_verify(f.g), HONE_OK);
        if (status != HONE_OK) cr_assert_null(f.g);
        close_fixture(&f);
        free(part);
    }
    free(copy);
}

/* ir_version 8, then a graph of n nodes of one byte's operator each: 5 bytes a node. */
Test(onnx_read, memory_is_bounded_by_the_file) {
    const size_t n = 400000, n_graph = 5 * n, size = n_graph + 7;
    uint8_t *bytes = malloc(size);
    const uint8_t head[] = {0x08,
                            8,
                            0x3a,
                            (uint8_t)(n_graph & 127) | 128,
                            (uint8_t)(n_graph >> 7 & 127) | 128,
                            (uint8_t)(n_graph >> 14)};
    memcpy(bytes, head, sizeof head);
    const uint8_t node[] = {0x0a, 3, 0x22, 1, 'A'};
    for (size_t i = 0; i < n; i++) memcpy(bytes + sizeof head + 5 * i, node, 5);
    fixture f;
    init_fixture(&f);
    f.status = hn_onnx_read(&f.env, &f.arena, bytes, sizeof head + n_graph, NULL, &f.g);
    cr_assert_eq(f.status, HONE_E_LIMIT, "%s", f.env.message);
    cr_assert_leq(f.arena.total_bytes, 32 * size + (16 << 20));
    cr_assert_eq(f.arena.max_bytes, 0, "the caller's bound stands again");
    close_fixture(&f);
    free(bytes);
}

static void fail_each_allocation(const char *name) {
    hone_status status = HONE_E_MEMORY;
    for (long n = 0; status != HONE_OK; n++) {
        fixture f;
        char path[512];
        init_fixture(&f);
        snprintf(path, sizeof path, "%s/%s", case_folder(), name);
        cr_assert_eq(hn_map_open(&f.env, path, &f.map), HONE_OK);
        f.counts.n_left = n;
        status = hn_onnx_read(&f.env, &f.arena, f.map.bytes, f.map.size, case_folder(), &f.g);
        cr_assert(status == HONE_OK || status == HONE_E_MEMORY, "%s", f.env.message);
        close_fixture(&f);
        cr_assert_lt(n, 1000);
    }
}

Test(onnx_read, survives_every_failed_allocation) {
    fail_each_allocation("opset17.onnx");
    fail_each_allocation("if_nested.onnx");
    fail_each_allocation("external.onnx");
    fail_each_allocation("tensors.onnx");
}

/* ---- detect ---- */

Test(onnx_detect, knows_models_from_other_bytes) {
    fixture f;
    open_case(&f, "unsorted.onnx");
    cr_assert(hn_onnx_detect(f.map.bytes, f.map.size));
    close_fixture(&f);
    const uint8_t flatbuffer[] = {28, 0, 0, 0, 'T', 'F', 'L', '3', 0, 0, 0, 0};
    const uint8_t zip[] = {'P', 'K', 3, 4, 20, 0, 0, 0};
    const uint8_t no_graph[] = {0x08, 8, 0x12, 1, 'x'};
    const uint8_t no_version[] = {0x3a, 2, 0x12, 0};
    const uint8_t beyond[] = {0x08, 8, 0x3a, 100, 0x12, 0};
    cr_assert_not(hn_onnx_detect(flatbuffer, sizeof flatbuffer));
    cr_assert_not(hn_onnx_detect(zip, sizeof zip));
    cr_assert_not(hn_onnx_detect(no_graph, sizeof no_graph));
    cr_assert_not(hn_onnx_detect(no_version, sizeof no_version));
    cr_assert_not(hn_onnx_detect(beyond, sizeof beyond));
    cr_assert_not(hn_onnx_detect(NULL, 0));
}

/* ---- real models ---- */

typedef struct model_row {
    const char *name;
    uint32_t n_nodes, n_constants, n_inputs, n_outputs, n_bodies;
} model_row;

/* n_bodies: at any depth. */
static const model_row models[] = {
    {"basic_pitch", 248, 102, 1, 3, 0},
    {"bert_toy", 310, 168, 3, 2, 0},
    {"byte_bilstm", 23, 19, 1, 1, 0},
    {"dtln_1", 36, 24, 2, 2, 0},
    {"dtln_2", 78, 32, 2, 2, 0},
    {"fastestdet", 211, 195, 1, 1, 0},
    {"lgbm_wine", 82, 40, 1, 2, 0},
    {"magika", 95, 36, 1, 1, 0},
    {"mnist8", 12, 8, 1, 1, 0},
    {"mobilenet_v2_qdq", 301, 450, 1, 1, 0},
    {"motion_dense", 6, 6, 1, 1, 0},
    {"oww_embedding", 68, 46, 1, 1, 0},
    {"oww_hey_mycroft", 37, 17, 1, 1, 0},
    {"oww_melspec", 20, 15, 1, 1, 0},
    {"ppocr_cls", 167, 218, 1, 1, 0},
    {"ppocr_v3_det", 220, 300, 1, 1, 0},
    {"resnet8_cifar10", 24, 21, 1, 1, 0},
    {"silero_vad", 4, 1, 3, 2, 50},
    {"super_resolution", 10, 10, 1, 1, 0},
    {"tfc_1w1a_qonnx", 31, 33, 1, 1, 0},
    {"ultraface_320", 211, 275, 1, 2, 0},
    {"yolox_nano", 369, 236, 1, 1, 0},
    {"yunet_320", 115, 124, 1, 12, 0},
};
enum { N_MODELS = sizeof models / sizeof models[0] };

static uint32_t count_bodies(const hn_graph *g) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            const hn_graph *body = node->bodies[b];
            cr_assert_eq(body->n_inputs + 1, node->n_in, "captures");
            n += 1 + count_bodies(body);
        }
    }
    return n;
}

static void check_model(const model_row *row) {
    fixture f;
    char name[64];
    const temp_path folder = shared_path("models");
    snprintf(name, sizeof name, "%s.onnx", row->name);
    read_file(&f, folder.text, name);
    cr_assert_eq(f.status, HONE_OK, "%s: %s", name, f.env.message);
    cr_assert(hn_onnx_detect(f.map.bytes, f.map.size), "%s", name);
    uint32_t n_constants = 0;
    for (uint32_t i = 0; i < f.g->n_values; i++) n_constants += f.g->values[i]->constant != NULL;
    cr_assert_eq(f.g->n_nodes, row->n_nodes, "%s: %u nodes", name, f.g->n_nodes);
    cr_assert_eq(n_constants, row->n_constants, "%s: %u constants", name, n_constants);
    cr_assert_eq(f.g->n_inputs, row->n_inputs, "%s", name);
    cr_assert_eq(f.g->n_outputs, row->n_outputs, "%s", name);
    cr_assert_eq(count_bodies(f.g), row->n_bodies, "%s: %u bodies", name, count_bodies(f.g));
    cr_assert_leq(f.arena.total_bytes, 4 * f.map.size + (16 << 20));
    close_fixture(&f);
}

/* Every file of the folder has its row, and every row its file. */
Test(onnx_read, real_models_are_read) {
    const temp_path folder = shared_path("models");
    DIR *handle = opendir(folder.text);
    if (handle == NULL) cr_skip_test("%s is not there", folder.text);
    uint32_t n_files = 0;
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        n_files += length > 5 && strcmp(entry->d_name + length - 5, ".onnx") == 0;
    }
    closedir(handle);
    for (uint32_t i = 0; i < N_MODELS; i++) check_model(&models[i]);
    cr_assert_eq(n_files, N_MODELS, "%u models", n_files);
}
