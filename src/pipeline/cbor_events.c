/* SPDX-License-Identifier: Apache-2.0
 * CBOR (RFC 8949) as events. A head byte holds a major type and a length; lists and maps state
 * their number of items or end with a break. Tags are passed over. Texts in pieces are refused. */
#include <math.h>
#include <string.h>

#include "pipeline/doc_events.h"

enum { UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG, SIMPLE };
enum { BREAK = 0xff, OPEN_ENDED = 31, HALF = 25, SINGLE = 26, DOUBLE = 27 };

static hone_status malformed(hn_env *env, const hn_doc *doc) {
    return hn_fail(env, HONE_E_FORMAT, "cbor: malformed at byte %llu",
                   (unsigned long long)doc->c.at);
}

static uint64_t big_endian(hn_cursor *c, uint32_t n) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < n; i++) value = value << 8 | hn_cursor_u8(c);
    return value;
}

static double half_of(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double v = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) v = fraction == 0 ? (double)INFINITY : (double)NAN;
    return bits >> 15 != 0 ? -v : v;
}

static double float_of(uint32_t kind, uint64_t bits) {
    const uint32_t low = (uint32_t)bits;
    float single;
    double wide;
    if (kind == HALF) return half_of((uint16_t)bits);
    memcpy(&single, &low, sizeof single);
    memcpy(&wide, &bits, sizeof wide);
    return kind == SINGLE ? (double)single : wide;
}

static hone_status read_text(hn_env *env, hn_doc *doc, uint64_t n, hn_doc_event *event) {
    const uint8_t *bytes = hn_cursor_take(&doc->c, n);
    if (bytes == NULL) return malformed(env, doc);
    const size_t kept = n < sizeof event->text ? (size_t)n : sizeof event->text - 1;
    memcpy(event->text, bytes, kept);
    event->text[kept] = '\0';
    return HONE_OK;
}

/* Whether a list or map has ended; its count says so, or a break that is taken here. */
static bool has_ended(hn_doc *doc) {
    if (doc->depth == 0) return false;
    hn_doc_level *level = &doc->level[doc->depth - 1];
    if (!level->is_open_ended) return level->n_left == 0;
    if (!hn_cursor_has(&doc->c, doc->c.at, 1) || doc->c.bytes[doc->c.at] != BREAK) return false;
    hn_cursor_u8(&doc->c);
    return true;
}

static hone_status open_level(hn_env *env, hn_doc *doc, bool is_map, bool is_open_ended,
                              uint64_t n) {
    /* An item is a byte at least: a count above what is left is a lie. */
    if (!is_open_ended && n > doc->c.size - doc->c.at) return malformed(env, doc);
    return hn_doc_open(env, doc, (hn_doc_level){is_map, is_open_ended, is_map ? 2 * n : n});
}

static hone_status read_head(hn_env *env, hn_doc *doc, uint32_t *major, uint32_t *info,
                             uint64_t *value) {
    do {
        const uint8_t head = hn_cursor_u8(&doc->c);
        *major = head >> 5;
        *info = head & 31;
        *value = *info < 24 ? *info : *info < 28 ? big_endian(&doc->c, 1u << (*info - 24)) : 0;
        const bool may_be_open = *major == LIST || *major == MAP;
        if (doc->c.bad || *info > OPEN_ENDED || (*info > 27 && *info < OPEN_ENDED) ||
            (*info == OPEN_ENDED && !may_be_open)) {
            return malformed(env, doc);
        }
    } while (*major == TAG);
    return HONE_OK;
}

hone_status hn_cbor_next(hn_env *env, hn_doc *doc, hn_doc_event *event) {
    uint32_t major, info;
    uint64_t value;
    if (has_ended(doc)) {
        doc->depth--;
        event->kind = HN_DOC_CLOSE;
        return HONE_OK;
    }
    if (doc->c.at == doc->c.size) {
        event->kind = HN_DOC_END;
        return doc->depth == 0 ? HONE_OK : malformed(env, doc);
    }
    HN_TRY(read_head(env, doc, &major, &info, &value));
    if (doc->depth > 0 && !doc->level[doc->depth - 1].is_open_ended) {
        doc->level[doc->depth - 1].n_left--;
    }
    switch (major) {
    case UNSIGNED:
    case NEGATIVE:
        event->kind = HN_DOC_NUMBER;
        event->number = major == UNSIGNED ? (double)value : -1.0 - (double)value;
        return HONE_OK;
    case BYTES:
    case TEXT:
        event->kind = major == TEXT ? HN_DOC_TEXT : HN_DOC_OTHER;
        return read_text(env, doc, value, event);
    case LIST:
    case MAP:
        event->kind = major == MAP ? HN_DOC_MAP : HN_DOC_LIST;
        return open_level(env, doc, major == MAP, info == OPEN_ENDED, value);
    default:
        event->kind = info >= HALF && info <= DOUBLE ? HN_DOC_NUMBER : HN_DOC_OTHER;
        if (event->kind == HN_DOC_NUMBER) event->number = float_of(info, value);
        return HONE_OK;
    }
}
