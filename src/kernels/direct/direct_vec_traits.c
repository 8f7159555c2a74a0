/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of direct convolutions that the integer panels of the family conv make: the
 * same of the convolution that they are. Zero points are not packed but come late. Groups of few
 * outputs would waste most of a panel and are left to the portable kernel, and so are sets of
 * weights. */
#include "kernels/direct/direct_as_conv.h"
#include "kernels/pack.h"

enum { LEAST_OUTPUTS = 8 };

extern const hn_traits hn_conv_s16_traits, hn_conv_s8_traits, hn_conv_s8_quad_traits,
    hn_conv_s8_oct_traits;
extern const hn_traits hn_direct_traits;

static bool supports(const hn_traits *conv, bool is_late, const void *args) {
    const hn_direct_args *a = (const hn_direct_args *)args;
    if (!hn_direct_traits.supports(args) || !hn_direct_is_image(a) || a->set_images > 0) {
        return false;
    }
    if (a->groups > 1 && a->out_c / a->groups < LEAST_OUTPUTS) return false;
    const hn_conv_args c = hn_direct_as_conv(a, is_late);
    return conv->supports(&c);
}

static void layout(const hn_traits *conv, bool is_late, const void *args, hn_types types,
                   hn_panels *p) {
    const hn_conv_args c = hn_direct_as_conv((const hn_direct_args *)args, is_late);
    conv->pack->layout(&c, types == HN_TYPES_u8_s32 ? HN_TYPES_u8 : HN_TYPES_s8, p);
    p->x_zero = 0;
    p->is_apart = 1;
}

/* Functions of one row of traits. */
#define FORM(form, is_late)                                                                        \
    static bool supports_##form(const void *args) {                                                \
        return supports(&hn_conv_##form##_traits, is_late, args);                                  \
    }                                                                                              \
    static uint32_t units_##form(const void *args, const hn_tile *tile) {                          \
        const hn_conv_args c = hn_direct_as_conv((const hn_direct_args *)args, is_late);           \
        return hn_conv_##form##_traits.units(&c, tile);                                            \
    }                                                                                              \
    static uint32_t scratch_##form(const void *args) {                                             \
        const hn_conv_args c = hn_direct_as_conv((const hn_direct_args *)args, is_late);           \
        return hn_conv_##form##_traits.scratch_bytes(&c);                                          \
    }                                                                                              \
    static uint64_t cost_##form(const void *args) {                                                \
        const hn_conv_args c = hn_direct_as_conv((const hn_direct_args *)args, is_late);           \
        return hn_conv_##form##_traits.unit_cost(&c);                                              \
    }                                                                                              \
    static void layout_##form(const void *args, hn_types types, hn_panels *p) {                    \
        layout(&hn_conv_##form##_traits, is_late, args, types, p);                                 \
    }                                                                                              \
    static const hn_pack pack_##form = {1u << HN_DIRECT_WEIGHTS | 1u << HN_DIRECT_BIAS |           \
                                            1u << HN_DIRECT_SCALE,                                 \
                                        {HN_DIRECT_WEIGHTS, HN_DIRECT_BIAS, HN_DIRECT_SCALE},      \
                                        true,                                                      \
                                        layout_##form,                                             \
                                        0};                                                        \
    const hn_traits hn_direct_##form##_traits = {.supports = supports_##form,                      \
                                                 .units = units_##form,                            \
                                                 .scratch_bytes = scratch_##form,                  \
                                                 .unit_cost = cost_##form,                         \
                                                 .inplace = -1,                                    \
                                                 .pack = &pack_##form};

FORM(s16, false)
FORM(s8, true)
FORM(s8_quad, true)
FORM(s8_oct, true)
