/* SPDX-License-Identifier: Apache-2.0
 * The metadata of a model is a flatbuffer of its own, "M001", in a buffer named TFLITE_METADATA;
 * the files that it names lie in the zip behind the model. */
#include "formats/tflite_metadata.h"

#include <string.h>

#include "formats/tflite_zip.h"
#include "formats/wire_flatbuffer.h"

/* Fields of the metadata's schema. */
enum { MODEL_SUBGRAPHS = 3 };
enum { SUBGRAPH_INPUTS = 2, SUBGRAPH_OUTPUTS = 3 };
enum { TENSOR_UNITS = 4, TENSOR_FILES = 6 };
enum { FILE_NAME, FILE_TYPE = 2 };
enum { UNIT_TYPE, UNIT_OPTIONS };
enum { NORMALIZATION_MEAN, NORMALIZATION_STD };
enum { TYPE_AXIS_LABELS = 2, TYPE_VALUE_LABELS = 3, UNIT_NORMALIZATION = 1 };

static const hn_metadata *find(const hn_graph *g, const char *key) {
    for (uint32_t i = 0; i < g->n_metadata; i++) {
        if (strcmp(g->metadata[i].key, key) == 0) return &g->metadata[i];
    }
    return NULL;
}

static hone_status sound(hn_env *env, const hn_fb *fb) {
    if (!fb->bad) return HONE_OK;
    return hn_fail(env, HONE_E_FORMAT, "tflite: metadata: damaged at byte %llu: %s",
                   (unsigned long long)fb->bad_at, fb->why);
}

/* The description of an input or output of the model; absent when there is none. */
static hone_status open_tensor(hn_env *env, const hn_graph *g, uint32_t field, uint32_t index,
                               hn_fb *fb, hn_fb_table *tensor) {
    const hn_metadata *m = find(g, "TFLITE_METADATA");
    const hn_fb_table none = {0};
    *tensor = none;
    memset(fb, 0, sizeof *fb);
    if (m == NULL || m->n_bytes == 0) return HONE_OK;
    hn_fb_table model;
    if (!hn_fb_open(fb, m->bytes, m->n_bytes, "M001", &model)) return sound(env, fb);
    const hn_fb_vector subgraphs = hn_fb_items(&model, MODEL_SUBGRAPHS, 4);
    const hn_fb_table subgraph = hn_fb_table_at(&subgraphs, 0);
    const hn_fb_vector tensors = hn_fb_items(&subgraph, field, 4);
    *tensor = hn_fb_table_at(&tensors, index);
    return sound(env, fb);
}

hone_status hn_tflite_labels(hn_arena *arena, const hn_graph *g, uint32_t output,
                             const uint8_t **bytes, uint64_t *n_bytes) {
    hn_fb fb;
    hn_fb_table tensor;
    HN_TRY(open_tensor(arena->env, g, SUBGRAPH_OUTPUTS, output, &fb, &tensor));
    const hn_fb_vector files = hn_fb_items(&tensor, TENSOR_FILES, 4);
    const char *name = "";
    for (uint32_t i = 0; i < files.n && name[0] == '\0'; i++) {
        const hn_fb_table file = hn_fb_table_at(&files, i);
        const int8_t type = hn_fb_s8(&file, FILE_TYPE, 0);
        if (type != TYPE_AXIS_LABELS && type != TYPE_VALUE_LABELS) continue;
        name = hn_fb_text(&file, FILE_NAME).text;
    }
    HN_TRY(sound(arena->env, &fb));
    const uint8_t *text = NULL;
    uint64_t n = 0;
    if (name[0] != '\0') {
        const hn_metadata *zip = find(g, "zip");
        const hone_status status =
            zip != NULL ? hn_tflite_zip_entry(arena, zip->bytes, zip->n_bytes, name, &text, &n)
                        : hn_fail(arena->env, HONE_E_FORMAT, "no archive with '%.128s'", name);
        if (status != HONE_OK) return hn_fail_at(arena->env, status, "tflite: labels");
    }
    *bytes = text;
    *n_bytes = n;
    return HONE_OK;
}

hone_status hn_tflite_normalization(hn_env *env, const hn_graph *g, uint32_t input,
                                    hn_normalization *out) {
    hn_fb fb;
    hn_fb_table tensor;
    HN_TRY(open_tensor(env, g, SUBGRAPH_INPUTS, input, &fb, &tensor));
    const hn_fb_vector units = hn_fb_items(&tensor, TENSOR_UNITS, 4);
    hn_normalization found = {0};
    for (uint32_t i = 0; i < units.n && found.n == 0; i++) {
        const hn_fb_table unit = hn_fb_table_at(&units, i);
        if (hn_fb_u8(&unit, UNIT_TYPE, 0) != UNIT_NORMALIZATION) continue;
        const hn_fb_table options = hn_fb_sub(&unit, UNIT_OPTIONS);
        const hn_fb_vector mean = hn_fb_items(&options, NORMALIZATION_MEAN, 4);
        const hn_fb_vector std = hn_fb_items(&options, NORMALIZATION_STD, 4);
        if (mean.n != std.n || mean.n > HN_MAX_CHANNELS) {
            return hn_fail(env, HONE_E_FORMAT, "tflite: metadata: %u means and %u deviations",
                           (unsigned)mean.n, (unsigned)std.n);
        }
        found.n = mean.n;
        for (uint32_t c = 0; c < mean.n; c++) {
            found.mean[c] = hn_fb_f32_at(&mean, c);
            found.std[c] = hn_fb_f32_at(&std, c);
        }
    }
    HN_TRY(sound(env, &fb));
    *out = found;
    return HONE_OK;
}
