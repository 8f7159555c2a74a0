/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the audio rows. All but the transform are one unit: they are short. */
#include "kernels/audio/audio.h"
#include "kernels/kernels.h"

static bool is_count(int32_t n) {
    return n >= 0 && n <= 1 << 24;
}

static bool is_shift(int32_t shift) {
    return shift >= 0 && shift <= 31;
}

static bool rfft16_supports(const void *args) {
    const hn_rfft16_args *a = args;
    const int32_t n = a->length;
    return is_count(a->outer) && a->in_n >= 0 && a->in_n <= n && n >= 4 && n <= HN_RFFT16_MOST &&
           (n & (n - 1)) == 0;
}

static uint32_t rfft16_units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_rfft16_args *)args)->outer;
}

static uint32_t rfft16_scratch(const void *args) {
    return 4 * (uint32_t)((const hn_rfft16_args *)args)->length;
}

static uint64_t rfft16_cost(const void *args) {
    return 40 * (uint64_t)((const hn_rfft16_args *)args)->length;
}

static bool isqrt_supports(const void *args) {
    return is_count(((const hn_isqrt_args *)args)->n);
}

static bool denoise_supports(const void *args) {
    const hn_denoise_args *a = args;
    return is_count(a->n) && is_shift(a->smoothing_bits) && is_shift(a->bits);
}

static bool pcan_supports(const void *args) {
    const hn_pcan_args *a = args;
    return is_count(a->n) && is_shift(a->shift);
}

static bool fixlog_supports(const void *args) {
    const hn_fixlog_args *a = args;
    return is_count(a->n) && is_shift(a->shift);
}

const hn_traits hn_rfft16_traits = {.supports = rfft16_supports,
                                    .units = rfft16_units,
                                    .scratch_bytes = rfft16_scratch,
                                    .unit_cost = rfft16_cost,
                                    .inplace = -1};
const hn_traits hn_isqrt_traits = {.supports = isqrt_supports, .inplace = -1};
const hn_traits hn_denoise_traits = {.supports = denoise_supports, .inplace = -1};
const hn_traits hn_pcan_traits = {.supports = pcan_supports, .inplace = -1};
const hn_traits hn_fixlog_traits = {.supports = fixlog_supports, .inplace = -1};
