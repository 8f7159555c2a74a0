/* SPDX-License-Identifier: Apache-2.0
 * The tables of TensorFlow Lite's operators, options, value names and types. */
#include "formats/tflite_ops.h"
#include "formats/tflite_reader.h"

/* ---- names of enumeration values, by their number in the schema ---- */

static const char *const values_padding[] = {"same_upper", "valid", NULL};
static const char *const values_activation[] = {"",         "relu", "relu_n1_to_1", "relu6", "tanh",
                                                "sign_bit", NULL};
static const char *const values_weights[] = {"", "!shuffled 4x16 weights", NULL};
static const char *const values_lstm_kernel[] = {"full", "basic", NULL};
static const char *const values_mirror[] = {"reflect", "symmetric", NULL};
static const char *const values_combiner[] = {"sum", "mean", "sqrtn", NULL};
static const char *const values_comparison[] = {"eq", "ne", "ge", "gt", "le", "lt", NULL};
static const char *const values_reducer[] = {"",        "add", "mul", "minimum",
                                             "maximum", "all", "any", NULL};
static const char *const values_projection[] = {"", "sparse", "dense", NULL};
static const char *const values_generator[] = {"", "philox", "threefry", NULL};
static const char *const values_none[] = {NULL};

/* ---- fields ---- */

const hn_tflite_field hn_tflite_fields[] = {
#define F(options, kind, field0, field1, field2, name, values, absent)                             \
    {HN_TFLITE_##options,      HN_TFLITE_##kind,                                                   \
     {field0, field1, field2}, name,                                                               \
     values_##values,          absent},
#include "formats/tflite_options.def"
};
const uint32_t hn_n_tflite_fields = sizeof hn_tflite_fields / sizeof hn_tflite_fields[0];

/* ---- fixed attributes ---- */

#define TEXT(name, value)                                                                          \
    { name, HN_ATTR_STRING, value, 0 }
#define INT(name, value)                                                                           \
    { name, HN_ATTR_INT, NULL, value }
#define FLOAT(name, value)                                                                         \
    { name, HN_ATTR_FLOAT, NULL, value }
#define END                                                                                        \
    { NULL, HN_ATTR_INT, NULL, 0 }

static const hn_tflite_fixed fixed_none[] = {END};
static const hn_tflite_fixed fixed_raw[] = {INT("@raw", 1), END};
static const hn_tflite_fixed fixed_nhwc[] = {TEXT("layout", "nhwc"), END};
static const hn_tflite_fixed fixed_conv[] = {TEXT("layout", "nhwc"), TEXT("kernel_layout", "ohwi"),
                                             END};
static const hn_tflite_fixed fixed_dwconv[] = {TEXT("layout", "nhwc"),
                                               TEXT("kernel_layout", "1hwo"), END};
static const hn_tflite_fixed fixed_conv_3d[] = {TEXT("layout", "nhwc"),
                                                TEXT("kernel_layout", "hwio"), END};
static const hn_tflite_fixed fixed_deconv_3d[] = {TEXT("@operands", "2130"), TEXT("layout", "nhwc"),
                                                  TEXT("kernel_layout", "hwoi"), END};
static const hn_tflite_fixed fixed_l2_pool[] = {TEXT("layout", "nhwc"), INT("mean", 1), END};
static const hn_tflite_fixed fixed_deconv[] = {TEXT("@operands", "2130"), TEXT("layout", "nhwc"),
                                               TEXT("kernel_layout", "ohwi"), END};
static const hn_tflite_fixed fixed_resize_linear[] = {TEXT("mode", "linear"), END};
static const hn_tflite_fixed fixed_resize_nearest[] = {TEXT("mode", "nearest"), END};
static const hn_tflite_fixed fixed_s32[] = {TEXT("out_type", "s32"), END};
static const hn_tflite_fixed fixed_slice[] = {INT("sizes", 1), END};
static const hn_tflite_fixed fixed_one_hot[] = {INT("axis", -1), INT("wraps", 0), END};
static const hn_tflite_fixed fixed_split[] = {TEXT("@operands", "1-0"), END};
static const hn_tflite_fixed fixed_arg[] = {INT("keepdims", 0), END};
static const hn_tflite_fixed fixed_l2[] = {FLOAT("epsilon", 1e-6f), END};
static const hn_tflite_fixed fixed_reduce[] = {INT("noop_with_empty_axes", 1), END};
static const hn_tflite_fixed fixed_extreme[] = {INT("noop_with_empty_axes", 1), INT("is_finite", 1),
                                                END};
static const hn_tflite_fixed fixed_segment_add[] = {TEXT("reduction", "add"), END};
static const hn_tflite_fixed fixed_segment_mul[] = {TEXT("reduction", "mul"), END};
static const hn_tflite_fixed fixed_segment_max[] = {TEXT("reduction", "max"), END};
static const hn_tflite_fixed fixed_segment_min[] = {TEXT("reduction", "min"), END};
static const hn_tflite_fixed fixed_uniform[] = {TEXT("distribution", "uniform"), END};
static const hn_tflite_fixed fixed_normal[] = {TEXT("distribution", "normal"), END};
static const hn_tflite_fixed fixed_shift[] = {INT("is_limited", 1), END};
static const hn_tflite_fixed fixed_last[] = {INT("axis", -1), END};
static const hn_tflite_fixed fixed_pad[] = {TEXT("pads_order", "pairs"), END};
static const hn_tflite_fixed fixed_where[] = {INT("rows", 1), END};
static const hn_tflite_fixed fixed_unique[] = {INT("numbers_second", 1), INT("sorted", 0), END};
static const hn_tflite_fixed fixed_reshape[] = {INT("allow_zero", 1), END};
static const hn_tflite_fixed fixed_clip_n1[] = {FLOAT("clip_min", -1), FLOAT("clip_max", 1), END};
static const hn_tflite_fixed fixed_clip_01[] = {FLOAT("clip_min", 0), FLOAT("clip_max", 1), END};

/* ---- operators ---- */

enum {
    OP_none = -1,
#define X(name, operands, access, quant, effects) OP_##name = HN_OP_##name,
#include "ops/ops.def"
#undef X
};

static const struct row {
    int32_t code;
    const char *name;
    int32_t op;
    uint16_t options;
    const hn_tflite_fixed *fixed;
} rows[] = {
#define X(code, name, op, options, fixed)                                                          \
    {code, #name, OP_##op, HN_TFLITE_##options, fixed_##fixed},
#include "formats/tflite_ops.def"
#undef X
};

enum {
#define X(code, name, op, options, fixed) CODE_##name = (code),
#include "formats/tflite_ops.def"
#undef X
};

/* By code; n_out 0: no row, the canonical operator's counts hold. */
static const struct ports {
    uint32_t least, most, n_out;
} all_ports[sizeof rows / sizeof rows[0]] = {
#define P(name, least, most, n_out) [CODE_##name] = {least, most, n_out},
#include "formats/tflite_ports.def"
};

const char *hn_tflite_bad_ports(int32_t code, uint32_t n_in, uint32_t n_out) {
    if (code < 0 || (size_t)code >= sizeof rows / sizeof rows[0]) return NULL;
    const struct ports *p = &all_ports[code];
    if (p->n_out == 0) return NULL;
    if (n_in < p->least) return "it has too few operands";
    if (n_in > p->most) return "it has too many operands";
    const bool is_any = p->n_out == HN_MAX_NODE_PORTS;
    return n_out == p->n_out || is_any ? NULL : "it has another number of outputs";
}

bool hn_tflite_op_of(int32_t code, hn_tflite_op *row) {
    if (code < 0 || (size_t)code >= sizeof rows / sizeof rows[0]) return false;
    const struct row *r = &rows[code];
    row->code = code;
    row->name = r->name;
    row->op = r->op != OP_none ? hn_op_at((hn_op_id)r->op) : NULL;
    row->options = r->options;
    row->fixed = r->fixed;
    return true;
}

/* ---- types ---- */

static const struct type_row {
    hn_dtype dtype;
    hn_value_kind kind;
} types[] = {
    {HN_DTYPE_F32, HN_VALUE_TENSOR},    {HN_DTYPE_F16, HN_VALUE_TENSOR},
    {HN_DTYPE_S32, HN_VALUE_TENSOR},    {HN_DTYPE_U8, HN_VALUE_TENSOR},
    {HN_DTYPE_S64, HN_VALUE_TENSOR},    {HN_DTYPE_STRING, HN_VALUE_TENSOR},
    {HN_DTYPE_BOOL, HN_VALUE_TENSOR},   {HN_DTYPE_S16, HN_VALUE_TENSOR},
    {HN_DTYPE_C64, HN_VALUE_TENSOR},    {HN_DTYPE_S8, HN_VALUE_TENSOR},
    {HN_DTYPE_F64, HN_VALUE_TENSOR},    {HN_DTYPE_NONE, HN_VALUE_TENSOR}, /* complex128 */
    {HN_DTYPE_U64, HN_VALUE_TENSOR},    {HN_DTYPE_NONE, HN_VALUE_RESOURCE},
    {HN_DTYPE_NONE, HN_VALUE_SEQUENCE}, /* variant: a list of tensors */
    {HN_DTYPE_U32, HN_VALUE_TENSOR},    {HN_DTYPE_U16, HN_VALUE_TENSOR},
    {HN_DTYPE_S4, HN_VALUE_TENSOR},     {HN_DTYPE_BF16, HN_VALUE_TENSOR},
    {HN_DTYPE_S2, HN_VALUE_TENSOR},     {HN_DTYPE_U4, HN_VALUE_TENSOR},
    {HN_DTYPE_F8E4M3, HN_VALUE_TENSOR}, {HN_DTYPE_F8E5M2, HN_VALUE_TENSOR},
};

bool hn_tflite_dtype(int8_t type, hn_dtype *dtype, hn_value_kind *kind) {
    if (type < 0 || (size_t)type >= sizeof types / sizeof types[0]) return false;
    const struct type_row *row = &types[type];
    if (row->kind == HN_VALUE_TENSOR && row->dtype == HN_DTYPE_NONE) return false;
    *dtype = row->dtype;
    *kind = row->kind;
    return true;
}

bool hn_tflite_op_at(uint32_t i, hn_format_op *out) {
    const uint32_t n = sizeof rows / sizeof rows[0];
    if (i >= n) return hn_tflite_custom_at(i - n, out);
    const hn_op *op = rows[i].op != OP_none ? hn_op_at((hn_op_id)rows[i].op) : NULL;
    *out = (hn_format_op){rows[i].name, "", op != NULL ? op->name : NULL};
    return true;
}
