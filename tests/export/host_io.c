/* SPDX-License-Identifier: Apache-2.0
 * export_io.h by the C library. */
#include "export_io.h"

#include <stdio.h>

int io_read(const char *path, void *bytes, uint32_t n_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    const int is_whole = fread(bytes, 1, n_bytes, file) == n_bytes && fgetc(file) == EOF;
    fclose(file);
    return is_whole;
}

int io_write(const char *path, const void *bytes, uint32_t n_bytes) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) return 0;
    const int is_written = fwrite(bytes, 1, n_bytes, file) == n_bytes;
    return fclose(file) == 0 && is_written;
}

uint32_t io_ticks(void) {
    return 0;
}
