/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of recurrent layers: a unit for each batch of each direction, scratch for the
 * gates, h and c. */
#include "kernels/kernels.h"
#include "kernels/rnn/rnn.h"

static bool supports(const void *args) {
    const hn_lstm_args *a = args;
    if (a->seq < 0 || a->batch < 0 || a->hidden < 0 || a->dirs < 1 || a->dirs > 2) return false;
    if (a->hidden > 1 << 24 || a->batch > 1 << 24) return false;
    for (int i = 0; i < 6; ++i) {
        if (a->act[i] < 0 || a->act[i] >= HN_RNN_ACTS) return false;
    }
    return true;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_lstm_args *a = args;
    return (uint32_t)a->dirs * (uint32_t)a->batch;
}

static uint64_t cost(const void *args, uint64_t gates) {
    const hn_lstm_args *a = args;
    return (uint64_t)a->seq * gates * (uint64_t)a->hidden * ((uint64_t)a->hidden + 20);
}

static uint64_t cost_lstm(const void *args) {
    return cost(args, 4);
}

static uint64_t cost_gru(const void *args) {
    return cost(args, 3);
}

static uint64_t cost_rnn(const void *args) {
    return cost(args, 1);
}

static uint32_t scratch(const void *args, uint32_t gates) {
    const hn_lstm_args *a = args;
    return (gates + 2) * (uint32_t)a->hidden * (uint32_t)sizeof(float);
}

static uint32_t scratch_lstm(const void *args) {
    return scratch(args, 4);
}

static uint32_t scratch_gru(const void *args) {
    return scratch(args, 3);
}

static uint32_t scratch_rnn(const void *args) {
    return scratch(args, 1);
}

const hn_traits hn_lstm_traits = {.supports = supports,
                                  .units = units,
                                  .scratch_bytes = scratch_lstm,
                                  .unit_cost = cost_lstm,
                                  .inplace = -1};
const hn_traits hn_gru_traits = {.supports = supports,
                                 .units = units,
                                 .scratch_bytes = scratch_gru,
                                 .unit_cost = cost_gru,
                                 .inplace = -1};
const hn_traits hn_rnn_traits = {.supports = supports,
                                 .units = units,
                                 .scratch_bytes = scratch_rnn,
                                 .unit_cost = cost_rnn,
                                 .inplace = -1};
