/* SPDX-License-Identifier: Apache-2.0
 * JSON and CBOR documents as a stream of events: what a value is, its number or text, where a map
 * or list ends. Nothing is built; the consumer keeps what it wants. Depth is bounded, and every
 * byte is hostile. In a map, texts at even places are keys. */
#ifndef HN_PIPELINE_DOC_EVENTS_H
#define HN_PIPELINE_DOC_EVENTS_H

#include "base/cursor.h"
#include "base/env.h"

enum { HN_DOC_MAX_DEPTH = 32, HN_DOC_MAX_TEXT = 128 };

typedef enum hn_doc_kind {
    HN_DOC_MAP,
    HN_DOC_LIST,
    HN_DOC_CLOSE, /* of the map or list that is open */
    HN_DOC_NUMBER,
    HN_DOC_TEXT,
    HN_DOC_OTHER, /* true, false, null, bytes */
    HN_DOC_END    /* of the document */
} hn_doc_kind;

typedef struct hn_doc_event {
    hn_doc_kind kind;
    double number;
    char text[HN_DOC_MAX_TEXT]; /* cut at its end; JSON escapes are left out */
} hn_doc_event;

/* A map or list that is open. */
typedef struct hn_doc_level {
    bool is_map, is_open_ended;
    uint64_t n_left; /* items; of CBOR */
} hn_doc_level;

typedef struct hn_doc {
    hn_cursor c;
    bool is_cbor;
    uint32_t depth;
    hn_doc_level level[HN_DOC_MAX_DEPTH];
} hn_doc;

hn_doc hn_doc_of(const void *bytes, uint64_t n_bytes, bool is_cbor);

/* E_FORMAT for what is malformed or too deep. */
hone_status hn_doc_next(hn_env *env, hn_doc *doc, hn_doc_event *event);

/* Passes over the value that `event` has begun. */
hone_status hn_doc_skip(hn_env *env, hn_doc *doc, const hn_doc_event *event);

/* The two forms, for hn_doc_next. */
hone_status hn_json_next(hn_env *env, hn_doc *doc, hn_doc_event *event);
hone_status hn_cbor_next(hn_env *env, hn_doc *doc, hn_doc_event *event);

/* Opens a map or list: E_FORMAT when it is too deep. */
hone_status hn_doc_open(hn_env *env, hn_doc *doc, hn_doc_level level);

#endif
