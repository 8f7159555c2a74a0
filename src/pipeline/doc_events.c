/* SPDX-License-Identifier: Apache-2.0
 * What the two forms of documents share, and JSON. A JSON number is handed to strtod only after its
 * characters were checked and copied, so the locale's decimal point is the one thing that strtod
 * could read differently; the library never sets a locale. Commas and colons are taken as spaces:
 * what is between brackets is read, not judged. */
#include "pipeline/doc_events.h"

#include <stdlib.h>
#include <string.h>

hn_doc hn_doc_of(const void *bytes, uint64_t n_bytes, bool is_cbor) {
    hn_doc doc;
    memset(&doc, 0, sizeof doc);
    doc.c = hn_cursor_of(bytes, n_bytes);
    doc.is_cbor = is_cbor;
    return doc;
}

hone_status hn_doc_open(hn_env *env, hn_doc *doc, hn_doc_level level) {
    if (doc->depth == HN_DOC_MAX_DEPTH) {
        return hn_fail(env, HONE_E_FORMAT, "values are nested deeper than %u",
                       (unsigned)HN_DOC_MAX_DEPTH);
    }
    doc->level[doc->depth++] = level;
    return HONE_OK;
}

hone_status hn_doc_next(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    event->number = 0.0;
    event->text[0] = '\0';
    return doc->is_cbor ? hn_cbor_next(env, doc, event) : hn_json_next(env, doc, event);
}

hone_status hn_doc_skip(hn_env *env, hn_doc *doc, const hn_doc_event *event) {
    if (event->kind != HN_DOC_MAP && event->kind != HN_DOC_LIST) return HONE_OK;
    const uint32_t depth = doc->depth;
    hn_doc_event inner;
    while (doc->depth >= depth) {
        HN_TRY(hn_doc_next(env, doc, &inner));
        if (inner.kind == HN_DOC_END) return hn_fail(env, HONE_E_FORMAT, "a value is not closed");
    }
    return HONE_OK;
}

static uint8_t peek(const hn_doc *doc) {
    return doc->c.at < doc->c.size ? doc->c.bytes[doc->c.at] : 0;
}

static hone_status wrong_at(hn_env *env, const hn_doc *doc, const char *what) {
    return hn_fail(env, HONE_E_FORMAT, "json: %s at byte %llu", what,
                   (unsigned long long)doc->c.at);
}

static hone_status read_text(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    size_t n = 0;
    event->kind = HN_DOC_TEXT;
    for (hn_cursor_u8(&doc->c);;) {
        const uint8_t c = hn_cursor_u8(&doc->c);
        if (doc->c.bad) return wrong_at(env, doc, "a text is not closed");
        if (c == '"') break;
        if (c == '\\') {
            hn_cursor_u8(&doc->c);
        } else if (n + 1 < sizeof event->text) {
            event->text[n++] = (char)c;
        }
    }
    event->text[n] = '\0';
    return HONE_OK;
}

static hone_status read_number(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    char digits[64], *end;
    size_t n = 0;
    while (n + 1 < sizeof digits && peek(doc) != 0 &&
           strchr("+-.0123456789eE", peek(doc)) != NULL) {
        digits[n++] = (char)hn_cursor_u8(&doc->c);
    }
    digits[n] = '\0';
    event->kind = HN_DOC_NUMBER;
    event->number = strtod(digits, &end);
    return n > 0 && *end == '\0' ? HONE_OK : wrong_at(env, doc, "no number");
}

static hone_status read_word(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    static const char *const words[] = {"true", "false", "null"};
    event->kind = HN_DOC_OTHER;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t n = strlen(words[i]);
        if (!hn_cursor_has(&doc->c, doc->c.at, n)) continue;
        if (memcmp(doc->c.bytes + doc->c.at, words[i], n) != 0) continue;
        hn_cursor_take(&doc->c, n);
        return HONE_OK;
    }
    return wrong_at(env, doc, "no value");
}

hone_status hn_json_next(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    while (peek(doc) != 0 && strchr(" \t\r\n,:", peek(doc)) != NULL) hn_cursor_u8(&doc->c);
    const uint8_t c = peek(doc);
    if (doc->c.at == doc->c.size) {
        event->kind = HN_DOC_END;
        return doc->depth == 0 ? HONE_OK : wrong_at(env, doc, "the document ends early");
    }
    if (c == '{' || c == '[') {
        hn_cursor_u8(&doc->c);
        event->kind = c == '{' ? HN_DOC_MAP : HN_DOC_LIST;
        return hn_doc_open(env, doc, (hn_doc_level){c == '{', true, 0});
    }
    if (c == '}' || c == ']') {
        if (doc->depth == 0 || doc->level[doc->depth - 1].is_map != (c == '}')) {
            return wrong_at(env, doc, "a bracket that was not opened");
        }
        hn_cursor_u8(&doc->c);
        doc->depth--;
        event->kind = HN_DOC_CLOSE;
        return HONE_OK;
    }
    if (c == '"') return read_text(env, doc, event);
    if (c == '-' || (c >= '0' && c <= '9')) return read_number(env, doc, event);
    return read_word(env, doc, event);
}
