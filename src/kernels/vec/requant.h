/* SPDX-License-Identifier: Apache-2.0
 * From 32-bit sums to clamped outputs, in a vector of channels. The scales that occur take a short
 * way with the same bits:
 *
 * HN_ARITH_RNE with finite multipliers: the bounds are applied to the float, before it is rounded;
 *   they are whole numbers, and rounding keeps order.
 * HN_ARITH_TFLITE with right shifts r >= 2: rounding half away from zero is rounding half up of
 *   h - (h < 0), which is ((g >> (r - 1)) + 1) >> 1; the zero point is added as twice its value
 *   before the last shift. h never is the lowest integer, and nothing overflows.
 *
 * Four vectors at once become bytes by saturating packs, after which the bounds are applied, where
 * zero point and bounds are those of bytes and HN_ARITH_RNE's multipliers are below 1, so that no
 * product leaves 32 bits: requant_four, then requant_bytes.
 *
 * Where V_HAS_DOUBT, HN_ARITH_TFLITE's two roundings are one in floats. For the exact t = sum *
 * multiplier / 2^31 they give +-(k + 1) from |t| = (k + 1/2) 2^r - 1/2 on (for negative t, beyond
 * it), which is what y = t / 2^r becomes when 1/2 + 2^-(r + 1) is added to its size and the rest is
 * cut off; below 0, where the lower bound is the zero point, any whole number that is not above 0
 * does. The float of that is off by less than 2^-22 (|y| + 1), so 2^-13 for all y that are not
 * clamped; where a lane comes closer to an integer than that, all four vectors go the exact way.
 * HN_ARITH_ONCE is the same with 1/2 alone.
 *
 * The includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_VEC_REQUANT_H
#define HN_KERNELS_VEC_REQUANT_H

/* What a step's outputs share. */
typedef struct requant_out {
    int32_t arith;
    vi zero, low, high;
    vi nudge;               /* 2 * zero + 1 */
    vf real_low, real_high; /* the bounds less the zero point */
    vi byte_zero;           /* what requant_four leaves out */
    vb byte_low, byte_high;
    bool is_unsigned, has_bytes;
    bool has_floor; /* the lower bound is not below the zero point */
    bool is_open;   /* the bounds are those of bytes */
} requant_out;

/* A vector of channels. */
typedef struct requant_scale {
    vi multiplier, odd, shift;
    vi right;      /* r - 1 */
    vf real, half; /* the factor, and what is added to the size of the product */
    bool is_plain, has_bytes;
} requant_scale;

static inline requant_out requant_out_of(int32_t arith, int32_t zero, int32_t low, int32_t high) {
    requant_out o;
    o.arith = arith;
    o.zero = vi_set(zero);
    o.low = vi_set(low);
    o.high = vi_set(high);
    o.nudge = vi_set(2 * zero + 1);
    o.real_low = vf_set((float)(low - zero));
    o.real_high = vf_set((float)(high - zero));
    o.byte_zero = vi_set_16(zero);
    o.byte_low = vb_set(low);
    o.byte_high = vb_set(high);
    o.is_unsigned = low >= 0;
    o.has_floor = low >= zero;
    o.is_open = o.is_unsigned ? low == 0 && high == 255 : low == -128 && high == 127;
    o.has_bytes = zero >= -128 && zero <= 255 && low >= -128 && high <= (low < 0 ? 127 : 255);
    return o;
}

HN_INLINE requant_scale requant_scale_of(int32_t arith, vi multiplier, vi shift) {
    requant_scale s;
    s.multiplier = multiplier;
    s.odd = v_odd(multiplier);
    s.shift = shift;
    s.right = vi_sub(vi_set(-1), shift);
    s.is_plain = s.has_bytes = false;
    if (arith == HN_ARITH_RNE) {
        const vi size = vi_and(multiplier, vi_set(0x7fffffff));
        s.is_plain = !vi_any_above(size, vi_set(0x7f7fffff));
        s.has_bytes = !vi_any_above(size, vi_set(0x3f7fffff));
    } else if (arith == HN_ARITH_TFLITE || arith == HN_ARITH_ONCE) {
        const bool is_right = !vi_any_above(shift, vi_set(-2));
        s.is_plain = is_right && arith == HN_ARITH_TFLITE;
        s.has_bytes = is_right && !vi_any_above(vi_set(0), multiplier);
#ifdef V_HAS_DOUBT
        const vf up = vf_of_int(vi_sub(shift, vi_set(1))), half = vf_set(0.5f);
        s.real = vf_scale(vf_of_int(multiplier), vf_of_int(vi_sub(shift, vi_set(31))));
        s.half = arith == HN_ARITH_ONCE ? half : vf_add(half, vf_scale(vf_set(1.0f), up));
#endif
    }
    return s;
}

/* One vector of sums, without zero point and bounds; `arith` is constant where it is called. */
HN_INLINE vi requant_near(const requant_scale *s, int32_t arith, vi sum) {
    if (arith == HN_ARITH_RNE) return vi_nearest(vf_mul(vf_of_int(sum), vf_of_bits(s->multiplier)));
    if (arith == HN_ARITH_ONCE) return vi_requant(arith, sum, s->multiplier, s->shift);
    const vi h = v_high(sum, s->multiplier, s->odd);
    const vi g = vi_add(h, vi_shift_right(h, 31));
    return vi_shift_right(vi_add(vi_shift_right_by(g, s->right), vi_set(1)), 1);
}

#ifdef V_HAS_DOUBT
/* Four vectors; false: at least one lane is in doubt. */
HN_INLINE bool requant_reals(const requant_scale *const s[4], bool has_floor, const vi sum[4],
                             vi near[4]) {
    vf beyond[4];
    HN_UNROLL for (int i = 0; i < 4; ++i) {
        const vf half = has_floor ? s[i]->half : vf_signed(s[i]->half, vf_of_bits(sum[i]));
        const vf z = vf_fma(vf_of_int(sum[i]), s[i]->real, half);
        near[i] = vi_whole(z);
        beyond[i] = vf_beyond(z);
    }
    const vf least =
        vf_least_size(vf_least_size(beyond[0], beyond[1]), vf_least_size(beyond[2], beyond[3]));
    return !vf_any_below(least, vf_set(0x1p-13f));
}
#endif

/* Four vectors of sums, whose scales all have bytes, for requant_bytes. */
HN_INLINE void requant_four(const requant_out *o, const requant_scale *const s[4], int32_t arith,
                            const vi sum[4], vi near[4]) {
#ifdef V_HAS_DOUBT
    if (arith != HN_ARITH_RNE &&
        (o->has_floor ? requant_reals(s, true, sum, near) : requant_reals(s, false, sum, near)))
        return;
#else
    (void)o;
#endif
    HN_UNROLL for (int i = 0; i < 4; ++i) near[i] = requant_near(s[i], arith, sum[i]);
}

HN_INLINE vb requant_bytes(const requant_out *o, const vi near[4]) {
    const vb y =
        o->is_unsigned ? v_pack(near, o->byte_zero, true) : v_pack(near, o->byte_zero, false);
    if (o->is_open) return y;
    return o->is_unsigned ? vb_clamp(y, o->byte_low, o->byte_high, true)
                          : vb_clamp(y, o->byte_low, o->byte_high, false);
}

/* One vector of sums; `arith` and `is_plain` are constants where it is called. */
HN_INLINE vi requant_lanes(const requant_out *o, const requant_scale *s, int32_t arith,
                           bool is_plain, vi sum) {
    if (is_plain && arith == HN_ARITH_RNE) {
        const vf real = vf_mul(vf_of_int(sum), vf_of_bits(s->multiplier));
        return vi_add(vi_nearest(vf_clamp(real, o->real_low, o->real_high)), o->zero);
    }
    if (is_plain && arith == HN_ARITH_TFLITE) {
        const vi h = v_high(sum, s->multiplier, s->odd);
        const vi g = vi_add(h, vi_shift_right(h, 31));
        const vi half = vi_add(vi_shift_right_by(g, s->right), o->nudge);
        return vi_clamp(vi_shift_right(half, 1), o->low, o->high);
    }
    const vi v = vi_add(vi_requant(arith, sum, s->multiplier, s->shift), o->zero);
    return vi_clamp(v, o->low, o->high);
}

#endif
