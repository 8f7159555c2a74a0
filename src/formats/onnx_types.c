/* SPDX-License-Identifier: Apache-2.0
 * Element types and the types of values. Sequences, optionals and maps are kinds of a value; of
 * what they hold only the element type is kept, where it is a tensor. */
#include "formats/onnx_reader.h"

#include <stdio.h>

enum { /* TensorProto's fields of numbers */
       FLOATS = hn_onnx_TensorProto_float_data_tag,
       S32S = hn_onnx_TensorProto_int32_data_tag,
       STRINGS = hn_onnx_TensorProto_string_data_tag,
       S64S = hn_onnx_TensorProto_int64_data_tag,
       DOUBLES = hn_onnx_TensorProto_double_data_tag,
       U64S = hn_onnx_TensorProto_uint64_data_tag
};

/* complex128 (15) has no type here. Of the types below a byte, one number of int32_data is a byte
 * of two or four elements, low bits first. */
static const hn_onnx_type types[] = {
    {1, HN_DTYPE_F32, FLOATS, 4},       {2, HN_DTYPE_U8, S32S, 1},
    {3, HN_DTYPE_S8, S32S, 1},          {4, HN_DTYPE_U16, S32S, 2},
    {5, HN_DTYPE_S16, S32S, 2},         {6, HN_DTYPE_S32, S32S, 4},
    {7, HN_DTYPE_S64, S64S, 8},         {8, HN_DTYPE_STRING, STRINGS, 0},
    {9, HN_DTYPE_BOOL, S32S, 1},        {10, HN_DTYPE_F16, S32S, 2},
    {11, HN_DTYPE_F64, DOUBLES, 8},     {12, HN_DTYPE_U32, U64S, 4},
    {13, HN_DTYPE_U64, U64S, 8},        {14, HN_DTYPE_C64, FLOATS, 4},
    {16, HN_DTYPE_BF16, S32S, 2},       {17, HN_DTYPE_F8E4M3, S32S, 1},
    {18, HN_DTYPE_F8E4M3FNUZ, S32S, 1}, {19, HN_DTYPE_F8E5M2, S32S, 1},
    {20, HN_DTYPE_F8E5M2FNUZ, S32S, 1}, {21, HN_DTYPE_U4, S32S, 1},
    {22, HN_DTYPE_S4, S32S, 1},         {23, HN_DTYPE_F4E2M1, S32S, 1},
    {24, HN_DTYPE_F8E8M0, S32S, 1},     {25, HN_DTYPE_U2, S32S, 1},
    {26, HN_DTYPE_S2, S32S, 1},
};

const hn_onnx_type *hn_onnx_type_of(int32_t number) {
    for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].number == number) return &types[i];
    }
    return NULL;
}

typedef struct shape_reader {
    hn_onnx_reader *r;
    hn_shape *shape;
} shape_reader;

static hone_status read_dim(void *user, hn_onnx_span span) {
    const shape_reader *to = user;
    hn_onnx_reader *r = to->r;
    hn_shape *s = to->shape;
    if (s->rank == HN_MAX_RANK) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "a shape of more than %d dimensions",
                       HN_MAX_RANK);
    }
    hn_onnx_field param = {.r = r};
    hn_onnx_TensorShapeProto_Dimension message = {.dim_param = hn_onnx_on_field(&param)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_TensorShapeProto_Dimension_fields, &message));
    const bool is_known = message.has_dim_value && message.dim_value >= 0;
    s->dim[s->rank] = is_known ? message.dim_value : -1;
    s->sym[s->rank] = NULL;
    if (!is_known && param.span.size > 0) {
        HN_TRY(hn_onnx_string(r, r->arena, param.span, &s->sym[s->rank]));
    }
    s->rank++;
    return HONE_OK;
}

static hone_status read_tensor_type(hn_onnx_reader *r, hn_onnx_span span, hn_value *like) {
    hn_onnx_field shape = {.r = r};
    hn_onnx_TypeProto_Tensor message = {.shape = hn_onnx_on_field(&shape)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_TypeProto_Tensor_fields, &message));
    const hn_onnx_type *type = hn_onnx_type_of(message.elem_type);
    if (type == NULL && message.elem_type != 0) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "element type %d", (int)message.elem_type);
    }
    like->dtype = type != NULL ? type->dtype : HN_DTYPE_NONE;
    like->shape.rank = -1;
    if (shape.n == 0) return HONE_OK;
    like->shape.rank = 0;
    shape_reader reader = {r, &like->shape};
    hn_onnx_each dims = {.r = r, .fn = read_dim, .user = &reader};
    hn_onnx_TensorShapeProto dims_message = {.dim = hn_onnx_on_each(&dims)};
    return hn_onnx_decode(r, shape.span, hn_onnx_TensorShapeProto_fields, &dims_message);
}

/* The fields of a TypeProto that tell its kind. */
typedef struct type_fields {
    hn_onnx_field tensor, sequence, map, sparse, optional;
} type_fields;

static hone_status decode_type(hn_onnx_reader *r, hn_onnx_span span, type_fields *f) {
    f->tensor.r = f->sequence.r = f->map.r = f->sparse.r = f->optional.r = r;
    hn_onnx_TypeProto message = {.tensor_type = hn_onnx_on_field(&f->tensor),
                                 .sequence_type = hn_onnx_on_field(&f->sequence),
                                 .map_type = hn_onnx_on_field(&f->map),
                                 .sparse_tensor_type = hn_onnx_on_field(&f->sparse),
                                 .optional_type = hn_onnx_on_field(&f->optional)};
    return hn_onnx_decode(r, span, hn_onnx_TypeProto_fields, &message);
}

/* The fields of what a sequence or optional holds. */
static hone_status decode_element(hn_onnx_reader *r, hn_onnx_span span, type_fields *f) {
    hn_onnx_field element = {.r = r};
    hn_onnx_TypeProto_Container message = {.elem_type = hn_onnx_on_field(&element)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_TypeProto_Container_fields, &message));
    return decode_type(r, element.span, f);
}

/* A sequence or optional: the type of the tensors in it, or in the sequence in it; no shape. */
static hone_status read_container(hn_onnx_reader *r, hn_onnx_span span, hn_value *like) {
    type_fields f = {0}, inner = {0};
    HN_TRY(decode_element(r, span, &f));
    if (f.tensor.n > 0) HN_TRY(read_tensor_type(r, f.tensor.span, like));
    if (f.sequence.n > 0) {
        like->holds_lists = true;
        HN_TRY(decode_element(r, f.sequence.span, &inner));
        if (inner.tensor.n > 0) HN_TRY(read_tensor_type(r, inner.tensor.span, like));
    }
    const hn_shape unknown = {.rank = -1};
    like->shape = unknown;
    return HONE_OK;
}

hone_status hn_onnx_type_read(hn_onnx_reader *r, hn_onnx_span span, hn_value *like) {
    type_fields f = {0};
    HN_TRY(decode_type(r, span, &f));
    if (f.sparse.n > 0) return hn_fail(r->env, HONE_E_UNSUPPORTED, "a sparse tensor");
    if (f.tensor.n > 0) return read_tensor_type(r, f.tensor.span, like);
    if (f.map.n > 0) like->kind = HN_VALUE_MAP;
    if (f.sequence.n > 0) {
        like->kind = HN_VALUE_SEQUENCE;
        return read_container(r, f.sequence.span, like);
    }
    if (f.optional.n > 0) {
        like->kind = HN_VALUE_OPTIONAL;
        return read_container(r, f.optional.span, like);
    }
    return HONE_OK;
}

hone_status hn_onnx_value_info(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_span *name,
                               hn_value *like) {
    hn_onnx_field text = {.r = r}, type = {.r = r};
    hn_onnx_ValueInfoProto message = {.name = hn_onnx_on_field(&text),
                                      .type = hn_onnx_on_field(&type)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_ValueInfoProto_fields, &message));
    *name = text.span;
    if (type.n == 0) return HONE_OK;
    const hone_status status = hn_onnx_type_read(r, type.span, like);
    if (status != HONE_E_UNSUPPORTED) return status;
    char what[96];
    snprintf(what, sizeof what, "'%.*s'", (int)(text.span.size < 80 ? text.span.size : 80),
             text.span.size > 0 ? (const char *)text.span.bytes : "");
    return hn_fail_at(r->env, status, what);
}
