/* SPDX-License-Identifier: Apache-2.0
 * What dwconv_vec_float.h needs of floats. The includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_CONV_DWCONV_VEC_F32_H
#define HN_KERNELS_CONV_DWCONV_VEC_F32_H

#include "kernels/conv/dwconv_panels.h"
#include "kernels/vec/vec_acts.h"

typedef float dw_t;
typedef vf dw_v;

enum { DW_N = VN };

HN_INLINE dw_v dw_zero(void) {
    return vf_set(0.0f);
}

#define dw_load    vf_load
#define dw_load_n  vf_load_n
#define dw_store   vf_store
#define dw_store_n vf_store_n
#define dw_fma     vf_fma

typedef struct dw_end {
    const hn_conv_args *a;
    vf low, high;
} dw_end;

HN_INLINE dw_end dw_end_of(const hn_conv_args *a) {
    const dw_end end = {a, vf_set(a->low), vf_set(a->high)};
    return end;
}

/* Apart, so that its constants take no registers from the sums. */
static __attribute__((noinline)) vf dw_act(const hn_conv_args *a, vf x) {
    return vf_act(a->act, a->alpha, x);
}

HN_INLINE dw_v dw_finish(const dw_end *end, dw_v sum) {
    const vf y = end->a->act != HN_ACT_NONE ? dw_act(end->a, sum) : sum;
    return vf_clamp(y, end->low, end->high);
}

#include "kernels/conv/dwconv_vec_float.h"

#endif
