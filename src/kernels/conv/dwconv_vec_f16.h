/* SPDX-License-Identifier: Apache-2.0
 * What dwconv_vec_float.h needs of halves. The includer has included the header of vh. Bounds are
 * rounded to halves; a function is computed in floats. */
#ifndef HN_KERNELS_CONV_DWCONV_VEC_F16_H
#define HN_KERNELS_CONV_DWCONV_VEC_F16_H

#include "kernels/conv/dwconv_panels.h"
#include "kernels/vec/vec_acts.h"

typedef uint16_t dw_t;
typedef vh dw_v;

enum { DW_N = VHN };

#define dw_zero    vh_zero
#define dw_load    vh_load
#define dw_load_n  vh_load_n
#define dw_store   vh_store
#define dw_store_n vh_store_n
#define dw_fma     vh_fma

typedef struct dw_end {
    const hn_conv_args *a;
    vh low, high;
} dw_end;

HN_INLINE dw_end dw_end_of(const hn_conv_args *a) {
    const vf low = vf_set(a->low), high = vf_set(a->high);
    const dw_end end = {a, vh_join(low, low), vh_join(high, high)};
    return end;
}

/* Apart, so that its constants take no registers from the sums. */
static __attribute__((noinline)) vh dw_act(const hn_conv_args *a, vh x) {
    const vf bounds[2] = {vf_set(a->low), vf_set(a->high)};
    const vf low = vf_act(a->act, a->alpha, vh_low(x)), high = vf_act(a->act, a->alpha, vh_high(x));
    return vh_join(vf_clamp(low, bounds[0], bounds[1]), vf_clamp(high, bounds[0], bounds[1]));
}

HN_INLINE dw_v dw_finish(const dw_end *end, dw_v sum) {
    return end->a->act != HN_ACT_NONE ? dw_act(end->a, sum) : vh_clamp(sum, end->low, end->high);
}

#include "kernels/conv/dwconv_vec_float.h"

#endif
