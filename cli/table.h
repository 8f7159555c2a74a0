/* SPDX-License-Identifier: Apache-2.0
 * Tables with aligned columns. `align` has one letter a column, l or r. Cells are given row by row,
 * the header first; text is cleaned on the way in. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "say.h"

typedef struct table {
    const char *align;
    size_t n_columns, n_cells, n_space;
    char **cells;
} table;

void table_begin(table *t, const char *align);
void table_cell(table *t, const char *format, ...) SAY_FORMAT(2, 3);
/* Row r as one line without a newline, in memory that the caller frees with free(). */
char *table_line(const table *t, size_t r);
size_t table_rows(const table *t);
/* Prints all rows behind `indent` spaces and frees the table. */
void table_end(table *t, int indent, FILE *out);
void table_free(table *t);

#endif
