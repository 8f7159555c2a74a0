/* SPDX-License-Identifier: Apache-2.0
 * The one harness for kernels. A family's check_<family>.c describes cases: arguments, operands and
 * what to expect; check_run puts every row of kernels.def for those types through them. Each row
 * runs whole, with its units cut into random ranges in random order, in place where its traits
 * allow, and, for spatial families, in random row and column windows over ring buffers. All must
 * give the same bytes. Buffers stand between guards and operands that are read must not change.
 *
 * A new family is a row in check.def, a file that defines check_<family>, and a list of shapes in
 * tests/cases/<family>.def, which that file reads as a table of its own.
 *
 *     void check_lut(check *c) {
 *         hn_lut_args args = {1000};
 *         check_case k = {.family = HN_FAMILY_lut, .types = HN_TYPES_b8, .args = &args};
 *         k.operand[HN_LUT_IN] = (check_operand){check_bytes(c, 1000), 1000};
 *         ...
 *         k.operand[HN_LUT_OUT].bytes = 1000;
 *         check_run(c, &k);
 *     }                                                                                   */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stddef.h>

#include "kernels/kernels.h"

typedef struct check check;

/* data NULL and bytes 0: the operand is absent. The output has bytes only. */
typedef struct check_operand {
    const void *data;
    size_t bytes;
} check_operand;

typedef struct check_case {
    char name[96]; /* shown on failure and by -b; the family and the row are added */
    hn_family family;
    hn_types types;
    const void *args;
    check_operand operand[HN_MAX_OPERANDS];
    int n_operands, out; /* out: the operand that is written */
    /* Expected output, or NULL: what the reference row gives. */
    const void *expect;
    /* 0: bytes are equal. Else outputs are f32, or f16 where `types` says so, and |got - want| <=
     * bound * max(1, |want|) where want is `expect`, or, for rows above C, the reference row.
     * Different schedules of one row always give equal bytes. */
    float bound, bound_isa;
    int32_t out_w;   /* spatial cases: output columns, for windows; 0: whole rows only */
    bool may_report; /* the operands hold what the kernel is to report */
    uint64_t work;   /* multiply-adds, or elements; for the rates of -b */
} check_case;

void check_run(check *c, const check_case *k);

/* Counts one more check that a family makes for itself; false prints the text as a failure. */
void check_that(check *c, bool holds, const char *text);

/* Seeded random numbers: any 32 bits; low <= v <= high. */
uint32_t check_random(check *c);
int32_t check_range(check *c, int32_t low, int32_t high);

/* Memory that lives until the family's checks end: zeroed; random bytes; random f32, f16 and s32 in
 * a range. */
void *check_alloc(check *c, size_t bytes);
void *check_bytes(check *c, size_t bytes);
float *check_floats(check *c, size_t n, float low, float high);
uint16_t *check_halves(check *c, size_t n, float low, float high);
int32_t *check_ints(check *c, size_t n, int32_t low, int32_t high);

#define X(family) void check_##family(check *c);
#include "check.def"
#undef X

#endif
