/* SPDX-License-Identifier: Apache-2.0
 * What a kernel is given. This is the whole contract between kernels and whatever calls them: the
 * runtime's threads, the host evaluator, or the plain C that `hone export` prints.
 *
 *   void hn_x(const void *args, void *const *buf, const hn_work *w);
 *
 * args   the family's argument struct: 32-bit scalars only, so a plan can be printed for another
 *        machine.
 * buf    the operands in the order that the family header states; outputs last.
 * w      the units to do. How many units a step has follows from shapes alone, never from the
 *        number of threads; a call gets any sub-range, in any order, and the bytes are the same.
 *
 * A kernel never waits, allocates, or fails. It may report a bad index through w->fault. */
#ifndef HN_CORE_WORK_H
#define HN_CORE_WORK_H

#include <stdint.h>

/* Row window of a spatial step inside a LOOP. Coordinates are those of the whole output image;
 * padding is derived from coordinates, never stored. Row r of operand i lies at row (r % ring[i])
 * of its buffer; ring[i] == 0 means that the buffer holds the whole image. NULL is the whole image.
 * Windows exist for batch 1 only.
 *
 *      whole image            buffer of ring height 3
 *      row 0  .               row 3
 *      row 1  x  needed       row 1
 *      row 2  x  needed       row 2
 *      row 3  x  needed
 *      row 4  .  not yet                                              */
typedef struct hn_tile {
    int32_t y0, y1; /* output rows y0 <= y < y1 */
    int32_t x0, x1; /* output columns x0 <= x < x1 */
    const uint32_t *ring;
} hn_tile;

/* What a kernel found wrong in the data: the first report wins, the runtime names the node. */
typedef enum hn_fault_code {
    HN_FAULT_NONE,
    HN_FAULT_INDEX,  /* an index outside its dimension */
    HN_FAULT_DIVIDE, /* an integer division by zero */
    HN_FAULT_RANGE   /* a value that the operator does not allow */
} hn_fault_code;

typedef struct hn_fault {
    int32_t code;
    int32_t pad;
    int64_t value;
} hn_fault;

/* Grows at the end only. */
typedef struct hn_work {
    uint32_t begin, end; /* units to do: begin <= u < end */
    uint32_t worker;
    void *scratch;       /* this worker's own, 64-byte aligned, of the row's size; NULL if 0 */
    const hn_tile *tile; /* NULL: the whole image */
    hn_fault *fault;     /* may be NULL */
} hn_work;

typedef void (*hn_kernel_fn)(const void *args, void *const *buf, const hn_work *w);

/* The uniform wrapper of a kernel. An exported program includes the kernel's source and defines
 * HN_KERNEL_LINKAGE as `static inline`, so that constant arguments fold into the body. */
#ifndef HN_KERNEL_LINKAGE
#define HN_KERNEL_LINKAGE
#endif
#define HN_KERNEL(name)                                                                            \
    HN_KERNEL_LINKAGE void name(const void *args, void *const *buf, const hn_work *w);             \
    HN_KERNEL_LINKAGE void name(const void *args, void *const *buf, const hn_work *w)

static inline void hn_report(const hn_work *w, int32_t code, int64_t value) {
    if (w->fault != 0 && w->fault->code == HN_FAULT_NONE) {
        w->fault->code = code;
        w->fault->value = value;
    }
}

/* Row of an image inside its buffer: see hn_tile. */
static inline int32_t hn_ring_row(int32_t row, const hn_tile *tile, int operand) {
    if (tile == 0 || tile->ring[operand] == 0) return row;
    return (int32_t)((uint32_t)row % tile->ring[operand]);
}

#endif
