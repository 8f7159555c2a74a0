/* SPDX-License-Identifier: Apache-2.0
 * Reading TensorFlow Lite: the model's table, its subgraphs and its extras. The graph is lossless:
 * one value per tensor and one node per operator, in the file's order; an operator without a
 * canonical one becomes a node with op NULL and its name in `foreign`. Weights are borrowed. */
#include "formats/tflite_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "formats/format.h"
#include "formats/tflite_zip.h"

enum { SCHEMA_VERSION = 3 };

/* Fields of the schema's tables. */
enum { MODEL_VERSION, MODEL_CODES, MODEL_SUBGRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS };
enum { MODEL_METADATA = 6, MODEL_SIGNATURES = 7 };
enum { SUBGRAPH_INPUTS = 1, SUBGRAPH_OUTPUTS = 2, SUBGRAPH_NAME = 4 };
enum { BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE };
enum { METADATA_NAME, METADATA_BUFFER };
enum { SIGNATURE_INPUTS, SIGNATURE_OUTPUTS, SIGNATURE_KEY, SIGNATURE_SUBGRAPH = 4 };
enum { MAP_NAME, MAP_TENSOR };

bool hn_tflite_detect(const uint8_t *bytes, uint64_t size) {
    return size >= 8 && memcmp(bytes + 4, "TFL3", 4) == 0;
}

hone_status hn_tflite_sound(hn_tflite *r) {
    if (!r->fb.bad) return HONE_OK;
    return hn_fail(r->env, HONE_E_FORMAT, "damaged at byte %llu: %s",
                   (unsigned long long)r->fb.bad_at, r->fb.why);
}

/* Files over 2 GB keep buffers behind the flatbuffer, at an offset into the file; offsets 0 and 1
 * stand for none. */
hone_status hn_tflite_buffer(hn_tflite *r, uint32_t index, const uint8_t **bytes, uint64_t *n) {
    if (index >= r->buffers.n) {
        return hn_fail(r->env, HONE_E_FORMAT, "buffer %u of %u", (unsigned)index,
                       (unsigned)r->buffers.n);
    }
    const hn_fb_table buffer = hn_fb_table_at(&r->buffers, index);
    const uint64_t offset = hn_fb_u64(&buffer, BUFFER_OFFSET, 0);
    const uint64_t size = hn_fb_u64(&buffer, BUFFER_SIZE, 0);
    const hn_fb_vector data = hn_fb_blob(&buffer, BUFFER_DATA);
    HN_TRY(hn_tflite_sound(r));
    if (offset <= 1) {
        *bytes = hn_fb_bytes(&data);
        *n = data.n;
        return HONE_OK;
    }
    const hn_cursor file = hn_cursor_of(r->bytes, r->size);
    if (!hn_cursor_has(&file, offset, size)) {
        return hn_fail(r->env, HONE_E_FORMAT, "buffer %u lies outside the file", (unsigned)index);
    }
    *bytes = r->bytes + offset;
    *n = size;
    return HONE_OK;
}

/* ---- subgraphs ---- */

hn_value *hn_tflite_value(const hn_tflite *r, const hn_graph *g, int32_t index) {
    return index >= 0 && (uint32_t)index < r->n_tensors ? g->values[index] : NULL;
}

/* The values of a list of tensor indices; all must be there. */
static hone_status read_ends(hn_tflite *r, const hn_graph *g, const hn_fb_vector *list,
                             const char *what, hn_value ***out) {
    hn_value **values = HN_NEW_N(r->arena, hn_value *, list->n);
    if (values == NULL) return hn_no_memory(r->env);
    for (uint32_t i = 0; i < list->n; i++) {
        const int32_t index = hn_fb_s32_at(list, i);
        values[i] = hn_tflite_value(r, g, index);
        if (values[i] == NULL) {
            return hn_fail(r->env, HONE_E_FORMAT, "%s %u is tensor %d, which there is not", what,
                           (unsigned)i, (int)index);
        }
    }
    *out = values;
    return HONE_OK;
}

/* A zero-sized tensor counts as a constant until it proves to be an input. */
static void inputs_are_not_constant(hn_graph *g) {
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        hn_value *v = g->inputs[i];
        if (v->constant != NULL && v->constant->n_bytes == 0) v->constant = NULL;
    }
}

static hone_status read_subgraph(hn_tflite *r, hn_graph *g, const hn_fb_table *t) {
    const hn_fb_vector inputs = hn_fb_items(t, SUBGRAPH_INPUTS, 4);
    const hn_fb_vector outputs = hn_fb_items(t, SUBGRAPH_OUTPUTS, 4);
    const hn_fb_string name = hn_fb_text(t, SUBGRAPH_NAME);
    HN_TRY(hn_tflite_sound(r));
    g->format = "tflite";
    g->name = hn_arena_string(r->arena, name.text, name.n);
    if (g->name == NULL) return hn_no_memory(r->env);
    HN_TRY(hn_tflite_tensors(r, g, t));
    HN_TRY(read_ends(r, g, &inputs, "input", &g->inputs));
    HN_TRY(read_ends(r, g, &outputs, "output", &g->outputs));
    g->n_inputs = inputs.n;
    g->n_outputs = outputs.n;
    inputs_are_not_constant(g);
    return hn_tflite_nodes(r, g, t);
}

static bool is_on_path(const hn_tflite *r, uint32_t index) {
    for (uint32_t i = 0; i < r->depth; i++) {
        if (r->path[i] == index) return true;
    }
    return false;
}

hone_status hn_tflite_subgraph(hn_tflite *r, uint32_t index, hn_graph *parent, hn_graph **out) {
    if (index >= r->subgraphs.n) {
        return hn_fail(r->env, HONE_E_FORMAT, "subgraph %u of %u", (unsigned)index,
                       (unsigned)r->subgraphs.n);
    }
    if (is_on_path(r, index)) {
        return hn_fail(r->env, HONE_E_FORMAT, "subgraph %u contains itself", (unsigned)index);
    }
    if (r->depth > HN_MAX_BODY_DEPTH) {
        return hn_fail(r->env, HONE_E_LIMIT, "subgraphs nest deeper than %d", HN_MAX_BODY_DEPTH);
    }
    hn_graph *g = hn_graph_new(r->env, r->arena);
    if (g == NULL) return r->env->status;
    g->parent = parent;
    const hn_fb_table t = hn_fb_table_at(&r->subgraphs, index);
    const uint32_t outer_n_tensors = r->n_tensors;
    r->path[r->depth++] = index;
    const hone_status status = read_subgraph(r, g, &t);
    r->depth--;
    r->n_tensors = outer_n_tensors;
    if (status != HONE_OK) {
        char what[32];
        snprintf(what, sizeof what, "subgraph %u", (unsigned)index);
        return index > 0 ? hn_fail_at(r->env, status, what) : status;
    }
    *out = g;
    return HONE_OK;
}

/* ---- extras ---- */

static hone_status add_metadata(hn_tflite *r, hn_graph *g, const char *key, const void *bytes,
                                uint64_t n_bytes) {
    hn_metadata *m = &g->metadata[g->n_metadata++];
    m->key = hn_arena_string(r->arena, key, strlen(key));
    m->bytes = bytes;
    m->n_bytes = n_bytes;
    return m->key != NULL ? HONE_OK : hn_no_memory(r->env);
}

static void print_map(hn_text *text, const char *what, const hn_fb_vector *maps) {
    for (uint32_t i = 0; i < maps->n && !maps->fb->bad && !text->failed; i++) {
        const hn_fb_table map = hn_fb_table_at(maps, i);
        hn_text_add(text, "%s %u ", what, (unsigned)hn_fb_u32(&map, MAP_TENSOR, 0));
        hn_text_add_name(text, hn_fb_text(&map, MAP_NAME).text);
        hn_text_add(text, "\n");
    }
}

/* A signature becomes lines: "subgraph INDEX", then "input VALUE NAME" and "output VALUE NAME". */
static hone_status read_signature(hn_tflite *r, hn_graph *g, const hn_fb_table *t) {
    const hn_fb_vector inputs = hn_fb_items(t, SIGNATURE_INPUTS, 4);
    const hn_fb_vector outputs = hn_fb_items(t, SIGNATURE_OUTPUTS, 4);
    hn_text text, key;
    hn_text_init(&text, r->env);
    hn_text_init(&key, r->env);
    hn_text_add(&text, "subgraph %u\n", (unsigned)hn_fb_u32(t, SIGNATURE_SUBGRAPH, 0));
    print_map(&text, "input", &inputs);
    print_map(&text, "output", &outputs);
    hn_text_add(&key, "signature:");
    hn_text_add_name(&key, hn_fb_text(t, SIGNATURE_KEY).text);
    const char *lines = hn_arena_string(r->arena, hn_text_string(&text), text.n);
    const bool has_all = !text.failed && !key.failed && lines != NULL;
    hone_status status = has_all ? HONE_OK : hn_no_memory(r->env);
    if (status == HONE_OK) status = add_metadata(r, g, hn_text_string(&key), lines, text.n);
    hn_text_free(&text);
    hn_text_free(&key);
    return status;
}

hone_status hn_tflite_extras(hn_tflite *r, hn_graph *g) {
    const hn_fb_vector entries = hn_fb_items(&r->model, MODEL_METADATA, 4);
    const hn_fb_vector signatures = hn_fb_items(&r->model, MODEL_SIGNATURES, 4);
    const hn_fb_string description = hn_fb_text(&r->model, MODEL_DESCRIPTION);
    HN_TRY(hn_tflite_sound(r));
    g->metadata = HN_NEW_N(r->arena, hn_metadata, (uint64_t)entries.n + signatures.n + 2);
    if (g->metadata == NULL) return hn_no_memory(r->env);
    if (description.n > 0) {
        HN_TRY(add_metadata(r, g, "description", description.text, description.n));
    }
    for (uint32_t i = 0; i < entries.n; i++) {
        const hn_fb_table entry = hn_fb_table_at(&entries, i);
        const uint8_t *bytes = NULL;
        uint64_t n = 0;
        HN_TRY(hn_tflite_buffer(r, hn_fb_u32(&entry, METADATA_BUFFER, 0), &bytes, &n));
        HN_TRY(add_metadata(r, g, hn_fb_text(&entry, METADATA_NAME).text, bytes, n));
    }
    for (uint32_t i = 0; i < signatures.n; i++) {
        const hn_fb_table signature = hn_fb_table_at(&signatures, i);
        HN_TRY(read_signature(r, g, &signature));
    }
    uint64_t start;
    if (hn_tflite_zip_find(r->bytes, r->size, &start)) {
        HN_TRY(add_metadata(r, g, "zip", r->bytes + start, r->size - start));
    }
    return hn_tflite_sound(r);
}

/* ---- entry ---- */

static hone_status read_model(hn_tflite *r, hn_graph **out) {
    if (!hn_fb_open(&r->fb, r->bytes, r->size, "TFL3", &r->model)) return hn_tflite_sound(r);
    const uint32_t version = hn_fb_u32(&r->model, MODEL_VERSION, 0);
    r->codes = hn_fb_items(&r->model, MODEL_CODES, 4);
    r->subgraphs = hn_fb_items(&r->model, MODEL_SUBGRAPHS, 4);
    r->buffers = hn_fb_items(&r->model, MODEL_BUFFERS, 4);
    HN_TRY(hn_tflite_sound(r));
    if (version != SCHEMA_VERSION) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "schema version %u; %d is supported",
                       (unsigned)version, SCHEMA_VERSION);
    }
    if (r->subgraphs.n == 0) return hn_fail(r->env, HONE_E_FORMAT, "the model has no graph");
    hn_graph *g = NULL;
    HN_TRY(hn_tflite_subgraph(r, 0, NULL, &g));
    HN_TRY(hn_tflite_extras(r, g));
    HN_TRY(hn_graph_verify(g));
    hn_graph_count_uses(g);
    *out = g;
    return HONE_OK;
}

hone_status hn_tflite_read(hn_env *env, hn_arena *arena, const uint8_t *bytes, uint64_t size,
                           const char *folder, hn_graph **out) {
    (void)folder;
    hn_tflite r = {.env = env, .arena = arena, .bytes = bytes, .size = size};
    const hone_status status = read_model(&r, out);
    return status == HONE_OK ? HONE_OK : hn_fail_at(env, status, "tflite");
}
