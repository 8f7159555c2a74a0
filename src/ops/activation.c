/* SPDX-License-Identifier: Apache-2.0
 * Clamp bounds of fused activations, as floats and in units of a quantization. */
#include <math.h>
#include <string.h>

#include "ops/emit.h"

void hn_activation_f32(const hn_node *node, float *low, float *high) {
    const char *name = hn_attr_string(node, "activation", "");
    *low = -INFINITY;
    *high = INFINITY;
    if (strcmp(name, "relu") == 0) {
        *low = 0;
    } else if (strcmp(name, "relu6") == 0) {
        *low = 0;
        *high = 6;
    } else if (strcmp(name, "relu_n1_to_1") == 0) {
        *low = -1;
        *high = 1;
    } else if (strcmp(name, "clip") == 0) {
        *low = hn_attr_float(node, "clip_min", -INFINITY);
        *high = hn_attr_float(node, "clip_max", INFINITY);
        if (*low != *low) *low = -INFINITY;
        if (*high != *high) *high = INFINITY;
    }
}

bool hn_integer_range(hn_dtype dtype, int32_t *low, int32_t *high) {
    switch (dtype) {
    case HN_DTYPE_S8:
        *low = INT8_MIN;
        *high = INT8_MAX;
        return true;
    case HN_DTYPE_U8:
        *low = 0;
        *high = UINT8_MAX;
        return true;
    case HN_DTYPE_S16:
        *low = INT16_MIN;
        *high = INT16_MAX;
        return true;
    default:
        return false;
    }
}

int32_t hn_quantize_scaled(hn_arith arith, float scaled, int32_t zero, int32_t low, int32_t high) {
    if (scaled != scaled) return hn_clamp_s32(zero, low, high);
    const bool is_even = arith == HN_ARITH_RNE;
    const double rounded = is_even ? (double)hn_round_even(scaled) : (double)roundf(scaled);
    const double q = rounded + (double)zero;
    if (q <= (double)low) return low;
    return q >= (double)high ? high : (int32_t)q;
}

int32_t hn_quantize_f32(hn_arith arith, float v, const hn_value *out, int32_t low, int32_t high) {
    return hn_quantize_scaled(arith, v / hn_quant_scale(out, 0), hn_quant_zero(out, 0), low, high);
}

hone_status hn_bounds_int(const hn_graph *g, const hn_node *node, const hn_value *out,
                          const float bounds[2], int32_t *low, int32_t *high) {
    int32_t q_min, q_max;
    if (!hn_integer_range(out->dtype, &q_min, &q_max) || out->quant == NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "output type %s has no integer form here",
                       hn_dtype_name(out->dtype));
    }
    *low =
        bounds[0] == -INFINITY ? q_min : hn_quantize_f32(node->arith, bounds[0], out, q_min, q_max);
    *high =
        bounds[1] == INFINITY ? q_max : hn_quantize_f32(node->arith, bounds[1], out, q_min, q_max);
    return HONE_OK;
}

hone_status hn_activation_int(const hn_graph *g, const hn_node *node, const hn_value *out,
                              int32_t *low, int32_t *high) {
    float bounds[2];
    hn_activation_f32(node, &bounds[0], &bounds[1]);
    return hn_bounds_int(g, node, out, bounds, low, high);
}
