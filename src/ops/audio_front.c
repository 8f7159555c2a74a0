/* SPDX-License-Identifier: Apache-2.0
 * The operators of TensorFlow Lite Micro's signal library whose arithmetic other operators have:
 * windows, the scaling of a frame to its type, energies, banks of filters. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hn_value *number(hn_compose *c, hn_dtype dtype, int64_t v) {
    return hn_make_number(c, dtype, (double)v);
}

/* v between two numbers. */
static hn_value *limited(hn_compose *c, hn_value *v, int64_t low, int64_t high) {
    const hn_dtype dtype = c->status == HONE_OK ? v->dtype : HN_DTYPE_S32;
    return HN_MAKE(c, minimum, HN_MAKE(c, maximum, v, number(c, dtype, low)),
                   number(c, dtype, high));
}

/* ---- windows ---- */

static hone_status signal_window_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const int64_t shift = hn_attr_int(node, "shift", 0);
    if (node->in[0]->dtype != HN_DTYPE_S16 || node->in[1]->dtype != HN_DTYPE_S16 || shift < 0 ||
        shift > 31) {
        return hn_fail(g->env, HONE_E_SHAPE, "samples, window or shift are not possible");
    }
    hn_value *x = hn_make_cast(&c, node->in[0], HN_DTYPE_S32);
    hn_value *w = hn_make_cast(&c, node->in[1], HN_DTYPE_S32);
    hn_value *v = HN_MAKE(&c, shift_right, HN_MAKE(&c, mul, x, w), number(&c, HN_DTYPE_S32, shift));
    v = hn_make_cast(&c, limited(&c, v, INT16_MIN, INT16_MAX), HN_DTYPE_S16);
    return hn_compose_end(&c, v, node);
}

/* ---- the scale of a frame ---- */

/* Shifted left as far as the largest magnitude allows; the second output is how far. Bits of that
 * magnitude are counted as powers of two that it reaches. */
static hone_status fft_scale_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    int64_t power[15];
    for (int32_t i = 0; i < 15; i++) power[i] = (int64_t)1 << i;
    if (node->in[0]->dtype != HN_DTYPE_S16) return hn_fail(g->env, HONE_E_SHAPE, "no s16 samples");
    hn_value *x = hn_make_cast(&c, node->in[0], HN_DTYPE_S32);
    hn_with_int(&c, "keepdims", 0);
    hn_value *most = HN_MAKE(&c, reduce_max, HN_MAKE(&c, abs, x));
    hn_value *powers = hn_make_cast(&c, hn_make_vector(&c, power, 15), HN_DTYPE_S32);
    hn_value *reached = HN_MAKE(&c, greater_equal, most, powers);
    reached = hn_make_cast(&c, reached, HN_DTYPE_S32);
    hn_with_int(&c, "keepdims", 0);
    hn_value *bits = HN_MAKE(&c, reduce_sum, reached);
    hn_value *shift = HN_MAKE(&c, sub, number(&c, HN_DTYPE_S32, 15), bits);
    hn_value *is_none = HN_MAKE(&c, equal, most, number(&c, HN_DTYPE_S32, 0));
    shift = HN_MAKE(&c, where, is_none, number(&c, HN_DTYPE_S32, 0), shift);
    hn_value *v = hn_make_cast(&c, HN_MAKE(&c, shift_left, x, shift), HN_DTYPE_S16);
    hn_compose_give(&c, shift, node, 1);
    return hn_compose_end(&c, v, node);
}

/* ---- energies ---- */

/* Squares of the parts of each complex number, added; zero outside of the range. */
static hone_status signal_energy_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *x = node->in[0];
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank) / 2;
    const int64_t first = hn_attr_int(node, "start_index", 0);
    const int64_t end = hn_attr_int(node, "end_index", n), pairs[2] = {n, 2}, one = 1;
    const hn_shape shape = hn_shape_of(1, &n);
    if (x->dtype != HN_DTYPE_S16 || n < 1 || n > 1 << 20 || first < 0 || end > n) {
        return hn_fail(g->env, HONE_E_SHAPE, "spectrum or range are not possible");
    }
    float *mask = HN_NEW_N(g->arena, float, (uint64_t)n);
    if (mask == NULL) return hn_no_memory(g->env);
    for (int64_t i = first; i < end; i++) mask[i] = 1.0f;
    hn_value *parts = hn_make_cast(&c, node->in[0], HN_DTYPE_S32);
    parts = hn_make_reshape(&c, parts, pairs, 2);
    parts = HN_MAKE(&c, mul, parts, parts);
    hn_with_int(&c, "keepdims", 0);
    hn_value *sum = HN_MAKE(&c, reduce_sum, parts, hn_make_vector(&c, &one, 1));
    hn_value *kept = hn_make_cast(&c, hn_make_floats(&c, &shape, mask), HN_DTYPE_S32);
    sum = hn_make_cast(&c, HN_MAKE(&c, mul, sum, kept), HN_DTYPE_U32);
    return hn_compose_end(&c, sum, node);
}

/* ---- filters ---- */

enum { INPUT, WEIGHTS, UNWEIGHTS, FREQUENCIES, STARTS, WIDTHS, BANK_OPERANDS };

typedef struct bank {
    int64_t n_channels, n_weights, n_in;
    int64_t *list[BANK_OPERANDS]; /* the operands' numbers; INPUT has none */
} bank;

static hone_status read_bank(hn_graph *g, const hn_node *node, bank *b) {
    const hn_shape *x = &node->in[INPUT]->shape;
    b->n_channels = hn_attr_int(node, "num_channels", 0);
    b->n_in = x->rank == 1 ? x->dim[0] : 0;
    if (b->n_channels < 1 || b->n_channels > 4096 || b->n_in < 1 || b->n_in > 1 << 16) {
        return hn_fail(g->env, HONE_E_SHAPE, "channels or input are not possible");
    }
    for (uint32_t i = WEIGHTS; i < BANK_OPERANDS; i++) {
        const hn_value *v = node->in[i];
        uint64_t n;
        if (v->constant == NULL || !hn_shape_count(&v->shape, &n) || n > 1 << 20) {
            return hn_fail(g->env, HONE_E_UNSUPPORTED, "a bank that is not constant");
        }
        if (i <= UNWEIGHTS) b->n_weights = (int64_t)n;
        if (i > UNWEIGHTS && n < (uint64_t)b->n_channels + 1) {
            return hn_fail(g->env, HONE_E_SHAPE, "too few channels");
        }
        b->list[i] = HN_NEW_N(g->arena, int64_t, n + 1);
        if (b->list[i] == NULL) return hn_no_memory(g->env);
        HN_TRY(hn_constant_read_s64(g, v, b->list[i], n));
    }
    return HONE_OK;
}

/* The bank as a matrix [inputs, channels]: a channel has its own weights, and the unweights of the
 * channel before it. NULL with *why when an index is out of range. */
static int64_t *bank_matrix(hn_graph *g, const bank *b, const char **why) {
    int64_t *m = HN_NEW_N(g->arena, int64_t, (uint64_t)(b->n_in * b->n_channels));
    *why = m == NULL ? "no memory" : NULL;
    for (int64_t c = 0; c <= b->n_channels && *why == NULL; c++) {
        const int64_t first = b->list[FREQUENCIES][c], at = b->list[STARTS][c];
        const int64_t width = b->list[WIDTHS][c];
        if (width <= 0) continue;
        if (first < 0 || at < 0 || first + width > b->n_in || at + width > b->n_weights) {
            *why = "a filter reaches beyond the spectrum";
            break;
        }
        for (int64_t j = 0; j < width; j++) {
            int64_t *row = m + (first + j) * b->n_channels;
            if (c > 0) row[c - 1] += b->list[WEIGHTS][at + j];
            if (c < b->n_channels) row[c] += b->list[UNWEIGHTS][at + j];
        }
    }
    return *why == NULL ? m : NULL;
}

static hone_status filter_bank_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    bank b;
    const char *why;
    HN_TRY(read_bank(g, node, &b));
    const int64_t *m = bank_matrix(g, &b, &why);
    if (m == NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", why);
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){b.n_in, b.n_channels});
    hn_value *matrix = hn_graph_constant_borrowed(g, "", HN_DTYPE_S64, &shape, m);
    if (matrix == NULL) return hn_no_memory(g->env);
    matrix->constant->is_borrowed = false;
    const int64_t column[2] = {b.n_in, 1}, zero = 0;
    hn_value *x = hn_make_cast(&c, node->in[INPUT], HN_DTYPE_S64);
    x = HN_MAKE(&c, mul, hn_make_reshape(&c, x, column, 2), matrix);
    hn_with_int(&c, "keepdims", 0);
    x = HN_MAKE(&c, reduce_sum, x, hn_make_vector(&c, &zero, 1));
    return hn_compose_end(&c, hn_make_cast(&c, x, HN_DTYPE_U64), node);
}

const hn_op_hooks hn_hooks_signal_window = {.shape = hn_compose_shape,
                                            .expand = signal_window_expand};
const hn_op_hooks hn_hooks_fft_scale = {
    .shape = hn_compose_shape, .expand = fft_scale_expand, .max_outputs = 2};
const hn_op_hooks hn_hooks_signal_energy = {.shape = hn_compose_shape,
                                            .expand = signal_energy_expand};
const hn_op_hooks hn_hooks_filter_bank = {.shape = hn_compose_shape, .expand = filter_bank_expand};
