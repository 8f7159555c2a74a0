/* SPDX-License-Identifier: Apache-2.0
 * Determinants of square matrices, by elimination with the largest pivot of each column, in double
 * precision. It runs on the host. */
#include <math.h>
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

static hone_status det_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    if (x->dtype != HN_DTYPE_F32 && x->dtype != HN_DTYPE_F64 && x->dtype != HN_DTYPE_F16) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "matrices of %s", hn_dtype_name(x->dtype));
    }
    if (out.rank >= 0) {
        if (out.rank < 2 || out.dim[out.rank - 1] != out.dim[out.rank - 2]) {
            return hn_fail(g->env, HONE_E_SHAPE, "the matrices are not square");
        }
        out.rank -= 2;
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static void swap_rows(double *a, uint64_t n, uint64_t i, uint64_t k) {
    for (uint64_t c = 0; c < n; c++) {
        const double v = a[i * n + c];
        a[i * n + c] = a[k * n + c];
        a[k * n + c] = v;
    }
}

static double eliminate(double *a, uint64_t n) {
    double det = 1.0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t best = i;
        for (uint64_t r = i + 1; r < n; r++) {
            if (fabs(a[r * n + i]) > fabs(a[best * n + i])) best = r;
        }
        if (a[best * n + i] == 0.0) return 0.0;
        if (best != i) {
            swap_rows(a, n, i, best);
            det = -det;
        }
        det *= a[i * n + i];
        for (uint64_t r = i + 1; r < n; r++) {
            const double f = a[r * n + i] / a[i * n + i];
            for (uint64_t c = i; c < n; c++) a[r * n + c] -= f * a[i * n + c];
        }
    }
    return det;
}

static double element(const void *bytes, bool is_double, uint64_t i) {
    float single;
    double wide;
    if (is_double) {
        memcpy(&wide, (const uint8_t *)bytes + 8 * i, sizeof wide);
        return wide;
    }
    memcpy(&single, (const uint8_t *)bytes + 4 * i, sizeof single);
    return (double)single;
}

static hone_status det_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const bool is_double = x->dtype == HN_DTYPE_F64;
    hn_shape shape = x->shape;
    const uint64_t n = (uint64_t)shape.dim[shape.rank - 1];
    const void *bytes = NULL;
    void *out = NULL, *room = NULL;
    uint64_t n_all = 0;
    shape.rank -= 2;
    if (!hn_shape_count(&shape, &n_all)) return hn_fail(H->env, HONE_E_SHAPE, "an open shape");
    if (x->dtype == HN_DTYPE_F16) return hn_fail(H->env, HONE_E_UNSUPPORTED, "matrices of f16");
    HN_TRY(H->input(H, x, &bytes));
    HN_TRY(H->output(H, node, 0, &shape, &out));
    HN_TRY(H->temp(H, n * n * sizeof(double) + 1, &room));
    for (uint64_t m = 0; m < n_all; m++) {
        double *a = room;
        for (uint64_t i = 0; i < n * n; i++) a[i] = element(bytes, is_double, m * n * n + i);
        const double det = eliminate(a, n);
        const float single = (float)det;
        if (is_double) {
            memcpy((uint8_t *)out + 8 * m, &det, sizeof det);
        } else {
            memcpy((uint8_t *)out + 4 * m, &single, sizeof single);
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_det = {.shape = det_shape, .host = det_host};
