/* SPDX-License-Identifier: Apache-2.0
 * What of kernels.def the harness can run here. */
#ifndef TESTS_CHECK_MACHINE_H
#define TESTS_CHECK_MACHINE_H

#include "kernels/kernels.h"

/* The row as it runs on this machine: itself; where the processor lacks the instructions, a row
 * like it whose function is a stand-in (half_stand_in_avx512.c); or NULL. */
const hn_kernel *machine_row(const hn_kernel *row);

#endif
