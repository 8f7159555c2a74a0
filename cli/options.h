/* SPDX-License-Identifier: Apache-2.0
 * Options from tables. A verb lists its options as rows; one parser reads them into the fields of
 * the verb's struct, whose first member is `common_options`. Help is printed from the same rows.
 * `--name value`, `--name=value` and `-x value` are understood; `--` ends the options. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum option_kind {
    OPTION_FLAG,     /* int, set to 1 */
    OPTION_TEXT,     /* const char * */
    OPTION_COUNT,    /* uint32_t, 0 or more */
    OPTION_POSITIVE, /* uint32_t, 1 or more */
    OPTION_OFFSET,   /* option_offset: a whole number, and whether it was given */
    OPTION_RATE,     /* double, above 0 */
    OPTION_REALS,    /* option_reals: one number or three */
    OPTION_BYTES,    /* uint64_t: a number, or one with KB, MB or GB (1024 each) */
    OPTION_TILE,     /* option_tile: N:ROWS */
    OPTION_CHOICE,   /* int: which of the words of `argument`, separated by | */
    OPTION_LIST      /* option_list: may be given several times */
} option_kind;

enum { OPTION_LIST_MAX = 64 };

typedef struct option_offset {
    int is_set, value;
} option_offset;

typedef struct option_reals {
    int n; /* 0: not given; a single number fills all three */
    float v[3];
} option_reals;

typedef struct option_tile {
    uint32_t steps, rows;
} option_tile;

typedef struct option_list {
    const char *item[OPTION_LIST_MAX];
    uint32_t n;
} option_list;

typedef struct option_row {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* 0: none */
    option_kind kind;
    size_t offset; /* of the field in the verb's struct */
    const char *argument, *help;
} option_row;

/* A row without a letter, for the tables that several verbs share. */
#define OPTION_ROW(type, kind, field, name, argument, help)                                        \
    { name, 0, kind, offsetof(type, field), argument, help }

/* What every verb takes. */
typedef struct common_options {
    uint32_t threads;
    const char *providers, *provider_path;
    int is_strict;
    uint64_t memory_limit;
    const char *cpu;
    int is_verbose, is_json, wants_help;
} common_options;

extern const option_row common_rows[];

/* The options of verbs that plan a model: shapes for open inputs, and row strips; of those that run
 * it, packed weights, a tune file and what floats are computed in. */
typedef struct plan_options {
    option_list shapes;
    option_tile tile;
    const char *pack, *tune;
    int precision; /* a hone_precision */
} plan_options;

#define OPTION_PACK(type, member)                                                                  \
    {                                                                                              \
        "pack", 0, OPTION_TEXT, offsetof(type, member.pack), "FILE",                               \
            "packed weights, from hone optimize --pack"                                            \
    }

#define OPTION_TUNE(type, member)                                                                  \
    {                                                                                              \
        "tune", 0, OPTION_TEXT, offsetof(type, member.tune), "FILE",                               \
            "kernels and row strips that hone tune measured"                                       \
    }

#define OPTION_PRECISION(type, member)                                                             \
    {                                                                                              \
        "precision", 0, OPTION_CHOICE, offsetof(type, member.precision), "f32|f16",                \
            "f16: compute in half precision where the CPU can"                                     \
    }

#define OPTIONS_PLAN(type, member)                                                                 \
    {"shape",                                                                                      \
     0,                                                                                            \
     OPTION_LIST,                                                                                  \
     offsetof(type, member.shapes),                                                                \
     "[NAME=]1x28x28x1",                                                                           \
     "shape of an input that the file leaves open"},                                               \
    {                                                                                              \
        "tile", 0, OPTION_TILE, offsetof(type, member.tile), "N:ROWS",                             \
            "run the first N spatial steps over strips of ROWS rows"                               \
    }

/* Reads the verb's args into *values, a struct that begins with common_options. What is no option
 * is moved to the front of args and counted in *n_positional, which must be from least to most.
 * Returns 0; or 2 after printing what is wrong; or -1 after printing the verb's help. */
typedef struct option_count {
    int least, most, n;
} option_count;
int options_parse(const char *verb, int n_args, char **args, void *values, option_count *count);

/* Prints a table of rows for help. */
void options_help(const option_row *rows, FILE *out);

/* The word of `words` (NULL-terminated) that is nearest to `word`, or NULL when none is near. */
const char *options_nearest(const char *word, const char *const *words);

#endif
