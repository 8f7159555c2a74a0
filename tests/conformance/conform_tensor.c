/* SPDX-License-Identifier: Apache-2.0
 * Tensors of files and of sessions. Files are decoded by the library's ONNX reader. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "formats/onnx_reader.h"

#define RTOL 1e-3
#define ATOL 1e-7

const char *const differs = "the output differs";

enum { MAX_ITEMS = 256 }; /* of one list */

void put_text(char *out, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(out, size, format, list);
    va_end(list);
}

static void keep_tensor(const hn_onnx_tensor *t, array *a) {
    put_text(a->name, sizeof a->name, "%.*s", (int)t->name.size,
             t->name.size > 0 ? (const char *)t->name.bytes : "");
    a->dtype = (hone_dtype)t->dtype;
    a->rank = (uint32_t)t->shape.rank;
    memcpy(a->dim, t->shape.dim, sizeof a->dim);
    a->n_bytes = (size_t)t->constant.n_bytes;
    a->bytes = malloc(a->n_bytes > 0 ? a->n_bytes : 1);
    a->is_there = a->bytes != NULL;
    if (a->is_there && a->n_bytes > 0) memcpy(a->bytes, t->constant.bytes, a->n_bytes);
}

/* ---- lists ---- */

/* A varint at *at, which moves behind it; false where there is none. */
static bool read_varint(hn_onnx_span span, uint64_t *at, uint64_t *v) {
    *v = 0;
    for (uint32_t shift = 0; shift < 64 && *at < span.size; shift += 7) {
        const uint8_t byte = span.bytes[(*at)++];
        *v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

static bool read_list(hn_onnx_reader *r, hn_onnx_span span, array *a);

static bool add_item(hn_onnx_reader *r, hn_onnx_span span, uint64_t field, array *a) {
    hn_onnx_tensor tensor;
    array *items = realloc(a->items, (a->n_items + 1) * sizeof *items);
    if (items == NULL) return false;
    a->items = items;
    array *item = &items[a->n_items++];
    memset(item, 0, sizeof *item);
    if (field == 5) return read_list(r, span, item);
    if (hn_onnx_tensor_read(r, span, &tensor) != HONE_OK) return false;
    keep_tensor(&tensor, item);
    return item->is_there;
}

/* SequenceProto and OptionalProto have the same fields: 1 the name, 2 a type, 3 tensors, 5 lists.
 */
static bool read_list(hn_onnx_reader *r, hn_onnx_span span, array *a) {
    a->dtype = HONE_DTYPE_LIST;
    for (uint64_t at = 0; at < span.size;) {
        uint64_t tag, n;
        if (!read_varint(span, &at, &tag) || !read_varint(span, &at, &n)) return false;
        if (tag % 8 == 0) continue;
        if (tag % 8 != 2 || n > span.size - at) return false;
        const hn_onnx_span item = {span.bytes + at, n};
        at += n;
        if (tag / 8 == 1)
            put_text(a->name, sizeof a->name, "%.*s", (int)n, (const char *)item.bytes);
        if ((tag / 8 == 3 || tag / 8 == 5) && !add_item(r, item, tag / 8, a)) return false;
    }
    a->is_there = true;
    return true;
}

bool array_read(const char *path, array *a, char *reason) {
    hn_env env;
    hn_arena arena;
    hn_map map = {0};
    hn_onnx_tensor tensor;
    memset(a, 0, sizeof *a);
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
    hone_status status = hn_map_open(&env, path, &map);
    hn_onnx_reader r = {.env = &env, .arena = &arena, .bytes = map.bytes, .size = map.size};
    hn_arena_init(&r.scratch, &env, 0);
    const hn_onnx_span span = {map.bytes, map.size};
    if (status == HONE_OK && hn_onnx_tensor_read(&r, span, &tensor) == HONE_OK) {
        keep_tensor(&tensor, a);
    } else if (status == HONE_OK && !read_list(&r, span, a)) {
        array_free(a);
    }
    if (!a->is_there) put_text(reason, REASON_BYTES, "a data file that is no tensor");
    hn_arena_fini(&r.scratch);
    hn_arena_fini(&arena);
    hn_map_close(&map);
    return a->is_there;
}

void array_free(array *a) {
    for (uint32_t i = 0; i < a->n_items; i++) array_free(&a->items[i]);
    free(a->items);
    free(a->bytes);
    memset(a, 0, sizeof *a);
}

bool array_tensor(hone_ctx *ctx, const array *a, hone_tensor *out) {
    static const hone_tensor empty = HONE_TENSOR_INIT;
    hone_tensor items[MAX_ITEMS];
    bool is_made = a->n_items <= MAX_ITEMS;
    *out = empty;
    out->dtype = a->dtype;
    out->rank = a->rank;
    memcpy(out->dim, a->dim, sizeof a->dim);
    out->data = a->bytes;
    out->n_bytes = a->n_bytes;
    if (a->dtype != HONE_DTYPE_LIST || !is_made) return is_made;
    uint32_t n = 0;
    for (; n < a->n_items && is_made; n++) is_made = array_tensor(ctx, &a->items[n], &items[n]);
    is_made = is_made && hone_list_make(ctx, items, a->n_items, out) == HONE_OK;
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].dtype == HONE_DTYPE_LIST) hone_list_free(ctx, &items[i]);
    }
    return is_made;
}

/* ---- numbers ---- */

static double of_f16(uint16_t h) {
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    double v = exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction + 1024, exponent - 25);
    if (exponent == 31) v = fraction == 0 ? INFINITY : NAN;
    return h >> 15 ? -v : v;
}

static double of_bf16(uint16_t h) {
    const uint32_t bits = (uint32_t)h << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return (double)v;
}

/* The i-th element of a float type. */
static double float_at(hone_dtype dtype, const uint8_t *bytes, size_t i) {
    float f = 0;
    double d = 0;
    uint16_t h = 0;
    switch (dtype) {
    case HONE_DTYPE_F64:
        memcpy(&d, bytes + 8 * i, sizeof d);
        return d;
    case HONE_DTYPE_F16:
        memcpy(&h, bytes + 2 * i, sizeof h);
        return of_f16(h);
    case HONE_DTYPE_BF16:
        memcpy(&h, bytes + 2 * i, sizeof h);
        return of_bf16(h);
    default:
        memcpy(&f, bytes + 4 * i, sizeof f);
        return (double)f;
    }
}

/* Bytes of one number that is compared as a float; 0: compared exactly. */
static size_t float_bytes(hone_dtype dtype) {
    switch (dtype) {
    case HONE_DTYPE_F64:
        return 8;
    case HONE_DTYPE_F32:
    case HONE_DTYPE_C64: /* two f32 */
        return 4;
    case HONE_DTYPE_F16:
    case HONE_DTYPE_BF16:
        return 2;
    default:
        return 0;
    }
}

static bool is_close(double want, double got) {
    if (isnan(want) || isnan(got)) return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got)) return want == got;
    return fabs(got - want) <= ATOL + RTOL * fabs(want);
}

static bool same_shape(const array *want, const hone_tensor *got) {
    bool is_same = want->rank == got->rank;
    for (uint32_t d = 0; d < want->rank && is_same; d++) is_same = want->dim[d] == got->dim[d];
    return is_same && want->n_bytes == got->n_bytes;
}

bool is_same_type(hone_dtype file, hone_dtype model) {
    return file == model || (file == HONE_DTYPE_U16 && model == HONE_DTYPE_BF16);
}

static bool lists_agree(const array *want, const hone_tensor *got, char *reason) {
    if (hone_list_count(got) != want->n_items) {
        put_text(reason, REASON_BYTES, "the list has %u items, not %u",
                 (unsigned)hone_list_count(got), want->n_items);
        return false;
    }
    for (uint32_t i = 0; i < want->n_items; i++) {
        hone_tensor item = HONE_TENSOR_INIT;
        if (hone_list_item(got, i, &item) != HONE_OK) return false;
        if (!array_agrees(&want->items[i], &item, reason)) return false;
    }
    return true;
}

bool array_agrees(const array *want, const hone_tensor *got, char *reason) {
    if (!is_same_type(want->dtype, got->dtype)) {
        put_text(reason, REASON_BYTES, "the output is %s, not %s", hone_dtype_name(got->dtype),
                 hone_dtype_name(want->dtype));
        return false;
    }
    if (want->dtype == HONE_DTYPE_LIST) return lists_agree(want, got, reason);
    if (!same_shape(want, got)) {
        put_text(reason, REASON_BYTES, "the output has another shape");
        return false;
    }
    const size_t size = float_bytes(got->dtype);
    size_t n_wrong = 0;
    for (size_t i = 0; size > 0 && i < want->n_bytes / size; i++) {
        n_wrong +=
            !is_close(float_at(got->dtype, want->bytes, i), float_at(got->dtype, got->data, i));
    }
    for (size_t i = 0; size == 0 && i < want->n_bytes; i++) {
        n_wrong += want->bytes[i] != ((const uint8_t *)got->data)[i];
    }
    if (n_wrong > 0) put_text(reason, REASON_BYTES, "%s", differs);
    return n_wrong == 0;
}
