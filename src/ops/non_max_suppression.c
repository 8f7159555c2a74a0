/* SPDX-License-Identifier: Apache-2.0
 * ONNX's non-maximum suppression: of each class of each batch, boxes by falling score, leaving out
 * those that overlap a chosen one too much. The result is a list of {batch, class, box}. */
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { BOXES, SCORES, MOST, OVERLAP, THRESHOLD };

static hone_status nms_shape(hn_graph *g, hn_node *node) {
    const hn_shape *boxes = &node->in[BOXES]->shape, *scores = &node->in[SCORES]->shape;
    hn_shape out = hn_shape_unknown(2);
    if ((boxes->rank >= 0 && (boxes->rank != 3 || (boxes->dim[2] >= 0 && boxes->dim[2] != 4))) ||
        (scores->rank >= 0 && scores->rank != 3)) {
        return hn_fail(g->env, HONE_E_SHAPE,
                       "boxes must be [n, boxes, 4], scores [n, classes, "
                       "boxes]");
    }
    out.dim[1] = 3;
    return hn_node_set_shape(g, node, HN_DTYPE_S64, &out);
}

typedef struct limits {
    int64_t most;
    float overlap, threshold;
    bool has_threshold, is_centered;
} limits;

static hone_status read_limits(hn_host_eval *H, const hn_node *node, limits *l) {
    const hn_value *most = hn_node_in(node, MOST), *overlap = hn_node_in(node, OVERLAP);
    const hn_value *threshold = hn_node_in(node, THRESHOLD);
    l->most = 0;
    l->overlap = l->threshold = 0.0f;
    l->has_threshold = threshold != NULL;
    l->is_centered = hn_attr_int(node, "center_point_box", 0) != 0;
    if (most != NULL) HN_TRY(hn_constant_read_s64(H->graph, most, &l->most, 1));
    if (overlap != NULL) HN_TRY(hn_constant_read_f32(H->graph, overlap, &l->overlap, 1));
    if (threshold != NULL) HN_TRY(hn_constant_read_f32(H->graph, threshold, &l->threshold, 1));
    return HONE_OK;
}

typedef struct corners {
    float low[2], high[2];
} corners;

static corners corners_of(const float *box, bool is_centered) {
    corners c;
    for (int k = 0; k < 2; k++) {
        const float a = is_centered ? box[k] - box[k + 2] / 2.0f : box[k];
        const float b = is_centered ? box[k] + box[k + 2] / 2.0f : box[k + 2];
        c.low[k] = a < b ? a : b;
        c.high[k] = a < b ? b : a;
    }
    return c;
}

static float area(const corners *c) {
    return (c->high[0] - c->low[0]) * (c->high[1] - c->low[1]);
}

static bool overlaps(const float *a, const float *b, const limits *l) {
    const corners x = corners_of(a, l->is_centered), y = corners_of(b, l->is_centered);
    corners both;
    for (int k = 0; k < 2; k++) {
        both.low[k] = x.low[k] > y.low[k] ? x.low[k] : y.low[k];
        both.high[k] = x.high[k] < y.high[k] ? x.high[k] : y.high[k];
        if (both.high[k] <= both.low[k]) return false;
    }
    const float shared = area(&both), one = area(&x), other = area(&y);
    const float all = one + other - shared;
    return one > 0.0f && other > 0.0f && all > 0.0f && shared / all > l->overlap;
}

/* Makes places at..n of the heap one again: the first is the best, by score, then by number. */
static void sink(uint32_t *heap, uint64_t at, uint64_t n, const float *score) {
    for (;;) {
        uint64_t best = at;
        for (uint64_t k = 2 * at + 1; k <= 2 * at + 2 && k < n; k++) {
            const float a = score[heap[k]], b = score[heap[best]];
            if (a > b || (a == b && heap[k] < heap[best])) best = k;
        }
        if (best == at) return;
        const uint32_t moved = heap[at];
        heap[at] = heap[best];
        heap[best] = moved;
        at = best;
    }
}

/* Boxes of one class into chosen[]; returns how many. */
static uint64_t choose(const float *boxes, const float *score, uint64_t n, const limits *l,
                       uint32_t *heap, uint32_t *chosen) {
    uint64_t n_heap = 0, n_chosen = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (!l->has_threshold || score[i] > l->threshold) heap[n_heap++] = (uint32_t)i;
    }
    for (uint64_t i = n_heap / 2; i-- > 0;) sink(heap, i, n_heap, score);
    while (n_heap > 0 && n_chosen < (uint64_t)l->most) {
        const uint32_t next = heap[0];
        heap[0] = heap[--n_heap];
        sink(heap, 0, n_heap, score);
        bool is_left_out = false;
        for (uint64_t k = 0; k < n_chosen && !is_left_out; k++) {
            is_left_out = overlaps(boxes + 4 * (size_t)next, boxes + 4 * (size_t)chosen[k], l);
        }
        if (!is_left_out) chosen[n_chosen++] = next;
    }
    return n_chosen;
}

static hone_status nms_host(hn_host_eval *H, hn_node *node) {
    const hn_value *boxes = node->in[BOXES], *scores = node->in[SCORES];
    const hn_shape *b = &boxes->shape, *s = &scores->shape;
    limits l;
    if (boxes->dtype != HN_DTYPE_F32 || scores->dtype != HN_DTYPE_F32) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "boxes of type %s", hn_dtype_name(boxes->dtype));
    }
    if (b->dim[0] != s->dim[0] || b->dim[1] != s->dim[2] || b->dim[2] != 4) {
        return hn_fail(H->env, HONE_E_SHAPE, "boxes and scores do not fit");
    }
    HN_TRY(read_limits(H, node, &l));
    const uint64_t n = (uint64_t)b->dim[1], classes = (uint64_t)s->dim[1];
    const uint64_t lists = (uint64_t)s->dim[0] * classes;
    if (l.most < 0) l.most = 0;
    if (l.most > (int64_t)n) l.most = (int64_t)n;
    const void *box_data = NULL, *score_data = NULL;
    void *heap = NULL, *chosen = NULL, *counts = NULL, *memory = NULL;
    HN_TRY(H->input(H, boxes, &box_data));
    HN_TRY(H->input(H, scores, &score_data));
    HN_TRY(H->temp(H, n * sizeof(uint32_t), &heap));
    HN_TRY(H->temp(H, lists * (uint64_t)l.most * sizeof(uint32_t), &chosen));
    HN_TRY(H->temp(H, lists * sizeof(uint64_t), &counts));
    uint64_t *n_chosen = counts, total = 0;
    for (uint64_t i = 0; i < lists; i++) {
        n_chosen[i] =
            choose((const float *)box_data + i / classes * n * 4, (const float *)score_data + i * n,
                   n, &l, heap, (uint32_t *)chosen + i * (uint64_t)l.most);
        total += n_chosen[i];
    }
    const hn_shape out = hn_shape_of(2, (const int64_t[]){(int64_t)total, 3});
    HN_TRY(H->output(H, node, 0, &out, &memory));
    int64_t *to = memory;
    for (uint64_t i = 0; i < lists; i++) {
        for (uint64_t k = 0; k < n_chosen[i]; k++) {
            *to++ = (int64_t)(i / classes);
            *to++ = (int64_t)(i % classes);
            *to++ = ((const uint32_t *)chosen)[i * (uint64_t)l.most + k];
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_non_max_suppression = {.shape = nms_shape, .host = nms_host};
