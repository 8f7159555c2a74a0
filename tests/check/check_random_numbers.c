/* SPDX-License-Identifier: Apache-2.0
 * Random numbers: the same in any order of units (the harness sees to that), within their bounds,
 * and with the mean, the variance and the spread over ten equal parts that their distribution
 * has. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "kernels/random/random.h"

enum { N = 200000 };

static void moments(const float *v, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) sum += (double)v[i];
    *mean = sum / N;
    for (int i = 0; i < N; i++) squares += ((double)v[i] - *mean) * ((double)v[i] - *mean);
    *variance = squares / N;
}

static void check_uniform(check *c, const float *v, const hn_random_args *a) {
    const double low = (double)a->low, width = (double)a->high - low;
    double mean, variance, chi = 0;
    int n[10] = {0};
    bool is_within = true;
    moments(v, &mean, &variance);
    for (int i = 0; i < N; i++) {
        is_within = is_within && v[i] >= a->low && v[i] < a->high;
        n[(int)(9.99999 * ((double)v[i] - low) / width)]++;
    }
    for (int k = 0; k < 10; k++) chi += (n[k] - N / 10.0) * (n[k] - N / 10.0) / (N / 10.0);
    check_that(c, is_within, "a uniform number lies outside its bounds");
    check_that(c, fabs(mean - low - width / 2) < 0.005 * width, "the mean of uniform numbers");
    check_that(c, fabs(variance * 12 / width / width - 1) < 0.02, "their variance");
    check_that(c, chi < 30, "their spread");
}

static void run(check *c, hn_random_args a) {
    check_case k = {.family = HN_FAMILY_random, .types = HN_TYPES_f32, .args = &a};
    float *v = check_alloc(c, N * sizeof *v);
    void *buf[HN_RANDOM_OPERANDS] = {v};
    double mean, variance;
    const hn_work w = {.end = (uint32_t)(N + HN_RANDOM_BLOCK - 1) / HN_RANDOM_BLOCK};
    const hn_kernel *row = hn_kernel_choose(HN_FAMILY_random, HN_TYPES_f32, HN_ISA_C, &a);
    a.n = N;
    row->fn(&a, buf, &w);
    moments(v, &mean, &variance);
    if (a.kind == HN_RANDOM_UNIFORM) {
        check_uniform(c, v, &a);
    } else {
        check_that(c, fabs(mean - (double)a.low) < 0.02 * (double)a.high, "a normal mean");
        check_that(c, fabs(sqrt(variance) / (double)a.high - 1) < 0.02, "a normal deviation");
    }
    a.n = 5000;
    k.operand[HN_RANDOM_OUT].bytes = 5000 * sizeof(float);
    k.n_operands = HN_RANDOM_OPERANDS;
    k.out = HN_RANDOM_OUT;
    k.expect = v;
    snprintf(k.name, sizeof k.name, "kind %d seed %u", (int)a.kind, (unsigned)a.seed_low);
    check_run(c, &k);
}

void check_random_numbers(check *c) {
    for (uint32_t seed = 0; seed < 3; seed++) {
        run(c, (hn_random_args){N, HN_RANDOM_UNIFORM, seed, 7 * seed, -1.0f, 3.0f});
        run(c, (hn_random_args){N, HN_RANDOM_NORMAL, seed, 0, 2.0f, 0.5f});
    }
}
