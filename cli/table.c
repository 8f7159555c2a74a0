/* SPDX-License-Identifier: Apache-2.0
 * Tables with aligned columns. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };

void table_begin(table *t, const char *align) {
    *t = (table){align, strlen(align), 0, 64, NULL};
    t->cells = say_alloc(t->n_space, sizeof *t->cells);
}

void table_cell(table *t, const char *format, ...) {
    char line[TEXT_MAX];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (t->n_cells == t->n_space) {
        char **more = say_alloc(t->n_space * 2, sizeof *more);
        memcpy(more, t->cells, t->n_cells * sizeof *more);
        free(t->cells);
        t->cells = more;
        t->n_space *= 2;
    }
    const text cleaned = text_clean(line);
    const size_t n = strlen(cleaned.s) + 1;
    t->cells[t->n_cells] = say_alloc(n, 1);
    memcpy(t->cells[t->n_cells++], cleaned.s, n);
}

size_t table_rows(const table *t) {
    return t->n_cells / t->n_columns;
}

static size_t column_width(const table *t, size_t column) {
    size_t width = 0;
    for (size_t i = column; i < t->n_cells; i += t->n_columns) {
        const size_t w = text_width(t->cells[i]);
        if (w > width) width = w;
    }
    return width;
}

static char *put_spaces(char *to, size_t n) {
    memset(to, ' ', n);
    return to + n;
}

char *table_line(const table *t, size_t r) {
    size_t size = 1;
    for (size_t c = 0; c < t->n_columns; c++) {
        size += column_width(t, c) + strlen(t->cells[r * t->n_columns + c]) + GAP;
    }
    char *line = say_alloc(size, 1), *to = line;
    for (size_t c = 0; c < t->n_columns; c++) {
        const char *cell = t->cells[r * t->n_columns + c];
        const size_t pad = column_width(t, c) - text_width(cell);
        if (c > 0) to = put_spaces(to, GAP);
        if (t->align[c] == 'r') to = put_spaces(to, pad);
        memcpy(to, cell, strlen(cell));
        to += strlen(cell);
        if (t->align[c] == 'l') to = put_spaces(to, pad);
    }
    while (to > line && to[-1] == ' ') to--;
    *to = '\0';
    return line;
}

void table_end(table *t, int indent, FILE *out) {
    for (size_t r = 0; r < table_rows(t); r++) {
        char *line = table_line(t, r);
        fprintf(out, "%*s%s\n", indent, "", line);
        free(line);
    }
    table_free(t);
}

void table_free(table *t) {
    for (size_t i = 0; i < t->n_cells; i++) free(t->cells[i]);
    free(t->cells);
    *t = (table){NULL, 0, 0, 0, NULL};
}
