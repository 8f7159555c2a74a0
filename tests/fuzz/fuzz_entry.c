/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer's entry points: FUZZ_TARGET is the target of this program. Most mutations change a few
 * bytes where they lie: both formats are full of lengths and offsets, so that an inserted byte
 * breaks everything behind it and only the first lines of a reader would ever be tested. */
#include <string.h>

#include "fuzz.h"

enum { WINDOW = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    return FUZZ_TARGET(bytes, n);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed) {
    uint8_t window[WINDOW] = {0};
    if (seed % 8 == 0 || n < 2 * WINDOW) return LLVMFuzzerMutate(bytes, n, room);
    const size_t length = 1 + seed / 8 % WINDOW, near = n < 4096 ? n : 4096;
    const size_t range = seed / 128 % 2 == 0 ? n : near; /* structure is often at the start */
    const size_t at = (seed / 256) * (size_t)2654435761u % (range - length);
    memcpy(window, bytes + at, length);
    LLVMFuzzerMutate(window, length, length);
    memcpy(bytes + at, window, length);
    return n;
}
