/* SPDX-License-Identifier: Apache-2.0
 * TensorProto: a constant. Bytes are borrowed wherever the file already holds them as memory does:
 * raw_data, external data, and packed floats and doubles; they may be unaligned. Integers that
 * stand as varints are decoded into the arena, never more of them than the file really holds, so
 * that a shape alone cannot ask for memory. */
#include "formats/onnx_reader.h"
#include "graph/list.h"

#include <string.h>

enum { LOCATION_EXTERNAL = 1, COMPLEX128 = 15 };

typedef struct external_entries {
    hn_onnx_reader *r;
    hn_onnx_span location, offset, length;
} external_entries;

typedef struct string_reader {
    hn_onnx_reader *r;
    hn_chars *texts;
    uint64_t n, room;
} string_reader;

/* What one walk over the message finds. */
typedef struct fields {
    hn_onnx_TensorProto message;
    hn_onnx_field name, raw, segment;
    hn_onnx_numbers dims, f32s, s32s, s64s, f64s, u64s;
    hn_onnx_each strings, external;
    external_entries entries;
    int64_t dim[HN_MAX_RANK];
} fields;

static hone_status fail_tensor(hn_onnx_reader *r, const fields *f, hone_status status,
                               const char *why) {
    const hn_onnx_span name = f->name.span;
    return hn_fail(r->env, status, "tensor '%.*s': %s", (int)(name.size < 80 ? name.size : 80),
                   name.size > 0 ? (const char *)name.bytes : "", why);
}

static hone_status read_entry(void *user, hn_onnx_span span) {
    external_entries *to = user;
    hn_onnx_span key, value;
    HN_TRY(hn_onnx_entry(to->r, span, &key, &value));
    if (hn_onnx_is(key, "location")) to->location = value;
    if (hn_onnx_is(key, "offset")) to->offset = value;
    if (hn_onnx_is(key, "length")) to->length = value;
    return HONE_OK;
}

static hn_onnx_numbers numbers_of(hn_onnx_reader *r, uint32_t bytes_in) {
    const hn_onnx_numbers numbers = {.r = r, .bytes_in = bytes_in};
    return numbers;
}

static hone_status decode_tensor(hn_onnx_reader *r, hn_onnx_span span, fields *f) {
    f->name.r = f->raw.r = f->segment.r = f->strings.r = f->external.r = f->entries.r = r;
    f->dims = numbers_of(r, 0);
    f->dims.out = f->dim;
    f->dims.room = HN_MAX_RANK;
    f->dims.bytes_out = sizeof f->dim[0];
    f->f32s = numbers_of(r, 4);
    f->s32s = numbers_of(r, 0);
    f->s64s = numbers_of(r, 0);
    f->f64s = numbers_of(r, 8);
    f->u64s = numbers_of(r, 0);
    f->external.fn = read_entry;
    f->external.user = &f->entries;
    hn_onnx_TensorProto *m = &f->message;
    m->dims = hn_onnx_on_numbers(&f->dims);
    m->segment = hn_onnx_on_field(&f->segment);
    m->float_data = hn_onnx_on_numbers(&f->f32s);
    m->int32_data = hn_onnx_on_numbers(&f->s32s);
    m->string_data = hn_onnx_on_each(&f->strings);
    m->int64_data = hn_onnx_on_numbers(&f->s64s);
    m->name = hn_onnx_on_field(&f->name);
    m->raw_data = hn_onnx_on_field(&f->raw);
    m->double_data = hn_onnx_on_numbers(&f->f64s);
    m->uint64_data = hn_onnx_on_numbers(&f->u64s);
    m->external_data = hn_onnx_on_each(&f->external);
    return hn_onnx_decode(r, span, hn_onnx_TensorProto_fields, m);
}

/* ---- elements as numbers ---- */

/* The field that holds the elements of this type, and where its callback goes. */
static hn_onnx_numbers *field_of(fields *f, uint32_t field, hn_onnx_TensorProto *message,
                                 pb_callback_t **callback) {
    switch (field) {
    case hn_onnx_TensorProto_float_data_tag:
        *callback = &message->float_data;
        return &f->f32s;
    case hn_onnx_TensorProto_int64_data_tag:
        *callback = &message->int64_data;
        return &f->s64s;
    case hn_onnx_TensorProto_double_data_tag:
        *callback = &message->double_data;
        return &f->f64s;
    case hn_onnx_TensorProto_uint64_data_tag:
        *callback = &message->uint64_data;
        return &f->u64s;
    default:
        *callback = &message->int32_data;
        return &f->s32s;
    }
}

static hone_status take_numbers(hn_onnx_reader *r, hn_onnx_span span, fields *f,
                                const hn_onnx_type *type, hn_constant *constant) {
    hn_onnx_TensorProto message = {0};
    pb_callback_t *callback;
    hn_onnx_numbers *numbers = field_of(f, type->field, &message, &callback);
    const uint64_t n = constant->n_bytes / type->bytes_out;
    if (numbers->n != n) {
        return fail_tensor(r, f, HONE_E_FORMAT, "the data does not have the size of the shape");
    }
    if (numbers->bytes_in != 0 && numbers->n_chunks == 1 && numbers->chunk.bytes != NULL) {
        constant->bytes = numbers->chunk.bytes;
        constant->is_borrowed = true;
        return HONE_OK;
    }
    uint8_t *bytes = hn_arena_alloc_aligned(r->arena, (size_t)constant->n_bytes, 64);
    if (bytes == NULL) return hn_onnx_no_room(r, constant->n_bytes);
    numbers->out = bytes;
    numbers->bytes_out = type->bytes_out;
    numbers->room = n;
    numbers->n = 0;
    *callback = hn_onnx_on_numbers(numbers);
    constant->bytes = bytes;
    return hn_onnx_decode(r, span, hn_onnx_TensorProto_fields, &message);
}

static hone_status read_string(void *user, hn_onnx_span span) {
    string_reader *to = user;
    if (to->n == to->room) return HONE_OK;
    to->texts[to->n++] = (hn_chars){(const char *)span.bytes, span.size};
    return HONE_OK;
}

static hone_status take_strings(hn_onnx_reader *r, hn_onnx_span span, const fields *f, uint64_t n,
                                hn_constant *constant) {
    if (f->strings.n != n) {
        return fail_tensor(r, f, HONE_E_FORMAT, "the strings are not as many as the shape wants");
    }
    string_reader reader = {r, HN_NEW_N(r->arena, hn_chars, n), 0, n};
    if (reader.texts == NULL) return hn_no_memory(r->env);
    hn_onnx_each each = {.r = r, .fn = read_string, .user = &reader};
    hn_onnx_TensorProto message = {.string_data = hn_onnx_on_each(&each)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_TensorProto_fields, &message));
    constant->bytes = hn_strings_block(r->arena, reader.texts, reader.n, &constant->n_bytes);
    return constant->bytes != NULL ? HONE_OK : hn_no_memory(r->env);
}

/* ---- external data ---- */

/* A decimal number; `absent` where there is none. */
static bool decimal(hn_onnx_span text, uint64_t absent, uint64_t *out) {
    uint64_t value = 0;
    for (uint64_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
        if (!hn_mul_u64(value, 10, &value)) return false;
        if (!hn_add_u64(value, (uint64_t)(text.bytes[i] - '0'), &value)) return false;
    }
    *out = text.size > 0 ? value : absent;
    return true;
}

static hone_status take_external(hn_onnx_reader *r, const fields *f, hn_constant *constant) {
    const external_entries *e = &f->entries;
    uint64_t offset, length;
    const char *location;
    if (!decimal(e->offset, 0, &offset) || !decimal(e->length, constant->n_bytes, &length)) {
        return fail_tensor(r, f, HONE_E_FORMAT, "offset or length of its external data");
    }
    if (length != constant->n_bytes) {
        return fail_tensor(r, f, HONE_E_FORMAT,
                           "its external data does not have the size of the shape");
    }
    HN_TRY(hn_onnx_string(r, &r->scratch, e->location, &location));
    const hone_status status =
        hn_onnx_external(r, location, offset, constant->n_bytes, &constant->bytes);
    if (status != HONE_OK) return fail_tensor(r, f, status, r->env->message);
    constant->is_borrowed = true;
    return HONE_OK;
}

/* ---- the whole ---- */

static hone_status take_elements(hn_onnx_reader *r, hn_onnx_span span, fields *f,
                                 const hn_onnx_type *type, hn_onnx_tensor *tensor) {
    hn_constant *constant = &tensor->constant;
    uint64_t n;
    if (!hn_shape_count(&tensor->shape, &n)) {
        return fail_tensor(r, f, HONE_E_FORMAT, "a bad shape");
    }
    if (type->dtype == HN_DTYPE_STRING) return take_strings(r, span, f, n, constant);
    if (!hn_type_bytes(type->dtype, n, &constant->n_bytes) || constant->n_bytes > SIZE_MAX) {
        return fail_tensor(r, f, HONE_E_FORMAT, "a shape too large");
    }
    if (f->message.data_location == LOCATION_EXTERNAL) return take_external(r, f, constant);
    if (f->raw.n > 0) {
        if (f->raw.span.size != constant->n_bytes) {
            return fail_tensor(r, f, HONE_E_FORMAT, "raw_data does not have the size of the shape");
        }
        constant->bytes = f->raw.span.bytes;
        constant->is_borrowed = true;
        return HONE_OK;
    }
    return take_numbers(r, span, f, type, constant);
}

hone_status hn_onnx_tensor_read(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_tensor *out) {
    fields f = {0};
    HN_TRY(decode_tensor(r, span, &f));
    if (f.segment.n > 0) return fail_tensor(r, &f, HONE_E_UNSUPPORTED, "a tensor in segments");
    const hn_onnx_type *type = hn_onnx_type_of(f.message.data_type);
    if (type == NULL) {
        const bool is_known = f.message.data_type == COMPLEX128;
        return fail_tensor(r, &f, is_known ? HONE_E_UNSUPPORTED : HONE_E_FORMAT,
                           is_known ? "elements of type complex128" : "an unknown element type");
    }
    if (f.dims.n > HN_MAX_RANK) {
        return fail_tensor(r, &f, HONE_E_UNSUPPORTED, "more than 8 dimensions");
    }
    hn_onnx_tensor tensor = {.name = f.name.span, .dtype = type->dtype};
    tensor.shape = hn_shape_of((int32_t)f.dims.n, f.dim);
    for (uint64_t i = 0; i < f.dims.n; i++) {
        if (f.dim[i] < 0) return fail_tensor(r, &f, HONE_E_FORMAT, "a negative dimension");
    }
    HN_TRY(take_elements(r, span, &f, type, &tensor));
    hn_shape_strides(&tensor.shape, tensor.constant.stride);
    *out = tensor;
    return HONE_OK;
}

hone_status hn_onnx_tensor_set(hn_onnx_reader *r, const hn_onnx_tensor *tensor, hn_value *value) {
    value->constant = hn_arena_copy(r->arena, &tensor->constant, sizeof tensor->constant);
    if (value->constant == NULL) return hn_no_memory(r->env);
    value->kind = HN_VALUE_TENSOR;
    value->dtype = tensor->dtype;
    value->shape = tensor->shape;
    return HONE_OK;
}
