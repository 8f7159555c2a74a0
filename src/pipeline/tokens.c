/* SPDX-License-Identifier: Apache-2.0
 * Vocabularies are hashed once; a text is walked once. */
#include "pipeline/tokens.h"

#include <string.h>

#include "base/platform.h"

enum { WORD_MAX = 256, SEED = 7 };

static hn_word *find_slot(const hn_vocabulary *v, const char *text, uint32_t n) {
    uint32_t i = (uint32_t)hn_hash64(text, n, SEED) & (v->n_slots - 1);
    while (v->slots[i].text != NULL &&
           (v->slots[i].n_bytes != n || memcmp(v->slots[i].text, text, n) != 0)) {
        i = (i + 1) & (v->n_slots - 1);
    }
    return &v->slots[i];
}

static bool is_blank(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The number after the last blank of a line, and where the word before it ends. */
static bool split_number(const char *line, uint32_t n, uint32_t *n_word, int32_t *id) {
    uint32_t at = n;
    int64_t value = 0, place = 1;
    while (at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9' && n - at < 9) {
        value += (line[--at] - '0') * place;
        place *= 10;
    }
    if (at == n || at < 2 || !is_blank((uint8_t)line[at - 1])) return false;
    *id = (int32_t)value;
    *n_word = at - 1;
    return true;
}

static void add_special(hn_vocabulary *v, const hn_word *w) {
    if (w->n_bytes == 7 && memcmp(w->text, "<START>", 7) == 0) {
        v->has_start = true;
        v->start = w->id;
    } else if (w->n_bytes == 9 && memcmp(w->text, "<UNKNOWN>", 9) == 0) {
        v->has_unknown = true;
        v->unknown = w->id;
    } else if (w->n_bytes == 5 && memcmp(w->text, "<PAD>", 5) == 0) {
        v->pad = w->id;
    }
}

static void add_line(hn_vocabulary *v, const char *line, uint32_t n, uint32_t number) {
    hn_word w = {line, n, (int32_t)number};
    while (w.n_bytes > 0 && is_blank((uint8_t)line[w.n_bytes - 1])) w.n_bytes--;
    split_number(line, w.n_bytes, &w.n_bytes, &w.id);
    while (w.n_bytes > 0 && is_blank((uint8_t)line[w.n_bytes - 1])) w.n_bytes--;
    if (w.n_bytes == 0 || w.n_bytes > WORD_MAX) return;
    hn_word *slot = find_slot(v, w.text, w.n_bytes);
    if (slot->text != NULL) return;
    *slot = w;
    v->n_words++;
    add_special(v, &w);
}

hone_status hn_vocabulary_read(hn_arena *arena, const void *bytes, uint64_t n_bytes,
                               hn_vocabulary *out) {
    const char *at = bytes, *end = at + n_bytes;
    uint32_t n_lines = 1;
    hn_vocabulary v = {NULL, 16, 0, false, false, 0, 0, 0};
    if (n_bytes > HN_VOCABULARY_MAX_BYTES) {
        return hn_fail(arena->env, HONE_E_LIMIT, "the vocabulary is too large");
    }
    if (n_bytes > 0 && memchr(bytes, 0, (size_t)n_bytes) != NULL) {
        return hn_fail(arena->env, HONE_E_FORMAT, "the vocabulary is no text");
    }
    for (const char *c = at; c < end; c++) n_lines += *c == '\n';
    if (n_lines > HN_VOCABULARY_MAX_WORDS) {
        return hn_fail(arena->env, HONE_E_LIMIT, "the vocabulary has too many words");
    }
    while (v.n_slots < 2 * n_lines) v.n_slots *= 2;
    v.slots = HN_NEW_N(arena, hn_word, v.n_slots);
    if (v.slots == NULL) return hn_no_memory(arena->env);
    for (uint32_t number = 0; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        add_line(&v, at, (uint32_t)(stop - at), number);
        at = newline != NULL ? newline + 1 : end;
    }
    if (v.n_words == 0) return hn_fail(arena->env, HONE_E_FORMAT, "the vocabulary has no words");
    *out = v;
    return HONE_OK;
}

/* Bytes of the character at `at` when it belongs to a word, else 0. */
static uint32_t word_bytes(const uint8_t *at, uint64_t n_left) {
    const uint8_t c = at[0];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '0' && c <= '9') || c == '_' || c == '\'') return 1;
    if (c < 0x80) return 0;
    const bool is_punctuation = n_left >= 2 && c == 0xe2 && (at[1] == 0x80 || at[1] == 0x81);
    return is_punctuation ? 0 : 1;
}

static bool look_up(const hn_vocabulary *v, const char *word, uint32_t n, int32_t *id) {
    char lower[WORD_MAX];
    if (n <= WORD_MAX) {
        const hn_word *found = find_slot(v, word, n);
        for (uint32_t i = 0; i < n; i++) {
            const char c = word[i];
            lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        if (found->text == NULL) found = find_slot(v, lower, n);
        *id = found->id;
        if (found->text != NULL) return true;
    }
    *id = v->unknown;
    return v->has_unknown;
}

uint32_t hn_tokens(const hn_vocabulary *v, const char *text, uint64_t n_bytes, int32_t *ids,
                   uint32_t n) {
    uint32_t n_ids = 0;
    if (v->has_start && n > 0) ids[n_ids++] = v->start;
    for (uint64_t at = 0; at < n_bytes && n_ids < n;) {
        uint64_t end = at;
        while (end < n_bytes && word_bytes((const uint8_t *)text + end, n_bytes - end) > 0) end++;
        if (end > at && look_up(v, text + at, (uint32_t)(end - at), &ids[n_ids])) n_ids++;
        at = end > at ? end : end + 1;
        /* the other bytes of a punctuation mark beyond ASCII */
        while (at < n_bytes && end < n_bytes && (uint8_t)text[end] >= 0xc0 &&
               ((uint8_t)text[at] & 0xc0) == 0x80) {
            at++;
        }
    }
    for (uint32_t i = n_ids; i < n; i++) ids[i] = v->pad;
    return n_ids;
}

void hn_byte_tokens(const hn_byte_blocks *b, const uint8_t *text, uint64_t n_bytes, int32_t *ids) {
    uint64_t first = 0, end = n_bytes;
    uint64_t head_end = n_bytes, tail_first = 0;
    if (b->block > 0 && n_bytes > 0) {
        head_end = n_bytes < b->block ? n_bytes : b->block;
        tail_first = n_bytes < b->block ? 0 : n_bytes - b->block;
        while (first < head_end && is_blank(text[first])) first++;
        while (end > tail_first && is_blank(text[end - 1])) end--;
    }
    for (uint32_t i = 0; i < b->n_first; i++) {
        ids[i] = i < head_end - first ? text[first + i] : b->pad;
    }
    const uint64_t n_tail = end - tail_first < b->n_last ? end - tail_first : b->n_last;
    for (uint32_t i = 0; i < b->n_last; i++) {
        const uint64_t from_end = b->n_last - i;
        ids[b->n_first + i] = from_end <= n_tail ? text[end - from_end] : b->pad;
    }
}
