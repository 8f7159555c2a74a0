/* SPDX-License-Identifier: Apache-2.0
 * What the harness has run (coverage.c). */
#ifndef TESTS_CHECK_COVERAGE_H
#define TESTS_CHECK_COVERAGE_H

#include "check.h"

/* Row number `row` runs the case. */
void cover_row(const check_case *k, uint32_t row);

/* At the end of a whole run: one check a row that is wanted and kind of shape. */
void cover_check(check *c, bool (*is_wanted)(const check *c, const hn_kernel *row));

#endif
