/* SPDX-License-Identifier: Apache-2.0
 * Reading a list of labelled files. */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "say.h"

enum { MAX_FIELDS = 32, MAX_LABEL = 1000000 };

/* Cuts a line into fields in place; their number, or 0 when a quote is left open or there are too
 * many. */
static size_t cut_fields(char *line, char *fields[MAX_FIELDS]) {
    size_t n = 0;
    for (char *at = line;;) {
        if (n == MAX_FIELDS) return 0;
        char *to = at;
        const int is_quoted = *at == '"';
        fields[n++] = to;
        if (is_quoted) at++;
        for (; *at != '\0' && (is_quoted || *at != ','); at++) {
            if (is_quoted && *at == '"' && *++at != '"') break;
            *to++ = *at;
        }
        if (is_quoted && at[-1] != '"') return 0;
        const char end = *at;
        *to = '\0';
        if (end == '\0') return n;
        if (end != ',') return 0;
        at++;
    }
}

static int find_column(char *const *fields, size_t n, const char *name, size_t *column) {
    for (*column = 0; *column < n; ++*column) {
        if (strcmp(fields[*column], name) == 0) return 1;
    }
    return 0;
}

static char *join_relative(const char *manifest_path, const char *file) {
    const size_t n_folder = file[0] == '/' ? 0 : (size_t)(path_name(manifest_path) - manifest_path);
    char *path = say_alloc(n_folder + strlen(file) + 1, 1);
    memcpy(path, manifest_path, n_folder);
    strcpy(path + n_folder, file);
    return path;
}

static int read_label(const char *word, uint32_t *label) {
    char *end;
    const long v = strtol(word, &end, 10);
    if (end == word || *end != '\0' || v < 0 || v > MAX_LABEL) return 0;
    *label = (uint32_t)v;
    return 1;
}

static int read_rows(manifest *m, const char *path, char **lines, size_t n_lines) {
    char *fields[MAX_FIELDS];
    size_t file = 0, label = 0;
    size_t n = n_lines == 0 ? 0 : cut_fields(lines[0], fields);
    if (!find_column(fields, n, "file", &file) || !find_column(fields, n, "label", &label)) {
        return say_failed(path, "its first line is not a header with file and label");
    }
    m->rows = say_alloc(n_lines, sizeof *m->rows);
    for (size_t i = 1; i < n_lines; i++) {
        manifest_row *row = &m->rows[m->n];
        if (lines[i][0] == '\0') continue;
        n = cut_fields(lines[i], fields);
        if (file >= n || label >= n || !read_label(fields[label], &row->label)) {
            return say_failed(path, "line %zu is not a file and the number of its class", i + 1);
        }
        row->path = join_relative(path, fields[file]);
        row->line = (uint32_t)(i + 1);
        if (row->label > m->max_label) m->max_label = row->label;
        m->n++;
    }
    return m->n > 0 ? CLI_DONE : say_failed(path, "it lists no files");
}

int manifest_open(manifest *m, const char *path) {
    char *bytes;
    size_t n_bytes, n_lines;
    *m = (manifest){NULL, 0, 0};
    if (file_read_text(path, &bytes, &n_bytes) != CLI_DONE) return CLI_FAILED;
    char *start = strncmp(bytes, "\xef\xbb\xbf", 3) == 0 ? bytes + 3 : bytes;
    char **lines = text_lines(start, &n_lines);
    const int code = read_rows(m, path, lines, n_lines);
    free(lines);
    free(bytes);
    return code;
}

void manifest_close(manifest *m) {
    for (size_t i = 0; i < m->n; i++) free(m->rows[i].path);
    free(m->rows);
    *m = (manifest){NULL, 0, 0};
}
