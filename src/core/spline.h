/* SPDX-License-Identifier: Apache-2.0
 * A function of 16 bits as lines between 513 knots, one for each 128 steps of x, as LiteRT has
 * them. */
#ifndef HN_CORE_SPLINE_H
#define HN_CORE_SPLINE_H

#include <stdint.h>

enum { HN_SPLINE_KNOTS = 513 };

/* Nine bits of x choose a knot, seven a place on the line to the next. Slopes wrap to 16 bits. */
static inline int32_t hn_spline(const int16_t *knots, int32_t x) {
    const int32_t knot = 256 + (x >> 7), place = x & 127;
    const int32_t slope = (int16_t)(knots[knot + 1] - knots[knot]);
    return (int16_t)(knots[knot] + ((slope * place + 64) >> 7));
}

#endif
