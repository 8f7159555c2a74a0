/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of svdf rows: one unit, as the state is read and written. */
#include "kernels/kernels.h"
#include "kernels/rnn/svdf.h"

static bool is_size(int32_t n) {
    return n >= 1 && n <= 1 << 20;
}

static bool svdf_supports(const void *args) {
    const hn_svdf_args *a = args;
    return is_size(a->batch) && is_size(a->units) && is_size(a->rank) && is_size(a->memory);
}

static bool qsvdf_supports(const void *args) {
    const hn_qsvdf_args *a = args;
    for (int32_t i = 0; i < 2; i++) {
        if (a->shift[i] < -31 || a->shift[i] > 30) return false;
    }
    return is_size(a->batch) && is_size(a->in) && is_size(a->units) && is_size(a->rank) &&
           is_size(a->memory);
}

const hn_traits hn_svdf_traits = {.supports = svdf_supports, .inplace = -1};
const hn_traits hn_qsvdf_traits = {.supports = qsvdf_supports, .inplace = -1};
