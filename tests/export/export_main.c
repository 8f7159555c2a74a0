/* SPDX-License-Identifier: Apache-2.0
 * Runs an exported model on the host and on the board: inputs from in0.bin, in1.bin, output 0 to
 * out.bin, the instructions of one run as a decimal number to count.txt. MODEL and MODEL_UPPER are
 * the export's name in both cases. Two runs are made, because the second meets the memory that the
 * first has left. */
#include "export_io.h"

#define PASTE(a, b) a##b
#define JOIN(a, b)  PASTE(a, b)
#define UPPER(name) JOIN(MODEL_UPPER, name)
#define LOWER(name) JOIN(MODEL, name)

#include MODEL_HEADER

static const uint32_t input_bytes[] = {
    UPPER(_INPUT_0_BYTES),
#if UPPER(_INPUTS) > 1
    UPPER(_INPUT_1_BYTES),
#endif
};

static int read_inputs(void) {
    char path[] = "in0.bin";
    for (int i = 0; i < UPPER(_INPUTS); ++i) {
        path[2] = (char)('0' + i);
        if (!io_read(path, LOWER(_input)(i), input_bytes[i])) return 0;
    }
    return 1;
}

static int write_count(uint32_t count) {
    char digits[11];
    int at = (int)sizeof digits;
    digits[--at] = '\n';
    do {
        digits[--at] = (char)('0' + count % 10);
        count /= 10;
    } while (count != 0);
    return io_write("count.txt", digits + at, (uint32_t)((int)sizeof digits - at));
}

int main(void) {
    uint32_t ticks = 0;
    for (int run = 0; run < 2; ++run) {
        if (!read_inputs()) return 2;
        const uint32_t begin = io_ticks();
        if (LOWER(_run)() != 0) return 3;
        ticks = io_ticks() - begin;
    }
    if (LOWER(_input)(UPPER(_INPUTS)) != 0 || LOWER(_output)(-1) != 0) return 4;
    if (!io_write("out.bin", LOWER(_output)(0), UPPER(_OUTPUT_0_BYTES))) return 5;
    return write_count(ticks * IO_TICK_INSTRUCTIONS) ? 0 : 6;
}
