/* SPDX-License-Identifier: Apache-2.0
 * A list of labelled files: CSV with a header that has the columns `file` and `label`; files are
 * relative to it, labels are class indices. Fields may stand in double quotes. */
#ifndef CLI_MANIFEST_H
#define CLI_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

typedef struct manifest_row {
    char *path; /* of the file, ready to open */
    uint32_t label, line;
} manifest_row;

typedef struct manifest {
    manifest_row *rows;
    size_t n;
    uint32_t max_label;
} manifest;

int manifest_open(manifest *m, const char *path);
void manifest_close(manifest *m);

#endif
