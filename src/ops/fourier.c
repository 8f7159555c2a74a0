/* SPDX-License-Identifier: Apache-2.0
 * Discrete Fourier transforms as one product with a constant matrix: numbers are pairs of a real
 * and an imaginary part (or real parts alone), so the matrix has a row for each part that goes in
 * and a column for each that comes out. A signal that is too short needs fewer rows, one that is
 * too long is cut. stft takes frames of a signal first. */
#include <math.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, LENGTH, AXIS };                          /* operands of dft */
enum { SIGNAL, FRAME_STEP, WINDOW, FRAME_LENGTH }; /* operands of stft */
enum { MOST_NUMBERS = 1 << 24 };                   /* of a matrix, or of the places of frames */

typedef struct transform {
    int32_t axis;
    int64_t length, n_in, n_out; /* length: of the transform */
    int64_t parts_in, parts_out;
    bool is_inverse, is_onesided;
} transform;

/* A number that operand `port` holds; false when it is there but holds none. */
static bool read_number(hn_graph *g, const hn_node *node, uint32_t port, int64_t *out) {
    const hn_value *v = hn_node_in(node, port);
    return v == NULL || (v->constant != NULL && hn_constant_read_s64(g, v, out, 1) == HONE_OK);
}

static const char *read_transform(hn_graph *g, const hn_node *node, transform *t) {
    const hn_shape *x = &node->in[X]->shape;
    int64_t axis = hn_attr_int(node, "axis", -2);
    if (x->rank < 2) return "the input has no dimension besides the parts";
    if (!read_number(g, node, AXIS, &axis)) return "the axis is no number";
    if (!hn_axis_resolve(axis, x->rank, &t->axis) || t->axis == x->rank - 1) {
        return "the axis is not a dimension of the signal";
    }
    t->is_inverse = hn_attr_int(node, "inverse", 0) != 0;
    t->is_onesided = hn_attr_int(node, "onesided", 0) != 0;
    t->parts_in = x->dim[x->rank - 1];
    if (t->parts_in != 1 && t->parts_in != 2) return "numbers have one part or two";
    const bool is_half_in = t->is_inverse && t->is_onesided;
    t->length = is_half_in ? 2 * (x->dim[t->axis] - 1) : x->dim[t->axis];
    if (!read_number(g, node, LENGTH, &t->length)) return "the length is no number";
    if (t->length < 1 || t->length > INT32_MAX) return "the length is not positive";
    const int64_t most = is_half_in ? t->length / 2 + 1 : t->length;
    t->n_in = x->dim[t->axis] < most ? x->dim[t->axis] : most;
    t->n_out = t->is_onesided && !t->is_inverse ? t->length / 2 + 1 : t->length;
    t->parts_out = is_half_in ? 1 : 2;
    if (t->is_onesided && !t->is_inverse && t->parts_in == 2) {
        return "one side of a complex signal does not tell the other";
    }
    return NULL;
}

/* What part p of number i adds to part q of number o. */
static double factor(const transform *t, int64_t i, int64_t o, int p, int q) {
    const double turn = 6.283185307179586476925 * (double)(i * o % t->length) / (double)t->length;
    const double angle = t->is_inverse ? turn : -turn;
    const bool is_mirrored = t->is_inverse && t->is_onesided && i > 0 && 2 * i != t->length;
    const double weight = (is_mirrored ? 2.0 : 1.0) / (t->is_inverse ? (double)t->length : 1.0);
    if (p == q) return weight * cos(angle);
    return p == 0 ? weight * sin(angle) : -weight * sin(angle);
}

static hn_value *matrix(hn_compose *c, const transform *t) {
    const int64_t rows = t->n_in * t->parts_in, columns = t->n_out * t->parts_out;
    if (rows > 0 && columns > MOST_NUMBERS / rows) {
        return hn_compose_fail(c, HONE_E_LIMIT, "the transform is too long");
    }
    float *m = HN_NEW_N(c->g->arena, float, (uint64_t)(rows * columns));
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, columns});
    if (m == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t k = 0; k < columns; k++) {
            m[r * columns + k] = (float)factor(t, r / t->parts_in, k / t->parts_out,
                                               (int)(r % t->parts_in), (int)(k % t->parts_out));
        }
    }
    return hn_make_floats(c, &shape, m);
}

/* The order of dimensions that puts `axis` behind the others, before the parts; it undoes itself
 * when read the other way. */
static void axis_last(int64_t *perm, int32_t rank, int32_t axis, bool is_back) {
    for (int32_t d = 0; d < rank; d++) {
        const int32_t from = d < axis ? d : d < rank - 2 ? d + 1 : d == rank - 2 ? axis : d;
        perm[is_back ? from : d] = is_back ? d : from;
    }
}

static hone_status dft_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    transform t = {0};
    int64_t perm[HN_MAX_RANK], dim[HN_MAX_RANK];
    hn_value *x = node->in[X];
    const int32_t rank = x->shape.rank;
    const char *problem = read_transform(g, node, &t);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (t.n_in < x->shape.dim[t.axis]) {
        x = hn_make_slice(&c, x, t.axis, (const int64_t[]){0, t.n_in});
    }
    axis_last(perm, rank, t.axis, false);
    for (int32_t d = 0; d < rank; d++) dim[d] = node->in[X]->shape.dim[perm[d]];
    dim[rank - 2] = t.n_in * t.parts_in;
    if (t.axis != rank - 2) x = hn_make_transpose(&c, x, perm, rank);
    x = hn_make_reshape(&c, x, dim, rank - 1);
    x = HN_MAKE(&c, matmul, x, matrix(&c, &t));
    dim[rank - 2] = t.n_out;
    dim[rank - 1] = t.parts_out;
    x = hn_make_reshape(&c, x, dim, rank);
    axis_last(perm, rank, t.axis, true);
    if (t.axis != rank - 2) x = hn_make_transpose(&c, x, perm, rank);
    return hn_compose_end(&c, x, node);
}

/* ---- frames of a signal ---- */

typedef struct framing {
    int64_t step, length, n;
} framing;

static const char *read_framing(hn_graph *g, const hn_node *node, framing *f) {
    const hn_shape *x = &node->in[SIGNAL]->shape;
    const hn_value *window = hn_node_in(node, WINDOW);
    if (x->rank != 3) return "the signal must have rank 3";
    if (window != NULL && window->shape.rank != 1) return "the window must have rank 1";
    f->length = window != NULL ? window->shape.dim[0] : x->dim[1];
    if (!read_number(g, node, FRAME_STEP, &f->step) || f->step < 1) return "no step of frames";
    if (!read_number(g, node, FRAME_LENGTH, &f->length)) return "no length of frames";
    if (f->length < 1 || f->length > x->dim[1]) return "a frame is longer than the signal";
    if (window != NULL && window->shape.dim[0] != f->length) return "window and frames differ";
    f->n = (x->dim[1] - f->length) / f->step + 1;
    return f->n > MOST_NUMBERS / f->length ? "too many frames" : NULL;
}

static hn_value *places(hn_compose *c, const framing *f) {
    int64_t *at = HN_NEW_N(c->g->arena, int64_t, (uint64_t)(f->n * f->length));
    if (at == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t i = 0; i < f->n * f->length; i++) {
        at[i] = i / f->length * f->step + i % f->length;
    }
    hn_value *v = hn_make_vector(c, at, (uint32_t)(f->n * f->length));
    return hn_make_reshape(c, v, (const int64_t[]){f->n, f->length}, 2);
}

static hone_status stft_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    framing f = {0};
    hn_value *window = hn_node_in(node, WINDOW);
    const char *problem = read_framing(g, node, &f);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_value *at = places(&c, &f);
    hn_with_int(&c, "axis", 1);
    hn_value *frames = HN_MAKE(&c, gather, node->in[SIGNAL], at);
    if (window != NULL) {
        window = hn_make_reshape(&c, window, (const int64_t[]){f.length, 1}, 2);
        frames = HN_MAKE(&c, mul, frames, window);
    }
    hn_with_int(&c, "axis", 2);
    hn_with_int(&c, "onesided", hn_attr_int(node, "onesided", 1));
    return hn_compose_end(&c, HN_MAKE(&c, dft, frames), node);
}

const hn_op_hooks hn_hooks_dft = {.shape = hn_compose_shape, .expand = dft_expand};
const hn_op_hooks hn_hooks_stft = {.shape = hn_compose_shape, .expand = stft_expand};
