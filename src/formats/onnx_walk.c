/* SPDX-License-Identifier: Apache-2.0
 * Decoding messages. What nanopb generated says which fields a message has; asking it field by
 * field took more than half of the time that reading a graph takes, so its description is put into
 * a table by tag once for each kind of message, and the walk over the bytes is here. Callbacks get
 * nanopb's streams: a window on the file for what has a length; a number that stands where
 * something else should is given to them in a buffer of its own, so that nobody takes it for a part
 * of the file. */
#include "formats/onnx_reader.h"

#include <pb_common.h>
#include <string.h>

enum { WIRE_VARINT, WIRE_64, WIRE_LENGTH, WIRE_32 = 5, MAX_VARINT = 10 };

/* Where the walk is. */
typedef struct walk {
    hn_onnx_reader *r;
    const hn_onnx_message *kind;
    uint8_t *message;
    const uint8_t *at, *end;
    const char *why; /* it ends; NULL: it goes on */
} walk;

static bool stop(walk *w, const char *why) {
    w->why = why;
    return false;
}

bool hn_onnx_varint(const uint8_t **at, const uint8_t *end, uint64_t *out) {
    const uint8_t *from = *at;
    uint64_t value = 0;
    for (unsigned i = 0; i < MAX_VARINT && from != end; i++) {
        const uint8_t byte = *from++;
        if (i == MAX_VARINT - 1 && byte > 1) return false;
        value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if ((byte & 0x80) != 0) continue;
        *at = from;
        *out = value;
        return true;
    }
    return false;
}

static bool read_varint(walk *w, uint64_t *out) {
    return hn_onnx_varint(&w->at, w->end, out) || stop(w, "a number without an end");
}

/* ---- kinds of messages ---- */

static bool describe(hn_onnx_message *m, const pb_msgdesc_t *fields, uint8_t *message) {
    pb_field_iter_t i;
    memset(m, 0, sizeof *m);
    m->fields = fields;
    if (!pb_field_iter_begin(&i, fields, message)) return true;
    do {
        if (i.tag >= HN_ONNX_TAGS) return false;
        hn_onnx_place *place = &m->at[i.tag];
        place->offset = (uint16_t)((uint8_t *)i.pData - message);
        place->kind = HN_ONNX_CALLBACK;
        if (PB_ATYPE(i.type) != PB_ATYPE_STATIC) continue;
        const bool is_float = PB_LTYPE(i.type) == PB_LTYPE_FIXED32;
        const bool is_wide = i.data_size == sizeof(int64_t);
        place->kind = is_float ? HN_ONNX_FLOAT : is_wide ? HN_ONNX_INT64 : HN_ONNX_INT32;
        place->has = (uint16_t)((uint8_t *)i.pSize - message);
        m->numbers[m->n_numbers++] = (uint8_t)i.tag;
    } while (pb_field_iter_next(&i));
    return true;
}

static const hn_onnx_message *kind_of(hn_onnx_reader *r, const pb_msgdesc_t *fields,
                                      uint8_t *message) {
    for (uint32_t i = 0; i < r->n_messages; i++) {
        if (r->messages[i].fields == fields) return &r->messages[i];
    }
    if (r->n_messages == HN_ONNX_MESSAGES) return NULL;
    hn_onnx_message *m = &r->messages[r->n_messages];
    if (!describe(m, fields, message)) return NULL;
    r->n_messages++;
    return m;
}

/* ---- fields ---- */

static bool call(walk *w, const hn_onnx_place *place, const uint8_t *bytes, size_t n_bytes) {
    pb_callback_t *callback = (pb_callback_t *)(void *)(w->message + place->offset);
    pb_istream_t stream = pb_istream_from_buffer(bytes, n_bytes);
    if (callback->funcs.decode == NULL) return true;
    if (callback->funcs.decode(&stream, NULL, &callback->arg)) return true;
    return stop(w, PB_GET_ERROR(&stream));
}

static bool with_length(walk *w, const hn_onnx_place *place) {
    uint64_t n_bytes;
    if (!read_varint(w, &n_bytes)) return false;
    if (n_bytes > (uint64_t)(w->end - w->at))
        return stop(w, "a field that ends behind its message");
    const uint8_t *bytes = w->at;
    w->at += n_bytes;
    if (place->kind == HN_ONNX_CALLBACK) return call(w, place, bytes, (size_t)n_bytes);
    return place->kind == HN_ONNX_ABSENT || stop(w, "something else where a number should be");
}

static bool store(walk *w, const hn_onnx_place *place, const uint8_t *bytes, uint64_t value) {
    const int32_t narrow = (int32_t)(uint32_t)value;
    uint8_t *to = w->message + place->offset;
    if (place->kind == HN_ONNX_FLOAT) {
        memcpy(to, bytes, sizeof(float));
    } else if (place->kind == HN_ONNX_INT64) {
        memcpy(to, &value, sizeof value);
    } else if ((uint64_t)(int64_t)narrow != value && value > UINT32_MAX) {
        return stop(w, "a number of more than 32 bits");
    } else {
        memcpy(to, &narrow, sizeof narrow);
    }
    w->message[place->has] = true;
    return true;
}

/* A number: `n_bytes` of it, or as many as it has (0). */
static bool number(walk *w, const hn_onnx_place *place, size_t n_bytes) {
    uint8_t apart[MAX_VARINT];
    const uint8_t *bytes = w->at;
    uint64_t value = 0;
    if (n_bytes == 0) {
        if (!read_varint(w, &value)) return false;
    } else if ((size_t)(w->end - w->at) < n_bytes) {
        return stop(w, "end of message");
    } else {
        w->at += n_bytes;
    }
    if (place->kind == HN_ONNX_ABSENT) return true;
    const size_t n = (size_t)(w->at - bytes);
    if (place->kind == HN_ONNX_CALLBACK) {
        memcpy(apart, bytes, n);
        return call(w, place, apart, n);
    }
    const bool fits = place->kind == HN_ONNX_FLOAT ? n_bytes == sizeof(float) : n_bytes == 0;
    return fits ? store(w, place, bytes, value) : stop(w, "a number of another type");
}

static bool field(walk *w) {
    static const hn_onnx_place absent = {0, 0, HN_ONNX_ABSENT};
    uint64_t key;
    if (!read_varint(w, &key)) return false;
    const uint64_t tag = key >> 3;
    if (tag == 0 || key > UINT32_MAX) return stop(w, "a field without a number");
    const hn_onnx_place *place = tag < HN_ONNX_TAGS ? &w->kind->at[tag] : &absent;
    switch (key & 7) {
    case WIRE_VARINT:
        return number(w, place, 0);
    case WIRE_64:
        return number(w, place, sizeof(uint64_t));
    case WIRE_LENGTH:
        return with_length(w, place);
    case WIRE_32:
        return number(w, place, sizeof(uint32_t));
    default:
        return stop(w, "a field of an unknown wire type");
    }
}

static void clear_numbers(const walk *w) {
    for (uint32_t i = 0; i < w->kind->n_numbers; i++) {
        const hn_onnx_place *place = &w->kind->at[w->kind->numbers[i]];
        memset(w->message + place->offset, 0, place->kind == HN_ONNX_INT64 ? 8 : 4);
        w->message[place->has] = false;
    }
}

hone_status hn_onnx_decode(hn_onnx_reader *r, hn_onnx_span span, const pb_msgdesc_t *fields,
                           void *message) {
    walk w = {.r = r, .message = message, .at = span.bytes, .end = span.bytes};
    if (span.size > 0) w.end += span.size;
    w.kind = kind_of(r, fields, message);
    if (w.kind == NULL) return hn_fail(r->env, HONE_E_INTERNAL, "too many kinds of messages");
    clear_numbers(&w);
    while (w.at != w.end) {
        if (field(&w)) continue;
        if (r->status != HONE_OK) return r->status;
        return hn_fail(r->env, HONE_E_FORMAT, "broken protobuf message at byte %llu (%s)",
                       (unsigned long long)(w.at - r->bytes), w.why);
    }
    return HONE_OK;
}
