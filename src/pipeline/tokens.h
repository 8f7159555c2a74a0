/* SPDX-License-Identifier: Apache-2.0
 * Texts as numbers. By a vocabulary: words, looked up as they are and then in lower case; a file
 * has a word and its number in a line, or the word alone, whose number is then the line's, from 0.
 * The entries <START>, <UNKNOWN> and <PAD> serve as their names say, where a file has them. By
 * bytes: the first ones and the last ones of a text, each padded to its block. */
#ifndef HN_PIPELINE_TOKENS_H
#define HN_PIPELINE_TOKENS_H

#include "base/arena.h"

enum { HN_VOCABULARY_MAX_BYTES = 64 << 20, HN_VOCABULARY_MAX_WORDS = 1 << 22 };

typedef struct hn_word {
    const char *text; /* borrowed from the bytes that were read */
    uint32_t n_bytes;
    int32_t id;
} hn_word;

typedef struct hn_vocabulary {
    hn_word *slots; /* open addressing; text NULL: free */
    uint32_t n_slots, n_words;
    bool has_start, has_unknown;
    int32_t start, unknown, pad; /* pad 0 where the file has none */
} hn_vocabulary;

/* Words stay in `bytes`, which must outlive the vocabulary; its table lives in the arena. */
hone_status hn_vocabulary_read(hn_arena *arena, const void *bytes, uint64_t n_bytes,
                               hn_vocabulary *out);

/* n ids: <START>, the words, padding; what is longer is cut. Unknown words are left out where the
 * file has no <UNKNOWN>. Words are runs of letters, digits, _, ' and characters beyond ASCII
 * (general punctuation excepted). Returns how many ids come from the text. */
uint32_t hn_tokens(const hn_vocabulary *vocabulary, const char *text, uint64_t n_bytes,
                   int32_t *ids, uint32_t n);

typedef struct hn_byte_blocks {
    uint32_t n_first, n_last;
    int32_t pad;
    uint32_t block; /* 0: the whole text; else blank bytes are trimmed off the outer ends of its
                       first and last `block` bytes, and the rest is not looked at */
} hn_byte_blocks;

/* n_first + n_last ids: the first block padded behind, the last one before. */
void hn_byte_tokens(const hn_byte_blocks *blocks, const uint8_t *text, uint64_t n_bytes,
                    int32_t *ids);

#endif
