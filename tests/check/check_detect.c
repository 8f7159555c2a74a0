/* SPDX-License-Identifier: Apache-2.0
 * Detections of every row of cases/detect.def, fast and regular, against the rules as they are
 * stated: again and again the best candidate that is left is taken, and what it overlaps goes. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "kernels/detect/detect.h"

typedef struct candidate {
    float score, box[4];
    int32_t anchor, column;
} candidate;

static float overlap(const float *a, const float *b) {
    const float h = fmaxf(fminf(a[2], b[2]) - fmaxf(a[0], b[0]), 0.0f);
    const float w = fmaxf(fminf(a[3], b[3]) - fmaxf(a[1], b[1]), 0.0f);
    const float all = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - h * w;
    return all > 0 ? h * w / all : 0.0f;
}

static void decode(const hn_detect_args *a, const float *in, const float *anchor, float *box) {
    const float cy = in[0] / a->y_scale * anchor[2] + anchor[0];
    const float cx = in[1] / a->x_scale * anchor[3] + anchor[1];
    const float h = 0.5f * expf(in[2] / a->h_scale) * anchor[2];
    const float w = 0.5f * expf(in[3] / a->w_scale) * anchor[3];
    box[0] = cy - h;
    box[1] = cx - w;
    box[2] = cy + h;
    box[3] = cx + w;
}

/* The best of n candidates, -1 when none is left; taken ones have anchor -1. */
static int32_t best_of(const candidate *all, int32_t n) {
    int32_t best = -1;
    for (int32_t i = 0; i < n; ++i)
        if (all[i].anchor >= 0 && (best < 0 || all[i].score > all[best].score)) best = i;
    return best;
}

/* Moves at most `most` candidates that do not overlap to `kept`. */
static int32_t suppress(const hn_detect_args *a, candidate *all, int32_t n, int32_t most,
                        candidate *kept) {
    int32_t n_kept = 0;
    for (int32_t best; n_kept < most && (best = best_of(all, n)) >= 0;) {
        kept[n_kept++] = all[best];
        all[best].anchor = -1;
        for (int32_t i = 0; i < n; ++i)
            if (overlap(all[i].box, kept[n_kept - 1].box) > a->iou_threshold) all[i].anchor = -1;
    }
    return n_kept;
}

static void store(const hn_detect_args *a, float *out, int32_t at, const candidate *v) {
    const int32_t most = a->max_detections * a->max_classes;
    for (int32_t i = 0; i < 4; ++i) out[4 * at + i] = v->box[i];
    out[4 * most + at] = (float)v->column;
    out[5 * most + at] = v->score;
}

typedef struct scene {
    const hn_detect_args *a;
    const float *boxes, *scores, *anchors;
    candidate *all, *kept, *hits;
} scene;

static candidate candidate_at(const scene *s, int32_t anchor, int32_t column) {
    const hn_detect_args *a = s->a;
    candidate v = {.anchor = anchor, .column = column};
    v.score = s->scores[anchor * a->columns + a->columns - a->classes + column];
    decode(a, s->boxes + anchor * a->box_len, s->anchors + 4 * anchor, v.box);
    return v;
}

static int32_t regular(const scene *s, float *out) {
    const hn_detect_args *a = s->a;
    int32_t n_hits = 0;
    for (int32_t column = 0; column < a->classes; ++column) {
        int32_t n = 0;
        for (int32_t i = 0; i < a->n; ++i) {
            s->all[n] = candidate_at(s, i, column);
            if (s->all[n].score >= a->score_threshold) ++n;
        }
        n_hits += suppress(a, s->all, n, a->per_class, s->hits + n_hits);
    }
    int32_t count = 0;
    for (int32_t best; count < a->max_detections && (best = best_of(s->hits, n_hits)) >= 0;) {
        store(a, out, count++, &s->hits[best]);
        s->hits[best].anchor = -1;
    }
    return count;
}

static int32_t fast(const scene *s, float *out) {
    const hn_detect_args *a = s->a;
    int32_t n = 0;
    for (int32_t i = 0; i < a->n; ++i) {
        s->all[n] = candidate_at(s, i, 0);
        for (int32_t column = 1; column < a->classes; ++column) {
            const candidate other = candidate_at(s, i, column);
            if (other.score > s->all[n].score) s->all[n] = other;
        }
        if (s->all[n].score >= a->score_threshold) ++n;
    }
    const int32_t n_kept = suppress(a, s->all, n, a->max_detections, s->kept);
    for (int32_t i = 0; i < n_kept; ++i) {
        for (int32_t column = 0; column < a->classes; ++column)
            s->all[column] = candidate_at(s, s->kept[i].anchor, column);
        for (int32_t j = 0, best; j < a->max_classes; ++j) {
            if ((best = best_of(s->all, a->classes)) < 0) break;
            store(a, out, i * a->max_classes + j, &s->all[best]);
            s->all[best].anchor = -1;
        }
    }
    return n_kept;
}

static void run(check *c, const char *name, hn_detect_args a) {
    const size_t n = (size_t)a.n, room = n + (size_t)(a.per_class * a.classes) + 16;
    const size_t most = (size_t)(a.max_detections * a.max_classes);
    const size_t n_scores = n * (size_t)a.columns, n_boxes = n * (size_t)a.box_len;
    float *anchors = check_floats(c, n * 4, 0.1f, 0.4f), *want = check_alloc(c, (6 * most + 1) * 4);
    for (size_t i = 0; i < n; ++i) anchors[4 * i] = check_floats(c, 1, 0, 1)[0];
    const scene s = {.a = &a,
                     .boxes = check_floats(c, n_boxes, -3, 3),
                     .scores = check_floats(c, n_scores, 0, 1),
                     .anchors = anchors,
                     .all = check_alloc(c, room * sizeof(candidate)),
                     .kept = check_alloc(c, room * sizeof(candidate)),
                     .hits = check_alloc(c, room * sizeof(candidate))};
    want[6 * most] = (float)(a.regular ? regular(&s, want) : fast(&s, want));
    check_case k = {.family = HN_FAMILY_detect, .types = HN_TYPES_f32, .args = &a};
    snprintf(k.name, sizeof k.name, "%s %s", name, a.regular ? "regular" : "fast");
    k.operand[HN_DETECT_BOXES] = (check_operand){s.boxes, n_boxes * 4};
    k.operand[HN_DETECT_SCORES] = (check_operand){s.scores, n_scores * 4};
    k.operand[HN_DETECT_ANCHORS] = (check_operand){anchors, n * 16};
    k.operand[HN_DETECT_OUT].bytes = (6 * most + 1) * 4;
    k.n_operands = HN_DETECT_OPERANDS;
    k.out = HN_DETECT_OUT;
    k.expect = want;
    k.bound = 1e-5f;
    k.work = n_scores;
    check_run(c, &k);
}

void check_detect(check *c) {
#define X(name, anchors, len, n_classes, before, most, each, per, threshold)                       \
    for (int32_t regular_nms = 0; regular_nms < 2; ++regular_nms)                                  \
        run(c, name,                                                                               \
            (hn_detect_args){.n = anchors,                                                         \
                             .box_len = len,                                                       \
                             .columns = (n_classes) + (before),                                    \
                             .classes = n_classes,                                                 \
                             .max_detections = most,                                               \
                             .max_classes = each,                                                  \
                             .per_class = per,                                                     \
                             .regular = regular_nms,                                               \
                             .y_scale = 10,                                                        \
                             .x_scale = 10,                                                        \
                             .h_scale = 5,                                                         \
                             .w_scale = 5,                                                         \
                             .score_threshold = threshold,                                         \
                             .iou_threshold = 0.5f});
#include "../cases/detect.def"
}
