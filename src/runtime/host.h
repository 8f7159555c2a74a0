/* SPDX-License-Identifier: Apache-2.0
 * Running a graph node by node on the host: shapes are inferred as operands become known, then the
 * node's kernels run at once. Everything a run makes dies with it but what leaves as an output. */
#ifndef HN_RUNTIME_HOST_H
#define HN_RUNTIME_HOST_H

#include "runtime/frame.h"

typedef struct hn_host_graph hn_host_graph;

/* A graph and what its values hold while it runs. It is a clone, so its values may be written. */
struct hn_host_graph {
    hn_graph *g;
    hn_constant *constants; /* by value id: what a computed value is */
    hn_block **blocks;      /* by value id: whom its bytes belong to; NULL: somebody else */
    uint8_t *is_set;        /* by value id: it is computed, or a bound input */
    uint32_t *left;         /* by value id: uses to come */
    hn_host_graph **bodies; /* of all nodes, in order */
    uint32_t *first_body;   /* by place in g->nodes */
};

typedef struct hn_host {
    hn_session *session;
    hn_heap *heap;
    hn_arena arena; /* of the clones */
    hn_isa isa;
} hn_host;

/* Tables for g and its bodies. */
hone_status hn_host_graph_new(hn_host *h, hn_graph *g, hn_host_graph **out);

/* One pass: n inputs in, outputs out (each a tensor to be dropped by the caller). On failure there
 * are none. */
hone_status hn_host_run(hn_host *h, hn_host_graph *graph, const hn_tensor *inputs,
                        hn_tensor *outputs);

/* The tensor that a value is now, for one more holder. Constants are row-major then. */
hone_status hn_host_take(hn_host *h, hn_host_graph *graph, const hn_value *v, hn_tensor *out);
/* Makes a value that tensor, which it then holds. */
void hn_host_give(hn_host_graph *graph, hn_value *v, const hn_tensor *t);

/* The body of a sequence_map for each item (runtime/host_map.c); `at` is its place in g->nodes. */
hone_status hn_host_map(hn_host *h, hn_host_graph *graph, uint32_t at);

/* An operator with bodies (runtime/host_control.c); `at` is its place in g->nodes. */
hone_status hn_host_control(hn_host *h, hn_host_graph *graph, uint32_t at);

#endif
