/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions in the syntax of RE2, matched against whole texts in linear time: a pattern
 * becomes a program for a machine that is in many states at once, and each character of a text
 * moves all of them (Thompson, 1968). There is no way back, so no pattern and no text takes longer
 * than states times characters. Left out: classes of Unicode (\pL), single bytes (\C); the case of
 * letters is that of ASCII. Bytes that are no UTF-8 match nothing. */
#ifndef HN_OPS_REGEX_H
#define HN_OPS_REGEX_H

#include "base/arena.h"
#include "graph/list.h"

enum {
    HN_REGEX_MAX_STATES = 8192,
    HN_REGEX_MAX_RANGES = 1 << 16,
    HN_REGEX_MAX_DEPTH = 128, /* of groups */
    HN_REGEX_MAX_REPEAT = 1000
};

/* A step: of what it takes, and how far from here the next ones are. So a run of steps means the
 * same wherever it stands, and a repetition can copy it. */
typedef enum hn_regex_kind {
    HN_REGEX_TAKE,  /* a character of the set */
    HN_REGEX_SPLIT, /* go on at both */
    HN_REGEX_JUMP,  /* go on at a */
    HN_REGEX_CHECK, /* only where it holds */
    HN_REGEX_END
} hn_regex_kind;

typedef enum hn_regex_place {
    HN_REGEX_TEXT_BEGIN,
    HN_REGEX_TEXT_END,
    HN_REGEX_LINE_BEGIN,
    HN_REGEX_LINE_END,
    HN_REGEX_WORD,
    HN_REGEX_NO_WORD
} hn_regex_place;

typedef struct hn_regex_step {
    hn_regex_kind kind;
    int32_t a, b; /* SPLIT, JUMP: distances; TAKE: the set's first range, and how many; CHECK: where
                   */
    bool is_other; /* TAKE: characters that are in no range */
} hn_regex_step;

typedef struct hn_regex_range {
    int32_t low, high;
} hn_regex_range;

typedef struct hn_regex {
    hn_regex_step *steps;
    hn_regex_range *ranges;
    uint32_t n_steps, n_ranges;
    uint32_t *now, *next, *open, *seen; /* of the machine: as many as there are steps */
} hn_regex;

/* Makes the program in `arena`. E_FORMAT where the pattern is none, E_LIMIT where it has too many
 * states once its repetitions are written out. */
hone_status hn_regex_new(hn_arena *arena, hn_chars pattern, hn_regex **out);

/* True when all of the text is what the pattern says; one text at a time. */
bool hn_regex_matches(const hn_regex *r, hn_chars text);

/* The character at *at, which moves behind it; -1 where the bytes are no UTF-8 (one byte). */
int32_t hn_regex_character(hn_chars text, uint64_t *at);

#endif
