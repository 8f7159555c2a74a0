/* SPDX-License-Identifier: Apache-2.0
 * ONNX's NonMaxSuppression: for each picture and class, boxes from the best score down, without
 * those that overlap a better one too much. How many there are depends on the data, so it runs on
 * the host. Equal scores are in order of their boxes. */
#include <stdlib.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { BOXES, SCORES, MOST, OVERLAP, THRESHOLD }; /* operands */

static bool is_same(int64_t a, int64_t b) {
    return a < 0 || b < 0 || a == b;
}

static hone_status suppression_shape(hn_graph *g, hn_node *node) {
    const hn_value *boxes = node->in[BOXES], *scores = node->in[SCORES];
    const hn_shape *b = &boxes->shape, *s = &scores->shape;
    if (boxes->dtype != HN_DTYPE_F32 || scores->dtype != HN_DTYPE_F32) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "other numbers than f32");
    }
    if (b->rank >= 0 && s->rank >= 0 &&
        (b->rank != 3 || s->rank != 3 || !is_same(b->dim[2], 4) || !is_same(b->dim[0], s->dim[0]) ||
         !is_same(b->dim[1], s->dim[2]))) {
        return hn_fail(g->env, HONE_E_SHAPE, "boxes and scores do not fit each other");
    }
    hn_shape out = hn_shape_unknown(2);
    out.dim[1] = 3;
    return hn_node_set_shape(g, node, HN_DTYPE_S64, &out);
}

/* One box as its lower and upper corners. */
typedef struct corners {
    float y0, x0, y1, x1;
} corners;

static corners corners_of(const float *box, bool is_center) {
    if (is_center) {
        const corners c = {box[1] - box[3] / 2, box[0] - box[2] / 2, box[1] + box[3] / 2,
                           box[0] + box[2] / 2};
        return c;
    }
    const corners c = {box[0] < box[2] ? box[0] : box[2], box[1] < box[3] ? box[1] : box[3],
                       box[0] < box[2] ? box[2] : box[0], box[1] < box[3] ? box[3] : box[1]};
    return c;
}

static float overlap(const corners *a, const corners *b) {
    const float top = a->y0 > b->y0 ? a->y0 : b->y0, bottom = a->y1 < b->y1 ? a->y1 : b->y1;
    const float left = a->x0 > b->x0 ? a->x0 : b->x0, right = a->x1 < b->x1 ? a->x1 : b->x1;
    const float both = (bottom - top) * (right - left);
    const float all = (a->y1 - a->y0) * (a->x1 - a->x0) + (b->y1 - b->y0) * (b->x1 - b->x0) - both;
    return bottom > top && right > left && all > 0.0f ? both / all : 0.0f;
}

typedef struct ranked {
    float score;
    uint32_t box;
} ranked;

static int by_score(const void *left, const void *right) {
    const ranked *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->box < b->box ? -1 : a->box > b->box;
}

/* What the node asks for, and its operands. */
typedef struct suppression {
    const float *boxes, *scores;
    int64_t n, classes, n_boxes, most;
    float overlap, threshold;
    bool has_threshold, is_center;
    ranked *order;
    int64_t *found; /* triples */
    int64_t n_found;
} suppression;

static void suppress_class(suppression *s, int64_t image, int64_t class) {
    const float *scores = s->scores + (image * s->classes + class) * s->n_boxes;
    const float *boxes = s->boxes + image * s->n_boxes * 4;
    const int64_t first = s->n_found;
    uint32_t n = 0;
    for (int64_t i = 0; i < s->n_boxes; i++) {
        const bool passes = !s->has_threshold || scores[i] > s->threshold;
        if (passes && scores[i] == scores[i]) s->order[n++] = (ranked){scores[i], (uint32_t)i};
    }
    qsort(s->order, n, sizeof *s->order, by_score);
    for (uint32_t i = 0; i < n && s->n_found - first < s->most; i++) {
        const corners box = corners_of(boxes + 4 * (size_t)s->order[i].box, s->is_center);
        bool is_kept = true;
        for (int64_t k = first; k < s->n_found && is_kept; k++) {
            const corners other = corners_of(boxes + 4 * s->found[3 * k + 2], s->is_center);
            is_kept = !(overlap(&box, &other) > s->overlap);
        }
        if (!is_kept) continue;
        int64_t *triple = s->found + 3 * s->n_found++;
        triple[0] = image;
        triple[1] = class;
        triple[2] = s->order[i].box;
    }
}

/* An optional operand of one number; `out` stays as it is without it. */
static hone_status read_number(hn_host_eval *H, const hn_node *node, uint32_t port, hn_dtype dtype,
                               const void **out) {
    const hn_value *v = hn_node_in(node, port);
    uint64_t n;
    *out = NULL;
    if (v == NULL || (hn_shape_count(&v->shape, &n) && n == 0)) return HONE_OK;
    if (v->dtype != dtype || !hn_shape_count(&v->shape, &n) || n != 1) {
        return hn_fail(H->env, HONE_E_SHAPE, "operand %u must be one number", (unsigned)port);
    }
    return H->input(H, v, out);
}

static hone_status read_all(hn_host_eval *H, const hn_node *node, suppression *s) {
    const hn_shape *scores = &node->in[SCORES]->shape;
    const void *most, *limit, *threshold, *boxes, *values;
    HN_TRY(read_number(H, node, MOST, HN_DTYPE_S64, &most));
    HN_TRY(read_number(H, node, OVERLAP, HN_DTYPE_F32, &limit));
    HN_TRY(read_number(H, node, THRESHOLD, HN_DTYPE_F32, &threshold));
    HN_TRY(H->input(H, node->in[BOXES], &boxes));
    HN_TRY(H->input(H, node->in[SCORES], &values));
    s->boxes = boxes;
    s->scores = values;
    s->n = scores->dim[0];
    s->classes = scores->dim[1];
    s->n_boxes = scores->dim[2];
    s->most = most != NULL ? *(const int64_t *)most : 0;
    s->overlap = limit != NULL ? *(const float *)limit : 0.0f;
    s->has_threshold = threshold != NULL;
    s->threshold = threshold != NULL ? *(const float *)threshold : 0.0f;
    s->is_center = hn_attr_int(node, "center_point_box", 0) != 0;
    if (s->most > s->n_boxes) s->most = s->n_boxes;
    return HONE_OK;
}

static hone_status suppression_host(hn_host_eval *H, hn_node *node) {
    suppression s = {.n_found = 0};
    HN_TRY(read_all(H, node, &s));
    const uint64_t pairs = (uint64_t)s.n * (uint64_t)s.classes;
    uint64_t triples;
    if (s.n_boxes > INT32_MAX || s.most > INT32_MAX ||
        !hn_mul_u64(pairs, s.most > 0 ? (uint64_t)s.most : 0, &triples) || triples > INT32_MAX) {
        return hn_fail(H->env, HONE_E_LIMIT, "too many boxes");
    }
    void *order, *found, *out;
    HN_TRY(H->temp(H, (uint64_t)s.n_boxes * sizeof *s.order, &order));
    HN_TRY(H->temp(H, triples * 3 * sizeof *s.found, &found));
    s.order = order;
    s.found = found;
    for (int64_t image = 0; image < s.n; image++) {
        for (int64_t class = 0; class < s.classes; class ++) suppress_class(&s, image, class);
    }
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){s.n_found, 3});
    HN_TRY(H->output(H, node, 0, &shape, &out));
    int64_t *to = out;
    for (int64_t i = 0; i < 3 * s.n_found; i++) to[i] = s.found[i];
    return HONE_OK;
}

const hn_op_hooks hn_hooks_box_suppression = {.shape = suppression_shape, .host = suppression_host};
