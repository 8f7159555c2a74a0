/* SPDX-License-Identifier: Apache-2.0
 * Constants that are worked out when they are read. Widened and scaled weights are as large as the
 * model, and often nobody reads them: their packed form is in the model's store or in a pack file,
 * where its key is what they are made from. Until then they are a place in the arena whose pages
 * were never touched. Not thread-safe: a graph is lowered and planned by one thread. */
#include "graph/graph.h"

/* LATER_BYTES: the arena's bulk blocks, which can be given back unused, begin here. */
enum { LATER_BYTES = 16384, MAX_DEPTH = 8 };

static void work_out(hn_later *later) {
    const hn_value *from = later->from;
    float *to = (float *)(void *)later->bytes;
    uint64_t n = 0, channel = 0;
    later->is_made = true;
    if (!hn_shape_count(&from->shape, &n) || n == 0) return;
    hn_constant_read_floats(from, to, n);
    if (later->factor == NULL) return;
    for (uint64_t i = 0; i < n; i += later->inner) {
        for (uint64_t k = 0; k < later->inner; k++) to[i + k] *= later->factor[channel];
        channel = channel + 1 < later->n_factor ? channel + 1 : 0;
    }
}

void hn_constant_need(const hn_value *v) {
    hn_later *later = v->constant != NULL ? v->constant->later : NULL;
    if (later != NULL && !later->is_made) work_out(later);
}

void hn_graph_need_all(const hn_graph *g) {
    for (uint32_t i = 0; i < g->n_values; i++) hn_constant_need(g->values[i]);
}

hn_value *hn_graph_later(hn_graph *g, const char *name, const hn_shape *shape,
                         const hn_later *recipe) {
    hn_value *v = hn_graph_constant(g, name, HN_DTYPE_F32, shape, NULL);
    hn_later *later = hn_arena_copy(g->arena, recipe, sizeof *recipe);
    if (v == NULL || later == NULL) {
        (void)hn_no_memory(g->env);
        return NULL;
    }
    const hn_later *before = recipe->from->constant->later;
    later->bytes = (uint8_t *)(uintptr_t)v->constant->bytes;
    later->is_made = false;
    later->depth = before != NULL && !before->is_made ? before->depth + 1 : 0;
    v->constant->later = later;
    const bool is_small = v->constant->n_bytes < LATER_BYTES;
    if (is_small || later->depth > MAX_DEPTH) work_out(later);
    if (is_small) v->constant->later = NULL;
    return v;
}
