/* SPDX-License-Identifier: Apache-2.0
 * Einstein's summation: labels name dimensions, one that the result lacks is summed over. Operands
 * are taken two at a time: a label of only one of them that nobody needs later is summed at once,
 * the rest is a product of matrices whose batch is what both and the result have. A label twice in
 * one operand means its diagonal. Dimensions of "..." are labels of their own, counted from the
 * end. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { LABELS = 64, DOTS = 52, MOST_OPERANDS = 16 }; /* labels: A-Z, a-z, dimensions of "..." */

/* A tensor whose dimension d has label[d]. */
typedef struct term {
    hn_value *v;
    int32_t rank;
    int32_t label[2 * HN_MAX_RANK];
} term;

typedef struct equation {
    term in[MOST_OPERANDS];
    uint32_t n;
    term out;
    int64_t extent[LABELS];
} equation;

static uint64_t labels_of(const term *t) {
    uint64_t set = 0;
    for (int32_t d = 0; d < t->rank; d++) set |= (uint64_t)1 << t->label[d];
    return set;
}

static bool has(uint64_t set, int32_t label) {
    return (set >> label & 1) != 0;
}

/* ---- reading ---- */

static int32_t label_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

/* Labels up to a comma, an arrow or the end; n_dots: dimensions that "..." stands for. */
static const char *read_term(const char **at, term *t, int32_t n_dots) {
    for (; **at != '\0' && **at != ',' && **at != '-'; (*at)++) {
        if (**at == ' ') continue;
        if (t->rank + (n_dots > 0 ? n_dots : 0) >= 2 * HN_MAX_RANK) return "a term is too long";
        if (strncmp(*at, "...", 3) == 0) {
            if (n_dots < 0) return "an operand has too few dimensions";
            *at += 2;
            for (int32_t i = n_dots; i > 0; i--) t->label[t->rank++] = DOTS + i - 1;
            continue;
        }
        const int32_t label = label_of(**at);
        if (label < 0) return "a character that is no label";
        t->label[t->rank++] = label;
    }
    return NULL;
}

static int32_t count_labels(const char *at) {
    int32_t n = 0;
    for (; *at != '\0' && *at != ',' && *at != '-'; at++) n += label_of(*at) >= 0;
    return n;
}

static const char *note_extents(equation *e, const term *t) {
    for (int32_t d = 0; d < t->rank; d++) {
        int64_t *extent = &e->extent[t->label[d]];
        const int64_t dim = t->v->shape.dim[d];
        const bool is_free = *extent < 0 || (*extent == 1 && t->label[d] >= DOTS);
        if (!is_free && dim != *extent && !(dim == 1 && t->label[d] >= DOTS)) {
            return "a label has two extents";
        }
        if (is_free) *extent = dim;
    }
    return NULL;
}

/* Without an arrow: the dimensions of "...", then labels that occur once, in order. */
static void implicit_output(equation *e, const int32_t *n_seen, int32_t n_dots) {
    for (int32_t i = n_dots; i > 0; i--) e->out.label[e->out.rank++] = DOTS + i - 1;
    for (int32_t label = 0; label < DOTS && e->out.rank < 2 * HN_MAX_RANK; label++) {
        if (n_seen[label] == 1) e->out.label[e->out.rank++] = label;
    }
}

static const char *read_output(equation *e, const char *at, const int32_t *n_seen, int32_t dots) {
    uint64_t seen = 0;
    const char *problem = NULL;
    if (*at == '\0') {
        implicit_output(e, n_seen, dots);
    } else {
        if (strncmp(at, "->", 2) != 0) return "the arrow is broken";
        at += 2;
        problem = read_term(&at, &e->out, dots);
        if (problem == NULL && *at != '\0') problem = "more than one result";
    }
    if (problem != NULL) return problem;
    if (e->out.rank > HN_MAX_RANK) return "the result has too many dimensions";
    for (int32_t d = 0; d < e->out.rank; d++) {
        const int32_t label = e->out.label[d];
        if (has(seen, label)) return "a label is twice in the result";
        if (e->extent[label] < 0) return "a label of the result is in no operand";
        seen |= (uint64_t)1 << label;
    }
    return NULL;
}

static const char *read_equation(const hn_node *node, equation *e) {
    const char *at = hn_attr_string(node, "equation", "");
    int32_t n_seen[LABELS] = {0}, most_dots = 0;
    memset(e, 0, sizeof *e);
    for (int32_t i = 0; i < LABELS; i++) e->extent[i] = -1;
    if (node->n_in == 0 || node->n_in > MOST_OPERANDS) return "no operands, or too many";
    for (e->n = 0; e->n < node->n_in; e->n++) {
        term *t = &e->in[e->n];
        t->v = node->in[e->n];
        if (t->v == NULL) return "an operand is missing";
        const int32_t n_dots = t->v->shape.rank - count_labels(at);
        const char *problem = read_term(&at, t, n_dots);
        if (problem != NULL) return problem;
        if (t->rank != t->v->shape.rank) return "an operand has another rank than its term";
        if (n_dots > most_dots) most_dots = n_dots;
        problem = note_extents(e, t);
        if (problem != NULL) return problem;
        for (int32_t d = 0; d < t->rank; d++) n_seen[t->label[d]]++;
        if (e->n + 1 < node->n_in && *at++ != ',') return "there are fewer terms than operands";
    }
    if (*at == ',') return "there are more terms than operands";
    return read_output(e, at, n_seen, most_dots);
}

/* ---- one operand ---- */

static void drop_dimension(term *t, int32_t d) {
    for (int32_t i = d + 1; i < t->rank; i++) t->label[i - 1] = t->label[i];
    t->rank--;
}

static void sum_dimension(hn_compose *c, term *t, int32_t d) {
    const int64_t axis = d;
    hn_value *axes = hn_make_vector(c, &axis, 1);
    hn_with_int(c, "keepdims", 0);
    t->v = HN_MAKE(c, reduce_sum, t->v, axes);
    drop_dimension(t, d);
}

/* Dimensions a < b have one label: what lies off their diagonal is made zero, and b summed. */
static void take_diagonal(hn_compose *c, const equation *e, term *t, int32_t a, int32_t b) {
    const int64_t n = e->extent[t->label[a]];
    int64_t dim[HN_MAX_RANK];
    hn_value *one = hn_make_number(c, HN_DTYPE_S64, 1), *zero = hn_make_number(c, HN_DTYPE_S64, 0);
    hn_value *count = HN_MAKE(c, range, zero, hn_make_number(c, HN_DTYPE_S64, (double)n), one);
    hn_value *place[2];
    for (int i = 0; i < 2; i++) {
        for (int32_t d = 0; d < t->rank; d++) dim[d] = d == (i == 0 ? a : b) ? n : 1;
        place[i] = hn_make_reshape(c, count, dim, t->rank);
    }
    if (c->status != HONE_OK) return;
    hn_value *is_on = HN_MAKE(c, equal, place[0], place[1]);
    t->v = HN_MAKE(c, where, is_on, t->v, hn_make_number(c, t->v->dtype, 0));
    sum_dimension(c, t, b);
}

/* No label twice, none that is not in `needed`. */
static void simplify(hn_compose *c, const equation *e, term *t, uint64_t needed) {
    for (int32_t a = 0; a < t->rank; a++) {
        for (int32_t b = t->rank - 1; b > a; b--) {
            if (t->label[a] == t->label[b]) take_diagonal(c, e, t, a, b);
        }
    }
    for (int32_t d = t->rank - 1; d >= 0; d--) {
        if (!has(needed, t->label[d])) sum_dimension(c, t, d);
    }
}

/* The tensor with its dimensions in that order, those that it lacks as 1. */
static hn_value *ordered(hn_compose *c, const term *t, const int32_t *label, int32_t n) {
    int64_t perm[HN_MAX_RANK] = {0}, dim[2 * HN_MAX_RANK] = {0};
    int32_t n_perm = 0;
    if (c->status != HONE_OK) return NULL;
    for (int32_t i = 0; i < n; i++) {
        dim[i] = 1;
        for (int32_t d = 0; d < t->rank; d++) {
            if (t->label[d] != label[i]) continue;
            perm[n_perm++] = d;
            dim[i] = t->v->shape.dim[d];
        }
    }
    if (n > HN_MAX_RANK) return hn_compose_fail(c, HONE_E_LIMIT, "too many labels at once");
    hn_value *v = t->rank > 1 ? hn_make_transpose(c, t->v, perm, t->rank) : t->v;
    return hn_make_reshape(c, v, dim, n);
}

/* ---- two operands ---- */

/* Labels of a product: of both and the result, of one of them, summed over. */
typedef struct product {
    int32_t both[HN_MAX_RANK * 2], left[HN_MAX_RANK * 2], right[HN_MAX_RANK * 2],
        summed[HN_MAX_RANK * 2];
    int32_t n_both, n_left, n_right, n_summed;
} product;

static product sort_labels(const term *a, const term *b, uint64_t needed) {
    product p = {{0}, {0}, {0}, {0}, 0, 0, 0, 0};
    const uint64_t in_a = labels_of(a), in_b = labels_of(b);
    for (int32_t label = 0; label < LABELS; label++) {
        const bool is_both = has(in_a, label) && has(in_b, label);
        if (is_both && has(needed, label)) p.both[p.n_both++] = label;
        if (is_both && !has(needed, label)) p.summed[p.n_summed++] = label;
        if (!is_both && has(in_a, label)) p.left[p.n_left++] = label;
        if (!is_both && has(in_b, label)) p.right[p.n_right++] = label;
    }
    return p;
}

/* Dimensions of 1 that stand for a larger extent (of "...") are stretched. */
static void stretch(hn_compose *c, const equation *e, term *t, uint64_t shared) {
    int64_t dim[2 * HN_MAX_RANK];
    bool is_changed = false;
    if (c->status != HONE_OK) return;
    for (int32_t d = 0; d < t->rank; d++) {
        dim[d] = has(shared, t->label[d]) ? e->extent[t->label[d]] : t->v->shape.dim[d];
        is_changed = is_changed || dim[d] != t->v->shape.dim[d];
    }
    if (is_changed) t->v = HN_MAKE(c, expand, t->v, hn_make_vector(c, dim, (uint32_t)t->rank));
}

static int64_t extent_of(const equation *e, const term *t, const int32_t *label, int32_t n) {
    int64_t size = 1;
    for (int32_t i = 0; i < n; i++) {
        int64_t dim = e->extent[label[i]];
        for (int32_t d = 0; d < t->rank; d++) {
            if (t->label[d] == label[i]) dim = t->v->shape.dim[d];
        }
        size *= dim;
    }
    return size;
}

/* [both, first, second] of the term as a matrix for each of `both`. */
static hn_value *as_matrix(hn_compose *c, const equation *e, const term *t, const product *p,
                           bool is_left) {
    int32_t label[6 * HN_MAX_RANK], n = 0;
    const int32_t *own = is_left ? p->left : p->right;
    const int32_t n_own = is_left ? p->n_left : p->n_right;
    for (int32_t i = 0; i < p->n_both; i++) label[n++] = p->both[i];
    for (int32_t i = 0; is_left && i < n_own; i++) label[n++] = own[i];
    for (int32_t i = 0; i < p->n_summed; i++) label[n++] = p->summed[i];
    for (int32_t i = 0; !is_left && i < n_own; i++) label[n++] = own[i];
    hn_value *v = ordered(c, t, label, n);
    if (c->status != HONE_OK) return NULL;
    const int64_t rows = extent_of(e, t, own, n_own), k = extent_of(e, t, p->summed, p->n_summed);
    const int64_t batch = extent_of(e, t, p->both, p->n_both);
    return hn_make_reshape(c, v, (const int64_t[]){batch, is_left ? rows : k, is_left ? k : rows},
                           3);
}

static void multiply(hn_compose *c, const equation *e, term *a, term *b, uint64_t needed) {
    const uint64_t shared = labels_of(a) & labels_of(b);
    int64_t dim[6 * HN_MAX_RANK];
    stretch(c, e, a, shared);
    stretch(c, e, b, shared);
    const product p = sort_labels(a, b, needed);
    hn_value *left = as_matrix(c, e, a, &p, true), *right = as_matrix(c, e, b, &p, false);
    hn_value *v = HN_MAKE(c, matmul, left, right);
    if (c->status != HONE_OK) return;
    term made = {NULL, 0, {0}};
    if (p.n_both + p.n_left + p.n_right > HN_MAX_RANK) {
        (void)hn_compose_fail(c, HONE_E_LIMIT, "too many labels at once");
        return;
    }
    for (int32_t i = 0; i < p.n_both; i++) made.label[made.rank++] = p.both[i];
    for (int32_t i = 0; i < p.n_left; i++) made.label[made.rank++] = p.left[i];
    for (int32_t i = 0; i < p.n_right; i++) made.label[made.rank++] = p.right[i];
    for (int32_t d = 0; d < made.rank; d++) {
        dim[d] = extent_of(e, d < p.n_both + p.n_left ? a : b, &made.label[d], 1);
    }
    made.v = hn_make_reshape(c, v, dim, made.rank);
    *a = made;
}

static hone_status einsum_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    equation e;
    const char *problem = read_equation(node, &e);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    for (uint32_t i = 0; i < e.n && c.status == HONE_OK; i++) {
        uint64_t needed = labels_of(&e.out);
        for (uint32_t k = i + 1; k < e.n; k++) needed |= labels_of(&e.in[k]);
        if (i > 0) {
            simplify(&c, &e, &e.in[i], needed | labels_of(&e.in[0]));
            simplify(&c, &e, &e.in[0], needed | labels_of(&e.in[i]));
            multiply(&c, &e, &e.in[0], &e.in[i], needed);
        }
        simplify(&c, &e, &e.in[0], needed);
    }
    hn_value *y = ordered(&c, &e.in[0], e.out.label, e.out.rank);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_einsum = {.shape = hn_compose_shape, .expand = einsum_expand};
