/* SPDX-License-Identifier: Apache-2.0
 * Tables for signals that follow from a few numbers: windows (sums of cosines) and the triangles
 * that gather a spectrum into mel bands. */
#include <math.h>
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { MOST_NUMBERS = 1 << 24 };

static bool read_type(const hn_node *node, hn_dtype *dtype) {
    *dtype = hn_dtype_of_name(hn_attr_string(node, "out_type", "f32"));
    return hn_dtype_is_float(*dtype) || hn_dtype_is_integer(*dtype);
}

static hone_status table_shape(hn_graph *g, hn_node *node, int32_t rank) {
    const hn_shape unknown = hn_shape_unknown(rank);
    hn_dtype dtype;
    if (!read_type(node, &dtype)) return hn_fail(g->env, HONE_E_UNSUPPORTED, "the output's type");
    if (hn_compose_is_ready(node)) return hn_compose_shape(g, node);
    return hn_node_set_shape(g, node, dtype, &unknown);
}

static hone_status give_table(hn_graph *g, hn_node *node, const hn_shape *shape, const float *v) {
    hn_compose c = hn_compose_begin(g);
    hn_dtype dtype = HN_DTYPE_F32;
    (void)read_type(node, &dtype);
    return hn_compose_end(&c, hn_make_cast(&c, hn_make_floats(&c, shape, v), dtype), node);
}

/* ---- windows ---- */

static hone_status window_shape(hn_graph *g, hn_node *node) {
    return table_shape(g, node, 1);
}

/* w(i) = a - b cos(2 pi i / n) + c cos(4 pi i / n) */
static hone_status window_expand(hn_graph *g, hn_node *node) {
    static const struct {
        hn_op_id id;
        double a, b, c;
    } kinds[] = {{HN_OP_hann_window, 0.5, 0.5, 0},
                 {HN_OP_hamming_window, 25.0 / 46, 21.0 / 46, 0},
                 {HN_OP_blackman_window, 0.42, 0.5, 0.08}};
    int64_t n = 0;
    size_t k = 0;
    HN_TRY(hn_constant_read_s64(g, node->in[0], &n, 1));
    if (n < 0 || n > MOST_NUMBERS) return hn_fail(g->env, HONE_E_SHAPE, "a window of no size");
    float *w = HN_NEW_N(g->arena, float, (uint64_t)n + 1);
    if (w == NULL) return hn_no_memory(g->env);
    while (node->op != hn_op_at(kinds[k].id)) k++;
    const int64_t period = hn_attr_int(node, "periodic", 1) != 0 ? n : n - 1;
    for (int64_t i = 0; i < n; i++) {
        const double angle =
            6.283185307179586476925 * (double)i / (double)(period > 0 ? period : 1);
        w[i] = (float)(kinds[k].a - kinds[k].b * cos(angle) + kinds[k].c * cos(2 * angle));
    }
    const hn_shape shape = hn_shape_of(1, &n);
    return give_table(g, node, &shape, w);
}

/* ---- mel bands ---- */

enum { BANDS, DFT_LENGTH, RATE, LOW, HIGH, N_MEL };

typedef struct mel {
    int64_t bands, bins, length, rate;
    double low, high; /* on the mel scale */
} mel;

static double mel_of(double hertz) {
    return 2595.0 * log10(1.0 + hertz / 700.0);
}

/* The bin where band edge i lies. */
static int64_t edge(const mel *m, int64_t i) {
    const double at = m->low + (double)i * (m->high - m->low) / (double)(m->bands + 2);
    const double hertz = 700.0 * (pow(10.0, at / 2595.0) - 1.0);
    const double bin = floor((double)(m->length + 1) * hertz / (double)m->rate);
    return bin >= 0 && bin <= (double)m->bins ? (int64_t)bin : m->bins + 1;
}

static hone_status read_mel(hn_graph *g, const hn_node *node, mel *m) {
    float ends[2];
    HN_TRY(hn_constant_read_s64(g, node->in[BANDS], &m->bands, 1));
    HN_TRY(hn_constant_read_s64(g, node->in[DFT_LENGTH], &m->length, 1));
    HN_TRY(hn_constant_read_s64(g, node->in[RATE], &m->rate, 1));
    HN_TRY(hn_constant_read_f32(g, node->in[LOW], &ends[0], 1));
    HN_TRY(hn_constant_read_f32(g, node->in[HIGH], &ends[1], 1));
    const bool is_good = m->bands > 0 && m->length > 0 && m->rate > 0 && ends[0] >= 0 &&
                         ends[1] > ends[0] && m->bands < INT32_MAX && m->length < INT32_MAX;
    if (!is_good) return hn_fail(g->env, HONE_E_SHAPE, "bands, rate or frequencies make no sense");
    m->bins = m->length / 2 + 1;
    m->low = mel_of((double)ends[0]);
    m->high = mel_of((double)ends[1]);
    if (m->bins > MOST_NUMBERS / m->bands) return hn_fail(g->env, HONE_E_LIMIT, "too many bands");
    if (edge(m, m->bands + 1) > m->bins) {
        return hn_fail(g->env, HONE_E_SHAPE, "the bands reach above half the rate");
    }
    return HONE_OK;
}

/* Band `band` rises from its left edge to its centre and falls to its right edge. */
static void fill_band(const mel *m, int64_t band, float *out) {
    const int64_t left = edge(m, band), centre = edge(m, band + 1), right = edge(m, band + 2);
    for (int64_t bin = left; bin <= centre && bin < m->bins; bin++) {
        const double rise = centre == left ? 1.0 : (double)(bin - left) / (double)(centre - left);
        out[bin * m->bands + band] = (float)rise;
    }
    for (int64_t bin = centre; bin < right && bin < m->bins; bin++) {
        out[bin * m->bands + band] = (float)((double)(right - bin) / (double)(right - centre));
    }
}

static hone_status mel_shape(hn_graph *g, hn_node *node) {
    return table_shape(g, node, 2);
}

static hone_status mel_expand(hn_graph *g, hn_node *node) {
    mel m = {0};
    HN_TRY(read_mel(g, node, &m));
    float *weights = HN_NEW_N(g->arena, float, (uint64_t)(m.bins * m.bands));
    if (weights == NULL) return hn_no_memory(g->env);
    for (int64_t band = 0; band < m.bands; band++) fill_band(&m, band, weights);
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){m.bins, m.bands});
    return give_table(g, node, &shape, weights);
}

const hn_op_hooks hn_hooks_hann_window = {.shape = window_shape, .expand = window_expand};
const hn_op_hooks hn_hooks_hamming_window = {.shape = window_shape, .expand = window_expand};
const hn_op_hooks hn_hooks_blackman_window = {.shape = window_shape, .expand = window_expand};
const hn_op_hooks hn_hooks_mel_weights = {.shape = mel_shape, .expand = mel_expand};
