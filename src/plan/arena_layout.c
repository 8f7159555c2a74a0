/* SPDX-License-Identifier: Apache-2.0
 * Placement: when each storage lives, which outputs may overwrite an input, and at which offset
 * each lies. Offsets are found greedily: storages in some order, each at the lowest offset where no
 * storage that lives at the same time lies. Level 0 takes them in program order; level 1 also tries
 * the largest first and the largest area (bytes x steps) first and keeps the smallest arena
 * (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). */
#include "plan/build.h"

#include <stdlib.h>
#include <string.h>

enum { LEVEL_1_STORAGES = 3000 };

static void touch(hn_build *b, uint32_t storage, uint32_t first, uint32_t last) {
    if (storage == HN_NO_STORAGE) return;
    hn_storage *s = &b->storages[hn_build_root(b, storage)];
    if (!s->is_used || first < s->first) s->first = first;
    if (!s->is_used || last > s->last) s->last = last;
    s->is_used = true;
}

/* All that a loop touches lives through the whole loop. */
static void find_lifetimes(hn_build *b) {
    uint32_t loop_begin = 0, loop_end = 0;
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        if (s->step.kind == HN_STEP_LOOP) {
            loop_begin = i;
            loop_end = i + s->step.n_body;
        }
        const bool in_loop = loop_end > 0 && i >= loop_begin && i <= loop_end;
        for (uint32_t k = 0; k < s->step.n_buf; k++) {
            touch(b, hn_raw_operands(s)[k], in_loop ? loop_begin : i, in_loop ? loop_end : i);
        }
    }
    for (uint32_t i = 0; i < b->plan->n_inputs; i++) {
        touch(b, i, 0, b->options->keep_inputs ? b->n_steps : 0);
    }
    for (uint32_t i = 0; i < b->plan->n_outputs; i++) {
        touch(b, b->plan->n_inputs + i, b->n_steps, b->n_steps);
    }
}

/* The operand that step i may overwrite, merged with its output; see hn_traits. */
static void overwrite_input(hn_build *b, uint32_t i) {
    const hn_raw_step *s = &b->steps[i];
    if (s->step.kind != HN_STEP_KERNEL || s->n_out != 1) return;
    const int32_t k = hn_kernels[s->step.kernel].traits->inplace;
    if (k < 0 || s->storage[k] == HN_NO_STORAGE) return;
    const uint32_t from = hn_build_root(b, s->storage[k]);
    const uint32_t to = hn_build_root(b, s->storage[s->step.n_buf - 1]);
    for (uint32_t j = 0; j + 1 < s->step.n_buf; j++) {
        const bool is_other = (int32_t)j != k && s->storage[j] != HN_NO_STORAGE;
        if (is_other && hn_build_root(b, s->storage[j]) == from) return; /* read in another order */
    }
    hn_storage *in = &b->storages[from], *out = &b->storages[to];
    if (from == to || in->space != HN_SPACE_ARENA || in->last != i || out->first != i ||
        in->n_bytes != out->n_bytes || in->ring != 0 || out->ring != 0 ||
        (out->space != HN_SPACE_ARENA && out->space != HN_SPACE_OUTPUT)) {
        return;
    }
    in->alias = to;
    out->first = in->first;
}

static uint64_t align_up(uint64_t n, uint64_t align) {
    return (n + align - 1) / align * align;
}

static bool needs_place(const hn_build *b, uint32_t i) {
    const hn_storage *s = &b->storages[i];
    if (s->alias != HN_NO_STORAGE || !s->is_used) return false;
    if (s->space == HN_SPACE_ARENA) return true;
    return !b->is_body && (s->space == HN_SPACE_INPUT || s->space == HN_SPACE_OUTPUT);
}

/* Places the storages of `order` one by one; returns the arena's size. `placed` holds indices
 * sorted by offset. In program order what has ended is dropped, which keeps the list short. */
static uint64_t place_in_order(hn_build *b, const uint32_t *order, uint32_t n, uint32_t *placed,
                               bool in_time) {
    uint32_t n_placed = 0;
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        hn_storage *s = &b->storages[order[i]];
        uint64_t at = 0;
        uint32_t kept = 0, insert = 0;
        bool is_found = false;
        for (uint32_t k = 0; k < n_placed; k++) {
            const hn_storage *p = &b->storages[placed[k]];
            if (in_time && p->last < s->first) continue;
            placed[kept++] = placed[k];
            if (is_found || p->last < s->first || s->last < p->first) continue;
            if (p->offset >= at + s->n_bytes) {
                is_found = true;
                continue;
            }
            const uint64_t end = align_up(p->offset + p->n_bytes, b->options->align);
            if (end > at) at = end;
        }
        n_placed = kept;
        s->offset = at;
        while (insert < n_placed && b->storages[placed[insert]].offset <= at) insert++;
        memmove(placed + insert + 1, placed + insert, (n_placed - insert) * sizeof *placed);
        placed[insert] = order[i];
        n_placed++;
        if (at + s->n_bytes > total) total = at + s->n_bytes;
    }
    return align_up(total, b->options->align);
}

typedef struct sort_item {
    uint64_t key;
    uint32_t storage;
} sort_item;

static int by_key(const void *a, const void *c) {
    const sort_item *x = a, *y = c;
    if (x->key != y->key) return x->key > y->key ? -1 : 1;
    return x->storage < y->storage ? -1 : 1;
}

typedef enum order_kind { ORDER_TIME, ORDER_SIZE, ORDER_AREA, ORDER_COUNT } order_kind;

static void make_order(const hn_build *b, order_kind kind, sort_item *items, uint32_t n,
                       uint32_t *order) {
    for (uint32_t i = 0; i < n; i++) {
        const hn_storage *s = &b->storages[items[i].storage];
        const uint64_t steps = (uint64_t)s->last - s->first + 1;
        items[i].key = kind == ORDER_TIME   ? UINT32_MAX - s->first
                       : kind == ORDER_SIZE ? s->n_bytes
                                            : (s->n_bytes >> 8) * steps;
    }
    qsort(items, n, sizeof *items, by_key);
    for (uint32_t i = 0; i < n; i++) order[i] = items[i].storage;
}

static hone_status find_offsets(hn_build *b) {
    hn_arena *arena = &b->plan->arena;
    uint32_t n = 0;
    sort_item *items = HN_NEW_N(arena, sort_item, (uint64_t)b->n_storages + 1);
    uint32_t *order = HN_NEW_N(arena, uint32_t, (uint64_t)b->n_storages + 1);
    uint32_t *placed = HN_NEW_N(arena, uint32_t, (uint64_t)b->n_storages + 1);
    if (items == NULL || order == NULL || placed == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < b->n_storages; i++) {
        if (needs_place(b, i)) items[n++].storage = i;
    }
    const bool is_quick = b->options->level == 0 || n > LEVEL_1_STORAGES;
    uint64_t best_bytes = UINT64_MAX;
    order_kind best = ORDER_TIME;
    for (order_kind k = ORDER_TIME; k < (is_quick ? ORDER_TIME + 1 : ORDER_COUNT); k++) {
        make_order(b, k, items, n, order);
        const uint64_t bytes = place_in_order(b, order, n, placed, k == ORDER_TIME);
        if (bytes < best_bytes) {
            best_bytes = bytes;
            best = k;
        }
    }
    make_order(b, best, items, n, order);
    b->plan->arena_bytes = place_in_order(b, order, n, placed, best == ORDER_TIME);
    return HONE_OK;
}

static hn_bufref ref_of(const hn_build *b, uint32_t storage) {
    hn_bufref ref = {HN_SPACE_NONE, 0, 0, 0, 0, 0};
    if (storage == HN_NO_STORAGE) return ref;
    const hn_storage *s = &b->storages[hn_build_root(b, storage)];
    ref.space = s->space;
    ref.index = s->index;
    const bool has_offset = s->space == HN_SPACE_ARENA || s->space == HN_SPACE_STATE;
    ref.offset = has_offset ? s->offset : 0;
    ref.n_bytes = s->n_bytes;
    ref.ring = s->ring;
    return ref;
}

static hone_status write_steps(hn_build *b) {
    hn_plan *plan = b->plan;
    plan->steps = HN_NEW_N(&plan->arena, hn_step, b->n_steps);
    if (plan->steps == NULL) return hn_no_memory(b->env);
    plan->n_steps = b->n_steps;
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        hn_bufref *refs = HN_NEW_N(&plan->arena, hn_bufref, s->step.n_buf);
        if (refs == NULL) return hn_no_memory(b->env);
        for (uint32_t k = 0; k < s->step.n_buf; k++) refs[k] = ref_of(b, hn_raw_operands(s)[k]);
        plan->steps[i] = s->step;
        plan->steps[i].buf = refs;
        const uint32_t scratch = (uint32_t)align_up(s->step.scratch_bytes, HN_KERNEL_ALIGN);
        if (scratch > plan->scratch_bytes) plan->scratch_bytes = scratch;
    }
    return HONE_OK;
}

static hone_status write_buffers(hn_build *b) {
    hn_plan *plan = b->plan;
    plan->buffers = HN_NEW_N(&plan->arena, hn_plan_buffer, b->n_storages);
    if (plan->buffers == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < b->n_storages; i++) {
        const hn_storage *s = &b->storages[i];
        if (!needs_place(b, i)) continue;
        plan->buffers[plan->n_buffers++] =
            (hn_plan_buffer){s->name, s->offset, s->n_bytes, s->first, s->last};
    }
    for (uint32_t i = 0; i < plan->n_inputs; i++) plan->inputs[i].offset = b->storages[i].offset;
    for (uint32_t i = 0; i < plan->n_outputs; i++) {
        plan->outputs[i].offset = b->storages[plan->n_inputs + i].offset;
    }
    return HONE_OK;
}

hone_status hn_build_place(hn_build *b) {
    find_lifetimes(b);
    for (uint32_t i = 0; i < b->n_steps; i++) overwrite_input(b, i);
    HN_TRY(find_offsets(b));
    HN_TRY(write_steps(b));
    return write_buffers(b);
}
