/* SPDX-License-Identifier: Apache-2.0
 * Positions of maxima of every shape of cases/argpool.def, in both orders of counting. Few
 * different numbers make ties, of which the first must win. */
#include "check.h"

#include <stdio.h>

#include "kernels/argpool/argpool.h"

typedef struct shape {
    const char *name;
    int32_t nc[2], in[3], out[3], k[3], stride[3], dilation[3], pad[3];
} shape;

static const shape shapes[] = {
#define X(name, nc, in, out, k, stride, dilation, pad)                                             \
    {name, nc, in, out, k, stride, dilation, pad},
#include "../cases/argpool.def"
};

/* What is compared at input pixel `p` of an image and channel: small whole numbers. */
static float value_at(const hn_argpool_args *a, const int8_t *in, int32_t image, int32_t p,
                      int32_t c) {
    const int32_t pixels = a->in[0] * a->in[1] * a->in[2];
    return in[((int64_t)image * pixels + p) * a->c + c];
}

static int64_t expect(const hn_argpool_args *a, const int8_t *in, const int32_t at[5]) {
    const int32_t pixels = a->in[0] * a->in[1] * a->in[2];
    int32_t best = -1, place = -1;
    for (int32_t t = 0; t < a->k[0] * a->k[1] * a->k[2]; ++t) {
        const int32_t tap[3] = {t / a->k[2] / a->k[1], t / a->k[2] % a->k[1], t % a->k[2]};
        int32_t i[3];
        bool is_in = true;
        for (int d = 0; d < 3; ++d) {
            i[d] = at[1 + d] * a->stride[d] - a->pad[d] + tap[d] * a->dilation[d];
            is_in = is_in && i[d] >= 0 && i[d] < a->in[d];
        }
        if (!is_in) continue;
        const int32_t p = (i[0] * a->in[1] + i[1]) * a->in[2] + i[2];
        if (best >= 0 && value_at(a, in, at[0], p, at[4]) <= value_at(a, in, at[0], best, at[4]))
            continue;
        best = p;
        place = a->columns_first ? (i[2] * a->in[1] + i[1]) * a->in[0] + i[0] : p;
    }
    return best < 0 ? -1 : ((int64_t)at[0] * a->c + at[4]) * pixels + place;
}

static void run(check *c, const shape *s, int32_t columns_first) {
    hn_argpool_args a = {.n = s->nc[0], .c = s->nc[1], .columns_first = columns_first};
    size_t n_in = (size_t)(a.n * a.c), n_out = n_in;
    for (int d = 0; d < 3; ++d) {
        a.in[d] = s->in[d];
        a.out[d] = s->out[d];
        a.k[d] = s->k[d];
        a.stride[d] = s->stride[d];
        a.dilation[d] = s->dilation[d];
        a.pad[d] = s->pad[d];
        n_in *= (size_t)a.in[d];
        n_out *= (size_t)a.out[d];
    }
    int8_t *bytes = check_alloc(c, n_in);
    float *floats = check_alloc(c, n_in * sizeof *floats);
    int64_t *want = check_alloc(c, n_out * sizeof *want);
    for (size_t i = 0; i < n_in; ++i) floats[i] = bytes[i] = (int8_t)check_range(c, 0, 9);
    for (int32_t i = 0; i < (int32_t)n_out; ++i) {
        const int32_t x = i / a.c, y = x / a.out[2], z = y / a.out[1];
        const int32_t at[5] = {z / a.out[0], z % a.out[0], y % a.out[1], x % a.out[2], i % a.c};
        want[i] = expect(&a, bytes, at);
    }
    check_case k = {.family = HN_FAMILY_argpool, .types = HN_TYPES_s8, .args = &a};
    snprintf(k.name, sizeof k.name, "%s order %d", s->name, columns_first);
    k.operand[HN_ARGPOOL_IN] = (check_operand){bytes, n_in};
    k.operand[HN_ARGPOOL_OUT].bytes = n_out * sizeof *want;
    k.n_operands = HN_ARGPOOL_OPERANDS;
    k.out = HN_ARGPOOL_OUT;
    k.expect = want;
    k.work = n_out * (size_t)(a.k[0] * a.k[1] * a.k[2]);
    check_run(c, &k);
    k.types = HN_TYPES_u8;
    check_run(c, &k);
    k.types = HN_TYPES_f32;
    k.operand[HN_ARGPOOL_IN] = (check_operand){floats, n_in * sizeof *floats};
    check_run(c, &k);
}

void check_argpool(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run(c, &shapes[i], 0);
        run(c, &shapes[i], 1);
    }
}
