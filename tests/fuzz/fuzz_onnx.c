/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the ONNX reader, then verification and the passes. */
#include "fuzz.h"

int fuzz_onnx(const uint8_t *bytes, size_t n) {
    fuzz_read_and_lower("onnx", bytes, n);
    return 0;
}
