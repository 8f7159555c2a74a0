/* SPDX-License-Identifier: Apache-2.0
 * Functions of core/math.h on vectors, with their bits: the same operations in the same order, none
 * fused. The includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_VEC_VEC_MATH_H
#define HN_KERNELS_VEC_VEC_MATH_H

HN_INLINE vf vf_pow2(vi k) {
    return vf_of_bits(vi_shift_left(vi_add(k, vi_set(127)), 23));
}

/* q * r + c in two roundings. */
HN_INLINE vf vf_horner(vf q, vf r, float c) {
    return vf_add(vf_mul(q, r), vf_set(c));
}

/* hn_exp. */
HN_INLINE vf vf_exp(vf x) {
    const vf least = vf_set(-104.5f), most = vf_set(89.0f), magic = vf_set(12582912.0f);
    const vf low = vf_if_less(x, least, least, x);
    const vf c = vf_if_less(most, low, most, low);
    const vf shifted = vf_add(vf_mul(c, vf_set(0x1.715476p+0f)), magic);
    const vf n = vf_sub(shifted, magic);
    const vf r =
        vf_sub(vf_sub(c, vf_mul(n, vf_set(0.693359375f))), vf_mul(n, vf_set(-2.12194440e-4f)));
    const vi k = vi_sub(vi_of_bits(shifted), vi_of_bits(magic)), half = vi_shift_right(k, 1);
    vf q = vf_set(0x1.6a3fb8p-10f);
    q = vf_horner(q, r, 0x1.1239ep-7f);
    q = vf_horner(q, r, 0x1.5558bep-5f);
    q = vf_horner(q, r, 0x1.555492p-3f);
    q = vf_horner(q, r, 0x1.fffffcp-2f);
    const vf one = vf_set(1.0f), near = vf_add(one, r);
    const vf square = vf_mul(vf_mul(r, r), q);
    const vf p = vf_add(near, vf_add(vf_add(vf_sub(one, near), r), square));
    return vf_mul(vf_mul(p, vf_pow2(half)), vf_pow2(vi_sub(k, half)));
}

#endif
