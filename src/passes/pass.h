/* SPDX-License-Identifier: Apache-2.0
 * Passes turn a source graph into a lowered one: hn_graph_lower clones it and runs the rows of
 * passes.def in their order. Each pass is linear in the graph and leaves it verified in debug
 * builds. A pass is one file with one function and one row. */
#ifndef HN_PASSES_PASS_H
#define HN_PASSES_PASS_H

#include "graph/graph.h"
#include "ops/lower.h"
#include "ops/op.h"

/* Shapes that replace open dimensions of the inputs, by position; rank -1: none given. */
typedef struct hn_lower_options {
    const hn_shape *input_shapes;
    uint32_t n_input_shapes;
    /* Names the provider that takes a node, or NULL; NULL function: the CPU runs everything. */
    hone_status (*place)(void *user, hn_graph *g, hn_node *node, const char **provider);
    void *place_user;
    /* Half precision was asked for, and a processor of this level computes so. */
    bool is_half;
    hn_isa isa;
} hn_lower_options;

/* A lowered clone of `source` in `arena`: every shape known, every operator in the form that its
 * lowering takes. E_UNSUPPORTED names the first node that cannot be. */
hone_status hn_graph_lower(hn_env *env, hn_arena *arena, const hn_graph *source,
                           const hn_lower_options *options, hn_graph **out);

#define X(name) hone_status hn_pass_##name(hn_graph *g, const hn_lower_options *options);
#include "passes/passes.def"
#undef X

/* ---- helpers that passes share (passes/pass.c) ---- */

/* The node that makes v when it is the canonical operator `id`, else NULL. */
hn_node *hn_producer_of(const hn_value *v, hn_op_id id);

/* consumers[i] of value id v are list[start[v] .. start[v + 1]): made once per pass, linear. */
typedef struct hn_consumers {
    uint32_t *start;
    hn_node **list;
} hn_consumers;
hone_status hn_consumers_make(hn_graph *g, hn_consumers *out);
/* The one node that uses v, which is no graph output; NULL when there are more or none. */
hn_node *hn_single_consumer(const hn_graph *g, const hn_consumers *c, const hn_value *v);

/* Moves `from`'s output onto `into` (which then produces it), adds origins and kills `from`. */
hone_status hn_fuse_into(hn_graph *g, hn_node *into, hn_node *from);

bool hn_is_graph_output(const hn_graph *g, const hn_value *v);

#endif
