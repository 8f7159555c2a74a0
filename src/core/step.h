/* SPDX-License-Identifier: Apache-2.0
 * The program: an array of steps of four kinds over buffers in spaces. The runtime walks it,
 * codegen prints it, tools dump it.
 *
 *   KERNEL  a row of the kernel table, its arguments, its buffers, a parallel range of units
 *   LOOP    the next n_body steps, once per tile
 *   CALL    something that may fail: a sub-plan (If), or a provider's submit
 *   WAIT    the end of a submitted call
 *
 * A LOOP is serial: its body's units run in parallel, and its buffers are rings in the arena, where
 * a row is made once and read while it is there. */
#ifndef HN_CORE_STEP_H
#define HN_CORE_STEP_H

#include <stdint.h>

typedef enum hn_space {
    HN_SPACE_NONE,     /* an absent operand */
    HN_SPACE_ARENA,    /* at offset */
    HN_SPACE_CONST,    /* constant number index */
    HN_SPACE_INPUT,    /* caller's input number index */
    HN_SPACE_OUTPUT,   /* caller's output number index */
    HN_SPACE_STATE,    /* session state, at offset */
    HN_SPACE_SCRATCH,  /* worker scratch, at offset */
    HN_SPACE_PROVIDER, /* a provider's memory number index, at offset */
    HN_SPACE_DYNAMIC   /* the session's value number index, whose shape depends on data */
} hn_space;

typedef struct hn_bufref {
    uint32_t space, index;
    uint64_t offset, n_bytes;
    uint32_t tile_stride; /* bytes from one tile's part to the next */
    uint32_t ring;        /* rows held, 0: all (core/work.h) */
} hn_bufref;

/* Rows that a step inside a LOOP makes in tile i of n: from (i == 0 ? 0 : clamp(stride * i + low))
 * to (i == n - 1 ? height : clamp(stride * i + high)), clamped to 0..height. */
typedef struct hn_rows {
    int32_t stride, low, high, height, width;
} hn_rows;

typedef enum hn_step_kind { HN_STEP_KERNEL, HN_STEP_LOOP, HN_STEP_CALL, HN_STEP_WAIT } hn_step_kind;

typedef struct hn_step {
    hn_step_kind kind;
    uint32_t kernel; /* KERNEL: row of the kernel table */
    uint32_t units, grain, scratch_bytes, n_buf;
    const void *args;
    const hn_bufref *buf;     /* KERNEL, CALL */
    hn_rows rows;             /* KERNEL in a LOOP */
    uint32_t n_tiles, n_body; /* LOOP */
    uint32_t call;   /* CALL, WAIT: index into the plan's calls; a WAIT joins that call's token */
    uint32_t origin; /* index into the plan's origins: which nodes this step comes from */
} hn_step;

static inline int32_t hn_rows_begin(const hn_rows *r, int32_t tile) {
    if (tile == 0) return 0;
    const int32_t y = r->stride * tile + r->low;
    return y < 0 ? 0 : y > r->height ? r->height : y;
}

static inline int32_t hn_rows_end(const hn_rows *r, int32_t tile, int32_t n_tiles) {
    if (tile == n_tiles - 1) return r->height;
    const int32_t y = r->stride * tile + r->high;
    return y < 0 ? 0 : y > r->height ? r->height : y;
}

#endif
