/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing tunings as texts; see tuning.h. A line is words with blanks between them. The
 * last line counts what came before, so that a text which was cut is told from a whole one. */
#include "plan/tuning.h"

#include <stdlib.h>
#include <string.h>

enum { LAYOUT = 1, MOST_WORDS = 8, HEX = 32, HEAD_LINES = 5 };

static const uint64_t MOST_BYTES = 1 << 24;

typedef struct word {
    const char *at;
    size_t n;
} word;

typedef struct reader {
    hn_env *env;
    const hn_tuning_text *text;
    const hn_tuning_id *id;
    hn_arena *arena;
    hn_tuning *tuning;
    uint64_t at;
    uint32_t line, n_words, capacity_steps, capacity_loops;
    word words[MOST_WORDS];
} reader;

static hone_status damaged(const reader *r, const char *why) {
    return hn_fail(r->env, HONE_E_FORMAT, "%s: line %u: %s", r->text->name, r->line, why);
}

/* Of a word that a message quotes. */
static int shown(const word *w) {
    return w->n < 40 ? (int)w->n : 40;
}

/* ---- words ---- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* The words of the next line that has any; n_words 0: the text has ended. */
static hone_status next_line(reader *r) {
    const char *bytes = (const char *)r->text->bytes;
    r->n_words = 0;
    while (r->n_words == 0 && r->at < r->text->n_bytes) {
        const char *end = memchr(bytes + r->at, '\n', r->text->n_bytes - r->at);
        const char *from = bytes + r->at;
        if (end == NULL) end = bytes + r->text->n_bytes;
        r->at = (uint64_t)(end - bytes) + 1;
        r->line++;
        for (const char *c = from; c < end && *c != '#';) {
            const char *begin = c;
            while (c < end && *c != '#' && !is_blank(*c)) c++;
            if (c > begin && r->n_words == MOST_WORDS) return damaged(r, "more than a choice");
            if (c > begin) r->words[r->n_words++] = (word){begin, (size_t)(c - begin)};
            if (c < end && is_blank(*c)) c++;
        }
    }
    return HONE_OK;
}

static bool is(const word *w, const char *text) {
    return w->n == strlen(text) && memcmp(w->at, text, w->n) == 0;
}

static bool number_of(const word *w, uint32_t most, uint32_t *out) {
    uint64_t v = 0;
    if (w->n == 0 || w->n > 9) return false;
    for (size_t i = 0; i < w->n; i++) {
        if (w->at[i] < '0' || w->at[i] > '9') return false;
        v = v * 10 + (uint64_t)(w->at[i] - '0');
    }
    if (v > most) return false;
    *out = (uint32_t)v;
    return true;
}

static bool digest_of(const word *w, hn_digest *out) {
    static const char digits[] = "0123456789abcdef";
    hn_digest d = {{0, 0}};
    if (w->n != HEX) return false;
    for (size_t i = 0; i < HEX; i++) {
        const char *digit = memchr(digits, w->at[i], sizeof digits - 1);
        if (digit == NULL) return false;
        d.word[i / 16] = d.word[i / 16] << 4 | (uint64_t)(digit - digits);
    }
    *out = d;
    return true;
}

/* ---- what the text is for ---- */

static hone_status belongs_to(const reader *r, const char *what, const char *here) {
    const word *w = &r->words[1];
    return hn_fail(r->env, HONE_E_ARGUMENT, "%s: tuned for %s %.*s; this is %s: tune anew",
                   r->text->name, what, shown(w), w->at, here);
}

static hone_status read_head_line(reader *r, uint32_t i) {
    static const char *const keys[HEAD_LINES] = {"hone", "engine", "model", "level", "threads"};
    const word *w = r->words;
    uint32_t n = 0;
    hn_digest model;
    if (r->n_words != (i == 0 ? 3u : 2u) || !is(w, keys[i]) || (i == 0 && !is(w + 1, "tune"))) {
        return i == 0 ? hn_fail(r->env, HONE_E_FORMAT, "%s: not a tune file", r->text->name)
                      : damaged(r, "a line of the head is missing");
    }
    if (i == 0 && (!number_of(w + 2, UINT32_MAX, &n) || n != LAYOUT)) {
        return hn_fail(r->env, HONE_E_ARGUMENT, "%s: a tune file of another version of hone: %s",
                       r->text->name, "tune anew");
    }
    if (i == 1 && !is(w + 1, r->id->engine)) return belongs_to(r, "version", r->id->engine);
    if (i == 2 && !digest_of(w + 1, &model)) return damaged(r, "not a digest of a model");
    if (i == 2 && !hn_digest_equal(&model, &r->id->model)) {
        return hn_fail(r->env, HONE_E_ARGUMENT, "%s: tuned for another model", r->text->name);
    }
    const char *level = hn_isa_name(r->id->isa);
    if (i == 3 && !is(w + 1, level)) return belongs_to(r, "CPU level", level);
    if (i == 4 && !number_of(w + 1, UINT32_MAX, &n)) return damaged(r, "not a number of threads");
    if (i == 4 && n != r->id->threads) {
        return hn_fail(r->env, HONE_E_ARGUMENT,
                       "%s: tuned for %u thread%s; the session runs on %u (--threads)",
                       r->text->name, n, n == 1 ? "" : "s", r->id->threads);
    }
    return HONE_OK;
}

/* ---- choices ---- */

static hone_status read_kernel(const reader *r, const word *w, uint32_t *kernel) {
    for (uint32_t i = 0; i < hn_n_kernels; i++) {
        if (!is(w, hn_kernels[i].name)) continue;
        if (!hn_kernel_is_within(&hn_kernels[i], r->id->isa)) {
            return damaged(r, "a kernel that does not run at this CPU level");
        }
        *kernel = i;
        return HONE_OK;
    }
    return hn_fail(r->env, HONE_E_FORMAT, "%s: line %u: no kernel '%.*s'", r->text->name, r->line,
                   shown(w), w->at);
}

/* step DIGEST KERNEL way N threads N */
static hone_status read_step(reader *r) {
    const word *w = r->words;
    hn_tuned_step step = {{{0, 0}}, 0, 0, false};
    uint32_t threads = 0;
    const bool is_whole = r->n_words == 7 && digest_of(w + 1, &step.problem) && is(w + 3, "way") &&
                          number_of(w + 4, UINT32_MAX, &step.way) && is(w + 5, "threads") &&
                          number_of(w + 6, UINT32_MAX, &threads);
    if (!is_whole) return damaged(r, "not 'step DIGEST KERNEL way N threads N'");
    if (threads != 1 && threads != r->id->threads) return damaged(r, "threads: 1 or all of them");
    HN_TRY(read_kernel(r, w + 2, &step.kernel));
    step.is_alone = threads == 1 && r->id->threads > 1;
    hn_tuned_step *grown = hn_arena_grow(r->arena, r->tuning->steps, r->tuning->n_steps,
                                         &r->capacity_steps, sizeof *grown);
    if (grown == NULL) return hn_no_memory(r->env);
    r->tuning->steps = grown;
    grown[r->tuning->n_steps++] = step;
    return HONE_OK;
}

/* tile DIGEST steps N rows N */
static hone_status read_loop(reader *r) {
    const word *w = r->words;
    hn_tuned_loop loop = {{{0, 0}}, 0, 0};
    const bool is_whole = r->n_words == 6 && digest_of(w + 1, &loop.chain) && is(w + 2, "steps") &&
                          number_of(w + 3, HN_TUNED_CHAIN, &loop.n_steps) && is(w + 4, "rows") &&
                          number_of(w + 5, UINT32_MAX, &loop.n_rows);
    if (!is_whole) return damaged(r, "not 'tile DIGEST steps N rows N'");
    if (loop.n_steps < 2 || loop.n_rows < 1) return damaged(r, "a tiling of nothing");
    hn_tuned_loop *grown = hn_arena_grow(r->arena, r->tuning->loops, r->tuning->n_loops,
                                         &r->capacity_loops, sizeof *grown);
    if (grown == NULL) return hn_no_memory(r->env);
    r->tuning->loops = grown;
    grown[r->tuning->n_loops++] = loop;
    return HONE_OK;
}

/* end STEPS TILES */
static hone_status read_end(reader *r) {
    const word *w = r->words;
    uint32_t n_steps = 0, n_loops = 0;
    const bool is_whole = r->n_words == 3 && number_of(w + 1, UINT32_MAX, &n_steps) &&
                          number_of(w + 2, UINT32_MAX, &n_loops);
    if (!is_whole || n_steps != r->tuning->n_steps || n_loops != r->tuning->n_loops) {
        return damaged(r, "lines are missing before the end");
    }
    HN_TRY(next_line(r));
    return r->n_words == 0 ? HONE_OK : damaged(r, "something after the end");
}

static hone_status read_choices(reader *r) {
    for (;;) {
        HN_TRY(next_line(r));
        if (r->n_words == 0) {
            return hn_fail(r->env, HONE_E_FORMAT, "%s: damaged: it has no end", r->text->name);
        }
        if (is(r->words, "end")) return read_end(r);
        if (r->line > HN_TUNED_LINES) return damaged(r, "too many lines");
        if (is(r->words, "step")) {
            HN_TRY(read_step(r));
        } else if (is(r->words, "tile")) {
            HN_TRY(read_loop(r));
        } else {
            return damaged(r, "neither a step nor a tile");
        }
    }
}

hone_status hn_tuning_read(hn_env *env, hn_arena *arena, const hn_tuning_text *text,
                           const hn_tuning_id *id, hn_tuning *tuning) {
    hn_tuning found;
    memset(&found, 0, sizeof found);
    reader r = {.env = env, .text = text, .id = id, .arena = arena, .tuning = &found};
    if (text->n_bytes > MOST_BYTES) {
        return hn_fail(env, HONE_E_LIMIT, "%s: too large for a tune file", text->name);
    }
    for (uint32_t i = 0; i < HEAD_LINES; i++) {
        HN_TRY(next_line(&r));
        HN_TRY(read_head_line(&r, i));
    }
    HN_TRY(read_choices(&r));
    if (!hn_tuning_sort(&found)) {
        return hn_fail(env, HONE_E_FORMAT, "%s: two lines for one digest", text->name);
    }
    *tuning = found;
    return HONE_OK;
}

/* ---- writing ---- */

static void add_digest(hn_text *text, const hn_digest *d) {
    hn_text_add(text, "%016llx%016llx", (unsigned long long)d->word[0],
                (unsigned long long)d->word[1]);
}

void hn_tuning_add_head(hn_text *text, const hn_tuning_id *id) {
    hn_text_add(text, "hone tune %d\nengine %s\nmodel ", LAYOUT, id->engine);
    add_digest(text, &id->model);
    hn_text_add(text, "\nlevel %s\nthreads %u\n", hn_isa_name(id->isa), id->threads);
}

void hn_tuning_add_step(hn_text *text, const hn_tuned_step *step, uint32_t threads) {
    hn_text_add(text, "step ");
    add_digest(text, &step->problem);
    hn_text_add(text, " %s way %u threads %u", hn_kernels[step->kernel].name, step->way,
                step->is_alone ? 1 : threads);
}

void hn_tuning_add_loop(hn_text *text, const hn_tuned_loop *loop) {
    hn_text_add(text, "tile ");
    add_digest(text, &loop->chain);
    hn_text_add(text, " steps %u rows %u", loop->n_steps, loop->n_rows);
}

/* ---- lists: both kinds of items begin with their digest ---- */

static int by_digest(const void *a, const void *b) {
    return hn_digest_compare(a, b);
}

static bool has_twins(const void *items, uint32_t n, size_t item_bytes) {
    for (uint32_t i = 1; i < n; i++) {
        const char *at = (const char *)items + i * item_bytes;
        if (by_digest(at - item_bytes, at) == 0) return true;
    }
    return false;
}

bool hn_tuning_sort(hn_tuning *t) {
    if (t->n_steps > 0) qsort(t->steps, t->n_steps, sizeof *t->steps, by_digest);
    if (t->n_loops > 0) qsort(t->loops, t->n_loops, sizeof *t->loops, by_digest);
    return !has_twins(t->steps, t->n_steps, sizeof *t->steps) &&
           !has_twins(t->loops, t->n_loops, sizeof *t->loops);
}

const hn_tuned_step *hn_tuning_step(const hn_tuning *t, const hn_digest *problem) {
    if (t->n_steps == 0) return NULL;
    return bsearch(problem, t->steps, t->n_steps, sizeof *t->steps, by_digest);
}

const hn_tuned_loop *hn_tuning_loop(const hn_tuning *t, const hn_digest *chain) {
    if (t->n_loops == 0) return NULL;
    return bsearch(chain, t->loops, t->n_loops, sizeof *t->loops, by_digest);
}
