/* SPDX-License-Identifier: Apache-2.0
 * Inside the planner: storages and raw steps, between emission and placement. */
#ifndef HN_PLAN_BUILD_H
#define HN_PLAN_BUILD_H

#include "ops/lower.h"
#include "ops/op.h"
#include "kernels/pack.h"
#include "passes/pass.h"
#include "plan/plan.h"

#define HN_NO_STORAGE UINT32_MAX

/* One buffer. Values that share memory share a storage (find the root through `alias`). */
typedef struct hn_storage {
    hn_space space; /* ARENA, CONST, INPUT, OUTPUT */
    uint32_t index; /* of the constant, input or output */
    uint32_t alias; /* HN_NO_STORAGE: a root */
    uint64_t n_bytes, offset;
    uint32_t first, last;     /* steps between which it lives */
    uint32_t ring, row_bytes; /* ring buffers of a loop */
    bool is_used;
    const char *name;
} hn_storage;

typedef struct hn_raw_step {
    hn_step step;
    uint32_t storage[HN_MAX_OPERANDS]; /* HN_NO_STORAGE: absent operand */
    uint32_t *many;                    /* CALL: n_buf storages, in place of `storage` */
    uint32_t n_out;
} hn_raw_step;

typedef struct hn_build {
    hn_env *env;
    hn_plan *plan;
    const hn_plan_options *options;
    const hn_graph *graph;
    const hn_node *node;  /* being lowered */
    uint32_t *storage_of; /* by value id */
    hn_storage *storages;
    hn_raw_step *steps;
    uint32_t n_storages, n_steps;
    uint32_t capacity_storages, capacity_steps, capacity_consts, capacity_calls, capacity_origins;
    uint32_t origin; /* of the node being lowered */
    bool is_body;
    /* Told of a node that cannot be lowered, which is then passed over; NULL: that ends the plan. */
    hone_status (*refused)(void *user, const hn_node *node, const char *why);
    void *refused_user;
} hn_build;

uint32_t hn_build_root(const hn_build *b, uint32_t storage);
hone_status hn_build_storage(hn_build *b, hn_space space, uint64_t n_bytes, uint32_t *out);
hone_status hn_build_value(hn_build *b, const hn_value *v, uint32_t *storage);
hone_status hn_build_step(hn_build *b, hn_raw_step **out);
hone_status hn_build_const(hn_build *b, const void *bytes, uint64_t n_bytes, hn_source source,
                           uint32_t *storage);

/* Packed weights (plan/weights.c): which operands could be packed, as hn_kernel_choose_packed takes
 * them; the constant that takes their place for a row that packs. */
uint32_t hn_pack_fixed(const hn_step_request *request);
hone_status hn_build_packed(hn_build *b, const hn_kernel *row, const hn_step_request *request,
                            uint32_t *storage);
uint32_t *hn_raw_operands(hn_raw_step *s);

/* The moves after emission, in order. */
hone_status hn_build_emit(hn_build *b);  /* plan/emit.c */
hone_status hn_build_loops(hn_build *b); /* plan/loops.c */
hone_status hn_build_place(hn_build *b); /* plan/arena_layout.c */

/* If and other control nodes: a CALL of sub-plans (plan/control.c). */
hone_status hn_build_control(hn_build *b, const hn_node *node);

/* A maximal run of nodes that one provider takes, from nodes[first]: compiled group, submit and
 * wait (plan/groups.c). *n_nodes: how many it covers. */
hone_status hn_build_group(hn_build *b, uint32_t first, uint32_t *n_nodes);
extern const hone_graph_api hn_graph_api;
/* Asks the providers of `options` about one node, for passes/place.c. */
hone_status hn_place_node(void *options, hn_graph *g, hn_node *node, const char **provider);

/* Emits every node of a lowered graph into a plan that is thrown away, and tells `refused` of those
 * that cannot be lowered (plan/plan.c). */
hone_status hn_build_try(hn_env *env, const hn_graph *lowered, const hn_plan_options *options,
                         hone_status (*refused)(void *user, const hn_node *node, const char *why),
                         void *user);

/* A plan without lowering: for the bodies of control nodes. */
hone_status hn_plan_of_graph(hn_env *env, const hn_graph *lowered, const hn_plan_options *options,
                             bool is_body, hn_plan **out);

#endif
