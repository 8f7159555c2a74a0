/* SPDX-License-Identifier: Apache-2.0
 * Tuning: tilings. A chain of n spatial steps has n (n - 1) / 2 pieces that could run as one LOOP
 * over row strips, each with strips of several heights. Chains that are equal are one. All chains
 * try their pieces at the same time, one after the other, in short races that time the LOOP against
 * its steps one by one. Then each chain is divided so that the sum of times is least:
 *
 *     least(0) = 0
 *     least(k) = min(least(k - 1) + step k, least(j) + piece (j, k) for j < k - 1)
 *
 * and the pieces of the divisions, those that gain most first, race once more, at length: a piece
 * stays where its steps and the whole model are faster for sure. */
#include "runtime/tuner.h"

#include <stdlib.h>
#include <string.h>

/* Pieces whose images between steps are smaller than this lie in a cache anyway. */
enum { LEAST_IMAGE = 96 << 10 };
enum { MOST_PIECE = 12, SHORT_BLOCKS = 1, SHORT_TURNS = 5, LONG_TURNS = 3 };

static const uint32_t heights[] = {4, 8, 16};

/* A piece that does not come below this share of its steps' time is not raced again. */
static const double HOPEFUL = 0.98;

enum { N_HEIGHTS = sizeof heights / sizeof heights[0] };

/* A longest chain, of steps of the plain plan. */
typedef struct chain {
    hn_digest digest;
    uint32_t first, n;
} chain;

typedef struct chains {
    chain *of;
    uint32_t n, longest;
} chains;

static hn_digest digest_of(const hn_plan_note *notes, uint32_t first, uint32_t n) {
    hn_digest d = {{0, 0}};
    for (uint32_t i = 0; i < n; i++) hn_digest_add(&d, &notes[first + i].problem, sizeof d);
    return d;
}

static hone_status find_chains(hn_tuner *t, chains *c) {
    const hn_plan *plan = t->plain.plan;
    memset(c, 0, sizeof *c);
    c->of = HN_NEW_N(&t->arena, chain, (uint64_t)plan->n_steps + 1);
    if (c->of == NULL) return hn_no_memory(t->job->track.env);
    for (uint32_t i = 0; i < plan->n_steps; i++) {
        const uint32_t n = plan->notes[i].chain;
        if (n < 2) continue;
        const chain found = {digest_of(plan->notes, i, n), i, n};
        uint32_t k = 0;
        while (k < c->n && !hn_digest_equal(&c->of[k].digest, &found.digest)) k++;
        if (k == c->n) c->of[c->n++] = found;
        if (n > c->longest) c->longest = n;
        i += n - 1;
    }
    return HONE_OK;
}

/* Rows of a step's output, and its bytes. */
static bool image_of(const hn_plan *plan, uint32_t i, uint64_t *n_rows, uint64_t *n_bytes) {
    const hn_step *step = &plan->steps[i];
    hn_row_window w;
    if (!hn_kernels[step->kernel].traits->window(step->args, &w)) return false;
    *n_rows = (uint64_t)w.out_h;
    *n_bytes = *n_rows * w.out_row_bytes;
    return true;
}

/* Is the tiling of steps [first, first + n) by strips so high worth a race? */
static bool is_worth(const hn_plan *plan, uint32_t first, uint32_t n, uint32_t height) {
    uint64_t n_rows = 0, n_bytes = 0, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!image_of(plan, first + i, &n_rows, &n_bytes)) return false;
        if (i + 1 < n && n_bytes > most) most = n_bytes;
    }
    return most >= LEAST_IMAGE && height * 2 <= n_rows;
}

/* ---- pieces ---- */

static hn_piece *piece_of(const hn_tuner *t, const hn_digest *digest) {
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        if (hn_digest_equal(&t->pieces[i].loop.chain, digest)) return &t->pieces[i];
    }
    return NULL;
}

static hone_status add_piece(hn_tuner *t, const hn_tuned_loop *loop, uint32_t step) {
    if (piece_of(t, &loop->chain) != NULL) return HONE_OK;
    hn_piece *grown =
        hn_arena_grow(&t->arena, t->pieces, t->n_pieces, &t->capacity_pieces, sizeof *grown);
    if (grown == NULL) return hn_no_memory(t->job->track.env);
    t->pieces = grown;
    grown[t->n_pieces++] = (hn_piece){*loop, {.step = step}, 1};
    return HONE_OK;
}

/* Times of one piece in a plan without its LOOPs and one with them; n_blocks 0: it has none. Both
 * may have other LOOPs, the same ones. */
static hn_race_times times_of(const hn_racer *one, const hn_racer *two, const hn_digest *digest,
                              uint32_t *n_places) {
    const hn_plan *a = one->plan, *b = two->plan;
    hn_race_times sum;
    memset(&sum, 0, sizeof sum);
    *n_places = 0;
    for (uint32_t i = 0, k = 0; k < b->n_steps && i < a->n_steps; i++, k++) {
        const hn_step *step = &b->steps[k];
        if (step->kind != HN_STEP_LOOP || a->steps[i].kind == HN_STEP_LOOP) continue;
        const hn_digest here = digest_of(b->notes, k + 1, step->n_body);
        for (uint32_t x = 0; x < HN_RACE_BLOCKS && hn_digest_equal(&here, digest); x++) {
            for (uint32_t j = 0; j < step->n_body && i + j < a->n_steps; j++) {
                sum.one[x] += one->steps[(size_t)x * a->n_steps + i + j];
            }
            sum.two[x] += two->steps[(size_t)x * b->n_steps + k];
            *n_places += x == 0;
        }
        i += step->n_body - 1;
        k += step->n_body;
    }
    sum.n_blocks = *n_places > 0 ? HN_RACE_BLOCKS : 0;
    return sum;
}

/* ---- short races of all pieces ---- */

/* Piece number `at` of a chain, in any order: [*begin, *begin + *n). */
static bool piece_at(const chain *c, uint32_t at, uint32_t *begin, uint32_t *n) {
    const uint32_t most = c->n < MOST_PIECE ? c->n : MOST_PIECE;
    for (*n = 2; *n <= most; (*n)++) {
        const uint32_t n_begins = c->n - *n + 1;
        *begin = at;
        if (at < n_begins) return true;
        at -= n_begins;
    }
    return false;
}

/* The tuning with piece `at` of every chain in strips of a height, where that is worth a race. */
static hone_status line_up(hn_tuner *t, const chains *c, uint32_t at, uint32_t height,
                           hn_tuning *tuning) {
    const hn_plan *plan = t->plain.plan;
    *tuning = t->tuning;
    tuning->n_loops = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t begin = 0, n = 0;
        if (!piece_at(&c->of[i], at, &begin, &n)) continue;
        const uint32_t first = c->of[i].first + begin;
        if (!is_worth(plan, first, n, height)) continue;
        const hn_tuned_loop loop = {digest_of(plan->notes, first, n), n, height};
        HN_TRY(add_piece(t, &loop, first));
        bool is_there = false;
        for (uint32_t k = 0; k < tuning->n_loops; k++) {
            is_there |= hn_digest_equal(&tuning->loops[k].chain, &loop.chain);
        }
        if (!is_there) tuning->loops[tuning->n_loops++] = loop;
    }
    (void)hn_tuning_sort(tuning); /* there are no twins */
    return HONE_OK;
}

static hone_status race_short(hn_tuner *t, const hn_tuning *tuning, double *least) {
    const hn_race_track *track = &t->job->track;
    const hn_race_length length = {SHORT_BLOCKS, SHORT_TURNS};
    hn_racer two;
    HN_TRY(hn_racer_new(track, tuning, &two));
    const hone_status status = hn_race(track, &t->base, &two, &length);
    for (uint32_t i = 0; status == HONE_OK && i < t->base.plan->n_steps; i++) {
        if (least[i] <= 0 || t->base.steps[i] < least[i]) least[i] = t->base.steps[i];
    }
    for (uint32_t i = 0; status == HONE_OK && i < tuning->n_loops; i++) {
        uint32_t n_places;
        hn_piece *piece = piece_of(t, &tuning->loops[i].chain);
        hn_race_times times = times_of(&t->base, &two, &tuning->loops[i].chain, &n_places);
        if (times.n_blocks == 0) continue;
        times.n_blocks = SHORT_BLOCKS;
        const double ratio = hn_race_two(&times) / hn_race_one(&times);
        if (ratio >= piece->ratio) continue;
        piece->ratio = ratio;
        piece->loop.n_rows = tuning->loops[i].n_rows;
        piece->time.n_places = n_places;
    }
    hn_racer_free(track, &two);
    return status;
}

/* `least`: of each step of the base in all of these races. */
static hone_status race_pieces(hn_tuner *t, const chains *c, double *least) {
    const uint32_t longest = c->longest;
    uint32_t n = 0;
    for (uint32_t k = 2; k <= longest && k <= MOST_PIECE; k++) n += longest - k + 1;
    hn_tuning tuning;
    hn_tuned_loop *loops = HN_NEW_N(&t->arena, hn_tuned_loop, (uint64_t)c->n + 1);
    if (loops == NULL) return hn_no_memory(t->job->track.env);
    t->tuning.loops = loops;
    t->n_done = 0;
    for (uint32_t at = 0; at < n; at++) {
        for (uint32_t h = 0; h < N_HEIGHTS; h++, t->n_done++) {
            hn_tune_tell(t, "tilings", n * N_HEIGHTS + 1);
            if (hn_tune_is_late(t, HN_TUNE_SHORT_SHARE)) continue;
            HN_TRY(line_up(t, c, at, heights[h], &tuning));
            if (tuning.n_loops > 0) HN_TRY(race_short(t, &tuning, least));
        }
    }
    hn_tune_tell(t, "tilings", ++t->n_done);
    return HONE_OK;
}

/* ---- the division of a chain ---- */

/* Marks the pieces of the best division of a chain in `is_used`. */
static void divide(const hn_tuner *t, const chain *c, const double *step, bool *is_used) {
    double least[HN_TUNED_CHAIN + 1] = {0}, alone[HN_TUNED_CHAIN + 1] = {0};
    hn_piece *last[HN_TUNED_CHAIN + 1] = {NULL};
    for (uint32_t k = 1; k <= c->n; k++) {
        least[k] = least[k - 1] + step[c->first + k - 1];
        alone[k] = alone[k - 1] + step[c->first + k - 1];
        for (uint32_t n = 2; n <= k && n <= MOST_PIECE; n++) {
            const hn_digest d = digest_of(t->plain.plan->notes, c->first + k - n, n);
            hn_piece *piece = piece_of(t, &d);
            if (piece == NULL || piece->time.n_places == 0) continue;
            const double before = alone[k] - alone[k - n], after = before * piece->ratio;
            piece->time.before = before * piece->time.n_places;
            piece->time.after = after * piece->time.n_places;
            if (piece->ratio > HOPEFUL || least[k - n] + after >= least[k]) continue;
            least[k] = least[k - n] + after;
            last[k] = piece;
        }
    }
    for (uint32_t k = c->n; k > 0;) {
        if (last[k] != NULL) is_used[last[k] - t->pieces] = true;
        k -= last[k] != NULL ? last[k]->loop.n_steps : 1;
    }
}

/* ---- long races of the best ---- */

/* Adds a piece to the tuning when it is sure that its steps and the whole model gain. */
static hone_status confirm(hn_tuner *t, hn_piece *piece, hn_tuned_loop *room) {
    const hn_race_track *track = &t->job->track;
    const hn_race_length length = {HN_RACE_BLOCKS, LONG_TURNS * t->length.n_turns};
    hn_tuning tuning = t->tuning;
    uint32_t n_places = 0;
    hn_racer two;
    memcpy(room, t->tuning.loops, t->tuning.n_loops * sizeof *room);
    tuning.loops = room;
    room[tuning.n_loops++] = piece->loop;
    (void)hn_tuning_sort(&tuning); /* a piece is there once */
    HN_TRY(hn_racer_new(track, &tuning, &two));
    const hone_status status = hn_race(track, &t->base, &two, &length);
    const hn_race_times times = times_of(&t->base, &two, &piece->loop.chain, &n_places);
    bool is_kept = status == HONE_OK && times.n_blocks > 0 &&
                   hn_race_is_sure(&times, HN_TUNE_SURE_PERCENT / 100.0);
    if (is_kept) {
        piece->time =
            (hn_tuned_time){hn_race_one(&times), hn_race_two(&times), piece->time.step, n_places};
        const hn_race_times whole = hn_race_wholes(&t->base, &two);
        is_kept = hn_race_is_sure(&whole, 0);
    }
    if (is_kept) {
        memcpy(t->tuning.loops, room, tuning.n_loops * sizeof *room);
        t->tuning.n_loops = tuning.n_loops;
        hn_racer_free(track, &t->base);
        t->base = two;
    } else {
        hn_racer_free(track, &two);
    }
    return status;
}

static int by_gain(const void *a, const void *b) {
    const hn_piece *const *x = a, *const *y = b;
    const double one = (*x)->time.before - (*x)->time.after;
    const double two = (*y)->time.before - (*y)->time.after;
    return (one < two) - (one > two);
}

static hone_status confirm_best(hn_tuner *t, const chains *c, const double *least) {
    uint32_t n = 0;
    bool *is_used = HN_NEW_N(&t->arena, bool, (uint64_t)t->n_pieces + 1);
    hn_piece **best = HN_NEW_N(&t->arena, hn_piece *, (uint64_t)t->n_pieces + 1);
    t->tuning.loops = HN_NEW_N(&t->arena, hn_tuned_loop, (uint64_t)t->n_pieces + 1);
    hn_tuned_loop *room = HN_NEW_N(&t->arena, hn_tuned_loop, (uint64_t)t->n_pieces + 1);
    if (is_used == NULL || best == NULL || t->tuning.loops == NULL || room == NULL) {
        return hn_no_memory(t->job->track.env);
    }
    for (uint32_t i = 0; i < c->n; i++) divide(t, &c->of[i], least, is_used);
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        if (is_used[i]) best[n++] = &t->pieces[i];
    }
    qsort(best, n, sizeof *best, by_gain);
    t->n_done = 0;
    for (uint32_t i = 0; i < n; i++, t->n_done++) {
        hn_tune_tell(t, "repeats", n);
        if (hn_tune_is_late(t, 1)) continue;
        HN_TRY(confirm(t, best[i], room));
    }
    hn_tune_tell(t, "repeats", n);
    return HONE_OK;
}

hone_status hn_tune_tiles(hn_tuner *t) {
    chains c;
    HN_TRY(find_chains(t, &c));
    if (c.n == 0) return HONE_OK;
    double *least = HN_NEW_N(&t->arena, double, t->base.plan->n_steps);
    if (least == NULL) return hn_no_memory(t->job->track.env);
    HN_TRY(race_pieces(t, &c, least));
    return confirm_best(t, &c, least);
}
