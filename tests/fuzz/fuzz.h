/* SPDX-License-Identifier: Apache-2.0
 * The fuzz targets: each takes any bytes and returns 0. libFuzzer calls one of them through
 * fuzz_entry.c; replay_crashes.c calls all of them on the files of tests/data/crashes. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int fuzz_tflite(const uint8_t *bytes, size_t n); /* reader, verify, lower */
int fuzz_onnx(const uint8_t *bytes, size_t n);   /* the same */
int fuzz_plan(const uint8_t *bytes, size_t n);   /* public API: load, plan, run what is small */
int fuzz_tune(const uint8_t *bytes, size_t n);   /* tune files */

/* Reads with the format of that name, verifies and lowers, with bounded memory. */
void fuzz_read_and_lower(const char *format, const uint8_t *bytes, size_t n);

#endif
