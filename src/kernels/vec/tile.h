/* SPDX-License-Identifier: Apache-2.0
 * The inner loop of convolutions and matrix products on packed panels (kernels/pack.h): a tile of
 * rows x vectors of outputs stays in registers while the window's elements go by, 32 bits of input
 * at a time (a float, two 16-bit integers, or four bytes), each multiplied with vectors of weights.
 *
 *             b      [ 16 outputs ][ 16 outputs ]     one step: 32 bits of each row,
 *      row 0  a0 ->  [    sums    ][    sums    ]     from an address that moves by
 *      row 1  a1 ->  [    sums    ][    sums    ]     `step` from row to row
 *      ...
 *
 * Each output adds its products in the order of the steps, whatever the tile.
 *
 * How rows and weights meet is one of four files: tile_spread.h, or, as TILE_BY_... says,
 * tile_lanes.h, tile_matrix.h, tile_parts.h, whose steps are eight bytes of each row. Sums that are
 * taken in blocks: tile_blocks.h.
 *
 * Whoever includes this has included vec_<isa>.h and defined tile_v with tile_zero, tile_load,
 * tile_spread, and what the file above multiplies by; tile_out (at least the members below) and
 * tile_end, which gets the sums of rows out->row .. by outputs out->from .. (out->n of them) and
 * stores them. Where vectors are not of 32 bits a lane it has defined TILE_LANES, TILE_PANEL,
 * TILE_STEP_BYTES, TILE_START_BYTES and TILE_OUTPUT_BYTES before. */
#ifndef HN_KERNELS_VEC_TILE_H
#define HN_KERNELS_VEC_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"

/* Rows of input and a run of panels. */
typedef struct tile_work {
    const uint8_t *const *run; /* where each run begins, for row 0 */
    int32_t n_runs, steps;     /* steps of a run */
    size_t step;               /* bytes from one row to the next */
    const uint8_t *b;          /* weights of the first output */
    size_t b_step, b_panel;    /* bytes from one step, one 16 outputs to the next */
    const uint8_t *init;       /* for each output: what its sum begins with; NULL: 0 */
} tile_work;

#ifndef TILE_OUTPUT_BYTES
#define TILE_OUTPUT_BYTES 4 /* of an output's weights in one step */
#endif
#ifndef TILE_LANES
#define TILE_LANES       VN /* outputs of a vector */
#define TILE_PANEL       16 /* outputs of a panel */
#define TILE_STEP_BYTES  4  /* of input that a step takes */
#define TILE_START_BYTES 4  /* of what an output's sum begins with */
#endif

HN_INLINE size_t tile_at(size_t b_panel, int v) {
    const int first = v * TILE_LANES;
    return (size_t)(first / TILE_PANEL) * b_panel +
           (size_t)(first % TILE_PANEL) * TILE_OUTPUT_BYTES;
}

/* What the sums of vector v begin with. */
HN_INLINE tile_v tile_start(const tile_work *w, int v) {
    return w->init == 0 ? tile_zero() : tile_load(w->init + v * TILE_LANES * TILE_START_BYTES);
}

#if defined(TILE_BY_MATRIX)
#include "kernels/vec/tile_matrix.h"
#elif defined(TILE_BY_PARTS)
#include "kernels/vec/tile_parts.h"
#elif defined(TILE_BY_LANES)
#include "kernels/vec/tile_lanes.h"
#else
#include "kernels/vec/tile_spread.h"
#endif

#if defined(TILE_BLOCK)
#include "kernels/vec/tile_blocks.h"
#else
#if !defined(TILE_BY_MATRIX) && !defined(TILE_BY_PARTS)
HN_INLINE void tile_sums(const tile_work *w, size_t from, int rows, int wide, tile_v acc[][4]) {
    HN_UNROLL for (int v = 0; v < wide; ++v) {
        const tile_v start = tile_start(w, v);
        HN_UNROLL for (int i = 0; i < rows; ++i) acc[i][v] = start;
    }
    const uint8_t *b = w->b;
    for (int32_t r = 0; r < w->n_runs; ++r) b = tile_run(w, w->run[r] + from, b, rows, wide, acc);
}
#endif

HN_INLINE void tile_body(const tile_work *w, size_t from, int rows, int wide, const tile_out *out) {
    tile_v acc[14][4];
    tile_sums(w, from, rows, wide, acc);
    tile_end(out, rows, wide, acc);
}
#endif

typedef void (*tile_fn)(const tile_work *w, size_t from, const tile_out *out);

#define TILE(rows, wide)                                                                           \
    static void tile_##rows##x##wide(const tile_work *w, size_t from, const tile_out *out) {       \
        tile_body(w, from, rows, wide, out);                                                       \
    }
#define TILE_ENTRY(rows, wide) tile_##rows##x##wide,
TILE_LOW(TILE)
TILE_TALL(TILE)
TILE_SLIM(TILE)

/* By rows less one: four, two, one vectors wide. */
static const tile_fn tile_low[] = {TILE_LOW(TILE_ENTRY)};
static const tile_fn tile_tall[] = {TILE_TALL(TILE_ENTRY)};
static const tile_fn tile_slim[] = {TILE_SLIM(TILE_ENTRY)};

enum {
    N_TILE_LOW = sizeof tile_low / sizeof tile_low[0],
    N_TILE_TALL = sizeof tile_tall / sizeof tile_tall[0],
    N_TILE_SLIM = sizeof tile_slim / sizeof tile_slim[0]
};

/* The tiles of one column of outputs, of about the same height each. */
static void tile_column(const tile_work *w, const tile_fn *tile, int32_t most, int32_t n_rows,
                        tile_out *out) {
    for (int32_t row = 0; row < n_rows;) {
        const int32_t left = n_rows - row, tiles = (left + most - 1) / most;
        const int32_t rows = (left + tiles - 1) / tiles;
        out->row = row;
        tile[rows - 1](w, (size_t)row * w->step, out);
        row += rows;
    }
}

/* n_rows x n_outputs. */
static void tile_all(const tile_work *all, int32_t n_rows, int32_t n_outputs, tile_out *out) {
    tile_work w = *all;
    int32_t wide;
    for (int32_t from = 0; from < n_outputs; from += wide * TILE_LANES) {
        const int32_t rest = n_outputs - from;
        wide = tile_width((rest + TILE_LANES - 1) / TILE_LANES, n_rows);
        out->from = from;
        out->n = rest < wide * TILE_LANES ? rest : wide * TILE_LANES;
        w.b = all->b + tile_at(w.b_panel, from / TILE_LANES);
        if (w.init != 0) w.init = all->init + (size_t)from * TILE_START_BYTES;
        if (wide == 4)
            tile_column(&w, tile_low, N_TILE_LOW, n_rows, out);
        else if (wide == 2)
            tile_column(&w, tile_tall, N_TILE_TALL, n_rows, out);
        else
            tile_column(&w, tile_slim, N_TILE_SLIM, n_rows, out);
    }
}

#endif
