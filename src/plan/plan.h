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
#include "plan/weights.h"

typedef struct hn_plan hn_plan;

typedef enum hn_source { HN_SOURCE_BORROWED, HN_SOURCE_COPIED, HN_SOURCE_PACKED } hn_source;

typedef struct hn_plan_const {
    const uint8_t *bytes;
    uint64_t n_bytes;
    hn_source source;
    const char *name;
    hn_dtype dtype;
} hn_plan_const;

/* An input or output: its default memory is in the arena, at offset. */
typedef struct hn_plan_io {
    const hn_value *value;
    uint64_t n_bytes, offset;
} hn_plan_io;

/* Operands of one CALL: they are gathered on the stack of a run. */
enum { HN_MAX_CALL_PORTS = 256 };

typedef enum hn_call_kind { HN_CALL_IF, HN_CALL_PROVIDER } hn_call_kind;

/* A provider's part: what was compiled, with its boundary. */
typedef struct hn_plan_group {
    const hone_provider *provider;
    void *device;
    const hone_graph_view *view;
    uint32_t n_in, n_out;
} hn_plan_group;

typedef struct hn_call {
    hn_call_kind kind;
    const char *name;
    const hn_plan *bodies[2]; /* IF: then, else */
    uint64_t region;          /* IF: arena offset of the running body's own arena */
    const hn_plan_group *group;
} hn_call;

/* For tools: one buffer and when it lives. */
typedef struct hn_plan_buffer {
    const char *name;
    uint64_t offset, n_bytes;
    uint32_t first, last;
} hn_plan_buffer;

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
    uint32_t n_steps, n_consts, n_calls, n_origins, n_inputs, n_outputs, n_buffers;
    uint64_t arena_bytes;    /* activations and default memory of inputs and outputs */
    uint32_t scratch_bytes;  /* per worker */
    uint64_t state_bytes;    /* session state: variable tensors */
    uint64_t const_bytes[3]; /* by hn_source */
    uint64_t macs;
    uint32_t n_transposes;
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
    hn_pack_store *packs; /* where packed weights are kept; NULL: in the plan */
} hn_plan_options;

/* Lowers `source` and plans it. The message names the node. E_LIMIT states the bytes that the plan
 * would need and the step that needs most. */
hone_status hn_plan_new(hn_env *env, const hn_graph *source, const hn_plan_options *options,
                        hn_plan **out);
void hn_plan_free(hn_plan *plan);

/* Bytes of arena and scratch for `workers`. */
uint64_t hn_plan_total_bytes(const hn_plan *plan, uint32_t workers);

#endif
