/* SPDX-License-Identifier: Apache-2.0
 * Typed elementwise work: every operation of ewise_ops.def on every type and shape of
 * cases/ewise.def, choices by size, and conversions between all pairs of types. What to expect is
 * made in 64 bits (or double) an element at a time and brought to the type at the end. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/ewise/ewise.h"

typedef struct shape {
    const char *name;
    int32_t rank, dim[8];
    const char *layouts;
} shape;

static const shape shapes[] = {
#define X(name, rank, dim, layouts) {name, rank, dim, layouts},
#include "../cases/ewise.def"
};

/* A type: its key, bytes of an element, and whether it is signed, an integer. */
typedef struct type {
    hn_types key;
    int32_t bytes;
    bool is_signed, is_int;
} type;

static const type types[] = {
    {HN_TYPES_s8, 1, true, true},   {HN_TYPES_u8, 1, false, true},  {HN_TYPES_s16, 2, true, true},
    {HN_TYPES_u16, 2, false, true}, {HN_TYPES_s32, 4, true, true},  {HN_TYPES_u32, 4, false, true},
    {HN_TYPES_s64, 8, true, true},  {HN_TYPES_u64, 8, false, true}, {HN_TYPES_f32, 4, true, false},
    {HN_TYPES_f64, 8, true, false},
};

/* Strides of a layout letter; returns how many elements the input holds. */
static size_t lay(const shape *s, char layout, int32_t *stride) {
    int32_t packed = layout == 'e' ? 2 : 1, all = 1, last = 0;
    for (int32_t i = 0; i < s->rank; ++i) {
        const int32_t d = layout == 't' ? i : s->rank - 1 - i;
        stride[d] = packed;
        if (s->dim[d] == 1 || layout == 'o') stride[d] = 0;
        if (layout == 'l' && d != s->rank - 1) stride[d] = 0;
        if (layout == 'f') stride[d] = d == 0 ? 1 : 0;
        if (stride[d] != 0) packed *= s->dim[d];
        all *= s->dim[d];
    }
    for (int32_t d = 0; d < s->rank; ++d) last += (s->dim[d] - 1) * stride[d];
    return (size_t)last + 1 + (layout != 'p' && last + 1 == all ? 1 : 0);
}

static int32_t offset_of(const shape *s, const int32_t *stride, int32_t at) {
    int32_t offset = 0;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        offset += at % s->dim[d] * stride[d];
        at /= s->dim[d];
    }
    return offset;
}

static int32_t count_of(const shape *s) {
    int32_t n = 1;
    for (int32_t d = 0; d < s->rank; ++d) n *= s->dim[d];
    return n;
}

/* An element as 64 bits: sign-extended, or as it is. */
static int64_t load(const void *data, int32_t at, const type *t) {
    uint64_t v = 0;
    memcpy(&v, (const uint8_t *)data + (size_t)at * (size_t)t->bytes, (size_t)t->bytes);
    const int32_t spare = 64 - 8 * t->bytes;
    return t->is_signed ? (int64_t)(v << spare) >> spare : (int64_t)v;
}

static double load_real(const void *data, int32_t at, const type *t) {
    float narrow;
    double wide;
    memcpy(&narrow, (const uint8_t *)data + (size_t)at * 4, sizeof narrow);
    if (t->bytes == 4) return (double)narrow;
    memcpy(&wide, (const uint8_t *)data + (size_t)at * 8, sizeof wide);
    return wide;
}

/* Quotient rounded down and its rest, in the type's own signedness; y is not 0. */
static void divide(int64_t x, int64_t y, bool is_signed, int64_t *quotient, int64_t *rest) {
    if (!is_signed) {
        *quotient = (int64_t)((uint64_t)x / (uint64_t)y);
        *rest = (int64_t)((uint64_t)x % (uint64_t)y);
    } else if (y == -1) {
        *quotient = (int64_t)(0 - (uint64_t)x);
        *rest = 0;
    } else {
        *quotient = x / y;
        *rest = x % y;
    }
}

static int64_t power(int64_t x, int64_t y) {
    uint64_t v = 1;
    for (int64_t i = 0; i < y; ++i) v *= (uint64_t)x;
    return (int64_t)v;
}

static int64_t shift(int64_t x, int64_t n, const type *t, bool is_left) {
    const int64_t bits = 8 * t->bytes;
    if (t->is_signed && n < 0) n = 0;
    const bool is_out = (uint64_t)n >= (uint64_t)bits;
    if (is_left) return is_out ? 0 : (int64_t)((uint64_t)x << n);
    if (is_out) return t->is_signed && x < 0 ? -1 : 0;
    return t->is_signed ? x >> n : (int64_t)((uint64_t)x >> n);
}

static bool less(int64_t x, int64_t y, const type *t) {
    return t->is_signed ? x < y : (uint64_t)x < (uint64_t)y;
}

static int64_t whole_flag(int32_t op, int64_t x, int64_t y, const type *t) {
    switch (op) {
    case HN_EWISE_equal:
        return x == y;
    case HN_EWISE_not_equal:
        return x != y;
    case HN_EWISE_less:
        return less(x, y, t);
    case HN_EWISE_less_equal:
        return !less(y, x, t);
    case HN_EWISE_greater:
        return less(y, x, t);
    case HN_EWISE_greater_equal:
        return !less(x, y, t);
    case HN_EWISE_logical_and:
        return x != 0 && y != 0;
    case HN_EWISE_logical_or:
        return x != 0 || y != 0;
    case HN_EWISE_logical_xor:
        return (x != 0) != (y != 0);
    default:
        return x == 0;
    }
}

static int64_t whole_bits(int32_t op, int64_t x, int64_t y, const type *t) {
    switch (op) {
    case HN_EWISE_and:
        return x & y;
    case HN_EWISE_or:
        return x | y;
    case HN_EWISE_xor:
        return x ^ y;
    case HN_EWISE_shift_left:
        return shift(x, y, t, true);
    case HN_EWISE_shift_right:
        return shift(x, y, t, false);
    case HN_EWISE_not:
        return ~x;
    default:
        return whole_flag(op, x, y, t);
    }
}

static int64_t whole(int32_t op, int64_t x, int64_t y, const type *t) {
    int64_t quotient = 0, rest = 0;
    if (y != 0) divide(x, y, t->is_signed, &quotient, &rest);
    const bool turns = t->is_signed && rest != 0 && (rest < 0) != (y < 0);
    const bool is_negative = t->is_signed && x < 0;
    const uint64_t p = (uint64_t)x, q = (uint64_t)y;
    switch (op) {
    case HN_EWISE_add:
        return (int64_t)(p + q);
    case HN_EWISE_sub:
        return (int64_t)(p - q);
    case HN_EWISE_mul:
        return (int64_t)(p * q);
    case HN_EWISE_squared_difference:
        return (int64_t)((p - q) * (p - q));
    case HN_EWISE_div:
        return quotient;
    case HN_EWISE_floor_div:
        return quotient - (turns ? 1 : 0);
    case HN_EWISE_mod:
        return rest;
    case HN_EWISE_floor_mod:
        return (int64_t)((uint64_t)rest + (turns ? q : 0));
    case HN_EWISE_pow:
        return power(x, y);
    case HN_EWISE_min:
        return less(x, y, t) ? x : y;
    case HN_EWISE_max:
        return less(y, x, t) ? x : y;
    case HN_EWISE_neg:
        return (int64_t)(0 - p);
    case HN_EWISE_abs:
        return is_negative ? (int64_t)(0 - p) : x;
    case HN_EWISE_sign:
        return is_negative ? -1 : x != 0;
    default:
        return whole_bits(op, x, y, t);
    }
}

static double real(int32_t op, double x, double y) {
    switch (op) {
    case HN_EWISE_add:
        return x + y;
    case HN_EWISE_sub:
        return x - y;
    case HN_EWISE_mul:
        return x * y;
    case HN_EWISE_squared_difference:
        return (x - y) * (x - y);
    case HN_EWISE_div:
        return x / y;
    case HN_EWISE_min:
        return isnan(x) || isnan(y) ? NAN : fmin(x, y);
    case HN_EWISE_max:
        return isnan(x) || isnan(y) ? NAN : fmax(x, y);
    case HN_EWISE_neg:
        return 0 - x;
    case HN_EWISE_abs:
        return x < 0 ? 0 - x : x;
    case HN_EWISE_sign:
        return x < 0 ? -1 : x > 0;
    case HN_EWISE_equal:
        return x == y;
    case HN_EWISE_not_equal:
        return x != y;
    case HN_EWISE_less:
        return x < y;
    case HN_EWISE_less_equal:
        return x <= y;
    case HN_EWISE_greater:
        return x > y;
    case HN_EWISE_greater_equal:
        return x >= y;
    case HN_EWISE_is_nan:
        return isnan(x);
    case HN_EWISE_is_inf:
        return isinf(x);
    case HN_EWISE_is_positive_inf:
        return isinf(x) && x > 0;
    default:
        return isinf(x) && x < 0;
    }
}

static const struct operation {
    const char *name;
    uint32_t operands;
    hn_ewise_kind kind;
} operations[] = {
#define X(name, operands, kind, value) {#name, operands, HN_EWISE_##kind},
#include "kernels/ewise/ewise_ops.def"
#undef X
};

/* Divisors are not 0 (that is a fault), exponents and shift counts are small. */
static void tame(int32_t op, uint8_t *data, size_t n, const type *t) {
    const bool is_power = op == HN_EWISE_pow;
    const bool divides = op >= HN_EWISE_div && op <= HN_EWISE_floor_mod;
    for (size_t i = 0; i < n && t->is_int; ++i) {
        uint8_t *e = data + i * (size_t)t->bytes;
        const bool is_shift = op == HN_EWISE_shift_left || op == HN_EWISE_shift_right;
        if (is_power || is_shift) {
            memset(e + 1, 0, (size_t)t->bytes - 1);
            e[0] %= is_power ? 9 : 70;
        }
        if (divides && load(e, 0, t) == 0) e[0] = 3;
    }
}

/* Floats of all magnitudes, with the special ones among them. */
static void make_real(check *c, uint8_t *data, size_t n, const type *t) {
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1.0, -1.0};
    for (size_t i = 0; i < n; ++i) {
        const int32_t pick = check_range(c, 0, 19);
        const double v = pick < 7 ? special[pick] : 0.01 * check_range(c, -400, 400);
        const float narrow = (float)v;
        if (t->bytes == 4) memcpy(data + 4 * i, &narrow, 4);
        if (t->bytes == 8) memcpy(data + 8 * i, &v, 8);
    }
}

static void store(uint8_t *want, int32_t at, const type *t, int64_t bits, double v) {
    const float narrow = (float)v;
    if (t->is_int) {
        memcpy(want + (size_t)at * (size_t)t->bytes, &bits, (size_t)t->bytes);
    } else if (t->bytes == 4) {
        memcpy(want + (size_t)at * 4, &narrow, 4);
    } else {
        memcpy(want + (size_t)at * 8, &v, 8);
    }
}

static void run_ewise(check *c, const shape *s, const type *t, int32_t op) {
    hn_ewise_args a = {.op = op, .rank = s->rank, .n_elements = count_of(s)};
    check_case k = {.family = HN_FAMILY_ewise, .types = t->key, .args = &a};
    const bool is_flag = operations[op].kind >= HN_EWISE_COMPARE;
    const bool is_pair = operations[op].operands == 2;
    memcpy(a.dim, s->dim, sizeof a.dim);
    const size_t n_x = lay(s, s->layouts[0], a.a_stride), n_y = lay(s, s->layouts[1], a.b_stride);
    const size_t size = (size_t)t->bytes;
    uint8_t *x = check_bytes(c, n_x * size), *y = check_bytes(c, n_y * size);
    uint8_t *want = check_alloc(c, (size_t)a.n_elements * 8);
    if (!t->is_int) make_real(c, x, n_x, t);
    if (!t->is_int) make_real(c, y, n_y, t);
    tame(op, y, n_y, t);
    for (int32_t i = 0; i < a.n_elements; ++i) {
        const int32_t p = offset_of(s, a.a_stride, i), q = offset_of(s, a.b_stride, i);
        int64_t bits = 0;
        double v = 0;
        if (t->is_int) bits = whole(op, load(x, p, t), load(y, q, t), t);
        if (!t->is_int) v = real(op, load_real(x, p, t), load_real(y, q, t));
        if (is_flag) want[i] = (uint8_t)(t->is_int ? bits != 0 : v != 0);
        if (!is_flag) store(want, i, t, bits, v);
    }
    k.operand[HN_EWISE_A] = (check_operand){x, n_x * size};
    if (is_pair) k.operand[HN_EWISE_B] = (check_operand){y, n_y * size};
    k.operand[HN_EWISE_OUT].bytes = (size_t)a.n_elements * (is_flag ? 1 : size);
    k.n_operands = HN_EWISE_OPERANDS;
    k.out = HN_EWISE_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s %s", s->name, operations[op].name);
    check_run(c, &k);
}

void check_ewise(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        for (size_t t = 0; t < sizeof types / sizeof types[0]; ++t) {
            for (int32_t op = 0; op < HN_EWISE_OP_COUNT; ++op) {
                const hn_ewise_args a = {.op = op};
                /* A NaN that is computed may have any bits: sums of them are not compared. */
                const bool is_sum = types[t].key == HN_TYPES_f64 && op < HN_EWISE_equal;
                if (is_sum && op != HN_EWISE_sign && op != HN_EWISE_abs) continue;
                if (hn_kernel_choose(HN_FAMILY_ewise, types[t].key, HN_ISA_C, &a) == NULL) continue;
                run_ewise(c, &shapes[i], &types[t], op);
            }
        }
    }
    const hn_ewise_args bad = {.op = HN_EWISE_add};
    check_that(c, hn_kernel_choose(HN_FAMILY_ewise, HN_TYPES_f32, HN_ISA_C, &bad) == NULL,
               "ewise: refuses sums of float32");
}

/* ---- select ---- */

static void run_select(check *c, const shape *s, hn_types key, size_t size) {
    hn_select_args a = {.rank = s->rank, .n_elements = count_of(s)};
    check_case k = {.family = HN_FAMILY_select, .types = key, .args = &a};
    memcpy(a.dim, s->dim, sizeof a.dim);
    const size_t n_x = lay(s, s->layouts[0], a.a_stride), n_y = lay(s, s->layouts[1], a.b_stride);
    const size_t n_c = lay(s, s->layouts[2], a.c_stride);
    const uint8_t *x = check_bytes(c, n_x * size), *y = check_bytes(c, n_y * size);
    uint8_t *chosen = check_bytes(c, n_c), *want = check_alloc(c, (size_t)a.n_elements * size);
    for (size_t i = 0; i < n_c; ++i) chosen[i] &= 1;
    for (int32_t i = 0; i < a.n_elements; ++i) {
        const bool first = chosen[offset_of(s, a.c_stride, i)] != 0;
        const uint8_t *from = first ? x + (size_t)offset_of(s, a.a_stride, i) * size
                                    : y + (size_t)offset_of(s, a.b_stride, i) * size;
        memcpy(want + (size_t)i * size, from, size);
    }
    k.operand[HN_SELECT_C] = (check_operand){chosen, n_c};
    k.operand[HN_SELECT_A] = (check_operand){x, n_x * size};
    k.operand[HN_SELECT_B] = (check_operand){y, n_y * size};
    k.operand[HN_SELECT_OUT].bytes = (size_t)a.n_elements * size;
    k.n_operands = HN_SELECT_OPERANDS;
    k.out = HN_SELECT_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s", s->name);
    check_run(c, &k);
}

void check_select(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run_select(c, &shapes[i], HN_TYPES_b8, 1);
        run_select(c, &shapes[i], HN_TYPES_b16, 2);
        run_select(c, &shapes[i], HN_TYPES_b32, 4);
        run_select(c, &shapes[i], HN_TYPES_b64, 8);
    }
}
