/* SPDX-License-Identifier: Apache-2.0
 * Suppression of boxes: the definition and the portable form. The best candidate is compared with
 * the boxes chosen since it was last compared, latest first. It is dropped, chosen, or, where its
 * score fell, waits again; what was chosen waits too and meets itself, as in the original. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/detect/suppress.h"

typedef struct suppress_state {
    const hn_suppress_args *a;
    const float *boxes;
    float *score;   /* of each box now */
    int32_t *begin; /* chosen boxes that it was compared with; -1: it does not wait */
    int32_t *chosen;
    int32_t n_chosen;
    float overlap, least, sigma;
} suppress_state;

static inline float suppress_least(float a, float b) {
    return b < a ? b : a;
}

static inline float suppress_most(float a, float b) {
    return a < b ? b : a;
}

/* Intersection over union. */
static inline float suppress_overlap(const float *a, const float *b) {
    float low[2][2], high[2][2], area[2], side[2];
    const float *box[2] = {a, b};
    for (int32_t i = 0; i < 2; i++) {
        for (int32_t d = 0; d < 2; d++) {
            low[i][d] = suppress_least(box[i][d], box[i][d + 2]);
            high[i][d] = suppress_most(box[i][d], box[i][d + 2]);
        }
        area[i] = (high[i][0] - low[i][0]) * (high[i][1] - low[i][1]);
        if (area[i] <= 0.0f) return 0.0f;
    }
    for (int32_t d = 0; d < 2; d++) {
        side[d] = suppress_least(high[0][d], high[1][d]) - suppress_most(low[0][d], low[1][d]);
        side[d] = suppress_most(side[d], 0.0f);
    }
    const float both = side[0] * side[1];
    return both / (area[0] + area[1] - both);
}

/* The waiting box with the highest score, the first of equals; -1 for none. */
static inline int32_t suppress_best(const suppress_state *s) {
    int32_t best = -1;
    for (int32_t i = 0; i < s->a->n; i++) {
        if (s->begin[i] < 0) continue;
        if (best < 0 || s->score[i] > s->score[best]) best = i;
    }
    return best;
}

/* True when the box is dropped; else its score may be lower than it was. */
static inline bool suppress_compare(suppress_state *s, int32_t i) {
    for (int32_t j = s->n_chosen - 1; j >= s->begin[i]; j--) {
        const float overlap = suppress_overlap(s->boxes + 4 * i, s->boxes + 4 * s->chosen[j]);
        if (overlap >= s->overlap) return true;
        if (s->sigma > 0.0f) s->score[i] *= hn_exp(-0.5f / s->sigma * overlap * overlap);
        if (s->score[i] <= s->least) break;
    }
    return false;
}

static inline void suppress_choose(suppress_state *s, float *scores) {
    int32_t n_waiting = 0;
    for (int32_t i = 0; i < s->a->n; i++) n_waiting += s->begin[i] == 0;
    const int32_t most = n_waiting < s->a->most ? n_waiting : s->a->most;
    while (s->n_chosen < most) {
        const int32_t i = suppress_best(s);
        if (i < 0) return;
        const float before = s->score[i];
        const bool is_dropped = suppress_compare(s, i);
        s->begin[i] = is_dropped || !(s->score[i] > s->least) ? -1 : s->n_chosen;
        if (is_dropped || s->score[i] != before) continue;
        s->chosen[s->n_chosen] = i;
        if (scores != 0) scores[s->n_chosen] = s->score[i];
        s->n_chosen++;
    }
}

HN_KERNEL(hn_suppress_f32_c) {
    const hn_suppress_args *a = (const hn_suppress_args *)args;
    const float *scores = (const float *)buf[HN_SUPPRESS_SCORES];
    const float *sigma = (const float *)buf[HN_SUPPRESS_SIGMA];
    float *out = (float *)buf[HN_SUPPRESS_CHOSEN_SCORES];
    suppress_state s = {.a = a, .boxes = (const float *)buf[HN_SUPPRESS_BOXES]};
    s.score = (float *)w->scratch;
    if (a->n > 0) s.begin = (int32_t *)(s.score + a->n);
    s.chosen = (int32_t *)buf[HN_SUPPRESS_CHOSEN];
    s.overlap = *(const float *)buf[HN_SUPPRESS_OVERLAP];
    s.least = *(const float *)buf[HN_SUPPRESS_LEAST];
    s.sigma = sigma != 0 ? *sigma : 0.0f;
    for (int32_t i = 0; i < a->n; i++) {
        s.score[i] = scores[i];
        s.begin[i] = scores[i] > s.least ? 0 : -1;
    }
    suppress_choose(&s, out);
    for (int32_t i = s.n_chosen; i < a->most; i++) {
        s.chosen[i] = 0;
        if (out != 0) out[i] = 0.0f;
    }
    *(int32_t *)buf[HN_SUPPRESS_COUNT] = s.n_chosen;
}
