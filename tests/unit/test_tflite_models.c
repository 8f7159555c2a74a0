/* SPDX-License-Identifier: Apache-2.0
 * Reading the TensorFlow Lite models of the shared data. The counts were taken with the Python
 * classes that the schema's compiler makes, not with this reader. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "formats/format.h"
#include "formats/tflite_metadata.h"
#include "ops/op.h"
#include "temp_dir.h"

static hn_env env;
static hn_arena arena;
static hn_graph *g;

static void start(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
}

TestSuite(tflite_models, .init = start);

typedef struct model {
    const char *name;
    uint32_t n_tensors, n_constants, n_quantized, n_nodes, n_inputs, n_outputs, n_bodies;
} model;

static const model models[] = {
    /* tensors, constants, quantized, nodes, inputs, outputs, bodies */
    {"basic_pitch", 290, 67, 0, 222, 1, 3, 0},
    {"blazeface_f16", 250, 85, 0, 164, 1, 2, 0},
    {"captcha_ocr", 127, 29, 3, 73, 1, 1, 8},
    {"deeplabv3_dm05_u8", 186, 113, 182, 72, 1, 1, 0},
    {"dtln_1", 70, 19, 0, 43, 2, 2, 0},
    {"dtln_1_dyn", 70, 19, 5, 43, 2, 2, 0},
    {"dtln_2_dyn", 99, 31, 7, 60, 2, 2, 0},
    {"fan_f32", 11, 6, 0, 4, 1, 1, 0},
    {"fomo_f32", 72, 43, 0, 28, 1, 1, 0},
    {"fomo_i8", 72, 43, 71, 28, 1, 1, 0},
    {"gestures_i8", 14, 8, 14, 5, 1, 1, 0},
    {"hand_keypoints", 11, 6, 0, 4, 1, 1, 0},
    {"kws_f32", 35, 21, 5, 13, 1, 1, 0},
    {"kws_i8", 35, 21, 34, 13, 1, 1, 0},
    {"larq_bsign", 14, 6, 0, 7, 1, 1, 0},
    {"mbnet128_f32", 100, 61, 0, 38, 1, 1, 0},
    {"mbnet128_i8", 100, 61, 92, 38, 1, 1, 0},
    {"micro_speech_features_i8", 43, 18, 0, 22, 1, 1, 0},
    {"micro_speech_i8", 10, 5, 9, 4, 1, 1, 0},
    {"microvad_f32", 28, 17, 0, 10, 1, 1, 0},
    {"microvad_stream_i8", 53, 25, 40, 32, 1, 1, 1},
    {"mnist_lstm_f32", 22, 15, 0, 4, 1, 1, 0},
    {"mnist_lstm_i8", 27, 15, 22, 4, 1, 1, 0},
    {"mnist_resnet_f32", 20, 11, 0, 8, 1, 1, 0},
    {"mnist_resnet_i8", 20, 11, 19, 8, 1, 1, 0},
    {"mobilenet_v1_025_128_u8", 89, 57, 88, 31, 1, 1, 0},
    {"mobilenet_v1_025_224_u8", 89, 57, 88, 31, 1, 1, 0},
    {"mobilenet_v2_birds_u8", 172, 106, 172, 65, 1, 1, 0},
    {"movenet_lightning_u8", 333, 173, 289, 157, 1, 1, 0},
    {"movie_review", 12, 6, 0, 5, 1, 1, 0},
    {"mww_hey_jarvis_i8", 70, 31, 53, 45, 1, 1, 1},
    {"mww_okay_nabu_i8", 94, 43, 69, 55, 1, 1, 1},
    {"person_detect_i8", 89, 57, 88, 31, 1, 1, 0},
    {"person_yolo_i8", 197, 117, 186, 79, 1, 3, 0},
    {"resnet8_cifar10_f32", 38, 21, 0, 16, 1, 1, 0},
    {"resnet8_cifar10_i8", 38, 21, 37, 16, 1, 1, 0},
    {"selfie_seg_f16", 360, 113, 0, 246, 1, 1, 0},
    {"small_conv_i8", 19, 9, 16, 9, 1, 1, 0},
    {"ssd_mobilenet_v1_coco_u8", 176, 108, 159, 64, 1, 4, 0},
    {"temp_regression_f32", 10, 6, 0, 3, 1, 1, 0},
    {"temp_regression_i8", 10, 6, 10, 3, 1, 1, 0},
    {"toy_lm_kv", 146, 45, 0, 97, 4, 3, 0},
    {"toycar_ad_i8", 31, 20, 31, 10, 1, 1, 0},
    {"ultraface_320", 234, 118, 0, 115, 1, 2, 0},
    {"yolox_nano_f16", 1085, 243, 0, 841, 1, 1, 0},
};
enum { N_MODELS = sizeof models / sizeof models[0] };

static hn_map map;

static void read_model(const char *name) {
    char file[128];
    snprintf(file, sizeof file, "models/%s.tflite", name);
    const temp_path path = shared_path(file);
    if (access(path.text, R_OK) != 0) cr_skip_test("%s is not there", path.text);
    cr_assert_eq(hn_map_open(&env, path.text, &map), HONE_OK, "%s", env.message);
    cr_assert(hn_tflite_detect(map.bytes, map.size));
    const hone_status status = hn_tflite_read(&env, &arena, map.bytes, map.size, NULL, &g);
    cr_assert_eq(status, HONE_OK, "%s: %s", name, env.message);
}

static void close_model(void) {
    hn_arena_fini(&arena);
    hn_map_close(&map);
}

static uint32_t count_bodies(const hn_graph *graph) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const hn_node *node = graph->nodes[i];
        for (uint32_t k = 0; k < node->n_bodies; k++) n += 1 + count_bodies(node->bodies[k]);
    }
    return n;
}

static void check_model(const model *row) {
    read_model(row->name);
    uint32_t n_constants = 0, n_quantized = 0, n_extra = 0;
    for (uint32_t i = 0; i < g->n_values; i++) {
        const hn_value *v = g->values[i];
        if (i < row->n_tensors) n_constants += v->constant != NULL && v->constant->n_bytes > 0;
        n_quantized += v->quant != NULL;
        n_extra += i >= row->n_tensors && v->is_state; /* of operators whose state is hidden */
        if (v->quant != NULL) n_extra += v->quant->zero_point != NULL ? 2u : 1u;
    }
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        n_extra += hn_attr_find(g->nodes[i], "custom_options") != NULL;
    }
    cr_assert_eq(g->n_values - n_extra, row->n_tensors, "%s: %u values", row->name, g->n_values);
    cr_assert_eq(n_constants, row->n_constants, "%s: %u constants", row->name, n_constants);
    cr_assert_eq(n_quantized, row->n_quantized, "%s: %u quantized", row->name, n_quantized);
    cr_assert_eq(g->n_nodes, row->n_nodes, "%s", row->name);
    cr_assert_eq(g->n_inputs, row->n_inputs, "%s", row->name);
    cr_assert_eq(g->n_outputs, row->n_outputs, "%s", row->name);
    cr_assert_eq(count_bodies(g), row->n_bodies, "%s", row->name);
    cr_assert_leq(arena.total_bytes, 4 * map.size + (16 << 20));
    close_model();
}

/* Every file of the folder has its row, and every row its file. */
Test(tflite_models, real_models_are_read) {
    const temp_path folder = shared_path("models");
    DIR *handle = opendir(folder.text);
    if (handle == NULL) cr_skip_test("%s is not there", folder.text);
    uint32_t n_files = 0;
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        n_files += length > 7 && strcmp(entry->d_name + length - 7, ".tflite") == 0;
    }
    closedir(handle);
    for (uint32_t i = 0; i < N_MODELS; i++) check_model(&models[i]);
    cr_assert_eq(n_files, N_MODELS, "%u models", n_files);
}

Test(tflite_models, a_depthwise_network_of_an_old_converter) {
    read_model("person_detect_i8");
    const hn_node *node = g->nodes[1];
    cr_assert_eq(node->op, hn_op_at(HN_OP_conv));
    cr_assert_str_eq(hn_attr_string(node, "kernel_layout", ""), "1hwo");
    cr_assert_str_eq(hn_attr_string(node, "activation", ""), "relu6");
    cr_assert_eq(node->arith, HN_ARITH_TFLITE);
    cr_assert_eq(node->in[1]->quant->axis, 3);
    cr_assert_eq(hn_quant_channels(node->in[1]), 8);
    cr_assert_eq(node->in[2]->quant->axis, 0);
    cr_assert_eq(hn_quant_zero(node->out[0], 0), -128);
    close_model();
}

Test(tflite_models, a_model_with_state) {
    read_model("mww_hey_jarvis_i8");
    const hn_node *node = g->nodes[0];
    cr_assert_str_eq(node->foreign, "CALL_ONCE");
    cr_assert_eq(node->bodies[0]->n_nodes, 12);
    cr_assert_eq(g->nodes[1]->out[0]->kind, HN_VALUE_RESOURCE);
    cr_assert_str_eq(hn_attr_string(g->nodes[1], "shared_name", ""), "stream/states");
    close_model();
    read_model("mnist_lstm_i8");
    uint32_t n_state = 0;
    for (uint32_t i = 0; i < g->n_values; i++) n_state += g->values[i]->is_state;
    cr_assert_eq(n_state, 2);
    int64_t ids[5];
    cr_assert(hn_attr_ints(g->nodes[0], "intermediates", ids, 5));
    close_model();
}

Test(tflite_models, labels_and_normalization) {
    const uint8_t *text = NULL;
    uint64_t n = 0, n_lines = 0;
    hn_normalization norm = {0};
    read_model("mobilenet_v1_025_224_u8");
    cr_assert_eq(hn_tflite_labels(&arena, g, 0, &text, &n), HONE_OK, "%s", env.message);
    cr_assert_eq(memcmp(text, "background\ntench\n", 17), 0);
    for (uint64_t i = 0; i < n; i++) n_lines += text[i] == '\n';
    cr_assert_geq(n_lines, 1000);
    cr_assert_eq(hn_tflite_normalization(&env, g, 0, &norm), HONE_OK, "%s", env.message);
    cr_assert(norm.n == 1 && norm.mean[0] == 127.5f && norm.std[0] == 127.5f);
    cr_assert_eq(hn_tflite_labels(&arena, g, 9, &text, &n), HONE_OK);
    cr_assert(text == NULL && n == 0, "there is no output 9");
    close_model();
    read_model("kws_i8");
    cr_assert_eq(hn_tflite_labels(&arena, g, 0, &text, &n), HONE_OK);
    cr_assert_null(text);
    cr_assert_eq(hn_tflite_normalization(&env, g, 0, &norm), HONE_OK);
    cr_assert_eq(norm.n, 0);
    close_model();
}

Test(tflite_models, signatures_are_kept) {
    read_model("toy_lm_kv");
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_metadata; i++) {
        const hn_metadata *entry = &g->metadata[i];
        if (strncmp(entry->key, "signature:", 10) != 0) continue;
        cr_assert_eq(strncmp(entry->bytes, "subgraph ", 9), 0);
        n++;
    }
    cr_assert_eq(n, 2);
    close_model();
}

/* Half of the bytes of real models, each way of cutting and changing them seeded. */
Test(tflite_models, damaged_models_are_refused_or_read) {
    static const char *const names[] = {"micro_speech_i8", "microvad_stream_i8", "mnist_lstm_i8"};
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        read_model(names[i]);
        uint8_t *bytes = malloc(map.size);
        for (int turn = 0; turn < 2000; turn++) {
            memcpy(bytes, map.bytes, map.size);
            for (int k = 0; k < 4; k++) {
                seed = seed * 1664525u + 1013904223u;
                bytes[(seed >> 8) % map.size] ^= (uint8_t)(1u << (seed & 7));
            }
            const uint64_t size = turn % 4 == 0 ? (seed >> 4) % map.size : map.size;
            hn_arena_fini(&arena);
            hn_graph *out = NULL;
            const hone_status status = hn_tflite_read(&env, &arena, bytes, size, NULL, &out);
            if (status != HONE_OK) cr_assert_eq(strncmp(env.message, "tflite: ", 8), 0);
            cr_assert((status == HONE_OK) == (out != NULL));
        }
        free(bytes);
        close_model();
    }
}
