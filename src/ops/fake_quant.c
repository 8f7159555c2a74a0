/* SPDX-License-Identifier: Apache-2.0
 * fake_quant: floats rounded as if they were quantized to `num_bits` between `min` and `max`, both
 * moved a little so that zero is one of the steps. */
#include <math.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status fake_quant_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const float low = hn_attr_float(node, "min", 0), high = hn_attr_float(node, "max", 0);
    const int64_t bits = hn_attr_int(node, "num_bits", 0);
    if (bits < 2 || bits > 16 || !(low < high) || node->in[0]->dtype != HN_DTYPE_F32) {
        return hn_fail(g->env, HONE_E_SHAPE, "bits, range or type are not possible");
    }
    const float least = hn_attr_int(node, "narrow_range", 0) != 0 ? 1.0f : 0.0f;
    const float most = (float)((1 << bits) - 1);
    const float scale = (high - low) / (most - least), from_low = least - low / scale;
    const float zero = from_low < least ? least : from_low > most ? most : roundf(from_low);
    const float bottom = (least - zero) * scale, top = (most - zero) * scale;
    hn_with_float(&c, "clip_min", bottom);
    hn_with_float(&c, "clip_max", top);
    hn_value *v = HN_MAKE(&c, clip, node->in[0]);
    hn_value *start = hn_make_number(&c, HN_DTYPE_F32, (double)bottom);
    v = HN_MAKE(&c, sub, v, start);
    v = HN_MAKE(&c, mul, v, hn_make_number(&c, HN_DTYPE_F32, (double)(1.0f / scale)));
    v = HN_MAKE(&c, add, v, hn_make_number(&c, HN_DTYPE_F32, 0.5));
    v = HN_MAKE(&c, mul, HN_MAKE(&c, floor, v), hn_make_number(&c, HN_DTYPE_F32, (double)scale));
    return hn_compose_end(&c, HN_MAKE(&c, add, v, start), node);
}

const hn_op_hooks hn_hooks_fake_quant = {.shape = hn_compose_shape, .expand = fake_quant_expand};
