/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution, eight channels at a time, each tap by itself (smlal):
 * dwconv_vec_int.h. Parts of a block but half of one go by the stack. */
#include "kernels/vec/vec_neon.h"

typedef int16x8_t dw_v;

HN_INLINE dw_v dw_widen(uint8x8_t bytes, bool is_signed) {
    return is_signed ? vmovl_s8(vreinterpret_s8_u8(bytes)) : vreinterpretq_s16_u16(vmovl_u8(bytes));
}

HN_INLINE dw_v dw_load(const uint8_t *p, bool is_signed) {
    return dw_widen(vld1_u8(p), is_signed);
}

HN_INLINE dw_v dw_load_n(const uint8_t *p, int32_t n, bool is_signed) {
    uint8_t bytes[8] = {0};
    if (n == 4) return dw_widen(v_bytes(p), is_signed);
    for (int32_t i = 0; i < n; ++i) bytes[i] = p[i];
    return dw_load(bytes, is_signed);
}

HN_INLINE void dw_pair(vi *low, vi *high, dw_v left, dw_v next, const vi right[2]) {
    const dw_v tap = vreinterpretq_s16_s32(right[0]), then = vreinterpretq_s16_s32(right[1]);
    *low = vmlal_s16(*low, vget_low_s16(left), vget_low_s16(tap));
    *high = vmlal_high_s16(*high, left, tap);
    *low = vmlal_s16(*low, vget_low_s16(next), vget_low_s16(then));
    *high = vmlal_high_s16(*high, next, then);
}

HN_INLINE uint8x8_t dw_narrow(vi low, vi high) {
    return vreinterpret_u8_s8(vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high))));
}

HN_INLINE void dw_store(uint8_t *p, vi low, vi high) {
    vst1_u8(p, dw_narrow(low, high));
}

HN_INLINE void dw_store_n(uint8_t *p, vi low, vi high, int32_t n) {
    uint8_t bytes[8];
    dw_store(bytes, low, high);
    for (int32_t i = 0; i < n; ++i) p[i] = bytes[i];
}

#include "kernels/conv/dwconv_vec_int.h"

/* Of one input channel: conv_int_neon.c. */
void hn_conv_s8_neon(const void *args, void *const *buf, const hn_work *w);
void hn_conv_u8_neon(const void *args, void *const *buf, const hn_work *w);

HN_KERNEL(hn_dwconv_s8_neon) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_s8_neon(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_neon) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_u8_neon(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, false);
}
