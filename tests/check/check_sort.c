/* SPDX-License-Identifier: Apache-2.0
 * Order along an axis: extremes, the k first, and running sums, over every view of cases/sort.def
 * and every type. Elements have few values, so that ties are frequent. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "kernels/sort/sort.h"

typedef struct view {
    const char *name;
    int32_t outer, n, inner;
} view;

static const view views[] = {
#define X(name, outer, n, inner) {name, outer, n, inner},
#include "../cases/sort.def"
};

typedef struct type {
    hn_types key;
    size_t bytes;
} type;

static const type types[] = {{HN_TYPES_f32, 4}, {HN_TYPES_s8, 1},  {HN_TYPES_u8, 1},
                             {HN_TYPES_s16, 2}, {HN_TYPES_s32, 4}, {HN_TYPES_s64, 8},
                             {HN_TYPES_u64, 8}};

/* An element as a whole number: all that make() gives are. Those of u64 lie around 2^63. */
static int64_t load(const uint8_t *data, size_t at, const type *t) {
    float real;
    int16_t half;
    int32_t narrow;
    int64_t wide;
    switch (t->key) {
    case HN_TYPES_s16:
        memcpy(&half, data + 2 * at, 2);
        return half;
    case HN_TYPES_f32:
        memcpy(&real, data + 4 * at, 4);
        return (int64_t)real;
    case HN_TYPES_s32:
        memcpy(&narrow, data + 4 * at, 4);
        return narrow;
    case HN_TYPES_s64:
        memcpy(&wide, data + 8 * at, 8);
        return wide;
    case HN_TYPES_u64:
        memcpy(&wide, data + 8 * at, 8);
        return wide ^ INT64_MIN;
    default:
        return t->key == HN_TYPES_s8 ? (int8_t)data[at] : data[at];
    }
}

static void store(uint8_t *data, size_t at, const type *t, int64_t v) {
    const float real = (float)v;
    if (t->key == HN_TYPES_u64) v ^= INT64_MIN;
    if (t->key == HN_TYPES_f32) memcpy(data + 4 * at, &real, 4);
    if (t->key != HN_TYPES_f32) memcpy(data + t->bytes * at, &v, t->bytes);
}

static uint8_t *make(check *c, size_t n, const type *t) {
    uint8_t *data = check_alloc(c, n * t->bytes);
    const int32_t low = t->key == HN_TYPES_u8 ? 0 : -6;
    for (size_t i = 0; i < n; ++i) store(data, i, t, check_range(c, low, 7));
    return data;
}

static size_t count_of(const view *v) {
    return (size_t)v->outer * (size_t)v->n * (size_t)v->inner;
}

/* Where element i of row u lies in a tensor with n along the axis. */
static size_t at_row(const view *v, int32_t u, int32_t i, int32_t n) {
    return (size_t)(u / v->inner) * (size_t)n * (size_t)v->inner + (size_t)i * (size_t)v->inner +
           (size_t)(u % v->inner);
}

/* ---- arg ---- */

static int32_t extreme(const uint8_t *in, const view *v, const type *t, const hn_arg_args *a,
                       int32_t u) {
    int32_t best = 0;
    for (int32_t i = 1; i < v->n; ++i) {
        const int64_t x = load(in, at_row(v, u, i, v->n), t);
        const int64_t top = load(in, at_row(v, u, best, v->n), t);
        const bool is_better = a->kind == HN_ARG_MIN ? x < top : x > top;
        if (is_better || (x == top && a->is_last)) best = i;
    }
    return best;
}

static void run_arg(check *c, const view *v, const type *t, hn_arg_args a) {
    check_case k = {.family = HN_FAMILY_arg, .types = t->key, .args = &a};
    const size_t n = count_of(v), rows = (size_t)(v->outer * v->inner);
    const uint8_t *in = make(c, n, t);
    const type out = {HN_TYPES_s64, a.is_wide ? 8u : 4u}, hot = types[0];
    const bool is_hot = a.kind == HN_ARG_HOT;
    uint8_t *want = check_alloc(c, is_hot ? n * 4 : rows * 8);
    for (int32_t u = 0; u < (int32_t)rows; ++u) {
        const int32_t best = extreme(in, v, t, &a, u);
        if (!is_hot) store(want, (size_t)u, &out, best);
        for (int32_t i = 0; i < v->n && is_hot; ++i)
            store(want, at_row(v, u, i, v->n), &hot, i == best);
    }
    k.operand[HN_ARG_IN] = (check_operand){in, n * t->bytes};
    k.operand[HN_ARG_OUT].bytes = is_hot ? n * 4 : rows * out.bytes;
    k.n_operands = HN_ARG_OPERANDS;
    k.out = HN_ARG_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s kind %d last %d", v->name, a.kind, a.is_last);
    check_run(c, &k);
}

void check_arg(check *c) {
    for (size_t i = 0; i < sizeof views / sizeof views[0]; ++i) {
        const view *v = &views[i];
        for (size_t t = 0; t < sizeof types / sizeof types[0]; ++t) {
            hn_arg_args a = {0, v->outer, v->n, v->inner, 0, 0};
            for (a.kind = HN_ARG_MAX; a.kind <= HN_ARG_HOT; ++a.kind) {
                a.is_last = a.kind == HN_ARG_MIN;
                a.is_wide = a.kind == HN_ARG_MAX;
                run_arg(c, v, &types[t], a);
                a.is_last = !a.is_last;
                if (a.kind != HN_ARG_HOT) run_arg(c, v, &types[t], a);
            }
        }
    }
}

/* ---- topk ---- */

/* How many elements of the row come before element i. */
static int32_t place(const uint8_t *in, const view *v, const type *t, bool is_largest, int32_t u,
                     int32_t i) {
    int32_t before = 0;
    const int64_t x = load(in, at_row(v, u, i, v->n), t);
    for (int32_t j = 0; j < v->n; ++j) {
        const int64_t y = load(in, at_row(v, u, j, v->n), t);
        const bool is_first = y == x ? j < i : is_largest ? y > x : y < x;
        before += is_first ? 1 : 0;
    }
    return before;
}

static void run_topk(check *c, const view *v, const type *t, hn_topk_args a) {
    check_case k = {.family = HN_FAMILY_topk, .types = t->key, .args = &a};
    const type index = {HN_TYPES_s64, a.gives == HN_TOPK_S64 ? 8u : 4u};
    const type *out = a.gives == HN_TOPK_VALUES ? t : &index;
    const size_t n = count_of(v), n_out = (size_t)(v->outer * a.k * v->inner);
    const uint8_t *in = make(c, n, t);
    uint8_t *want = check_alloc(c, n_out * 8);
    for (int32_t u = 0; u < v->outer * v->inner; ++u) {
        for (int32_t i = 0; i < v->n; ++i) {
            const int32_t at = place(in, v, t, a.is_largest != 0, u, i);
            if (at >= a.k) continue;
            const bool is_value = a.gives == HN_TOPK_VALUES;
            store(want, at_row(v, u, at, a.k), out,
                  is_value ? load(in, at_row(v, u, i, v->n), t) : i);
        }
    }
    k.operand[HN_TOPK_IN] = (check_operand){in, n * t->bytes};
    k.operand[HN_TOPK_OUT].bytes = n_out * out->bytes;
    k.n_operands = HN_TOPK_OPERANDS;
    k.out = HN_TOPK_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s k %d gives %d", v->name, a.k, a.gives);
    check_run(c, &k);
}

void check_topk(check *c) {
    for (size_t i = 0; i < sizeof views / sizeof views[0]; ++i) {
        const view *v = &views[i];
        const int32_t ks[] = {1, v->n / 2 + 1, v->n};
        for (size_t t = 0; t < sizeof types / sizeof types[0]; ++t) {
            for (int32_t j = 0; j < 3; ++j) {
                const hn_topk_args a = {v->outer, v->n, v->inner, ks[j], (int32_t)(t + i) % 2, j};
                run_topk(c, v, &types[t], a);
            }
        }
    }
}

/* ---- scan ---- */

static void run_scan(check *c, const view *v, const type *t, hn_scan_args a) {
    check_case k = {.family = HN_FAMILY_scan, .types = t->key, .args = &a};
    const size_t n = count_of(v);
    uint8_t *in = make(c, n, t), *want = check_alloc(c, n * t->bytes);
    for (size_t i = 0; i < n && a.kind == HN_SCAN_PROD; ++i) store(in, i, t, i % 13 == 0 ? -2 : 1);
    for (int32_t u = 0; u < v->outer * v->inner; ++u) {
        int64_t total = a.kind == HN_SCAN_PROD ? 1 : 0;
        for (int32_t i = 0; i < v->n; ++i) {
            const size_t at = at_row(v, u, a.is_reverse ? v->n - 1 - i : i, v->n);
            const int64_t x = load(in, at, t);
            const int64_t next =
                a.kind == HN_SCAN_PROD ? (int64_t)((uint64_t)total * (uint64_t)x) : total + x;
            store(want, at, t, a.is_exclusive ? total : next);
            total = next;
        }
    }
    k.operand[HN_SCAN_IN] = (check_operand){in, n * t->bytes};
    k.operand[HN_SCAN_OUT].bytes = n * t->bytes;
    k.n_operands = HN_SCAN_OPERANDS;
    k.out = HN_SCAN_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s kind %d", v->name, a.kind);
    check_run(c, &k);
}

void check_scan(check *c) {
    for (size_t i = 0; i < sizeof views / sizeof views[0]; ++i) {
        const view *v = &views[i];
        for (size_t t = 0; t < sizeof types / sizeof types[0]; ++t) {
            if (types[t].bytes < 4 || types[t].key == HN_TYPES_u64) continue;
            for (int32_t bits = 0; bits < 8; ++bits) {
                /* Products of floats would leave the whole numbers that 24 bits hold. */
                if ((bits & 1) != 0 && types[t].key == HN_TYPES_f32 && v->n > 200) continue;
                const hn_scan_args a = {bits & 1, v->outer,      v->n,
                                        v->inner, bits >> 1 & 1, bits >> 2};
                run_scan(c, v, &types[t], a);
            }
        }
    }
}
