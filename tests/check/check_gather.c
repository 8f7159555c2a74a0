/* SPDX-License-Identifier: Apache-2.0
 * Reads by index: every shape of cases/gather.def in every element size, with indices of changing
 * types, some negative and a few outside, which must give zeros. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "kernels/gather/gather.h"

static const hn_types types_of[4] = {HN_TYPES_b8, HN_TYPES_b16, HN_TYPES_b32, HN_TYPES_b64};

/* n indices into -extent..extent-1, one in twenty outside. */
static int32_t *indices_of(check *c, size_t n, int32_t extent) {
    int32_t *v = check_ints(c, n, -extent, extent - 1);
    for (size_t i = 0; i < n; ++i) {
        if (check_range(c, 0, 19) == 0) v[i] = check_range(c, 0, 1) == 0 ? extent : -extent - 1;
    }
    return v;
}

/* The same numbers as s32, s64 or f32; *bytes is the size of all. */
static const void *as_type(check *c, const int32_t *v, size_t n, int32_t type, size_t *bytes) {
    int64_t *wide = check_alloc(c, n * 8);
    float *real = check_alloc(c, n * 4);
    for (size_t i = 0; i < n; ++i) {
        wide[i] = v[i];
        real[i] = (float)v[i];
    }
    *bytes = n * (type == HN_INDEX_S64 ? 8 : 4);
    if (type == HN_INDEX_S64) return wide;
    return type == HN_INDEX_F32 ? (const void *)real : (const void *)v;
}

static void run(check *c, check_case *k, size_t n_x, size_t n_out, int log_size) {
    const size_t size = (size_t)1 << log_size;
    k->types = types_of[log_size];
    k->operand[HN_GATHER_X].bytes = n_x * size;
    k->operand[HN_GATHER_OUT].bytes = n_out * size;
    k->n_operands = HN_GATHER_OPERANDS;
    k->out = HN_GATHER_OUT;
    k->work = n_out;
    k->may_report = true;
    check_run(c, k);
}

static void run_gather(check *c, const char *name, hn_gather_args a, int log_size) {
    static const int32_t index_types[3] = {HN_INDEX_S32, HN_INDEX_S64, HN_INDEX_F32};
    a.index_type = index_types[log_size % 3];
    const size_t size = (size_t)1 << log_size, row = (size_t)a.inner * size;
    size_t span = 1;
    for (int32_t k = 0; k < a.n_parts; ++k) span *= (size_t)a.dim[k];
    const size_t blocks = (size_t)a.n_batches * (size_t)a.n_outer, n_index = (size_t)a.n_index;
    const size_t parts = (size_t)a.n_parts, n_names = (size_t)a.n_batches * n_index * parts;
    const uint8_t *x = check_bytes(c, blocks * span * row);
    int32_t *v = check_alloc(c, n_names * 4 + 4);
    for (size_t i = 0; i < n_names; ++i) v[i] = *indices_of(c, 1, a.dim[i % parts]);
    uint8_t *want = check_alloc(c, blocks * n_index * row);
    for (size_t u = 0; u < blocks * n_index; ++u) {
        const size_t q = u % n_index, block = u / n_index, batch = block / (size_t)a.n_outer;
        size_t at = 0;
        bool is_inside = true;
        for (size_t k = 0; k < parts; ++k) {
            const int32_t dim = a.dim[k], i = v[(batch * n_index + q) * parts + k];
            is_inside = is_inside && i >= -dim && i < dim;
            at = at * (size_t)dim + (size_t)(i < 0 ? i + dim : i);
        }
        if (is_inside) memcpy(want + u * row, x + (block * span + at) * row, row);
    }
    check_case k = {.family = HN_FAMILY_gather, .args = &a, .expect = want};
    snprintf(k.name, sizeof k.name, "%s", name);
    k.operand[HN_GATHER_X].data = x;
    k.operand[HN_GATHER_INDICES].data =
        as_type(c, v, n_names, a.index_type, &k.operand[HN_GATHER_INDICES].bytes);
    run(c, &k, blocks * span * (size_t)a.inner, blocks * n_index * (size_t)a.inner, log_size);
}

static void run_elements(check *c, const char *name, int32_t rank, const int32_t *dim,
                         const int32_t *x_dim, int32_t axis, int log_size) {
    const size_t size = (size_t)1 << log_size;
    hn_gather_elements_args a = {.n = 1, .rank = rank, .index_type = HN_INDEX_S32};
    int32_t stride = 1;
    for (int32_t d = rank - 1; d >= 0; --d) {
        a.n *= dim[d];
        a.dim[d] = dim[d];
        a.x_stride[d] = d == axis ? 0 : stride;
        if (d == axis) a.axis_stride = stride;
        stride *= x_dim[d];
    }
    a.extent = x_dim[axis];
    const size_t n = (size_t)a.n, n_x = (size_t)stride;
    const uint8_t *x = check_bytes(c, n_x * size);
    const int32_t *v = indices_of(c, n, a.extent);
    uint8_t *want = check_alloc(c, n * size);
    for (size_t i = 0; i < n; ++i) {
        const int32_t index = v[i] < 0 ? v[i] + a.extent : v[i];
        int32_t from = index * a.axis_stride;
        size_t rest = i;
        for (int32_t d = rank - 1; d >= 0; --d) {
            from += (int32_t)(rest % (size_t)dim[d]) * a.x_stride[d];
            rest /= (size_t)dim[d];
        }
        if (index >= 0 && index < a.extent) memcpy(want + i * size, x + (size_t)from * size, size);
    }
    check_case k = {.family = HN_FAMILY_gather_elements, .args = &a, .expect = want};
    snprintf(k.name, sizeof k.name, "elements %s", name);
    k.operand[HN_GATHER_X].data = x;
    k.operand[HN_GATHER_INDICES] = (check_operand){v, n * 4};
    run(c, &k, n_x, n, log_size);
}

#define GATHER(name, batches, outer, indices, parts, dim, inner)                                   \
    run_gather(c, name, (hn_gather_args){batches, outer, indices, parts, dim, inner, 0}, log_size);
#define ELEMENTS(name, rank, dim, x_dim, axis)                                                     \
    run_elements(c, name, rank, (const int32_t[8])dim, (const int32_t[8])x_dim, axis, log_size);

void check_gather(check *c) {
    for (int log_size = 0; log_size < 4; ++log_size) {
#include "../cases/gather.def"
    }
}
