/* SPDX-License-Identifier: Apache-2.0
 * What the harness has run. A fast variant (a row of kernels.def beside a simpler one of the same
 * family and types) that this machine can run must have been run; and the cases of its family must
 * have had every kind of shape that coverage.def gives it. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "coverage.h"

enum { MOST_ROWS = 1024, VECTOR_BYTES = 16, MANY_BYTES = 64, ONE_BYTES = 8 };

enum { EMPTY = 1, ONE = 2, TAIL = 4, RANK8 = 8 };

static const struct kind {
    uint32_t bit;
    const char *name;
} kinds[] = {{EMPTY, "no elements"},
             {ONE, "one element"},
             {TAIL, "no whole number of vectors"},
             {RANK8, "eight dimensions"}};

static uint32_t seen[HN_FAMILY_COUNT];
static bool is_run[MOST_ROWS];
static bool is_judged[HN_FAMILY_COUNT];

static const struct family_kinds {
    bool is_there;
    uint32_t bits;
} wanted[HN_FAMILY_COUNT] = {
#define F(family, kinds) [HN_FAMILY_##family] = {true, kinds},
#include "coverage.def"
};

/* The sum of the arguments that count dimensions. */
static int32_t rank_of(const check_case *k) {
    const hn_family_info *family = hn_family_of(k->family);
    int32_t rank = 0, v;
    for (uint32_t i = 0; i < family->n_fields; ++i) {
        const char *end = strstr(family->fields[i].name, "rank");
        if (end == NULL || end[4] != '\0' || family->fields[i].kind != 's') continue;
        memcpy(&v, (const uint8_t *)k->args + family->fields[i].offset, sizeof v);
        rank += v;
    }
    return rank;
}

/* A box without elements: one of its dimensions is 0. */
static bool is_empty_box(const check_case *k) {
    const hn_family_info *family = hn_family_of(k->family);
    const int32_t rank = rank_of(k);
    int32_t dim[8] = {1};
    for (uint32_t i = 0; i < family->n_fields; ++i) {
        if (strcmp(family->fields[i].name, "dim") != 0 || family->fields[i].n != 8) continue;
        memcpy(dim, (const uint8_t *)k->args + family->fields[i].offset, sizeof dim);
    }
    for (int32_t d = 0; d < rank && d < 8; ++d)
        if (dim[d] == 0) return true;
    return false;
}

void cover_row(const check_case *k, uint32_t row) {
    const size_t bytes = k->operand[k->out].bytes;
    uint32_t bits = 0;
    if (bytes == 0 || is_empty_box(k)) bits |= EMPTY;
    if (bytes > 0 && bytes <= ONE_BYTES) bits |= ONE;
    if (bytes > MANY_BYTES && bytes % VECTOR_BYTES != 0) bits |= TAIL;
    if (rank_of(k) == 8) bits |= RANK8;
    if (row < MOST_ROWS) is_run[row] = true;
    seen[k->family] |= bits;
}

/* Is there a simpler row? */
static bool is_fast(const hn_kernel *row) {
    for (uint32_t i = 0; i < hn_n_kernels; ++i) {
        const hn_kernel *other = &hn_kernels[i];
        if (other->family == row->family && other->types == row->types && other->isa < row->isa)
            return true;
    }
    return false;
}

static void check_family(check *c, hn_family family) {
    const struct family_kinds *want = &wanted[family];
    const char *name = hn_family_of(family)->name;
    char text[160];
    is_judged[family] = true;
    snprintf(text, sizeof text, "%s: coverage.def has no row for this family", name);
    check_that(c, want->is_there, text);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
        if ((want->bits & kinds[i].bit) == 0) continue;
        snprintf(text, sizeof text, "%s: its shapes lack one of %s", name, kinds[i].name);
        check_that(c, (seen[family] & kinds[i].bit) != 0, text);
    }
}

static void check_row(check *c, uint32_t row) {
    const hn_kernel *kernel = &hn_kernels[row];
    char text[160];
    snprintf(text, sizeof text, "%s: the harness never runs it", kernel->name);
    check_that(c, is_run[row], text);
    if (!is_judged[kernel->family]) check_family(c, kernel->family);
}

void cover_check(check *c, bool (*is_wanted)(const check *c, const hn_kernel *row)) {
    check_that(c, hn_n_kernels <= MOST_ROWS, "coverage.c has room for every row");
    for (uint32_t i = 0; i < hn_n_kernels && i < MOST_ROWS; ++i)
        if (is_fast(&hn_kernels[i]) && is_wanted(c, &hn_kernels[i])) check_row(c, i);
}
