/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of norm and lrn rows. */
#include "kernels/kernels.h"
#include "kernels/norm/norm.h"

static bool supports_f32(const void *args) {
    const hn_norm_args *a = args;
    if (a->out_rank < 0 || a->out_rank > 8 || a->red_rank < 0 || a->red_rank > 8) return false;
    return a->n_out >= 0 && a->n_red >= 1 && a->kind >= HN_NORM_VARIANCE &&
           a->kind <= HN_NORM_LENGTH;
}

static bool supports_q8(const void *args) {
    const hn_norm_args *a = args;
    return supports_f32(args) && a->kind == HN_NORM_LENGTH && a->red_rank <= 1 &&
           a->in_zero >= -128 && a->in_zero <= 255;
}

static uint32_t units_norm(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_norm_args *a = args;
    return (uint32_t)a->n_out;
}

static uint64_t unit_cost_norm(const void *args) {
    const hn_norm_args *a = args;
    return 300 + 60 * (uint64_t)a->n_red;
}

/* Groups and their parameters lie side by side. */
static bool supports_rows(const void *args) {
    const hn_norm_args *a = args;
    return supports_f32(args) && a->red_rank == 1 && a->red_stride[0] == 1 &&
           a->red_parameter[0] == 1;
}

static uint64_t unit_cost_rows(const void *args) {
    return unit_cost_norm(args) / 16;
}

static bool supports_lrn(const void *args) {
    const hn_lrn_args *a = args;
    return a->outer >= 0 && a->n >= 0 && a->inner >= 1 && a->before >= 0 && a->after >= -1;
}

static uint32_t units_lrn(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_lrn_args *a = args;
    return (uint32_t)a->outer * (uint32_t)a->inner;
}

static uint64_t unit_cost_lrn(const void *args) {
    const hn_lrn_args *a = args;
    return (uint64_t)a->n * (1000 + 20 * (uint64_t)((int64_t)a->before + a->after + 1));
}

const hn_traits hn_norm_traits = {.supports = supports_f32,
                                  .units = units_norm,
                                  .unit_cost = unit_cost_norm,
                                  .inplace = HN_NORM_IN};
const hn_traits hn_norm_rows_traits = {.supports = supports_rows,
                                       .units = units_norm,
                                       .unit_cost = unit_cost_rows,
                                       .inplace = HN_NORM_IN};
const hn_traits hn_norm_q8_traits = {.supports = supports_q8,
                                     .units = units_norm,
                                     .unit_cost = unit_cost_norm,
                                     .inplace = HN_NORM_IN};
const hn_traits hn_lrn_traits = {
    .supports = supports_lrn, .units = units_lrn, .unit_cost = unit_cost_lrn, .inplace = -1};
