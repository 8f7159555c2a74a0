/* SPDX-License-Identifier: Apache-2.0
 * Shapes: counts with overflow, broadcasting with unknown dimensions, text. */
#include <criterion/criterion.h>

#include "graph/graph.h"

static hn_shape shape3(int64_t a, int64_t b, int64_t c) {
    const int64_t dim[3] = {a, b, c};
    return hn_shape_of(3, dim);
}

Test(shape, counts_elements) {
    uint64_t n = 99;
    hn_shape s = shape3(2, 3, 4);
    cr_assert(hn_shape_count(&s, &n));
    cr_assert_eq(n, 24);
    s = shape3(2, 0, 4);
    cr_assert(hn_shape_count(&s, &n));
    cr_assert_eq(n, 0);
    s = hn_shape_of(0, NULL);
    cr_assert(hn_shape_count(&s, &n));
    cr_assert_eq(n, 1);
}

Test(shape, does_not_count_the_unknown_or_the_enormous) {
    uint64_t n = 99;
    hn_shape s = shape3(2, -1, 4);
    cr_assert(!hn_shape_count(&s, &n));
    cr_assert(!hn_shape_is_known(&s));
    s = shape3(INT64_MAX, 3, 1);
    cr_assert(!hn_shape_count(&s, &n));
    s = shape3((int64_t)1 << 32, (int64_t)1 << 31, 1);
    cr_assert(!hn_shape_count(&s, &n));
    s.rank = -1;
    cr_assert(!hn_shape_count(&s, &n));
    cr_assert_eq(n, 99, "untouched on failure");
}

Test(shape, gives_row_major_strides) {
    int64_t stride[3];
    hn_shape s = shape3(2, 3, 4);
    hn_shape_strides(&s, stride);
    cr_assert(stride[0] == 12 && stride[1] == 4 && stride[2] == 1);
    s = shape3(2, 0, 4);
    hn_shape_strides(&s, stride);
    cr_assert(stride[0] == 4 && stride[1] == 4 && stride[2] == 1);
}

Test(shape, broadcasts_as_numpy_does) {
    const int64_t one[1] = {4};
    hn_shape a = shape3(2, 1, 4), b = shape3(1, 3, 1), c = hn_shape_of(1, one), out;
    cr_assert(hn_shape_broadcast(&a, &b, &out));
    hn_shape want = shape3(2, 3, 4);
    cr_assert(hn_shape_equal(&out, &want));
    cr_assert(hn_shape_broadcast(&c, &a, &out));
    cr_assert(hn_shape_equal(&out, &a));
    b = shape3(3, 1, 4);
    cr_assert(!hn_shape_broadcast(&a, &b, &out));
    b = shape3(2, 0, 4);
    cr_assert(hn_shape_broadcast(&a, &b, &out));
    cr_assert_eq(out.dim[1], 0);
}

Test(shape, broadcasts_unknown_dimensions) {
    hn_shape a = shape3(-1, 1, -1), b = shape3(1, -1, 5), out;
    a.sym[0] = "n";
    cr_assert(hn_shape_broadcast(&a, &b, &out));
    cr_assert_eq(out.dim[0], -1);
    cr_assert_str_eq(out.sym[0], "n");
    cr_assert_eq(out.dim[1], -1);
    cr_assert_eq(out.dim[2], 5);
    b.rank = -1;
    cr_assert(hn_shape_broadcast(&a, &b, &out));
    cr_assert_eq(out.rank, -1);
}

Test(shape, prints) {
    char text[64];
    hn_shape s = shape3(1, -1, 224);
    cr_assert_eq(hn_shape_text(&s, text, sizeof text), 7);
    cr_assert_str_eq(text, "1x?x224");
    s.sym[1] = "time";
    hn_shape_text(&s, text, sizeof text);
    cr_assert_str_eq(text, "1xtimex224");
    cr_assert_eq(hn_shape_text(&s, text, 4), 10, "the length that it would have");
    cr_assert_str_eq(text, "1xt");
    cr_assert_eq(hn_shape_text(&s, NULL, 0), 10);
    s = hn_shape_of(0, NULL);
    hn_shape_text(&s, text, sizeof text);
    cr_assert_str_eq(text, "");
    s.rank = -1;
    hn_shape_text(&s, text, sizeof text);
    cr_assert_str_eq(text, "*");
}
