/* SPDX-License-Identifier: Apache-2.0
 * Inside the planner: storages and raw steps, between emission and placement. */
#ifndef HN_PLAN_BUILD_H
#define HN_PLAN_BUILD_H

#include "ops/lower.h"
#include "ops/op.h"
#include "kernels/pack.h"
#include "passes/pass.h"
#include "plan/plan.h"
#include "plan/tuning.h"

#define HN_NO_STORAGE UINT32_MAX

/* One buffer. Values that share memory share a storage (find the root through `alias`). */
typedef struct hn_storage {
    hn_space space; /* ARENA, CONST, INPUT, OUTPUT, STATE, DYNAMIC */
    uint32_t index; /* of the constant, input, output or dynamic value */
    uint32_t alias; /* HN_NO_STORAGE: a root */
    uint64_t n_bytes, offset;
    uint32_t first, last;     /* steps between which it lives */
    uint32_t ring, row_bytes; /* ring buffers of a loop */
    bool is_used;
    const char *name;
} hn_storage;

typedef struct hn_raw_step {
    hn_step step;
    hn_digest problem;                 /* KERNEL, where the plan has a tuning */
    uint32_t storage[HN_MAX_OPERANDS]; /* HN_NO_STORAGE: absent operand */
    uint32_t *many;                    /* CALL: n_buf storages, in place of `storage` */
    uint32_t n_out;
} hn_raw_step;

/* What a resource variable has in the session. */
typedef struct hn_slot {
    const char *container, *name;
    hn_dtype dtype;
    uint64_t n_bytes, offset;
} hn_slot;

/* State of the plan and of all plans of its bodies. */
typedef struct hn_state {
    hn_plan *plan; /* the outermost: it owns what is listed here */
    hn_slot *slots;
    uint64_t n_bytes;
    uint32_t n_slots, capacity_slots, capacity_fills, capacity_inits;
    bool *is_tuned; /* which steps, then which loops of the tuning were of use */
} hn_state;

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
    hn_state *state;
    const hn_node **pending; /* nodes for the host that wait for a reader (plan/segments.c) */
    uint8_t *is_pending;     /* by value id: one of them makes it */
    uint32_t n_pending;
    /* Told of a node that cannot be lowered, which is then passed over; NULL: that ends the plan.
     */
    hone_status (*refused)(void *user, const hn_node *node, const char *why);
    void *refused_user;
} hn_build;

uint32_t hn_build_root(const hn_build *b, uint32_t storage);
hone_status hn_build_storage(hn_build *b, hn_space space, uint64_t n_bytes, uint32_t *out);
hone_status hn_build_value(hn_build *b, const hn_value *v, uint32_t *storage);
hone_status hn_build_step(hn_build *b, hn_raw_step **out);
hone_status hn_build_const(hn_build *b, const void *bytes, uint64_t n_bytes, hn_source source,
                           uint32_t *storage);

/* Packed weights (plan/packed_weights.c): which operands could be packed, as
 * hn_kernel_choose_packed takes them; the constant that takes their place for a row that packs. */
uint32_t hn_pack_fixed(const hn_step_request *request);
hone_status hn_build_packed(hn_build *b, const hn_kernel *row, const hn_step_request *request,
                            uint32_t *storage);
/* A constant whose bytes no kernel takes where they lie: its n_bytes, row-major and aligned. */
hone_status hn_build_copied(hn_build *b, const hn_value *v, uint64_t n_bytes, uint32_t *storage);
uint32_t *hn_raw_operands(hn_raw_step *s);

/* The kernel for a step (plan/choose.c): the best row of the level, or what the plan's tuning says
 * of this problem. Bit i of `fixed`: operand i can be packed. row NULL: there is none. */
typedef struct hn_chosen {
    const hn_kernel *row;
    const void *args; /* the request's, or those of another way */
    hn_digest problem;
    bool is_alone;
} hn_chosen;
hone_status hn_build_choose(hn_build *b, const hn_step_request *request, uint32_t fixed,
                            hn_chosen *out);
/* Which choices of a tuning (or NULL) are of use: room for marks, a mark for each that the plan or
 * one of its bodies has, and their number, which goes to the plan. */
hone_status hn_tuning_expect(hn_state *state, const hn_tuning *tuning);
void hn_tuning_mark(hn_build *b);
void hn_tuning_mark_loop(hn_build *b, const hn_tuned_loop *loop);
void hn_tuning_count(hn_state *state, const hn_tuning *tuning);

/* Makes the step what was chosen: a copy of the arguments, units, grain, scratch. `is_packed`: its
 * constants are. */
hone_status hn_build_row(hn_build *b, hn_raw_step *s, const hn_chosen *chosen, bool is_packed);

/* Steps from now on come from these nodes. */
hone_status hn_build_origin(hn_build *b, const hn_origin *origin);

/* All bytes of one storage to another. */
hone_status hn_build_copy(hn_build *b, uint32_t from, uint32_t to, uint64_t n_bytes);
hone_status hn_build_call(hn_build *b, const hn_call *call, uint32_t *index);
/* Counts `macs` of a body, `trips` times; the sum saturates. */
void hn_plan_add_macs(hn_plan *plan, uint64_t macs, uint64_t trips);

/* State (plan/state.c): a variable tensor; reads, writes and initialisers; afterwards, reads that
 * need no copy. */
hone_status hn_build_variable(hn_build *b, const hn_value *v, uint64_t n_bytes, uint32_t *storage);
hone_status hn_build_state(hn_build *b, const hn_node *node);
void hn_build_shorten_reads(hn_build *b);

/* Host segments (plan/segments.c). A node goes to the host when shapes of it depend on data, or a
 * value that its shape hook needs does. It waits there, with others, until something reads what
 * they make. */
bool hn_node_is_host(const hn_node *node);
hone_status hn_host_add(hn_build *b, const hn_node *node);
/* True when `node` must come after the nodes that wait. */
bool hn_host_blocks(const hn_build *b, const hn_node *node);
hone_status hn_host_flush(hn_build *b);

/* The moves after emission, in order. */
hone_status hn_build_emit(hn_build *b);  /* plan/emit.c */
hone_status hn_build_fuse(hn_build *b);  /* plan/fuse_programs.c */
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

/* The plan of a body, lowered with its parent. */
hone_status hn_plan_of_body(hn_build *parent, const hn_graph *lowered, hn_plan **out);

#endif
