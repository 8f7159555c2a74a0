/* SPDX-License-Identifier: Apache-2.0
 * Spatial steps as one LOOP over strips of rows: the first ones, as the options ask for, or those
 * that a tuning names (plan/tuning.h). In tile i the last step of the chain
 * makes its strip; every step before it makes just the rows that are then needed and were not made
 * yet, so nothing is computed twice. Between steps only a ring of rows is kept:
 *
 *      tile i:   step 1 makes rows  [made before .. needed by step 2)   -> ring 1
 *                step 2 makes rows  [made before .. needed by step 3)   -> ring 2
 *                step 3 makes rows  [i * strip .. (i + 1) * strip)      -> whole
 *
 * A chain is a run of consecutive kernel steps whose traits state a row window, each reading what
 * the one before made and nobody else reads. One that adds an image to its output ends it. */
#include "plan/build.h"

#include <string.h>

enum { MOST_ROW = 1 << 29 };

typedef struct chain {
    uint32_t first, n; /* raw steps */
    hn_row_window *window;
    uint32_t n_loops; /* put in so far: steps are by so many later than readers say */
} chain;

/* Who reads a storage, where it is not one kernel step. */
#define NOBODY  UINT32_MAX
#define SEVERAL (UINT32_MAX - 1)

static bool window_of(const hn_raw_step *s, hn_row_window *out) {
    if (s->step.kind != HN_STEP_KERNEL) return false;
    const hn_traits *traits = hn_kernels[s->step.kernel].traits;
    return traits->window != NULL && traits->window(s->step.args, out);
}

/* By the root of a storage: the kernel step that reads it. */
static hone_status find_readers(hn_build *b, uint32_t **out) {
    uint32_t *of = HN_NEW_N(&b->plan->arena, uint32_t, (uint64_t)b->n_storages + 1);
    if (of == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < b->n_storages; i++) of[i] = NOBODY;
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        for (uint32_t k = 0; k + s->n_out < s->step.n_buf; k++) {
            const uint32_t o = hn_raw_operands(s)[k];
            if (o == HN_NO_STORAGE) continue;
            uint32_t *reader = &of[hn_build_root(b, o)];
            const bool is_first = *reader == NOBODY || *reader == i;
            *reader = is_first && s->step.kind == HN_STEP_KERNEL ? i : SEVERAL;
        }
    }
    *out = of;
    return HONE_OK;
}

/* The image that a step adds to its output: it must be whole, and so must the output. */
static uint32_t addend_of(const hn_build *b, const hn_raw_step *s, const hn_row_window *w) {
    const int32_t k = hn_kernels[s->step.kernel].traits->inplace;
    if (k < 0 || k == w->in_operand || s->storage[k] == HN_NO_STORAGE) return HN_NO_STORAGE;
    return hn_build_root(b, s->storage[k]);
}

/* May step i, whose window is the chain's next one, follow the chain's last step? */
static bool continues(const hn_build *b, const uint32_t *reader, const chain *c, uint32_t i) {
    const hn_row_window *w = &c->window[c->n], *before = w - 1;
    const hn_raw_step *one = &b->steps[i - 1], *two = &b->steps[i];
    const uint32_t made = hn_build_root(b, one->storage[before->out_operand]);
    return hn_build_root(b, two->storage[w->in_operand]) == made &&
           addend_of(b, one, before) == HN_NO_STORAGE && addend_of(b, two, w) != made &&
           b->storages[made].space == HN_SPACE_ARENA && w->in_h == before->out_h &&
           w->in_row_bytes == before->out_row_bytes && reader[made] == i - c->n_loops;
}

/* The longest chain of at most `wanted` steps from step `first` on. */
static void grow_chain(const hn_build *b, const uint32_t *reader, uint32_t first, uint32_t wanted,
                       chain *c) {
    c->first = first;
    c->n = 0;
    for (uint32_t i = first; i < b->n_steps && c->n < wanted; i++) {
        if (!window_of(&b->steps[i], &c->window[c->n])) return;
        if (c->n > 0 && !continues(b, reader, c, i)) return;
        c->n++;
    }
}

/* Row ranges of each step, from the last to the first: the rows that the next one reads. False
 * when a row number of the last tile would not fit. */
static bool assign_rows(hn_build *b, const chain *c, uint32_t n_rows, int32_t n_tiles) {
    int64_t stride = n_rows;
    int64_t high = stride; /* rows [..., stride * i + high) are made by the end of tile i */
    for (uint32_t k = c->n; k-- > 0;) {
        const hn_row_window *w = &c->window[k];
        if (high < -MOST_ROW || high > MOST_ROW || stride > MOST_ROW / n_tiles) return false;
        hn_rows *rows = &b->steps[c->first + k].step.rows;
        *rows = (hn_rows){(int32_t)stride, (int32_t)(high - stride), (int32_t)high, w->out_h,
                          INT32_MAX};
        high = (high - 1) * w->stride - w->pad + (int64_t)(w->kernel - 1) * w->dilation + 1;
        stride *= w->stride;
    }
    return true;
}

/* The greatest number of rows between the first that step k + 1 still reads and the last that step
 * k has made, over all tiles. */
static uint32_t ring_height(const hn_build *b, const chain *c, uint32_t k, int32_t n_tiles) {
    const hn_rows *made = &b->steps[c->first + k].step.rows;
    const hn_rows *read = &b->steps[c->first + k + 1].step.rows;
    const hn_row_window *w = &c->window[k + 1];
    int32_t height = 1;
    for (int32_t i = 0; i < n_tiles; i++) {
        int32_t from = hn_rows_begin(read, i) * w->stride - w->pad;
        const int32_t to = hn_rows_end(made, i, n_tiles);
        if (from < 0) from = 0;
        if (to - from > height) height = to - from;
    }
    return (uint32_t)height;
}

static void make_rings(hn_build *b, const chain *c, int32_t n_tiles) {
    for (uint32_t k = 0; k + 1 < c->n; k++) {
        const uint32_t out = b->steps[c->first + k].storage[c->window[k].out_operand];
        hn_storage *s = &b->storages[hn_build_root(b, out)];
        const uint32_t height = ring_height(b, c, k, n_tiles);
        if ((int32_t)height >= c->window[k].out_h) continue;
        s->ring = height;
        s->n_bytes = (uint64_t)height * c->window[k].out_row_bytes;
    }
}

static hone_status insert_loop(hn_build *b, const chain *c, int32_t n_tiles) {
    hn_raw_step *loop = NULL;
    HN_TRY(hn_build_step(b, &loop));
    hn_raw_step made = *loop;
    made.step.kind = HN_STEP_LOOP;
    made.step.n_tiles = (uint32_t)n_tiles;
    made.step.n_body = c->n;
    made.step.origin = b->steps[c->first].step.origin;
    memmove(b->steps + c->first + 1, b->steps + c->first,
            (b->n_steps - 1 - c->first) * sizeof *b->steps);
    b->steps[c->first] = made;
    return HONE_OK;
}

/* The chain's steps as one LOOP over strips of n_rows; nothing where one strip is all. */
static hone_status make_loop(hn_build *b, const chain *c, uint32_t n_rows, bool *is_made) {
    const int32_t height = c->window[c->n - 1].out_h;
    *is_made = n_rows < (uint32_t)height;
    if (!*is_made) return HONE_OK;
    const int32_t n_tiles = (int32_t)(((uint32_t)height - 1) / n_rows + 1);
    if (!assign_rows(b, c, n_rows, n_tiles)) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "windows too far apart to run in row strips");
    }
    make_rings(b, c, n_tiles);
    return insert_loop(b, c, n_tiles);
}

/* The first steps with windows, as the options ask for. */
static hone_status tile_first(hn_build *b, const uint32_t *reader, chain *c) {
    hn_row_window w;
    uint32_t i = 0;
    while (i < b->n_steps && !window_of(&b->steps[i], &w)) i++;
    grow_chain(b, reader, i, b->options->tile_steps, c);
    if (c->n < 2) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED,
                       "no chain of %u spatial steps to run in row strips", b->options->tile_steps);
    }
    bool is_made;
    return make_loop(b, c, b->options->tile_rows, &is_made);
}

/* ---- what a tuning says ---- */

/* The longest tiling for steps from c->first on; the chain is then as long. */
static const hn_tuned_loop *find_tiling(const hn_build *b, chain *c) {
    const hn_tuned_loop *best = NULL;
    hn_digest d = {{0, 0}};
    const uint32_t n = c->n;
    for (uint32_t k = 0; k < n; k++) {
        hn_digest_add(&d, &b->steps[c->first + k].problem, sizeof d);
        const hn_tuned_loop *loop = hn_tuning_loop(b->options->tuning, &d);
        if (loop == NULL || loop->n_steps != k + 1) continue;
        best = loop;
        c->n = k + 1;
    }
    return best;
}

static hone_status tile_as_tuned(hn_build *b, const uint32_t *reader, chain *c) {
    for (uint32_t i = 0; i < b->n_steps; i++) {
        grow_chain(b, reader, i, HN_TUNED_CHAIN, c);
        const hn_tuned_loop *loop = c->n > 1 ? find_tiling(b, c) : NULL;
        bool is_made = false;
        if (loop != NULL) HN_TRY(make_loop(b, c, loop->n_rows, &is_made));
        if (!is_made) continue;
        hn_tuning_mark_loop(b, loop);
        c->n_loops++;
        i += c->n;
    }
    return HONE_OK;
}

/* For whoever measures: what each step is. */
static hone_status note_steps(hn_build *b, const uint32_t *reader, chain *c) {
    hn_plan_note *notes = HN_NEW_N(&b->plan->arena, hn_plan_note, (uint64_t)b->n_steps + 1);
    if (notes == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < b->n_steps; i++) {
        grow_chain(b, reader, i, HN_TUNED_CHAIN, c);
        notes[i] = (hn_plan_note){b->steps[i].problem, c->n};
    }
    b->plan->notes = notes;
    return HONE_OK;
}

hone_status hn_build_loops(hn_build *b) {
    const hn_tuning *tuning = b->options->tuning;
    const bool is_asked = b->options->tile_steps >= 2 && b->options->tile_rows > 0;
    if (b->is_body || (!is_asked && tuning == NULL)) return HONE_OK;
    uint32_t most = is_asked ? b->options->tile_steps : HN_TUNED_CHAIN;
    if (most > b->n_steps) most = b->n_steps;
    if (most < HN_TUNED_CHAIN) most = HN_TUNED_CHAIN;
    uint32_t *reader = NULL;
    chain c = {0, 0, HN_NEW_N(&b->plan->arena, hn_row_window, most), 0};
    if (c.window == NULL) return hn_no_memory(b->env);
    HN_TRY(find_readers(b, &reader));
    if (is_asked) HN_TRY(tile_first(b, reader, &c));
    if (!is_asked && tuning->n_loops > 0) HN_TRY(tile_as_tuned(b, reader, &c));
    return tuning != NULL && tuning->trial.is_on ? note_steps(b, reader, &c) : HONE_OK;
}
