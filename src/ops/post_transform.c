/* SPDX-License-Identifier: Apache-2.0
 * What ONNX Runtime makes of scores. Its inverse of erf, for PROBIT, is the closed form of Winitzki
 * (2008), which is good to 2e-3. */
#include "ops/post_transform.h"

#include <string.h>

#include "ops/infer.h"

static hn_value *number(hn_compose *c, double v) {
    return hn_make_number(c, HN_DTYPE_F32, v);
}

/* sqrt(2) times the inverse of erf at 2 p - 1. */
static hn_value *probit(hn_compose *c, hn_value *p) {
    const double a = 0.147, pi = 3.14159265358979;
    hn_value *x = HN_MAKE(c, sub, HN_MAKE(c, mul, p, number(c, 2)), number(c, 1));
    hn_value *rest = HN_MAKE(c, sub, number(c, 1), HN_MAKE(c, mul, x, x));
    hn_value *log = HN_MAKE(c, log, rest);
    hn_value *half = HN_MAKE(c, mul, log, number(c, 0.5));
    hn_value *v = HN_MAKE(c, add, half, number(c, 2 / (pi * a)));
    hn_value *w = HN_MAKE(c, sub, HN_MAKE(c, mul, v, v), HN_MAKE(c, mul, log, number(c, 1 / a)));
    hn_value *root = HN_MAKE(c, sqrt, HN_MAKE(c, sub, HN_MAKE(c, sqrt, w), v));
    hn_value *sign = HN_MAKE(c, where, HN_MAKE(c, less, x, number(c, 0)), number(c, -1.41421356),
                             number(c, 1.41421356));
    return HN_MAKE(c, mul, sign, root);
}

static hn_value *softmax_zero(hn_compose *c, hn_value *scores) {
    const int64_t last = -1;
    hn_value *is_zero = HN_MAKE(c, less_equal, HN_MAKE(c, abs, scores), number(c, 1e-7));
    hn_value *axes = hn_make_vector(c, &last, 1);
    hn_value *most = HN_MAKE(c, reduce_max, scores, axes);
    hn_value *e = HN_MAKE(c, exp, HN_MAKE(c, sub, scores, most));
    e = HN_MAKE(c, where, is_zero, number(c, 0), e);
    hn_value *sum = HN_MAKE(c, reduce_sum, e, axes);
    hn_value *none = HN_MAKE(c, equal, sum, number(c, 0));
    return HN_MAKE(c, div, e, HN_MAKE(c, where, none, number(c, 1), sum));
}

hn_value *hn_make_transform(hn_compose *c, const char *name, hn_value *scores) {
    if (strcmp(name, "NONE") == 0) return scores;
    if (strcmp(name, "LOGISTIC") == 0) return HN_MAKE(c, sigmoid, scores);
    if (strcmp(name, "PROBIT") == 0) return probit(c, scores);
    if (strcmp(name, "SOFTMAX_ZERO") == 0) return softmax_zero(c, scores);
    if (strcmp(name, "SOFTMAX") == 0) {
        hn_with_int(c, "axis", -1);
        return HN_MAKE(c, softmax, scores);
    }
    return hn_compose_fail(c, HONE_E_UNSUPPORTED, "a transform that is not known");
}

hn_value *hn_make_post_transform(hn_compose *c, const hn_node *node, hn_value *scores) {
    return hn_make_transform(c, hn_attr_string(node, "post_transform", "NONE"), scores);
}
