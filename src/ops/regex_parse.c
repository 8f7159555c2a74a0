/* SPDX-License-Identifier: Apache-2.0
 * Patterns to programs: see regex.h. One walk over the pattern writes the steps; what turns out to
 * be repeated or one of several is moved up by a step, or copied. */
#include <string.h>

#include "ops/regex.h"

enum { MOST_CHARACTER = 0x10ffff };

typedef struct parser {
    hn_env *env;
    hn_chars text;
    uint64_t at;
    hn_regex *r;
    hn_regex_step *copy; /* room for what a repetition copies */
    hone_status status;
    bool is_folded, is_lines, is_dot_all; /* flags i, m, s */
    uint32_t depth;
} parser;

static void fail(parser *p, hone_status status, const char *why) {
    if (p->status != HONE_OK) return;
    p->status = hn_fail(p->env, status, "the pattern at character %llu: %s",
                        (unsigned long long)p->at, why);
}

static bool has(const parser *p, const char *text) {
    const size_t n = strlen(text);
    return p->text.length - p->at >= n && memcmp(p->text.at + p->at, text, n) == 0;
}

static bool skip(parser *p, const char *text) {
    if (!has(p, text)) return false;
    p->at += strlen(text);
    return true;
}

static bool is_at_end(const parser *p) {
    return p->at >= p->text.length || p->status != HONE_OK;
}

static int32_t next_character(parser *p) {
    if (is_at_end(p)) {
        fail(p, HONE_E_FORMAT, "it ends early");
        return 0;
    }
    const int32_t c = hn_regex_character(p->text, &p->at);
    if (c < 0) fail(p, HONE_E_FORMAT, "it is no UTF-8");
    return c < 0 ? 0 : c;
}

/* ---- steps ---- */

/* Room for one at `place`: what is behind it moves up. */
static hn_regex_step *insert(parser *p, uint32_t place, hn_regex_kind kind) {
    hn_regex *r = p->r;
    if (r->n_steps >= HN_REGEX_MAX_STATES) fail(p, HONE_E_LIMIT, "it has too many states");
    if (p->status != HONE_OK) return NULL;
    hn_regex_step *s = &r->steps[place];
    memmove(s + 1, s, (r->n_steps - place) * sizeof *s);
    r->n_steps++;
    *s = (hn_regex_step){.kind = kind};
    return s;
}

static void put(parser *p, uint32_t place, hn_regex_kind kind, int32_t a, int32_t b) {
    hn_regex_step *s = insert(p, place, kind);
    if (s == NULL) return;
    s->a = a;
    s->b = b;
}

static void append(parser *p, hn_regex_kind kind, int32_t a, int32_t b) {
    put(p, p->r->n_steps, kind, a, b);
}

/* ---- sets of characters ---- */

static void add_plain(parser *p, int32_t low, int32_t high) {
    hn_regex *r = p->r;
    if (r->n_ranges >= HN_REGEX_MAX_RANGES) fail(p, HONE_E_LIMIT, "it has too many characters");
    if (p->status == HONE_OK) r->ranges[r->n_ranges++] = (hn_regex_range){low, high};
}

/* What of a range is between first and last, moved by `by`. */
static void add_moved(parser *p, hn_regex_range range, int32_t first, int32_t by) {
    const int32_t last = first + 25;
    const int32_t low = range.low > first ? range.low : first;
    const int32_t high = range.high < last ? range.high : last;
    if (low <= high) add_plain(p, low + by, high + by);
}

static void add_range(parser *p, int32_t low, int32_t high) {
    const hn_regex_range range = {low, high};
    add_plain(p, low, high);
    if (!p->is_folded) return;
    add_moved(p, range, 'a', 'A' - 'a');
    add_moved(p, range, 'A', 'a' - 'A');
}

/* A named class: pairs of first and last characters in order. */
typedef struct named {
    const char *name, *pairs;
} named;

static void add_class(parser *p, const char *pairs, bool is_other) {
    int32_t from = 0;
    for (; pairs[0] != 0; pairs += 2) {
        if (is_other && from < pairs[0]) add_plain(p, from, pairs[0] - 1);
        if (!is_other) add_range(p, pairs[0], pairs[1]);
        from = pairs[1] + 1;
    }
    if (is_other) add_plain(p, from, MOST_CHARACTER);
}

/* \d and its like; false: it is none of them. */
static bool perl_class(parser *p) {
    static const named classes[3] = {{"dD", "09"}, {"sS", "\t\n\f\r  "}, {"wW", "09AZ__az"}};
    if (p->text.length - p->at < 2 || p->text.at[p->at] != '\\') return false;
    const char c = p->text.at[p->at + 1];
    for (int i = 0; i < 3; i++) {
        if (c != classes[i].name[0] && c != classes[i].name[1]) continue;
        p->at += 2;
        add_class(p, classes[i].pairs, c == classes[i].name[1]);
        return true;
    }
    return false;
}

/* [:alpha:] and its like, inside of brackets. */
static bool posix_class(parser *p) {
    static const named classes[] = {{"alnum", "09AZaz"},
                                    {"alpha", "AZaz"},
                                    {"ascii", "\001\177"},
                                    {"blank", "\t\t  "},
                                    {"cntrl", "\001\037\177\177"},
                                    {"digit", "09"},
                                    {"graph", "!~"},
                                    {"lower", "az"},
                                    {"print", " ~"},
                                    {"punct", "!/:@[`{~"},
                                    {"space", "\t\r  "},
                                    {"upper", "AZ"},
                                    {"word", "09AZ__az"},
                                    {"xdigit", "09AFaf"}};
    const uint64_t begin = p->at;
    if (!skip(p, "[:")) return false;
    const bool is_other = skip(p, "^");
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (!skip(p, classes[i].name)) continue;
        if (!skip(p, ":]")) break;
        add_class(p, classes[i].pairs, is_other);
        return true;
    }
    p->at = begin;
    fail(p, HONE_E_FORMAT, "a class of characters that is not known");
    return false;
}

/* ---- escapes ---- */

static int32_t digit_of(char c, int32_t base) {
    const int32_t v = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : base;
    return v < base ? v : -1;
}

/* Up to `most` digits at the place; *n: how many there were. */
static int32_t number_at(parser *p, int32_t base, int most, int *n) {
    int32_t v = 0;
    for (*n = 0; *n < most && p->at < p->text.length; (*n)++) {
        const int32_t digit = digit_of(p->text.at[p->at], base);
        if (digit < 0) break;
        if (v <= MOST_CHARACTER) v = v * base + digit;
        p->at++;
    }
    return v;
}

static int32_t hexadecimal(parser *p) {
    const bool is_long = skip(p, "{");
    int n = 0;
    const int32_t v = number_at(p, 16, is_long ? 8 : 2, &n);
    const bool is_whole = is_long ? n > 0 && skip(p, "}") : n == 2;
    if (!is_whole || v > MOST_CHARACTER) fail(p, HONE_E_FORMAT, "no character has this number");
    return v;
}

/* The character behind a backslash. */
static int32_t escaped(parser *p) {
    static const char names[] = "aftnrv", meant[] = "\a\f\t\n\r\v";
    const int32_t c = next_character(p);
    int n = 0;
    const char *name = c > 0 && c < 128 ? strchr(names, c) : NULL;
    if (name != NULL) return meant[name - names];
    if (c == 'x') return hexadecimal(p);
    if (c == '0') return number_at(p, 8, 2, &n);
    const bool is_plain =
        c < 128 && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
    if (!is_plain) fail(p, HONE_E_FORMAT, "an escape that is not known");
    return c;
}

static int32_t class_character(parser *p) {
    const int32_t c = next_character(p);
    return c == '\\' ? escaped(p) : c;
}

/* ---- what a step takes ---- */

static void end_set(parser *p, uint32_t first, bool is_other) {
    const uint32_t n = p->r->n_ranges - first;
    hn_regex_step *s = insert(p, p->r->n_steps, HN_REGEX_TAKE);
    if (s == NULL) return;
    s->a = (int32_t)first;
    s->b = (int32_t)n;
    s->is_other = is_other;
}

static void literal(parser *p, int32_t c) {
    const uint32_t first = p->r->n_ranges;
    add_range(p, c, c);
    end_set(p, first, false);
}

/* Behind "[". */
static void brackets(parser *p) {
    const uint32_t first = p->r->n_ranges;
    const bool is_other = skip(p, "^");
    for (bool is_first = true; is_first || !has(p, "]"); is_first = false) {
        if (p->status != HONE_OK || perl_class(p) || posix_class(p)) {
            if (is_at_end(p)) break;
            continue;
        }
        const int32_t low = class_character(p);
        int32_t high = low;
        if (has(p, "-") && !has(p, "-]") && skip(p, "-")) high = class_character(p);
        if (high < low) fail(p, HONE_E_FORMAT, "a range that ends before it begins");
        add_range(p, low, high);
        if (is_at_end(p)) break;
    }
    if (!skip(p, "]")) fail(p, HONE_E_FORMAT, "a bracket that is not closed");
    end_set(p, first, is_other);
}

static void dot(parser *p) {
    const uint32_t first = p->r->n_ranges;
    if (!p->is_dot_all) add_plain(p, '\n', '\n');
    end_set(p, first, true);
}

/* Behind "\Q". A repetition that follows is of the last character, which begins at *first. */
static void quoted(parser *p, uint32_t *first) {
    while (!is_at_end(p) && !skip(p, "\\E")) {
        *first = p->r->n_steps;
        literal(p, next_character(p));
    }
}

/* ---- groups ---- */

static void alternatives(parser *p);

/* Flags behind "(?", to ":" or ")"; true: a group follows. */
static bool read_flags(parser *p) {
    bool is_on = true;
    while (!is_at_end(p)) {
        const int32_t c = next_character(p);
        if (c == ':') return true;
        if (c == ')') return false;
        if (c == 'i') p->is_folded = is_on;
        if (c == 'm') p->is_lines = is_on;
        if (c == 's') p->is_dot_all = is_on;
        if (c == 0 || c >= 128 || strchr("imsU-", c) == NULL) break;
        if (c == '-') is_on = false;
    }
    fail(p, HONE_E_FORMAT, "a kind of group that is not known");
    return false;
}

static void skip_name(parser *p) {
    while (!is_at_end(p) && !has(p, ">")) (void)next_character(p);
    if (!skip(p, ">")) fail(p, HONE_E_FORMAT, "a name that does not end");
}

/* Behind "(". */
static void group(parser *p) {
    const parser outer = *p;
    bool has_body = true;
    if (skip(p, "?P<") || skip(p, "?<")) {
        skip_name(p);
    } else if (skip(p, "?")) {
        has_body = read_flags(p);
    }
    if (!has_body) return;
    if (++p->depth > HN_REGEX_MAX_DEPTH) fail(p, HONE_E_LIMIT, "its groups are too deep");
    if (p->status == HONE_OK) alternatives(p);
    if (!skip(p, ")")) fail(p, HONE_E_FORMAT, "a group that is not closed");
    p->depth = outer.depth;
    p->is_folded = outer.is_folded;
    p->is_lines = outer.is_lines;
    p->is_dot_all = outer.is_dot_all;
}

/* ---- one thing, as often as it says ---- */

static bool check(parser *p) {
    static const struct {
        const char *text;
        hn_regex_place place;
    } checks[] = {{"\\A", HN_REGEX_TEXT_BEGIN},
                  {"\\z", HN_REGEX_TEXT_END},
                  {"\\b", HN_REGEX_WORD},
                  {"\\B", HN_REGEX_NO_WORD}};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!skip(p, checks[i].text)) continue;
        append(p, HN_REGEX_CHECK, (int32_t)checks[i].place, 0);
        return true;
    }
    const bool is_begin = has(p, "^");
    if (!is_begin && !has(p, "$")) return false;
    p->at++;
    const hn_regex_place line = is_begin ? HN_REGEX_LINE_BEGIN : HN_REGEX_LINE_END;
    const hn_regex_place all = is_begin ? HN_REGEX_TEXT_BEGIN : HN_REGEX_TEXT_END;
    append(p, HN_REGEX_CHECK, (int32_t)(p->is_lines ? line : all), 0);
    return true;
}

/* *step: the first step of what may be repeated. */
static void one_thing(parser *p, uint32_t *step) {
    const uint32_t first = p->r->n_ranges;
    *step = p->r->n_steps;
    if (check(p)) return;
    if (perl_class(p)) {
        end_set(p, first, false);
    } else if (skip(p, "\\Q")) {
        quoted(p, step);
    } else if (skip(p, "\\")) {
        literal(p, escaped(p));
    } else if (skip(p, "[")) {
        brackets(p);
    } else if (skip(p, "(")) {
        group(p);
    } else if (skip(p, ".")) {
        dot(p);
    } else {
        literal(p, next_character(p));
    }
}

/* {n}, {n,} or {n,m}; other braces are characters. most -1: any number. */
static bool read_counts(parser *p, int32_t *least, int32_t *most) {
    const uint64_t begin = p->at;
    int n = 0, n_most = 0;
    bool is_it = skip(p, "{");
    *least = is_it ? number_at(p, 10, 5, &n) : 0;
    *most = *least;
    if (is_it && skip(p, ",")) {
        *most = number_at(p, 10, 5, &n_most);
        if (n_most == 0) *most = -1;
    }
    is_it = is_it && n > 0 && skip(p, "}");
    if (!is_it) p->at = begin;
    return is_it;
}

static bool read_repeat(parser *p, int32_t *least, int32_t *most) {
    *least = has(p, "+") ? 1 : 0;
    *most = has(p, "?") ? 1 : -1;
    if (skip(p, "*") || skip(p, "+") || skip(p, "?")) return true;
    return read_counts(p, least, most);
}

/* The steps from `first` on, least to most times. */
static void repeat(parser *p, uint32_t first, int32_t least, int32_t most) {
    hn_regex *r = p->r;
    const int32_t n = (int32_t)(r->n_steps - first), times = most < 0 ? least + 1 : most;
    memcpy(p->copy, r->steps + first, (size_t)n * sizeof *p->copy);
    r->n_steps = first;
    for (int32_t i = 0; i < times && p->status == HONE_OK; i++) {
        const int32_t behind = most < 0 ? n + 2 : (most - i) * (n + 1);
        if (i >= least) append(p, HN_REGEX_SPLIT, 1, behind);
        if ((uint32_t)n > HN_REGEX_MAX_STATES - r->n_steps) {
            fail(p, HONE_E_LIMIT, "it has too many states");
            return;
        }
        memcpy(r->steps + r->n_steps, p->copy, (size_t)n * sizeof *p->copy);
        r->n_steps += (uint32_t)n;
    }
    if (most < 0) append(p, HN_REGEX_JUMP, -(n + 1), 0);
}

static void repeated_thing(parser *p) {
    uint32_t first;
    int32_t least, most;
    if (has(p, "*") || has(p, "+") || has(p, "?")) {
        fail(p, HONE_E_FORMAT, "a repetition of nothing");
    }
    one_thing(p, &first);
    if (p->status != HONE_OK || !read_repeat(p, &least, &most)) return;
    (void)skip(p, "?"); /* how little it takes does not matter to the whole */
    if (least > HN_REGEX_MAX_REPEAT || most > HN_REGEX_MAX_REPEAT || (most >= 0 && most < least)) {
        fail(p, HONE_E_FORMAT, "a repetition that is not possible");
    }
    if (has(p, "*") || has(p, "+") || has(p, "?")) {
        fail(p, HONE_E_FORMAT, "a repetition of a repetition");
    }
    if (p->status == HONE_OK) repeat(p, first, least, most);
}

/* a|b|c: split a jump split b jump c; a jump leads to the next one, the last to the end. */
static void alternatives(parser *p) {
    uint32_t first = p->r->n_steps, jump = UINT32_MAX;
    for (;;) {
        while (!is_at_end(p) && !has(p, "|") && !has(p, ")")) repeated_thing(p);
        if (p->status != HONE_OK) return;
        const bool is_last = !skip(p, "|");
        if (!is_last) put(p, first, HN_REGEX_SPLIT, 1, (int32_t)(p->r->n_steps - first) + 2);
        if (p->status != HONE_OK) return;
        if (jump != UINT32_MAX) p->r->steps[jump].a = (int32_t)(p->r->n_steps - jump);
        if (is_last) return;
        jump = p->r->n_steps;
        append(p, HN_REGEX_JUMP, 1, 0);
        first = p->r->n_steps;
    }
}

hone_status hn_regex_new(hn_arena *arena, hn_chars pattern, hn_regex **out) {
    hn_regex *r = HN_NEW(arena, hn_regex);
    if (r == NULL) return hn_no_memory(arena->env);
    r->steps = HN_NEW_N(arena, hn_regex_step, HN_REGEX_MAX_STATES);
    r->ranges = HN_NEW_N(arena, hn_regex_range, HN_REGEX_MAX_RANGES);
    parser p = {.env = arena->env, .text = pattern, .r = r};
    p.copy = HN_NEW_N(arena, hn_regex_step, HN_REGEX_MAX_STATES);
    if (r->steps == NULL || r->ranges == NULL || p.copy == NULL) return hn_no_memory(arena->env);
    alternatives(&p);
    if (p.status == HONE_OK && !is_at_end(&p)) fail(&p, HONE_E_FORMAT, "a group ends that is none");
    append(&p, HN_REGEX_END, 0, 0);
    if (p.status != HONE_OK) return p.status;
    uint32_t **const lists[] = {&r->now, &r->next, &r->open, &r->seen};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *lists[i] = HN_NEW_N(arena, uint32_t, r->n_steps);
        if (*lists[i] == NULL) return hn_no_memory(arena->env);
    }
    *out = r;
    return HONE_OK;
}
