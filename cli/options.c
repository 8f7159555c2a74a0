/* SPDX-License-Identifier: Apache-2.0
 * The option parser: finds a word's row, converts its value, and names the nearest option when
 * there is none of that name. */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "say.h"

#define COMMON(kind, field) kind, offsetof(common_options, field)

const option_row common_rows[] = {
    {"threads", 0, COMMON(OPTION_COUNT, threads), "N", "threads in a run (default: processors)"},
    {"provider", 0, COMMON(OPTION_TEXT, providers), "NAME[,NAME]", "providers to try first"},
    {"provider-path", 0, COMMON(OPTION_TEXT, provider_path), "DIR", "folder of provider plug-ins"},
    {"strict", 0, COMMON(OPTION_FLAG, is_strict), NULL, "fail when a provider declines a node"},
    {"memory-limit", 0, COMMON(OPTION_BYTES, memory_limit), "BYTES|KB|MB",
     "most memory for a run, such as 300KB (1 KB is 1024 bytes)"},
    {"cpu", 0, COMMON(OPTION_TEXT, cpu), "LEVEL", "kernels to use: ref, c, avx2, ..."},
    {"verbose", 'v', COMMON(OPTION_FLAG, is_verbose), NULL, "say more"},
    {"json", 0, COMMON(OPTION_FLAG, is_json), NULL, "one JSON object on stdout"},
    {"help", 'h', COMMON(OPTION_FLAG, wants_help), NULL, "this page"},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

enum { HELP_COLUMN = 40 };
enum { MAX_COUNT = 1000000000, NAME_MAX_BYTES = 32, MAX_NAMES = 64, FAR = 4 };

/* Edit distance of two short words: insertions, deletions, replacements. */
static size_t distance(const char *a, const char *b) {
    size_t row[NAME_MAX_BYTES + 1];
    const size_t n_a = strlen(a), n_b = strlen(b);
    if (n_a > NAME_MAX_BYTES || n_b > NAME_MAX_BYTES) return NAME_MAX_BYTES;
    for (size_t j = 0; j <= n_b; j++) row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            const size_t change = diagonal + (a[i - 1] != b[j - 1]);
            const size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[n_b];
}

const char *options_nearest(const char *word, const char *const *words) {
    const char *best = NULL;
    const size_t half = strlen(word) / 2 + 1;
    size_t best_distance = half < FAR ? half : FAR;
    for (; *words != NULL; words++) {
        const size_t d = distance(word, *words);
        if (d < best_distance) best = *words, best_distance = d;
    }
    return best;
}

/* The row of the option `name` of n bytes, or of the letter. */
static const option_row *find_row(const option_row *rows, const char *name, size_t n, char letter) {
    for (; rows->name != NULL; rows++) {
        if (letter != 0 && rows->letter == letter) return rows;
        if (letter == 0 && strlen(rows->name) == n && memcmp(rows->name, name, n) == 0) return rows;
    }
    return NULL;
}

static int unknown(const char *verb, const option_row *rows, const char *word) {
    const char *names[MAX_NAMES + 1];
    size_t n = 0;
    for (const option_row *r = rows; r->name != NULL && n < MAX_NAMES; r++) names[n++] = r->name;
    for (const option_row *r = common_rows; r->name != NULL && n < MAX_NAMES; r++) {
        names[n++] = r->name;
    }
    names[n] = NULL;
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *near = options_nearest(name + strspn(name, "-"), names);
    if (near == NULL) return say_usage(verb, "%s: no such option", name);
    return say_usage(verb, "%s: no such option; did you mean --%s?", name, near);
}

static int read_whole(const char *word, int64_t low, int64_t high, int64_t *value) {
    char *end;
    errno = 0;
    const long long v = strtoll(word, &end, 10);
    if (end == word || *end != '\0' || errno != 0 || v < low || v > high) return 0;
    *value = v;
    return 1;
}

static int read_real(const char *word, char **end, double *value) {
    *value = strtod(word, end);
    return *end != word && isfinite(*value);
}

static int read_bytes(const char *word, uint64_t *value) {
    static const char *const units[] = {"", "B", "KB", "MB", "GB"};
    char *end;
    double v;
    if (!read_real(word, &end, &v) || v < 0) return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i]) != 0) continue;
        for (size_t k = 1; k < i; k++) v *= 1024;
        if (v < 1 || v > 1e18) return 0;
        *value = (uint64_t)v;
        return 1;
    }
    return 0;
}

/* A number, or a quotient such as 1/255. */
static int read_quotient(const char *word, char **end, double *value) {
    double below;
    if (!read_real(word, end, value)) return 0;
    if (**end != '/') return 1;
    if (!read_real(*end + 1, end, &below) || below == 0) return 0;
    *value /= below;
    return 1;
}

static int read_reals(const char *word, option_reals *value) {
    option_reals r = {0, {0, 0, 0}};
    for (const char *at = word;; at++) {
        char *end;
        double v;
        if (r.n == 3 || !read_quotient(at, &end, &v)) return 0;
        r.v[r.n++] = (float)v;
        at = end;
        if (*at == '\0') break;
        if (*at != ',') return 0;
    }
    if (r.n == 2) return 0;
    if (r.n == 1) r.v[1] = r.v[2] = r.v[0];
    *value = r;
    return 1;
}

static int read_tile(const char *word, option_tile *value) {
    char steps[NAME_MAX_BYTES];
    const char *colon = strchr(word, ':');
    int64_t n, rows;
    if (colon == NULL || colon - word >= NAME_MAX_BYTES) return 0;
    snprintf(steps, sizeof steps, "%.*s", (int)(colon - word), word);
    if (!read_whole(steps, 1, MAX_COUNT, &n) || !read_whole(colon + 1, 1, MAX_COUNT, &rows))
        return 0;
    *value = (option_tile){(uint32_t)n, (uint32_t)rows};
    return 1;
}

static int read_choice(const char *word, const char *choices, int *value) {
    const size_t n = strlen(word);
    for (int i = 0;; i++) {
        const size_t length = strcspn(choices, "|");
        if (length == n && memcmp(choices, word, n) == 0) {
            *value = i;
            return 1;
        }
        if (choices[length] == '\0') return 0;
        choices += length + 1;
    }
}

static int read_list(const char *word, option_list *list) {
    if (list->n == OPTION_LIST_MAX) return 0;
    list->item[list->n++] = word;
    return 1;
}

/* Stores the value of one option; 0 when the word is not what the row takes. */
static int store(const option_row *row, const char *word, void *values) {
    void *field = (char *)values + row->offset;
    int64_t n = 0;
    char *end;
    double v;
    switch (row->kind) {
    case OPTION_FLAG:
        *(int *)field = 1;
        return 1;
    case OPTION_TEXT:
        *(const char **)field = word;
        return word[0] != '\0';
    case OPTION_COUNT:
    case OPTION_POSITIVE:
        if (!read_whole(word, row->kind == OPTION_POSITIVE, MAX_COUNT, &n)) return 0;
        *(uint32_t *)field = (uint32_t)n;
        return 1;
    case OPTION_OFFSET:
        if (!read_whole(word, -MAX_COUNT, MAX_COUNT, &n)) return 0;
        *(option_offset *)field = (option_offset){1, (int)n};
        return 1;
    case OPTION_RATE:
        if (!read_real(word, &end, &v) || *end != '\0' || v < 1e-3 || v > 1e6) return 0;
        *(double *)field = v;
        return 1;
    case OPTION_REALS:
        return read_reals(word, field);
    case OPTION_BYTES:
        return read_bytes(word, field);
    case OPTION_TILE:
        return read_tile(word, field);
    case OPTION_CHOICE:
        return read_choice(word, row->argument, field);
    case OPTION_LIST:
        return read_list(word, field);
    }
    return 0;
}

static int wrong_value(const char *verb, const option_row *row, const char *word) {
    const char *wanted = row->argument;
    if (row->kind == OPTION_COUNT) wanted = "a whole number from 0";
    if (row->kind == OPTION_POSITIVE) wanted = "a whole number from 1";
    if (row->kind == OPTION_OFFSET) wanted = "a whole number";
    if (row->kind == OPTION_RATE) wanted = "a number above 0";
    return say_usage(verb, "--%s: \"%s\" is not %s", row->name, word, wanted);
}

/* The row that args[*i] names, and the value that comes with it or after it. */
static int parse_one(const char *verb, const option_row *rows, int n_args, char **args, int *i,
                     void *values) {
    const char *word = args[*i];
    const int is_long = word[1] == '-';
    const char *name = is_long ? word + 2 : word + 1;
    const size_t length = is_long ? strcspn(name, "=") : 1;
    const option_row *row = NULL;
    if (is_long || name[1] == '\0') {
        const char letter = is_long ? '\0' : name[0];
        row = find_row(rows, name, length, letter);
        if (row == NULL) row = find_row(common_rows, name, length, letter);
    }
    if (row == NULL) return unknown(verb, rows, word);
    const char *value = is_long && name[length] == '=' ? name + length + 1 : NULL;
    if (row->kind == OPTION_FLAG) {
        if (value != NULL) return say_usage(verb, "--%s takes no value", row->name);
    } else if (value == NULL) {
        if (*i + 1 == n_args) return say_usage(verb, "--%s needs %s", row->name, row->argument);
        value = args[++*i];
    }
    if (store(row, value, values)) return 0;
    return wrong_value(verb, row, value);
}

int options_parse(const char *verb, int n_args, char **args, void *values, option_count *count) {
    const cli_verb *v = verb_find(verb);
    int is_ended = 0;
    for (int i = 0; i < n_args; i++) {
        char *word = args[i];
        if (is_ended || word[0] != '-' || word[1] == '\0') {
            args[count->n++] = word;
        } else if (strcmp(word, "--") == 0) {
            is_ended = 1;
        } else {
            const int code = parse_one(verb, v->options, n_args, args, &i, values);
            if (code != 0) return code;
        }
        if (!((common_options *)values)->wants_help) continue;
        help_verb(verb, stdout);
        return -1;
    }
    if (count->n < count->least) return say_usage(verb, "%s needs %s", verb, v->usage);
    if (count->n > count->most) {
        return say_usage(verb, "%s: one argument too many", args[count->most]);
    }
    return 0;
}

void options_help(const option_row *rows, FILE *out) {
    for (; rows->name != NULL; rows++) {
        char left[192];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", rows->letter ? '-' : ' ',
                 rows->letter ? rows->letter : ' ', rows->letter ? ", " : "  ", rows->name,
                 rows->argument == NULL ? "" : " ", rows->argument == NULL ? "" : rows->argument);
        const int is_long = strlen(left) > HELP_COLUMN;
        fprintf(out, "  %-*s%s", HELP_COLUMN, left, is_long ? "\n" : "");
        fprintf(out, "%*s %s\n", is_long ? HELP_COLUMN + 2 : 0, "", rows->help);
    }
}
