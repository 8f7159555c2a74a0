/* SPDX-License-Identifier: Apache-2.0
 * ONNX models: recognising them, and ModelProto. The walk over the top level only notes where the
 * graph lies, because the opsets that give operators their meaning come after it in most files.
 * Model-local functions are not read: a node that calls one has an operator of its own domain. */
#include "formats/format.h"
#include "formats/onnx_reader.h"

#include <stdio.h>
#include <string.h>

enum {
    DETECT_FIELDS = 1024, /* looked at by detect */
    MAX_FIELD = 64,       /* ModelProto's highest is 26 */
    MAX_IR_VERSION = 255,
    ROOM_ARENA = 13 << 20, /* besides three times the file */
    ROOM_SCRATCH = 3 << 20 /* besides once the file */
};

/* ---- detect ---- */

typedef struct detected {
    bool has_version, has_graph;
} detected;

static bool check_field(pb_istream_t *stream, pb_wire_type_t wire, uint32_t tag, detected *d) {
    if (tag == 0 || tag > MAX_FIELD) return false;
    if (tag == hn_onnx_ModelProto_ir_version_tag) {
        uint64_t version;
        d->has_version = wire == PB_WT_VARINT && pb_decode_varint(stream, &version) &&
                         version > 0 && version <= MAX_IR_VERSION;
        return d->has_version;
    }
    if (tag == hn_onnx_ModelProto_graph_tag) d->has_graph = wire == PB_WT_STRING;
    const bool is_message = tag >= hn_onnx_ModelProto_graph_tag;
    if (is_message && wire != PB_WT_STRING) return false;
    return pb_skip_field(stream, wire);
}

bool hn_onnx_detect(const uint8_t *bytes, uint64_t size) {
    if (size == 0 || size > SIZE_MAX) return false;
    pb_istream_t stream = pb_istream_from_buffer(bytes, (size_t)size);
    detected d = {false, false};
    for (uint32_t i = 0; i < DETECT_FIELDS && !(d.has_version && d.has_graph); i++) {
        pb_wire_type_t wire;
        uint32_t tag;
        bool is_end;
        if (!pb_decode_tag(&stream, &wire, &tag, &is_end)) return false;
        if (!check_field(&stream, wire, tag, &d)) return false;
    }
    return d.has_version && d.has_graph;
}

/* ---- ModelProto ---- */

typedef struct model {
    hn_onnx_reader *r;
    hn_onnx_field producer, producer_version, doc, graph;
    hn_metadata *metadata;
    uint32_t n_metadata, capacity_metadata;
    int64_t ir_version;
} model;

static hone_status read_opset(void *user, hn_onnx_span span) {
    hn_onnx_reader *r = user;
    hn_onnx_field domain = {.r = r};
    hn_onnx_OperatorSetIdProto message = {.domain = hn_onnx_on_field(&domain)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_OperatorSetIdProto_fields, &message));
    if (r->n_opsets == HN_ONNX_MAX_OPSETS) {
        return hn_fail(r->env, HONE_E_LIMIT, "more than %d opsets", HN_ONNX_MAX_OPSETS);
    }
    if (message.version < 0 || message.version > INT32_MAX) {
        return hn_fail(r->env, HONE_E_FORMAT, "an opset of version %lld",
                       (long long)message.version);
    }
    const hn_onnx_opset opset = {domain.span, (int32_t)message.version};
    r->opsets[r->n_opsets++] = opset;
    return HONE_OK;
}

static hone_status add_metadata(model *m, const char *key, const void *bytes, uint64_t n_bytes) {
    hn_onnx_reader *r = m->r;
    if (m->n_metadata == HN_ONNX_MAX_METADATA) {
        return hn_fail(r->env, HONE_E_LIMIT, "more than %d metadata entries", HN_ONNX_MAX_METADATA);
    }
    hn_metadata *list =
        hn_arena_grow(r->arena, m->metadata, m->n_metadata, &m->capacity_metadata, sizeof *list);
    if (list == NULL) return hn_no_memory(r->env);
    const hn_metadata entry = {key, bytes, n_bytes};
    list[m->n_metadata++] = entry;
    m->metadata = list;
    return HONE_OK;
}

static hone_status read_metadata(void *user, hn_onnx_span span) {
    model *m = user;
    hn_onnx_span key, value;
    const char *text;
    HN_TRY(hn_onnx_entry(m->r, span, &key, &value));
    HN_TRY(hn_onnx_string(m->r, m->r->arena, key, &text));
    return add_metadata(m, text, value.size > 0 ? (const void *)value.bytes : "", value.size);
}

static hone_status decode_model(model *m) {
    hn_onnx_reader *r = m->r;
    m->producer.r = m->producer_version.r = m->doc.r = m->graph.r = r;
    hn_onnx_each opsets = {.r = r, .fn = read_opset, .user = r};
    hn_onnx_each entries = {.r = r, .fn = read_metadata, .user = m};
    hn_onnx_ModelProto message = {.producer_name = hn_onnx_on_field(&m->producer),
                                  .producer_version = hn_onnx_on_field(&m->producer_version),
                                  .doc_string = hn_onnx_on_field(&m->doc),
                                  .graph = hn_onnx_on_field(&m->graph),
                                  .opset_import = hn_onnx_on_each(&opsets),
                                  .metadata_props = hn_onnx_on_each(&entries)};
    const hn_onnx_span all = {r->bytes, r->size};
    HN_TRY(hn_onnx_decode(r, all, hn_onnx_ModelProto_fields, &message));
    if (m->graph.n != 1) {
        return hn_fail(r->env, HONE_E_FORMAT, "%u graphs instead of one", (unsigned)m->graph.n);
    }
    m->ir_version = message.ir_version;
    return HONE_OK;
}

/* ---- what the file says about itself, as metadata ---- */

static hone_status add_text(model *m, const char *key, const char *text, size_t length) {
    const char *copy = hn_arena_string(m->r->arena, text, length);
    if (copy == NULL) return hn_no_memory(m->r->env);
    return add_metadata(m, key, copy, length);
}

/* "pytorch 2.1" */
static hone_status add_producer(model *m) {
    char text[256];
    const hn_onnx_span name = m->producer.span, version = m->producer_version.span;
    if (name.size == 0 || name.size > 120 || version.size > 120) {
        return add_text(m, "producer", (const char *)name.bytes, (size_t)name.size);
    }
    const char *version_text = version.size > 0 ? (const char *)version.bytes : "";
    const int n =
        snprintf(text, sizeof text, "%.*s%s%.*s", (int)name.size, (const char *)name.bytes,
                 version.size > 0 ? " " : "", (int)version.size, version_text);
    return add_text(m, "producer", text, (size_t)n);
}

/* "13, ai.onnx.ml 2": that of the standard domain first, without its name. */
static hone_status add_opsets(model *m) {
    const hn_onnx_reader *r = m->r;
    char text[HN_ONNX_MAX_OPSETS * 96];
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < r->n_opsets; i++) {
            const hn_onnx_span domain = r->opsets[i].domain;
            const bool is_standard = domain.size == 0 || hn_onnx_is(domain, "ai.onnx");
            if (is_standard != (pass == 0)) continue;
            const int length = is_standard ? 0 : (int)(domain.size < 64 ? domain.size : 64);
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s%s%d", n > 0 ? ", " : "",
                                  length, length > 0 ? (const char *)domain.bytes : "",
                                  length > 0 ? " " : "", (int)r->opsets[i].version);
        }
    }
    return add_text(m, "opset", text, n);
}

static hone_status add_facts(model *m) {
    char text[32];
    HN_TRY(add_producer(m));
    HN_TRY(add_opsets(m));
    const int n = snprintf(text, sizeof text, "%lld", (long long)m->ir_version);
    HN_TRY(add_text(m, "ir_version", text, (size_t)n));
    if (m->doc.span.size == 0) return HONE_OK;
    return add_metadata(m, "doc_string", m->doc.span.bytes, m->doc.span.size);
}

static hone_status read_model(hn_onnx_reader *r, hn_graph **out) {
    model m = {.r = r};
    hn_onnx_scope *scope;
    HN_TRY(decode_model(&m));
    HN_TRY(add_facts(&m));
    HN_TRY(hn_onnx_graph_read(r, m.graph.span, NULL, &scope));
    HN_TRY(hn_graph_verify(scope->g));
    scope->g->metadata = m.metadata;
    scope->g->n_metadata = m.n_metadata;
    scope->g->maps = r->maps;
    scope->g->n_maps = r->n_maps;
    *out = scope->g;
    return HONE_OK;
}

/* ---- bounded memory ---- */

/* factor * size + room; "no bound" (0) where that is too large for a number. */
static uint64_t bound(uint64_t factor, uint64_t size, uint64_t room) {
    uint64_t n;
    if (!hn_mul_u64(factor, size, &n) || !hn_add_u64(n, room, &n)) return 0;
    return n;
}

static hone_status fail_bound(const hn_onnx_reader *r) {
    return hn_fail(r->env, HONE_E_LIMIT,
                   "reading it would take more memory than 32 times the file and 16 MB");
}

hone_status hn_onnx_no_room(const hn_onnx_reader *r, uint64_t n_bytes) {
    const hn_arena *arena = r->arena;
    const bool is_bound = arena->max_bytes != 0 && n_bytes > arena->max_bytes - arena->total_bytes;
    return is_bound ? fail_bound(r) : hn_no_memory(r->env);
}

/* An arena that is nearly full ran into its bound; else the machine has no more memory. */
static hone_status fail_model(const hn_onnx_reader *r, hone_status status) {
    const hn_arena *arenas[2] = {r->arena, &r->scratch};
    bool is_full = false;
    for (int i = 0; i < 2; i++) {
        const uint64_t most = arenas[i]->max_bytes;
        is_full = is_full || (most != 0 && most - arenas[i]->total_bytes < most / 4);
    }
    if (status == HONE_E_MEMORY && is_full) status = fail_bound(r);
    return hn_fail_at(r->env, status, "onnx");
}

hone_status hn_onnx_read(hn_env *env, hn_arena *arena, const uint8_t *bytes, uint64_t size,
                         const char *folder, hn_graph **out) {
    if (size > SIZE_MAX || size > INT64_MAX) {
        return hn_fail(env, HONE_E_LIMIT, "onnx: the file is too large");
    }
    hn_onnx_reader r = {.env = env, .arena = arena, .bytes = bytes, .size = size, .folder = folder};
    const uint64_t given = arena->max_bytes;
    const uint64_t ours = bound(24, size, arena->total_bytes + ROOM_ARENA);
    if (given == 0 || (ours != 0 && ours < given)) arena->max_bytes = ours;
    hn_arena_init(&r.scratch, env, bound(8, size, ROOM_SCRATCH));
    hone_status status = read_model(&r, out);
    if (status != HONE_OK) status = fail_model(&r, status);
    hn_arena_fini(&r.scratch);
    arena->max_bytes = given;
    for (uint32_t i = 0; status != HONE_OK && i < r.n_maps; i++) hn_map_close(&r.maps[i]);
    return status;
}
