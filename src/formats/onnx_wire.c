/* SPDX-License-Identifier: Apache-2.0
 * From nanopb's streams to spans of the file (formats/onnx_walk.c makes the streams). The stream of
 * a length-delimited field is a window on the mapped bytes, and its state is the address, so
 * nothing is copied. But a number that stands where a string should be arrives in a small buffer on
 * the stack: a span is therefore only taken when it lies inside the file. */
#include "formats/onnx_reader.h"

#include <string.h>

/* False when the stream is not a window on the file. */
static bool window(const hn_onnx_reader *r, const pb_istream_t *stream, hn_onnx_span *span) {
    const uintptr_t at = (uintptr_t)stream->state, start = (uintptr_t)r->bytes;
    if (at < start || stream->bytes_left > r->size) return false;
    if (at - start > r->size - stream->bytes_left) return false;
    span->bytes = r->bytes + (at - start);
    span->size = stream->bytes_left;
    return true;
}

static bool take(const hn_onnx_reader *r, pb_istream_t *stream, hn_onnx_span *span) {
    if (!window(r, stream, span)) {
        stream->errmsg = "a number where a string or message should be";
        return false;
    }
    return pb_read(stream, NULL, stream->bytes_left);
}

static bool keep_field(pb_istream_t *stream, const pb_field_t *field, void **arg) {
    (void)field;
    hn_onnx_field *to = *arg;
    to->n++;
    return take(to->r, stream, &to->span);
}

static bool call_each(pb_istream_t *stream, const pb_field_t *field, void **arg) {
    (void)field;
    hn_onnx_each *to = *arg;
    hn_onnx_span item;
    if (!take(to->r, stream, &item)) return false;
    if (to->n == UINT32_MAX) return false;
    to->n++;
    if (to->fn == NULL) return true;
    const hone_status status = to->fn(to->user, item);
    if (status != HONE_OK) to->r->status = status;
    return status == HONE_OK;
}

static bool read_number(const uint8_t **at, const uint8_t *end, uint32_t n_bytes, uint64_t *out) {
    if (n_bytes == 0) return hn_onnx_varint(at, end, out);
    if ((size_t)(end - *at) < n_bytes) return false;
    *out = 0;
    memcpy(out, *at, n_bytes);
    *at += n_bytes;
    return true;
}

/* Read where they lie: an initializer may have millions. */
static bool take_numbers(pb_istream_t *stream, const pb_field_t *field, void **arg) {
    (void)field;
    hn_onnx_numbers *to = *arg;
    const hn_onnx_span none = {NULL, 0};
    to->n_chunks++;
    if (!window(to->r, stream, &to->chunk)) to->chunk = none;
    const uint8_t *at = stream->state, *end = at + stream->bytes_left;
    while (at != end) {
        uint64_t number;
        if (!read_number(&at, end, to->bytes_in, &number)) return false;
        if (to->n < to->room) {
            memcpy((uint8_t *)to->out + to->n * to->bytes_out, &number, to->bytes_out);
        }
        to->n++;
    }
    return pb_read(stream, NULL, stream->bytes_left);
}

static pb_callback_t callback(bool (*decode)(pb_istream_t *, const pb_field_t *, void **),
                              void *arg) {
    pb_callback_t c = {.arg = arg};
    c.funcs.decode = decode;
    return c;
}

pb_callback_t hn_onnx_on_field(hn_onnx_field *field) {
    return callback(keep_field, field);
}

pb_callback_t hn_onnx_on_each(hn_onnx_each *each) {
    return callback(call_each, each);
}

pb_callback_t hn_onnx_on_numbers(hn_onnx_numbers *numbers) {
    return callback(take_numbers, numbers);
}

hone_status hn_onnx_string(hn_onnx_reader *r, hn_arena *arena, hn_onnx_span span,
                           const char **text) {
    if (span.size > 0 && memchr(span.bytes, 0, (size_t)span.size) != NULL) {
        return hn_fail(r->env, HONE_E_FORMAT, "a name with a zero byte in it");
    }
    *text = "";
    if (span.size == 0) return HONE_OK;
    const char *copy = hn_arena_string(arena, (const char *)span.bytes, (size_t)span.size);
    if (copy == NULL) return hn_no_memory(r->env);
    *text = copy;
    return HONE_OK;
}

bool hn_onnx_is(hn_onnx_span span, const char *text) {
    const size_t length = strlen(text);
    return span.size == length && (length == 0 || memcmp(span.bytes, text, length) == 0);
}

hone_status hn_onnx_entry(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_span *key,
                          hn_onnx_span *value) {
    hn_onnx_field k = {.r = r}, v = {.r = r};
    hn_onnx_StringStringEntryProto message = {.key = hn_onnx_on_field(&k),
                                              .value = hn_onnx_on_field(&v)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_StringStringEntryProto_fields, &message));
    *key = k.span;
    *value = v.span;
    return HONE_OK;
}
