/* SPDX-License-Identifier: Apache-2.0
 * CSV of numbers: fields between commas, semicolons or tabs (whichever the first line has), quoted
 * or not, one row a line. Which columns count is told by the first two lines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/sensor.h"

enum { MAX_FIELDS = 1024, NUMBER_BYTES = 64 };

typedef struct csv_line {
    const char *at, *end; /* without the newline */
} csv_line;

typedef struct csv {
    csv_line rest;
    char delimiter;
    uint32_t n_fields;         /* of the first line */
    uint64_t line;             /* of the last one taken, from 1 */
    bool is_taken[MAX_FIELDS]; /* the column is one of numbers */
} csv;

/* The next line that is not empty. */
static bool take_line(csv *c, csv_line *line) {
    while (c->rest.at < c->rest.end) {
        const size_t left = (size_t)(c->rest.end - c->rest.at);
        const char *newline = memchr(c->rest.at, '\n', left);
        line->at = c->rest.at;
        line->end = newline != NULL ? newline : c->rest.end;
        c->rest.at = newline != NULL ? newline + 1 : c->rest.end;
        c->line++;
        if (line->end > line->at && line->end[-1] == '\r') line->end--;
        if (line->end > line->at) return true;
    }
    return false;
}

/* The next field of a line, without spaces and quotes around it. */
static bool take_field(csv_line *line, char delimiter, csv_line *field) {
    if (line->at == NULL) return false;
    const char *at = line->at;
    bool is_quoted = false;
    while (at < line->end && (is_quoted || *at != delimiter)) is_quoted ^= *at++ == '"';
    *field = (csv_line){line->at, at};
    line->at = at < line->end ? at + 1 : NULL;
    while (field->at < field->end && (*field->at == ' ' || *field->at == '"')) field->at++;
    while (field->end > field->at && (field->end[-1] == ' ' || field->end[-1] == '"')) field->end--;
    return true;
}

static bool read_number(const csv_line *field, double *value) {
    char text[NUMBER_BYTES], *end;
    const size_t n = (size_t)(field->end - field->at);
    if (n == 0 || n >= sizeof text) return false;
    memcpy(text, field->at, n);
    text[n] = '\0';
    if (strspn(text, "+-.0123456789eE") != n) return false;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value) && fabs(*value) < 1e30;
}

static bool is_named(const csv_line *field, const char *name) {
    const size_t n = strlen(name);
    return (size_t)(field->end - field->at) == n && memcmp(field->at, name, n) == 0;
}

/* Finds the columns; returns whether the first line is a header. */
static hone_status choose_columns(hn_env *env, csv *c, bool *has_header, uint32_t *n_columns) {
    csv look = *c;
    csv_line first, second, field;
    double value;
    bool is_time[MAX_FIELDS] = {false};
    if (!take_line(&look, &first)) return hn_fail(env, HONE_E_FORMAT, "csv: no lines");
    const size_t n_bytes = (size_t)(first.end - first.at);
    c->delimiter = memchr(first.at, '\t', n_bytes) != NULL  ? '\t'
                   : memchr(first.at, ';', n_bytes) != NULL ? ';'
                                                            : ',';
    second = first;
    *has_header = true;
    while (take_field(&first, c->delimiter, &field)) {
        if (c->n_fields == MAX_FIELDS) return hn_fail(env, HONE_E_LIMIT, "csv: too many columns");
        is_time[c->n_fields++] = is_named(&field, "timestamp") || is_named(&field, "time");
        if (read_number(&field, &value)) *has_header = false;
    }
    if (*has_header && !take_line(&look, &second)) {
        return hn_fail(env, HONE_E_FORMAT, "csv: no line of numbers");
    }
    *n_columns = 0;
    for (uint32_t i = 0; i < c->n_fields && take_field(&second, c->delimiter, &field); i++) {
        c->is_taken[i] = !is_time[i] && read_number(&field, &value);
        *n_columns += c->is_taken[i];
    }
    if (*n_columns > 0) return HONE_OK;
    return hn_fail(env, HONE_E_FORMAT, "csv: no column of numbers");
}

static hone_status read_line(hn_env *env, const csv *c, csv_line line, float *row) {
    csv_line field;
    double value;
    uint32_t n = 0;
    for (; take_field(&line, c->delimiter, &field); n++) {
        if (n >= c->n_fields || !c->is_taken[n]) continue;
        if (!read_number(&field, &value)) {
            return hn_fail(env, HONE_E_FORMAT, "csv: line %llu: column %u is no number",
                           (unsigned long long)c->line, (unsigned)n + 1);
        }
        *row++ = (float)value;
    }
    if (n == c->n_fields) return HONE_OK;
    return hn_fail(env, HONE_E_FORMAT, "csv: line %llu has %u columns, the first %u",
                   (unsigned long long)c->line, (unsigned)n, (unsigned)c->n_fields);
}

hone_status hn_sensor_csv(hn_env *env, const char *bytes, uint64_t n_bytes, hn_series *out) {
    csv c;
    csv_line line;
    bool has_header = false;
    uint32_t n_columns = 0;
    uint64_t n_rows = 0;
    hn_series made;
    memset(&c, 0, sizeof c);
    if (n_bytes == 0) return hn_fail(env, HONE_E_FORMAT, "csv: no lines");
    c.rest = (csv_line){bytes, bytes + n_bytes};
    if (n_bytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) c.rest.at += 3;
    HN_TRY(choose_columns(env, &c, &has_header, &n_columns));
    if (has_header) take_line(&c, &line);
    csv counting = c;
    while (take_line(&counting, &line)) n_rows++;
    HN_TRY(hn_series_new(env, n_rows, n_columns, &made));
    hone_status status = HONE_OK;
    for (uint64_t i = 0; i < n_rows && status == HONE_OK && take_line(&c, &line); i++) {
        status = read_line(env, &c, line, made.values + i * n_columns);
    }
    if (status != HONE_OK) {
        hn_series_free(env, &made);
        return status;
    }
    *out = made;
    return HONE_OK;
}
