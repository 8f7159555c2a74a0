/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of recurrent layers: a unit for each batch of each direction, scratch for the
 * gates, h, c and what the hybrid form quantizes. */
#include "kernels/kernels.h"

#include "kernels/dynquant/dynquant.h"
#include "kernels/rnn/rnn.h"

static bool supports(const void *args) {
    const hn_lstm_args *a = args;
    if (a->seq < 0 || a->batch < 0 || a->hidden < 0 || a->dirs < 1 || a->dirs > 2) return false;
    if (a->hidden > 1 << 24 || a->batch > 1 << 24) return false;
    if (a->out < 0 || a->out > 1 << 24 || a->passes < 0 || a->y_at < 0) return false;
    if (a->quantizes < HN_DYN_SYMMETRIC || a->quantizes > HN_DYN_ASYMMETRIC) return false;
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
    return (uint64_t)a->seq * gates * (uint64_t)a->hidden * ((uint64_t)a->out + 20);
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

/* `widened`: rows of 16 bits. */
static uint32_t scratch(const void *args, uint32_t gates, uint32_t widened) {
    const hn_lstm_args *a = args;
    const uint32_t hidden = (uint32_t)a->hidden, out = (uint32_t)a->out;
    const uint32_t most = hidden > out ? hidden : out;
    return ((gates + 1) * hidden + out) * (uint32_t)sizeof(float) +
           widened * most * (uint32_t)sizeof(int16_t);
}

static uint32_t scratch_lstm(const void *args) {
    return scratch(args, 4, 0);
}

static uint32_t scratch_gru(const void *args) {
    return scratch(args, 3, 0);
}

static uint32_t scratch_rnn(const void *args) {
    return scratch(args, 1, 0);
}

static uint32_t scratch_lstm_hybrid(const void *args) {
    return scratch(args, 4, 1);
}

static uint32_t scratch_rnn_hybrid(const void *args) {
    return scratch(args, 1, 1);
}

#define TRAITS(name, scratch, cost)                                                                \
    const hn_traits hn_##name##_traits = {.supports = supports,                                    \
                                          .units = units,                                          \
                                          .scratch_bytes = scratch,                                \
                                          .unit_cost = cost,                                       \
                                          .inplace = -1};
TRAITS(lstm, scratch_lstm, cost_lstm)
TRAITS(gru, scratch_gru, cost_gru)
TRAITS(rnn, scratch_rnn, cost_rnn)
TRAITS(lstm_hybrid, scratch_lstm_hybrid, cost_lstm)
TRAITS(rnn_hybrid, scratch_rnn_hybrid, cost_rnn)
