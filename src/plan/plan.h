/* SPDX-License-Identifier: Apache-2.0
 * The plan: what a lowered graph becomes for concrete shapes. Data only: no function pointers but
 * those of a provider's calls, so that it can be dumped, compared and printed as C.
 *
 * Made in three moves (plan/plan.c): emit (ops lower to raw steps over *storages*, one per buffer),
 * shape the steps (loops over row strips), place (lifetimes, in-place, offsets). Immutable
 * afterwards, shared by sessions; freed with its arena. */
#ifndef HN_PLAN_PLAN_H
#define HN_PLAN_PLAN_H

#include "core/step.h"
#include "graph/graph.h"
#include "hone/provider.h"
#include "kernels/kernels.h"
#include "plan/packed_weights.h"
#include "plan/tuning.h"

typedef struct hn_plan hn_plan;

typedef enum hn_source {
    HN_SOURCE_BORROWED,
    HN_SOURCE_COPIED,
    HN_SOURCE_PACKED,
    HN_SOURCE_MAPPED, /* packed or copied, in a pack file */
    HN_N_SOURCES
} hn_source;

typedef struct hn_plan_const {
    const uint8_t *bytes;
    uint64_t n_bytes;
    hn_source source;
    const char *name;
    hn_dtype dtype;
} hn_plan_const;

/* An input or output: its default memory is in the arena, at offset. An output whose shape depends
 * on data has none: it is number `dynamic` of the session's values. */
#define HN_NO_DYNAMIC UINT32_MAX
typedef struct hn_plan_io {
    const hn_value *value;
    uint64_t n_bytes, offset;
    uint32_t dynamic; /* HN_NO_DYNAMIC: its shape is known */
} hn_plan_io;

/* State that does not start as zeros. */
typedef struct hn_state_fill {
    uint64_t offset, n_bytes;
    uint8_t byte;
} hn_state_fill;

/* Operands of one CALL: they are gathered on the stack of a run. */
enum { HN_MAX_CALL_PORTS = 256 };

typedef enum hn_call_kind { HN_CALL_IF, HN_CALL_PROVIDER, HN_CALL_LOOP, HN_CALL_HOST } hn_call_kind;

/* A provider's part: what was compiled, with its boundary. */
typedef struct hn_plan_group {
    const hone_provider *provider;
    void *device;
    const hone_graph_view *view;
    uint32_t n_in, n_out;
} hn_plan_group;

/* A loop over a body of static shapes. Operands of the CALL: those of the node (trip count and
 * condition where the loop has them), its outputs, the region. Inside the region lie the carried
 * values twice, the counter and the condition, then the bodies' arena:
 *
 *      | a: carried values | b: carried values | counter | condition | arena of the bodies |
 *
 * A trip reads one copy and writes the other. */
typedef struct hn_plan_loop {
    uint32_t n_head, n_carried, n_scan_in, n_captures, n_scan_out;
    int64_t trips;             /* known before; -1: operand 0, or the condition decides */
    const uint64_t *n_bytes;   /* of the carried values, then of slices in, then of slices out */
    const uint64_t *offset[2]; /* of the carried values, in the region */
    /* In the region; condition: a byte for this trip's and one for the next. */
    uint64_t counter, condition, arena;
} hn_plan_loop;

/* Nodes whose shapes depend on data: they run one by one on the host (runtime/host.c). */
typedef struct hn_plan_host {
    const hn_graph *graph; /* of these nodes alone; its inputs and outputs are the operands */
    const char *why;       /* the first node */
    hn_isa isa;
} hn_plan_host;

typedef struct hn_call {
    hn_call_kind kind;
    const char *name;
    const hn_plan *bodies[2]; /* IF: then, else; LOOP: body, condition */
    const char *broken;       /* IF: why the branch without a plan cannot be taken */
    const hn_plan_group *group;
    const hn_plan_loop *loop;
    const hn_plan_host *host;
} hn_call;

/* For tools: one buffer and when it lives. */
typedef struct hn_plan_buffer {
    const char *name;
    uint64_t offset, n_bytes;
    uint32_t first, last;
} hn_plan_buffer;

/* What a step computes, and how many steps from it on could run in row strips together. */
typedef struct hn_plan_note {
    hn_digest problem;
    uint32_t chain;
} hn_plan_note;

struct hn_plan {
    hn_env env; /* allocator of the arena; messages while the plan is made */
    hn_arena arena;
    const hn_graph *graph; /* lowered; lives in `arena` */
    hn_step *steps;
    hn_plan_const *consts;
    hn_call *calls;
    hn_origin *origins; /* source node ids per origin index */
    hn_plan_io *inputs, *outputs;
    hn_plan_buffer *buffers;
    hn_plan **inits; /* run once, in order, when a session starts */
    hn_state_fill *fills;
    uint32_t n_steps, n_consts, n_calls, n_origins, n_inputs, n_outputs, n_buffers, n_inits,
        n_fills;
    uint64_t arena_bytes;               /* activations and default memory of inputs and outputs */
    uint32_t scratch_bytes;             /* per worker */
    const char *dynamic_node;           /* the first that runs on the host; NULL: none */
    uint32_t n_dynamic;                 /* values of the session whose shapes depend on data */
    uint64_t state_bytes;               /* session state: variables, those of bodies included */
    uint64_t const_bytes[HN_N_SOURCES]; /* bodies included */
    uint64_t macs;
    uint32_t n_transposes;
    uint32_t n_tuned, n_untuned; /* choices of the tuning that were of use, and the others */
    const hn_plan_note *notes;   /* one for each step, for whoever measures; NULL: nobody does */
};

typedef struct hn_plan_options {
    hn_isa isa;       /* the best level that the machine (or target) has */
    uint32_t level;   /* 0 greedy in program order; 1 several orders, the best */
    uint32_t workers; /* counted in the memory limit */
    bool keep_inputs;
    uint32_t tile_steps, tile_rows;
    uint32_t align;       /* of arena offsets: 64, or 16 for microcontrollers */
    uint32_t const_align; /* constants less aligned than this in the file are copied */
    const hn_shape *input_shapes;
    uint32_t n_input_shapes;
    /* Providers in their order of preference, opened; n 0: the CPU alone. */
    const hone_provider *const *providers;
    void *const *devices;
    uint32_t n_providers;
    bool strict;
    bool is_half;                    /* in half precision, where kernels of the level have it */
    hn_pack_store *packs;            /* where what is made is kept; NULL: in the plan */
    const struct hn_pack_file *pack; /* where it is looked for first (needs packs); or NULL */
    const hn_tuning *tuning;         /* what was measured; NULL: nothing, all is modelled */
} hn_plan_options;

/* Lowers `source` and plans it. The message names the node. E_LIMIT states the bytes that the plan
 * would need and the step that needs most. */
hone_status hn_plan_new(hn_env *env, const hn_graph *source, const hn_plan_options *options,
                        hn_plan **out);
/* Gives back what only planning needed; part of hn_plan_new. */
void hn_plan_sweep(hn_plan *plan);

void hn_plan_free(hn_plan *plan);

/* Bytes of arena and scratch for `workers`. */
uint64_t hn_plan_total_bytes(const hn_plan *plan, uint32_t workers);

#endif
