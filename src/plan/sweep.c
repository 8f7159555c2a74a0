/* SPDX-License-Identifier: Apache-2.0
 * After planning: weights that passes scaled, widened or dequantized are often packed next, and
 * nobody reads them again. Blocks of the plan's arena that no constant of a step lies in are given
 * back. Where nodes or a provider read the graph during runs, all of it stays. */
#include <stdlib.h>

#include "plan/plan.h"

typedef struct addresses {
    const uint8_t **items;
    size_t n;
} addresses;

/* Visits a plan with those inside it; false when one of them reads its graph later. */
static bool each_plan(hn_plan *plan, void (*visit)(hn_plan *plan, addresses *used),
                      addresses *used) {
    bool is_free = true;
    visit(plan, used);
    for (uint32_t i = 0; i < plan->n_calls; i++) {
        const hn_call *call = &plan->calls[i];
        is_free = is_free && call->kind != HN_CALL_HOST && call->kind != HN_CALL_PROVIDER;
        for (uint32_t k = 0; k < 2; k++) {
            hn_plan *body = (hn_plan *)call->bodies[k];
            if (body != NULL) is_free = each_plan(body, visit, used) && is_free;
        }
    }
    for (uint32_t i = 0; i < plan->n_inits; i++) {
        is_free = each_plan(plan->inits[i], visit, used) && is_free;
    }
    return is_free;
}

static void count(hn_plan *plan, addresses *used) {
    used->n += plan->n_consts;
}

static void collect(hn_plan *plan, addresses *used) {
    for (uint32_t i = 0; i < plan->n_consts; i++) used->items[used->n++] = plan->consts[i].bytes;
}

static int by_address(const void *a, const void *b) {
    const uintptr_t x = (uintptr_t) * (const uint8_t *const *)a;
    const uintptr_t y = (uintptr_t) * (const uint8_t *const *)b;
    return (x > y) - (x < y);
}

static bool holds_used(void *user, const void *block, size_t n_bytes) {
    const addresses *used = user;
    const uintptr_t begin = (uintptr_t)block;
    size_t low = 0, high = used->n;
    while (low < high) { /* the first address from the block on */
        const size_t middle = low + (high - low) / 2;
        if ((uintptr_t)used->items[middle] < begin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < used->n && (uintptr_t)used->items[low] < begin + n_bytes;
}

/* The values say no longer where their bytes were. */
static void forget_bytes(const hn_graph *g) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        for (uint32_t k = 0; k < node->n_in; k++) {
            hn_value *v = node->in[k];
            if (v != NULL && v->constant != NULL && !v->constant->is_borrowed) v->constant = NULL;
        }
        for (uint32_t k = 0; k < node->n_bodies; k++) forget_bytes(node->bodies[k]);
    }
}

/* Runs may read any constant of the graph. */
static void make_all(hn_plan *plan, addresses *used) {
    (void)used;
    hn_graph_need_all(plan->graph);
}

static void sweep(hn_plan *plan, addresses *used) {
    hn_arena_sweep(&plan->arena, holds_used, used);
}

void hn_plan_sweep(hn_plan *plan) {
    addresses used = {NULL, 0};
    if (!each_plan(plan, count, &used)) {
        (void)each_plan(plan, make_all, &used);
        return;
    }
    used.items = hn_alloc(&plan->env, used.n * sizeof *used.items);
    if (used.items == NULL) return; /* it all stays */
    used.n = 0;
    (void)each_plan(plan, collect, &used);
    qsort(used.items, used.n, sizeof *used.items, by_address);
    forget_bytes(plan->graph);
    (void)each_plan(plan, sweep, &used);
    hn_free(&plan->env, (void *)used.items);
}
