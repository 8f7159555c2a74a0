/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the TensorFlow Lite reader, then verification and the passes. */
#include "fuzz.h"

int fuzz_tflite(const uint8_t *bytes, size_t n) {
    fuzz_read_and_lower("tflite", bytes, n);
    return 0;
}
