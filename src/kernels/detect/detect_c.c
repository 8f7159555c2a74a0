/* SPDX-License-Identifier: Apache-2.0
 * Detection: the definition and the portable form. Anchors are sorted in a heap by score and then
 * number, which is one order however it is reached; then each that is left strikes out those behind
 * it that it overlaps. */
#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/detect/detect.h"

typedef struct detect_c_hit {
    float score;
    int32_t anchor, column;
} detect_c_hit;

typedef struct detect_c_state {
    const hn_detect_args *a;
    const float *scores;
    float *box;         /* [n, 4]: ymin, xmin, ymax, xmax */
    float *value;       /* [n]: the scores that are sorted by */
    int32_t *order;     /* [n]: anchors that passed the threshold */
    int32_t *kept;      /* [n]: those that stay */
    detect_c_hit *hits; /* [max_detections + 1]: regular only, best first */
    int32_t n_hits;
} detect_c_state;

static inline void detect_c_decode(const detect_c_state *s, void *const *buf) {
    const hn_detect_args *a = s->a;
    const float *in = (const float *)buf[HN_DETECT_BOXES];
    const float *anchor = (const float *)buf[HN_DETECT_ANCHORS];
    float *box = s->box;
    for (int32_t i = 0; i < a->n; ++i, in += a->box_len, anchor += 4, box += 4) {
        const double y = (double)in[0] / (double)a->y_scale, x = (double)in[1] / (double)a->x_scale;
        const float cy = (float)(y * (double)anchor[2] + (double)anchor[0]);
        const float cx = (float)(x * (double)anchor[3] + (double)anchor[1]);
        const float half_h = 0.5f * hn_exp(in[2] / a->h_scale) * anchor[2];
        const float half_w = 0.5f * hn_exp(in[3] / a->w_scale) * anchor[3];
        box[0] = cy - half_h;
        box[1] = cx - half_w;
        box[2] = cy + half_h;
        box[3] = cx + half_w;
    }
}

static inline float detect_c_overlap(const float *a, const float *b) {
    const float area_a = (a[2] - a[0]) * (a[3] - a[1]), area_b = (b[2] - b[0]) * (b[3] - b[1]);
    if (area_a <= 0.0f || area_b <= 0.0f) return 0.0f;
    const float top = a[0] > b[0] ? a[0] : b[0], bottom = a[2] < b[2] ? a[2] : b[2];
    const float left = a[1] > b[1] ? a[1] : b[1], right = a[3] < b[3] ? a[3] : b[3];
    const float h = bottom - top > 0.0f ? bottom - top : 0.0f;
    const float w = right - left > 0.0f ? right - left : 0.0f;
    return h * w / (area_a + area_b - h * w);
}

/* Does anchor i come before anchor j? */
static inline int detect_c_before(const detect_c_state *s, int32_t i, int32_t j) {
    return s->value[i] > s->value[j] || (s->value[i] == s->value[j] && i < j);
}

/* Restores the heap of n anchors below `at`: no parent comes before its children. */
static inline void detect_c_sift(const detect_c_state *s, int32_t at, int32_t n) {
    int32_t *order = s->order;
    const int32_t moved = order[at];
    for (int32_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && detect_c_before(s, order[child], order[child + 1])) ++child;
        if (!detect_c_before(s, moved, order[child])) break;
        order[at] = order[child];
        at = child;
    }
    order[at] = moved;
}

static inline void detect_c_sort(const detect_c_state *s, int32_t n) {
    for (int32_t i = n / 2; i > 0; --i) detect_c_sift(s, i - 1, n);
    for (int32_t last = n - 1; last > 0; --last) {
        const int32_t first = s->order[0];
        s->order[0] = s->order[last];
        s->order[last] = first;
        detect_c_sift(s, 0, last);
    }
}

/* Anchors by s->value; those that stay are in s->kept, best first. Gives their number. */
static inline int32_t detect_c_select(const detect_c_state *s, int32_t most) {
    int32_t n = 0, n_kept = 0;
    for (int32_t i = 0; i < s->a->n; ++i)
        if (s->value[i] >= s->a->score_threshold) s->order[n++] = i;
    detect_c_sort(s, n);
    for (int32_t i = 0; i < n && n_kept < most; ++i) {
        const int32_t anchor = s->order[i];
        if (anchor < 0) continue;
        s->kept[n_kept++] = anchor;
        for (int32_t j = i + 1; j < n; ++j) {
            if (s->order[j] < 0) continue;
            const float *box = s->box + 4 * (size_t)s->order[j];
            if (detect_c_overlap(s->box + 4 * (size_t)anchor, box) > s->a->iou_threshold)
                s->order[j] = -1;
        }
    }
    return n_kept;
}

/* The output's parts. */
static inline void detect_c_store(const detect_c_state *s, float *out, int32_t at,
                                  const detect_c_hit *hit) {
    const size_t most = (size_t)s->a->max_detections * (size_t)s->a->max_classes;
    const float *box = s->box + 4 * (size_t)hit->anchor;
    for (int32_t i = 0; i < 4; ++i) out[4 * (size_t)at + (size_t)i] = box[i];
    out[4 * most + (size_t)at] = (float)hit->column;
    out[5 * most + (size_t)at] = hit->score;
}

static inline const float *detect_c_classes(const detect_c_state *s, int32_t anchor) {
    const size_t columns = (size_t)s->a->columns;
    return s->scores + (size_t)anchor * columns + (columns - (size_t)s->a->classes);
}

/* The best class that comes after `last` in descending order of score; NULL: the very best. */
static inline detect_c_hit detect_c_next(const detect_c_state *s, int32_t anchor,
                                         const detect_c_hit *last) {
    const float *v = detect_c_classes(s, anchor);
    detect_c_hit best = {0.0f, anchor, -1};
    for (int32_t c = 0; c < s->a->classes; ++c) {
        const int is_after =
            last == 0 || v[c] < last->score || (v[c] == last->score && c > last->column);
        if (!is_after || (best.column >= 0 && !(v[c] > best.score))) continue;
        best.score = v[c];
        best.column = c;
    }
    return best;
}

static inline int32_t detect_c_fast(const detect_c_state *s, float *out) {
    const hn_detect_args *a = s->a;
    for (int32_t i = 0; i < a->n; ++i) s->value[i] = detect_c_next(s, i, 0).score;
    const int32_t n = detect_c_select(s, a->max_detections);
    const int32_t each = a->max_classes < a->classes ? a->max_classes : a->classes;
    for (int32_t i = 0; i < n; ++i) {
        detect_c_hit hit = detect_c_next(s, s->kept[i], 0);
        for (int32_t c = 0; c < each && hit.column >= 0; ++c) {
            detect_c_store(s, out, i * a->max_classes + c, &hit);
            hit = detect_c_next(s, s->kept[i], &hit);
        }
    }
    return n;
}

/* Puts a result behind those that are at least as good; the last one may fall out. */
static inline void detect_c_insert(detect_c_state *s, const detect_c_hit *hit) {
    int32_t at = s->n_hits;
    while (at > 0 && s->hits[at - 1].score < hit->score) {
        s->hits[at] = s->hits[at - 1];
        --at;
    }
    s->hits[at] = *hit;
    if (s->n_hits < s->a->max_detections) ++s->n_hits;
}

static inline int32_t detect_c_regular(detect_c_state *s, float *out) {
    const hn_detect_args *a = s->a;
    for (int32_t c = 0; c < a->classes; ++c) {
        for (int32_t i = 0; i < a->n; ++i) s->value[i] = detect_c_classes(s, i)[c];
        const int32_t n = detect_c_select(s, a->per_class);
        for (int32_t i = 0; i < n; ++i) {
            const detect_c_hit hit = {s->value[s->kept[i]], s->kept[i], c};
            detect_c_insert(s, &hit);
        }
    }
    for (int32_t i = 0; i < s->n_hits; ++i) detect_c_store(s, out, i, &s->hits[i]);
    return s->n_hits;
}

HN_KERNEL(hn_detect_f32_c) {
    const hn_detect_args *a = (const hn_detect_args *)args;
    const size_t n = (size_t)a->n, most = (size_t)a->max_detections * (size_t)a->max_classes;
    float *out = (float *)buf[HN_DETECT_OUT];
    detect_c_state s = {.a = a, .scores = (const float *)buf[HN_DETECT_SCORES]};
    if (w->begin >= w->end) return;
    s.box = (float *)w->scratch;
    s.value = s.box + 4 * n;
    s.order = (int32_t *)(s.value + n);
    s.kept = s.order + n;
    s.hits = (detect_c_hit *)(s.kept + n);
    for (size_t i = 0; i < 6 * most; ++i) out[i] = 0.0f;
    detect_c_decode(&s, buf);
    const int32_t count = a->regular ? detect_c_regular(&s, out) : detect_c_fast(&s, out);
    out[6 * most] = (float)count;
}
