/* SPDX-License-Identifier: Apache-2.0
 * Documents are read twice: once to count and check rows, once to fill the series, so that no
 * memory grows with what a file claims. */
#include "pipeline/sensor.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "pipeline/doc_events.h"

typedef struct recording {
    double interval_ms;
    uint64_t n_rows;
    uint32_t n_columns;
    bool has_values;
    float *values; /* NULL: count only */
} recording;

static hone_status read_cell(hn_env *env, const recording *r, const hn_doc_event *e,
                             uint32_t column) {
    if (e->kind != HN_DOC_NUMBER || !isfinite(e->number) || fabs(e->number) > 1e30) {
        return hn_fail(env, HONE_E_FORMAT, "row %llu: a value is no number",
                       (unsigned long long)r->n_rows);
    }
    if (column >= HN_SERIES_MAX_COLUMNS) {
        return hn_fail(env, HONE_E_LIMIT, "more than %u columns", (unsigned)HN_SERIES_MAX_COLUMNS);
    }
    if (r->values != NULL) {
        r->values[r->n_rows * r->n_columns + column] = (float)e->number;
    }
    return HONE_OK;
}

/* A row: a list of numbers, or a number alone. */
static hone_status read_row(hn_env *env, hn_doc *doc, hn_doc_event *e, recording *r) {
    uint32_t n = 0;
    if (e->kind == HN_DOC_LIST) {
        HN_TRY(hn_doc_next(env, doc, e));
        for (; e->kind != HN_DOC_CLOSE; n++) {
            HN_TRY(read_cell(env, r, e, n));
            HN_TRY(hn_doc_next(env, doc, e));
        }
    } else {
        HN_TRY(read_cell(env, r, e, 0));
        n = 1;
    }
    if (r->n_rows == 0 && r->values == NULL) r->n_columns = n;
    if (n != r->n_columns) {
        return hn_fail(env, HONE_E_FORMAT, "row %llu has %u values, the first %u",
                       (unsigned long long)r->n_rows, (unsigned)n, (unsigned)r->n_columns);
    }
    r->n_rows++;
    return HONE_OK;
}

static hone_status read_values(hn_env *env, hn_doc *doc, hn_doc_event *e, recording *r) {
    if (e->kind != HN_DOC_LIST) return hn_fail(env, HONE_E_FORMAT, "`values` is no list");
    r->has_values = true;
    r->n_rows = 0;
    for (;;) {
        HN_TRY(hn_doc_next(env, doc, e));
        if (e->kind == HN_DOC_CLOSE) return HONE_OK;
        HN_TRY(read_row(env, doc, e, r));
    }
}

/* The map that `e` has opened; `payload` inside is read the same way. */
static hone_status read_map(hn_env *env, hn_doc *doc, hn_doc_event *e, recording *r) {
    const uint32_t bottom = doc->depth;
    while (doc->depth >= bottom) {
        char key[HN_DOC_MAX_TEXT];
        HN_TRY(hn_doc_next(env, doc, e));
        if (e->kind == HN_DOC_CLOSE) continue;
        memcpy(key, e->text, sizeof key);
        HN_TRY(hn_doc_next(env, doc, e));
        if (e->kind == HN_DOC_END || e->kind == HN_DOC_CLOSE) {
            return hn_fail(env, HONE_E_FORMAT, "a key without a value");
        }
        if (strcmp(key, "payload") == 0 && e->kind == HN_DOC_MAP) continue;
        if (strcmp(key, "values") == 0) {
            HN_TRY(read_values(env, doc, e, r));
        } else if (strcmp(key, "interval_ms") == 0 && e->kind == HN_DOC_NUMBER) {
            r->interval_ms = e->number;
        } else {
            HN_TRY(hn_doc_skip(env, doc, e));
        }
    }
    return HONE_OK;
}

static hone_status read_document(hn_env *env, hn_doc doc, recording *r) {
    hn_doc_event e;
    HN_TRY(hn_doc_next(env, &doc, &e));
    if (e.kind != HN_DOC_MAP) return hn_fail(env, HONE_E_FORMAT, "the document is no map");
    HN_TRY(read_map(env, &doc, &e, r));
    if (!r->has_values || r->n_rows == 0) return hn_fail(env, HONE_E_FORMAT, "has no `values`");
    return HONE_OK;
}

hone_status hn_sensor_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_series *out) {
    const uint8_t *b = bytes;
    uint64_t at = 0;
    while (at < n_bytes && strchr(" \t\r\n", b[at]) != NULL && b[at] != 0) at++;
    const bool is_cbor = n_bytes > 0 && b[0] >> 5 == 5;
    if (!is_cbor && (at == n_bytes || b[at] != '{')) {
        return hn_sensor_csv(env, bytes, n_bytes, out);
    }
    const hn_doc doc = hn_doc_of(bytes, n_bytes, is_cbor);
    recording r;
    hn_series made;
    memset(&r, 0, sizeof r);
    HN_TRY(read_document(env, doc, &r));
    HN_TRY(hn_series_new(env, r.n_rows, r.n_columns, &made));
    r.values = made.values;
    const hone_status status = read_document(env, doc, &r);
    if (status != HONE_OK) {
        hn_series_free(env, &made);
        return status;
    }
    made.rate_hz = r.interval_ms > 0.0 && r.interval_ms < 1e9 ? 1000.0 / r.interval_ms : 0.0;
    *out = made;
    return HONE_OK;
}

hone_status hn_sensor_load(hn_env *env, const char *path, hn_series *out) {
    hn_map map;
    HN_TRY(hn_map_open(env, path, &map));
    const hone_status status = hn_sensor_read(env, map.bytes, map.size, out);
    hn_map_close(&map);
    return status == HONE_OK ? HONE_OK : hn_fail_at(env, status, path);
}
