/* SPDX-License-Identifier: Apache-2.0
 * The first spatial steps as one LOOP over strips of rows. In tile i the last step of the chain
 * makes its strip; every step before it makes just the rows that are then needed and were not made
 * yet, so nothing is computed twice. Between steps only a ring of rows is kept:
 *
 *      tile i:   step 1 makes rows  [made before .. needed by step 2)   -> ring 1
 *                step 2 makes rows  [made before .. needed by step 3)   -> ring 2
 *                step 3 makes rows  [i * strip .. (i + 1) * strip)      -> whole
 *
 * A chain is a run of consecutive kernel steps whose traits state a row window, each reading what
 * the one before made and nobody else reads. */
#include "plan/build.h"

#include <string.h>

enum { MOST_ROW = 1 << 29 };

typedef struct chain {
    uint32_t first, n; /* raw steps */
    hn_row_window *window;
} chain;

static bool window_of(const hn_raw_step *s, hn_row_window *out) {
    if (s->step.kind != HN_STEP_KERNEL) return false;
    const hn_traits *traits = hn_kernels[s->step.kernel].traits;
    return traits->window != NULL && traits->window(s->step.args, out);
}

static bool has_one_reader(const hn_build *b, uint32_t storage, uint32_t reader) {
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        for (uint32_t k = 0; k + s->n_out < s->step.n_buf; k++) {
            const uint32_t o = hn_raw_operands(s)[k];
            if (o == HN_NO_STORAGE || hn_build_root(b, o) != storage) continue;
            if (i != reader || s->step.kind != HN_STEP_KERNEL) return false;
        }
    }
    return true;
}

static bool continues(const hn_build *b, const hn_row_window *before, uint32_t i,
                      const hn_row_window *w) {
    const uint32_t made = hn_build_root(b, b->steps[i - 1].storage[before->out_operand]);
    return hn_build_root(b, b->steps[i].storage[w->in_operand]) == made &&
           b->storages[made].space == HN_SPACE_ARENA && w->in_h == before->out_h &&
           w->in_row_bytes == before->out_row_bytes && has_one_reader(b, made, i);
}

static void find_chain(const hn_build *b, chain *c) {
    const uint32_t wanted = b->options->tile_steps;
    c->n = 0;
    for (uint32_t i = 0; i < b->n_steps && c->n < wanted; i++) {
        hn_row_window w;
        if (!window_of(&b->steps[i], &w)) {
            if (c->n > 0) return;
            continue;
        }
        if (c->n > 0 && !continues(b, &c->window[c->n - 1], i, &w)) return;
        if (c->n == 0) c->first = i;
        c->window[c->n++] = w;
    }
}

/* Row ranges of each step, from the last to the first: the rows that the next one reads. False
 * when a row number of the last tile would not fit. */
static bool assign_rows(hn_build *b, const chain *c, int32_t n_tiles) {
    int64_t stride = b->options->tile_rows;
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

hone_status hn_build_loops(hn_build *b) {
    if (b->options->tile_steps < 2 || b->options->tile_rows == 0 || b->is_body) return HONE_OK;
    const uint32_t most = b->options->tile_steps < b->n_steps ? b->options->tile_steps : b->n_steps;
    chain c = {0, 0, HN_NEW_N(&b->plan->arena, hn_row_window, most)};
    if (c.window == NULL) return hn_no_memory(b->env);
    find_chain(b, &c);
    if (c.n < 2) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED,
                       "no chain of %u spatial steps to run in row strips", b->options->tile_steps);
    }
    const int32_t height = c.window[c.n - 1].out_h;
    const int32_t rows = (int32_t)b->options->tile_rows;
    if (rows >= height) return HONE_OK;
    const int32_t n_tiles = (height + rows - 1) / rows;
    if (!assign_rows(b, &c, n_tiles)) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "windows too far apart to run in row strips");
    }
    make_rings(b, &c, n_tiles);
    return insert_loop(b, &c, n_tiles);
}
