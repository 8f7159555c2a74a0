/* SPDX-License-Identifier: Apache-2.0
 * Writes by index: every shape of cases/scatter.def in every element size and with every way of
 * joining, duplicates included. The harness fills outputs with one byte, which is what is joined.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "kernels/gather/scatter.h"

enum { UNWRITTEN = 0xa5 }; /* what the harness fills outputs with */

static const hn_types types_of[4] = {HN_TYPES_b8, HN_TYPES_b16, HN_TYPES_b32, HN_TYPES_b64};

/* ---- joining, once more: on integers of 8 to 64 bits and on floats ---- */

static int64_t widen(const uint8_t *at, size_t size, bool is_signed) {
    uint64_t v = 0;
    memcpy(&v, at, size);
    const uint64_t top = (uint64_t)1 << (8 * size - 1);
    return is_signed && size < 8 ? (int64_t)((v ^ top) - top) : (int64_t)v;
}

static double chosen(int32_t kind, double old, double v) {
    if (kind == HN_SCATTER_MIN) return v < old ? v : old;
    return v > old ? v : old;
}

static void join_float(int32_t kind, uint8_t *to, const uint8_t *from, size_t size) {
    float a, b;
    double x, y;
    memcpy(&a, to, 4);
    memcpy(&b, from, 4);
    if (size == 4) {
        const float r = kind == HN_SCATTER_ADD   ? a + b
                        : kind == HN_SCATTER_MUL ? a * b
                                                 : (float)chosen(kind, (double)a, (double)b);
        memcpy(to, &r, 4);
        return;
    }
    memcpy(&x, to, 8);
    memcpy(&y, from, 8);
    const double r = kind == HN_SCATTER_ADD   ? x + y
                     : kind == HN_SCATTER_MUL ? x * y
                                              : chosen(kind, x, y);
    memcpy(to, &r, 8);
}

static void join(int32_t kind, int32_t number, uint8_t *to, const uint8_t *from, size_t size) {
    const bool is_signed = number == HN_NUMBER_SIGNED;
    const int64_t a = widen(to, size, is_signed), b = widen(from, size, is_signed);
    const bool is_less = is_signed ? b < a : (uint64_t)b < (uint64_t)a;
    uint64_t r = (uint64_t)b;
    if (number == HN_NUMBER_FLOAT && kind != HN_SCATTER_SET) {
        join_float(kind, to, from, size);
        return;
    }
    if (number == HN_NUMBER_BOOL) {
        r = kind == HN_SCATTER_ADD || kind == HN_SCATTER_MAX ? a != 0 || b != 0 : a != 0 && b != 0;
    } else if (kind == HN_SCATTER_ADD) {
        r = (uint64_t)a + (uint64_t)b;
    } else if (kind == HN_SCATTER_MUL) {
        r = (uint64_t)a * (uint64_t)b;
    } else if (kind == HN_SCATTER_MIN) {
        r = (uint64_t)(is_less ? b : a);
    } else if (kind == HN_SCATTER_MAX) {
        r = (uint64_t)(is_less ? a : b);
    }
    memcpy(to, &r, size);
}

/* Updates that stay numbers when they are floats. */
static const uint8_t *updates_of(check *c, size_t n, size_t size, int32_t number) {
    if (number != HN_NUMBER_FLOAT) return check_bytes(c, n * size);
    const float *f = check_floats(c, n, -4.0f, 4.0f);
    if (size == 4) return (const uint8_t *)f;
    double *d = check_alloc(c, n * 8);
    for (size_t i = 0; i < n; ++i) d[i] = (double)f[i];
    return (const uint8_t *)d;
}

static bool exists(int32_t kind, int32_t number, size_t size) {
    if (kind == HN_SCATTER_SET) return number == HN_NUMBER_NONE;
    if (number == HN_NUMBER_FLOAT) return size >= 4;
    return number == HN_NUMBER_BOOL ? size == 1 : number != HN_NUMBER_NONE;
}

typedef struct setting {
    int32_t kind, number;
    int log_size;
} setting;

static void run_scatter(check *c, const char *name, hn_scatter_args a, setting s) {
    const size_t size = (size_t)1 << s.log_size, row = (size_t)a.inner * size;
    const size_t parts = (size_t)a.n_parts, n_index = (size_t)a.n_index;
    size_t span = 1;
    for (size_t k = 0; k < parts; ++k) span *= (size_t)a.dim[k];
    a.kind = s.kind;
    a.number = s.number;
    a.index_type = HN_INDEX_S32;
    int32_t *v = check_alloc(c, n_index * parts * 4 + 4);
    const uint8_t *updates = updates_of(c, n_index * (size_t)a.inner, size, s.number);
    uint8_t *want = check_alloc(c, span * row);
    memset(want, UNWRITTEN, span * row);
    for (size_t q = 0; q < n_index; ++q) {
        size_t at = 0;
        bool is_inside = true;
        for (size_t k = 0; k < parts; ++k) {
            const int32_t dim = a.dim[k], i = check_range(c, -dim - 1, dim);
            v[q * parts + k] = i;
            is_inside = is_inside && i >= -dim && i < dim;
            at = at * (size_t)dim + (size_t)(i < 0 ? i + dim : i);
        }
        for (size_t i = 0; is_inside && i < row; i += size)
            join(s.kind, s.number, want + at * row + i, updates + q * row + i, size);
    }
    check_case k = {.family = HN_FAMILY_scatter, .types = types_of[s.log_size], .args = &a};
    snprintf(k.name, sizeof k.name, "%s kind %d number %d", name, s.kind, s.number);
    k.operand[HN_SCATTER_INDICES] = (check_operand){v, n_index * parts * 4};
    k.operand[HN_SCATTER_UPDATES] = (check_operand){updates, n_index * row};
    k.operand[HN_SCATTER_OUT].bytes = span * row;
    k.n_operands = HN_SCATTER_OPERANDS;
    k.out = HN_SCATTER_OUT;
    k.may_report = true;
    k.expect = want;
    k.work = n_index * (size_t)a.inner;
    check_run(c, &k);
}

static void run_elements(check *c, const char *name, int32_t rank, const int32_t *dim,
                         const int32_t *out_dim, int32_t axis, setting s) {
    const size_t size = (size_t)1 << s.log_size;
    hn_scatter_elements_args a = {.n_lines = 1,
                                  .index_type = HN_INDEX_S32,
                                  .kind = s.kind,
                                  .number = s.number,
                                  .n_axis = dim[axis],
                                  .extent = out_dim[axis]};
    int32_t in[8], to[8], n = 1, n_out = 1;
    for (int32_t d = rank - 1; d >= 0; --d) {
        in[d] = n;
        to[d] = n_out;
        n *= dim[d];
        n_out *= out_dim[d];
    }
    for (int32_t d = 0; d < rank; ++d) {
        if (d == axis) continue;
        a.n_lines *= dim[d];
        a.dim[a.rank] = dim[d];
        a.in_stride[a.rank] = in[d];
        a.out_stride[a.rank++] = to[d];
    }
    a.in_axis = in[axis];
    a.out_axis = to[axis];
    const int32_t *v = check_ints(c, (size_t)n, -a.extent - 1, a.extent);
    const uint8_t *updates = updates_of(c, (size_t)n, size, s.number);
    uint8_t *want = check_alloc(c, (size_t)n_out * size);
    memset(want, UNWRITTEN, (size_t)n_out * size);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t index = v[i] < 0 ? v[i] + a.extent : v[i];
        int32_t at = index * to[axis];
        for (int32_t d = 0; d < rank; ++d) at += d == axis ? 0 : i / in[d] % dim[d] * to[d];
        if (index < 0 || index >= a.extent) continue;
        join(s.kind, s.number, want + (size_t)at * size, updates + (size_t)i * size, size);
    }
    check_case k = {.family = HN_FAMILY_scatter_elements, .types = types_of[s.log_size]};
    snprintf(k.name, sizeof k.name, "elements %s kind %d number %d", name, s.kind, s.number);
    k.args = &a;
    k.operand[HN_SCATTER_INDICES] = (check_operand){v, (size_t)n * 4};
    k.operand[HN_SCATTER_UPDATES] = (check_operand){updates, (size_t)n * size};
    k.operand[HN_SCATTER_OUT].bytes = (size_t)n_out * size;
    k.n_operands = HN_SCATTER_OPERANDS;
    k.out = HN_SCATTER_OUT;
    k.may_report = true;
    k.expect = want;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

#define SCATTER(name, indices, parts, dim, inner)                                                  \
    run_scatter(c, name, (hn_scatter_args){indices, parts, dim, inner, 0, 0, 0}, s);
#define ELEMENTS(name, rank, dim, out_dim, axis)                                                   \
    run_elements(c, name, rank, (const int32_t[8])dim, (const int32_t[8])out_dim, axis, s);

static void run_all(check *c, setting s) {
#include "../cases/scatter.def"
}

void check_scatter(check *c) {
    for (int log_size = 0; log_size < 4; ++log_size) {
        for (int32_t kind = HN_SCATTER_SET; kind <= HN_SCATTER_MAX; ++kind) {
            for (int32_t number = HN_NUMBER_NONE; number <= HN_NUMBER_BOOL; ++number) {
                const setting s = {kind, number, log_size};
                if (exists(kind, number, (size_t)1 << log_size)) run_all(c, s);
            }
        }
    }
}
