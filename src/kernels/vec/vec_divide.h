/* SPDX-License-Identifier: Apache-2.0
 * Division by one number for many, with the bits of the instruction: the reciprocal in two parts
 * gives a quotient that is off by less than one unit, and one correction by its exact remainder
 * rounds it as division does (P. Markstein, Computation of elementary functions on the IBM RISC
 * System/6000 processor, 1990, theorem 8). Quotients so small that the remainder underflows may
 * differ; they are far below 2^-24. The includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_VEC_VEC_DIVIDE_H
#define HN_KERNELS_VEC_VEC_DIVIDE_H

typedef struct vec_divisor {
    vf minus, inverse, rest; /* -d; 1 / d = inverse + rest */
} vec_divisor;

/* Whether vf_quotient may be used. */
HN_INLINE bool vec_divisor_fits(float d) {
    return d >= 0x1p-60f && d <= 0x1p60f;
}

HN_INLINE vec_divisor vec_divisor_of(float d) {
    const vf one = vf_set(1.0f);
    vec_divisor v = {.minus = vf_set(-d)};
    v.inverse = vf_div(one, vf_set(d));
    v.rest = vf_div(vf_fma(v.inverse, v.minus, one), vf_set(d));
    return v;
}

/* x / d for |x| < 2^60 d. */
HN_INLINE vf vf_quotient(vf x, const vec_divisor *d) {
    const vf q = vf_fma(x, d->inverse, vf_mul(x, d->rest));
    return vf_fma(vf_fma(q, d->minus, x), d->inverse, q);
}

#endif
