/* SPDX-License-Identifier: Apache-2.0
 * Floats that become small integers (core/math.h), on vectors. The includer has included
 * vec_<isa>.h. */
#ifndef HN_KERNELS_VEC_VEC_ROUND_H
#define HN_KERNELS_VEC_VEC_ROUND_H

/* hn_limit_small: within +-(2^22 - 1), 0 for NaN. */
HN_INLINE vf vf_limit_small(vf v) {
    return vf_clamp(vf_number(v), vf_set(-4194303.0f), vf_set(4194303.0f));
}

/* The nearest integer of limited floats, half away from zero. */
HN_INLINE vi vi_away(vf v) {
    const vi whole = vi_whole(v), one = vi_set(1), none = vi_set(0);
    const vf rest = vf_sub(v, vf_of_int(whole)), half = vf_set(0.5f);
    const vf up = vf_if_less(rest, half, vf_of_bits(none), vf_of_bits(one));
    const vf down = vf_if_less(vf_set(-0.5f), rest, vf_of_bits(none), vf_of_bits(one));
    return vi_sub(vi_add(whole, vi_of_bits(up)), vi_of_bits(down));
}

#endif
