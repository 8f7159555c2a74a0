/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the integer LSTM. */
#include "kernels/kernels.h"
#include "kernels/rnn/qlstm.h"

static bool are_shifts(const int32_t *shift, int n) {
    for (int i = 0; i < n; ++i) {
        if (shift[i] < -31 || shift[i] > 30) return false;
    }
    return true;
}

static bool supports(const void *args) {
    const hn_qlstm_args *a = args;
    if (a->seq < 0 || a->batch < 0 || a->in_n < 0 || a->cells < 0 || a->out < 0 || a->p_batch < 1) {
        return false;
    }
    if (a->out > 1 << 20 || a->cells > 1 << 20 || a->in_n > 1 << 20 || a->batch > 1 << 24)
        return false;
    return a->cell_shift >= -15 && a->cell_shift <= -9 && are_shifts(a->x_shift, 4) &&
           are_shifts(a->h_shift, 4) && are_shifts(a->p_shift, 3) && are_shifts(a->n_shift, 4) &&
           are_shifts(&a->projected_shift, 1) && are_shifts(&a->hidden_shift, 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_qlstm_args *)args)->batch;
}

static uint32_t scratch_bytes(const void *args) {
    return 9 * (uint32_t)((const hn_qlstm_args *)args)->cells; /* 4 of 16 bits, 1 of 8 */
}

static uint64_t unit_cost(const void *args) {
    const hn_qlstm_args *a = args;
    return (uint64_t)a->seq * 4 * (uint64_t)a->cells * ((uint64_t)(a->in_n + a->cells) + 30);
}

const hn_traits hn_qlstm_traits = {.supports = supports,
                                   .units = units,
                                   .scratch_bytes = scratch_bytes,
                                   .unit_cost = unit_cost,
                                   .inplace = -1};
