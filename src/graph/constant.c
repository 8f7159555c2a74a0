/* SPDX-License-Identifier: Apache-2.0
 * Reading constants through their views: elements of any type as 64-bit integers or as floats, in
 * row-major order of the shape. Bytes may lie anywhere in a file, so every load is a memcpy. */
#include "core/half.h"
#include "graph/list.h"

#include <string.h>

bool hn_constant_is_contiguous(const hn_value *v) {
    if (v->constant == NULL) return false;
    int64_t stride[HN_MAX_RANK];
    hn_shape_strides(&v->shape, stride);
    bool is_same = v->constant->flip == 0;
    for (int32_t i = 0; i < v->shape.rank; i++) {
        if (v->shape.dim[i] == 0) return true;
        if (v->shape.dim[i] > 1 && v->constant->stride[i] != stride[i]) is_same = false;
    }
    return is_same;
}

/* ---- one element ---- */

/* The bits of element `index` of the bytes, in the low bits; 64 at most. */
static uint64_t load_bits(const uint8_t *bytes, uint32_t n_bits, uint64_t index) {
    if (n_bits < 8) {
        const uint64_t at = index * n_bits;
        return ((uint64_t)bytes[at / 8] >> (at % 8)) & (((uint64_t)1 << n_bits) - 1);
    }
    uint64_t bits = 0;
    memcpy(&bits, bytes + index * (n_bits / 8), n_bits / 8);
    return bits;
}

/* The low n bits as a two's complement number. */
static int64_t sign_extend(uint64_t bits, uint32_t n_bits) {
    if (n_bits == 64) return (int64_t)bits;
    const uint64_t top = (uint64_t)1 << (n_bits - 1);
    return (int64_t)((bits ^ top) - top);
}

/* What an element is read as; decided once per constant. */
typedef struct decoder {
    enum { AS_SIGNED, AS_UNSIGNED, AS_BOOL, AS_F32, AS_F64, AS_SMALL } as;
    uint32_t n_bits;
    hn_small small;
} decoder;

static bool decoder_of(hn_dtype dtype, decoder *d) {
    const decoder found = {.as = AS_SMALL, .n_bits = hn_dtype_bits(dtype)};
    *d = found;
    if (hn_dtype_is_float(dtype) && hn_small_of(dtype, &d->small)) return true;
    if (dtype == HN_DTYPE_F32) {
        d->as = AS_F32;
    } else if (dtype == HN_DTYPE_F64) {
        d->as = AS_F64;
    } else if (dtype == HN_DTYPE_BOOL || dtype == HN_DTYPE_B1) {
        d->as = AS_BOOL;
    } else if (hn_dtype_is_signed(dtype)) {
        d->as = AS_SIGNED;
    } else if (hn_dtype_is_integer(dtype) || dtype == HN_DTYPE_U2 || dtype == HN_DTYPE_U4) {
        d->as = AS_UNSIGNED;
    } else {
        return false;
    }
    return true;
}

static double decode_f64(const decoder *d, uint64_t bits) {
    double v = 0;
    float f;
    switch (d->as) {
    case AS_SIGNED:
        return (double)sign_extend(bits, d->n_bits);
    case AS_UNSIGNED:
        return (double)bits;
    case AS_BOOL:
        return bits != 0 ? 1 : 0;
    case AS_F32:
        memcpy(&f, &bits, sizeof f);
        return (double)f;
    case AS_F64:
        memcpy(&v, &bits, sizeof v);
        return v;
    case AS_SMALL:
        return (double)hn_small_read(&d->small, (uint32_t)bits);
    }
    return v;
}

/* Floats are truncated and saturated; a NaN gives 0. */
static int64_t decode_s64(const decoder *d, uint64_t bits) {
    if (d->as == AS_SIGNED) return sign_extend(bits, d->n_bits);
    if (d->as == AS_UNSIGNED) return bits > INT64_MAX ? INT64_MAX : (int64_t)bits;
    const double v = decode_f64(d, bits);
    if (v != v) return 0;
    if (v >= 9223372036854775808.0) return INT64_MAX;
    if (v <= -9223372036854775808.0) return INT64_MIN;
    return (int64_t)v;
}

/* ---- all elements ---- */

/* Walks the view in rows along the last dimension: `offset` is that of the row's first element. */
typedef struct walk {
    const hn_value *v;
    int64_t index[HN_MAX_RANK];
    uint64_t offset, n_row, row_stride, n_rows;
} walk;

static walk walk_of(const hn_value *v, uint64_t n) {
    walk w = {.v = v, .n_row = n, .row_stride = 1, .n_rows = n > 0 ? 1 : 0};
    if (n == 0 || hn_constant_is_contiguous(v)) return w;
    const int32_t last = v->shape.rank - 1;
    w.n_row = (uint64_t)v->shape.dim[last];
    w.row_stride = (uint64_t)v->constant->stride[last];
    w.n_rows = n / w.n_row;
    return w;
}

static void walk_next(walk *w) {
    for (int32_t i = w->v->shape.rank - 2; i >= 0; i--) {
        const uint64_t stride = (uint64_t)w->v->constant->stride[i];
        w->offset += stride;
        if (++w->index[i] < w->v->shape.dim[i]) return;
        w->offset -= stride * (uint64_t)w->v->shape.dim[i];
        w->index[i] = 0;
    }
}

static hone_status check_read(const hn_graph *g, const hn_value *v, uint64_t n, decoder *d) {
    uint64_t count;
    hn_constant_need(v);
    if (v->constant == NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "value '%.64s' must be a constant", v->name);
    }
    if (!hn_shape_count(&v->shape, &count) || count != n) {
        return hn_fail(g->env, HONE_E_SHAPE, "constant '%.64s' must have %llu elements", v->name,
                       (unsigned long long)n);
    }
    if (!decoder_of(v->dtype, d)) {
        return hn_fail(g->env, HONE_E_SHAPE, "constant '%.64s' of type %s must hold numbers",
                       v->name, hn_dtype_name(v->dtype));
    }
    return HONE_OK;
}

/* Zero points of channels: bytes side by side. */
static void read_bytes(const uint8_t *bytes, bool is_signed, int64_t *out, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = is_signed ? (int8_t)bytes[i] : bytes[i];
}

hone_status hn_constant_read_s64(const hn_graph *g, const hn_value *v, int64_t *out, uint64_t n) {
    decoder d;
    HN_TRY(check_read(g, v, n, &d));
    if ((v->dtype == HN_DTYPE_S8 || v->dtype == HN_DTYPE_U8) && hn_constant_is_contiguous(v)) {
        read_bytes(v->constant->bytes, v->dtype == HN_DTYPE_S8, out, n);
        return HONE_OK;
    }
    walk w = walk_of(v, n);
    for (uint64_t row = 0; row < w.n_rows; row++, walk_next(&w)) {
        for (uint64_t i = 0; i < w.n_row; i++) {
            const uint64_t at = w.offset + i * w.row_stride;
            *out++ = decode_s64(&d, load_bits(v->constant->bytes, d.n_bits, at));
        }
    }
    return HONE_OK;
}

/* Weights of half precision come by the million. */
static void read_halves(const uint8_t *bytes, float *out, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        uint16_t half;
        memcpy(&half, bytes + i * sizeof half, sizeof half);
        out[i] = hn_f32_of_f16(half);
    }
}

static void read_floats(const hn_value *v, const decoder *d, float *out, uint64_t n) {
    if (d->as == AS_F32) {
        hn_constant_copy(v, out);
        return;
    }
    if (v->dtype == HN_DTYPE_F16 && hn_constant_is_contiguous(v)) {
        read_halves(v->constant->bytes, out, n);
        return;
    }
    walk w = walk_of(v, n);
    for (uint64_t row = 0; row < w.n_rows; row++, walk_next(&w)) {
        for (uint64_t i = 0; i < w.n_row; i++) {
            const uint64_t at = w.offset + i * w.row_stride;
            *out++ = (float)decode_f64(d, load_bits(v->constant->bytes, d->n_bits, at));
        }
    }
}

void hn_constant_read_floats(const hn_value *v, float *out, uint64_t n) {
    decoder d;
    hn_constant_need(v);
    if (decoder_of(v->dtype, &d)) read_floats(v, &d, out, n);
}

hone_status hn_constant_read_f32(const hn_graph *g, const hn_value *v, float *out, uint64_t n) {
    decoder d;
    HN_TRY(check_read(g, v, n, &d));
    read_floats(v, &d, out, n);
    return HONE_OK;
}

void hn_constant_copy(const hn_value *v, void *out) {
    uint64_t n, n_bytes;
    hn_constant_need(v);
    if (hn_value_is_block(v)) {
        memcpy(out, v->constant->bytes, (size_t)v->constant->n_bytes);
        return;
    }
    if (!hn_shape_count(&v->shape, &n) || !hn_type_bytes(v->dtype, n, &n_bytes)) return;
    if (n_bytes == 0) return;
    if (hn_constant_is_contiguous(v)) {
        memcpy(out, v->constant->bytes, (size_t)n_bytes);
        return;
    }
    const size_t item = hn_dtype_bits(v->dtype) / 8;
    uint8_t *to = out;
    walk w = walk_of(v, n);
    for (uint64_t row = 0; row < w.n_rows; row++, walk_next(&w)) {
        for (uint64_t i = 0; i < w.n_row; i++, to += item) {
            memcpy(to, v->constant->bytes + (w.offset + i * w.row_stride) * item, item);
        }
    }
    for (uint64_t i = 0; v->constant->flip != 0 && i < n_bytes; i++) {
        ((uint8_t *)out)[i] ^= v->constant->flip;
    }
}

/* ---- quantization ---- */

uint32_t hn_quant_channels(const hn_value *v) {
    uint64_t n;
    if (v->quant == NULL) return 0;
    const hn_shape *s = &v->quant->scale->shape; /* asked for once a channel: short cuts */
    if (s->rank == 0) return 1;
    if (s->rank == 1 && s->dim[0] >= 0 && s->dim[0] <= UINT32_MAX) return (uint32_t)s->dim[0];
    if (!hn_shape_count(s, &n)) return 0;
    return n <= UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

float hn_quant_scale(const hn_value *v, uint32_t c) {
    const uint32_t at = hn_quant_channels(v) > 1 ? c : 0;
    float scale;
    memcpy(&scale, v->quant->scale->constant->bytes + (size_t)at * sizeof scale, sizeof scale);
    return scale;
}

int32_t hn_quant_zero(const hn_value *v, uint32_t c) {
    if (v->quant->zero_point == NULL) return 0;
    const uint32_t at = hn_quant_channels(v) > 1 ? c : 0;
    int32_t zero;
    memcpy(&zero, v->quant->zero_point->constant->bytes + (size_t)at * sizeof zero, sizeof zero);
    return zero;
}
