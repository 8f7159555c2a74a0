/* SPDX-License-Identifier: Apache-2.0
 * One node on the host: its lower hook describes the steps, and each runs at once with the
 * reference kernel on host memory. Used for folding and for nodes that have no kernel steps. Memory
 * between steps comes from an arena that dies with the call; the outputs live in the graph's. The
 * work is bounded, because a file may ask for a small result that costs hours. */
#include <string.h>

#include "ops/compose.h"
#include "ops/emit.h"
#include "ops/infer.h"
#include "ops/texts.h"

enum { EVAL_MACS = 1 << 30 }; /* about a second of a reference kernel */

typedef struct eval {
    hn_lower lower; /* first: callbacks get back to the rest by lower.user */
    hn_arena arena; /* temporaries and constants of this call */
    const hn_node *node;
    hn_graph *graph;
    const hn_eval_target *target;
    hn_constant **constants; /* per output of the node */
    void **temps;            /* constants and temporaries alike, by index */
    void **outs;             /* per output of the node */
    uint32_t n_temps, capacity;
} eval;

static hone_status run_at(hn_env *env, hn_isa isa, const hn_step_request *request,
                          void *const *buf) {
    const hn_kernel *kernel = hn_kernel_choose(request->family, request->types, isa, request->args);
    if (kernel == NULL) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "no kernel of family %s for these arguments",
                       hn_family_of(request->family)->name);
    }
    const hn_traits *traits = kernel->traits;
    const uint32_t n_bytes =
        traits->scratch_bytes != NULL ? traits->scratch_bytes(request->args) : 0;
    hn_fault fault = {HN_FAULT_NONE, 0, 0};
    hn_work work = {.fault = &fault};
    work.end = traits->units != NULL ? traits->units(request->args, NULL) : 1;
    if (n_bytes > 0) {
        work.scratch = hn_alloc(env, n_bytes);
        if (work.scratch == NULL) return hn_no_memory(env);
    }
    kernel->fn(request->args, buf, &work);
    hn_free(env, work.scratch);
    if (fault.code == HN_FAULT_NONE) return HONE_OK;
    return hn_fail(env, HONE_E_DATA, "fault %d with value %lld", (int)fault.code,
                   (long long)fault.value);
}

hone_status hn_step_run(hn_env *env, const hn_step_request *request, void *const *buf) {
    return run_at(env, HN_ISA_REF, request, buf);
}

/* Aligned memory for n_bytes, as temporary number *index. */
static hone_status new_temp(eval *e, uint64_t n_bytes, uint32_t *index, void **memory) {
    void **temps = hn_arena_grow(&e->arena, e->temps, e->n_temps, &e->capacity, sizeof *e->temps);
    if (temps != NULL) e->temps = temps;
    void *block = NULL;
    if (temps != NULL && n_bytes <= SIZE_MAX) {
        block = hn_arena_alloc_aligned(&e->arena, (size_t)n_bytes, HN_KERNEL_ALIGN);
    }
    if (block == NULL) return hn_no_memory(e->lower.env);
    *index = e->n_temps++;
    e->temps[*index] = *memory = block;
    return HONE_OK;
}

/* A constant as aligned row-major bytes; what the file holds is used where it lies so. */
static hone_status constant_bytes(eval *e, const hn_value *v, void **bytes) {
    const uintptr_t at = (uintptr_t)v->constant->bytes;
    uint64_t n_bytes;
    uint32_t index;
    hn_constant_need(v);
    if (hn_constant_is_contiguous(v) && at % HN_KERNEL_ALIGN == 0) {
        memcpy(bytes, &v->constant->bytes, sizeof *bytes);
        return HONE_OK;
    }
    if (!hn_value_bytes(v, &n_bytes)) {
        return hn_fail(e->lower.env, HONE_E_LIMIT, "'%.64s' is too large", v->name);
    }
    HN_TRY(new_temp(e, n_bytes, &index, bytes));
    hn_constant_copy(v, *bytes);
    return HONE_OK;
}

static hone_status value_bytes(eval *e, const hn_value *v, void **bytes) {
    for (uint32_t i = 0; i < e->node->n_out; i++) {
        if (e->node->out[i] != v) continue;
        *bytes = e->outs[i];
        return HONE_OK;
    }
    if (v->constant != NULL) return constant_bytes(e, v, bytes);
    return hn_fail(e->lower.env, HONE_E_UNSUPPORTED, "'%.64s' is not constant", v->name);
}

static hone_status run_step(hn_lower *L, const hn_step_request *request) {
    eval *e = L->user;
    void *buf[HN_MAX_OPERANDS] = {NULL};
    if (request->n_operands > HN_MAX_OPERANDS) {
        return hn_fail(L->env, HONE_E_INTERNAL, "a step with too many operands");
    }
    for (uint32_t i = 0; i < request->n_operands; i++) {
        const hn_operand *o = &request->operands[i];
        if (o->kind == HN_OPERAND_VALUE || o->kind == HN_OPERAND_VIEW)
            HN_TRY(value_bytes(e, o->value, &buf[i]));
        if (o->kind == HN_OPERAND_CONST || o->kind == HN_OPERAND_TEMP) buf[i] = e->temps[o->index];
    }
    return run_at(L->env, e->target->isa, request, buf);
}

static hone_status make_constant(hn_lower *L, const void *bytes, uint64_t n_bytes,
                                 hn_operand *out) {
    void *memory;
    uint32_t index;
    HN_TRY(new_temp(L->user, n_bytes, &index, &memory));
    if (n_bytes > 0) memcpy(memory, bytes, (size_t)n_bytes);
    const hn_operand made = {HN_OPERAND_CONST, NULL, index};
    *out = made;
    return HONE_OK;
}

static hone_status make_temp(hn_lower *L, uint64_t n_bytes, hn_operand *out) {
    void *memory;
    uint32_t index;
    HN_TRY(new_temp(L->user, n_bytes, &index, &memory));
    const hn_operand made = {HN_OPERAND_TEMP, NULL, index};
    *out = made;
    return HONE_OK;
}

static hone_status copy_alias(hn_lower *L, const hn_value *in, const hn_value *out) {
    void *from, *to;
    uint64_t n_bytes;
    if (!hn_value_bytes(out, &n_bytes)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s has no size", hn_dtype_name(out->dtype));
    }
    HN_TRY(value_bytes(L->user, in, &from));
    HN_TRY(value_bytes(L->user, out, &to));
    if (n_bytes > 0) memcpy(to, from, (size_t)n_bytes);
    return HONE_OK;
}

static hone_status refuse_call(hn_lower *L, const hn_node *node) {
    (void)node;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "a control operator is not folded");
}

/* Memory of output `port`, whose shape is known by now. */
static hone_status make_output(eval *e, const hn_node *node, uint32_t port) {
    const hn_value *v = node->out[port];
    uint64_t n_bytes;
    if (!hn_value_bytes(v, &n_bytes) || n_bytes > SIZE_MAX) {
        return hn_fail(e->lower.env, HONE_E_SHAPE, "the size of output %u is not known", port);
    }
    HN_TRY(e->target->output(e->target->user, v, n_bytes, &e->constants[port]));
    memcpy(&e->outs[port], &e->constants[port]->bytes, sizeof e->outs[port]);
    return HONE_OK;
}

/* ---- nodes that find their shapes themselves ---- */

static hone_status host_input(hn_host_eval *H, const hn_value *v, const void **bytes) {
    void *found = NULL;
    HN_TRY(value_bytes(H->user, v, &found));
    *bytes = found;
    return HONE_OK;
}

static hone_status host_output(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                               void **bytes) {
    eval *e = H->user;
    HN_TRY(hn_node_set_output(e->graph, node, port, node->out[port]->dtype, shape));
    HN_TRY(make_output(e, node, port));
    *bytes = e->outs[port];
    return HONE_OK;
}

static hone_status host_block(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                              uint64_t n_bytes, void **bytes) {
    eval *e = H->user;
    const hn_value *v = node->out[port];
    HN_TRY(hn_node_set_output(e->graph, node, port, v->dtype, shape));
    HN_TRY(e->target->output(e->target->user, v, n_bytes, &e->constants[port]));
    memcpy(bytes, &e->constants[port]->bytes, sizeof *bytes);
    return HONE_OK;
}

static hone_status host_temp(hn_host_eval *H, uint64_t n_bytes, void **bytes) {
    uint32_t index;
    return new_temp(H->user, n_bytes, &index, bytes);
}

static hone_status run_host(eval *e, hn_node *node) {
    hn_host_eval host = {e->lower.env, e->graph,    e,          e->target,
                         host_input,   host_output, host_block, host_temp};
    const hn_op_hooks *hooks = node->op->hooks;
    if (hn_node_moves_texts(node)) return hn_host_move_texts(&host, node);
    return hooks->host != NULL ? hooks->host(&host, node) : hn_compose_host(&host, node);
}

/* ---- one node ---- */

static hone_status run(eval *e, hn_node *node) {
    const hn_op_hooks *hooks = node->op != NULL ? node->op->hooks : NULL;
    hn_env *env = e->lower.env;
    if (hooks == NULL || (hooks->lower == NULL && hooks->host == NULL && hooks->expand == NULL)) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "the operator has no steps");
    }
    if (hooks->macs != NULL && hooks->macs(node) > e->target->max_macs) {
        return hn_fail(env, HONE_E_LIMIT, "too much work");
    }
    e->outs = HN_NEW_N(&e->arena, void *, node->n_out);
    e->constants = HN_NEW_N(&e->arena, hn_constant *, node->n_out);
    if (e->outs == NULL || e->constants == NULL) return hn_no_memory(env);
    if (hooks->host != NULL || hooks->lower == NULL || hn_node_moves_texts(node)) {
        HN_TRY(run_host(e, node));
    } else {
        for (uint32_t i = 0; i < node->n_out; i++) {
            if (node->out[i] != NULL) HN_TRY(make_output(e, node, i));
        }
        HN_TRY(hooks->lower(&e->lower, node));
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL || e->constants[i] == NULL) continue;
        hn_shape_strides(&node->out[i]->shape, e->constants[i]->stride);
        node->out[i]->constant = e->constants[i];
    }
    return HONE_OK;
}

hone_status hn_node_eval_to(hn_graph *g, hn_node *node, const hn_eval_target *target) {
    eval e = {.node = node, .graph = g, .target = target};
    const hn_lower lower = {g->env,        g,         &e,         run_step,
                            make_constant, make_temp, copy_alias, refuse_call};
    e.lower = lower;
    hn_arena_init(&e.arena, g->env, g->env->limits.memory_bytes);
    const hone_status status = run(&e, node);
    hn_arena_fini(&e.arena);
    return status == HONE_OK ? HONE_OK : hn_node_fail(g->env, node, status);
}

/* ---- folding ---- */

typedef struct folded {
    hn_graph *g;
    uint64_t max_bytes;
} folded;

/* A constant in the graph's arena. */
static hone_status folded_output(void *user, const hn_value *v, uint64_t n_bytes,
                                 hn_constant **out) {
    const folded *f = user;
    (void)v;
    if (n_bytes > f->max_bytes) {
        return hn_fail(f->g->env, HONE_E_LIMIT, "an output would have %llu bytes",
                       (unsigned long long)n_bytes);
    }
    hn_constant *constant = HN_NEW(f->g->arena, hn_constant);
    uint8_t *bytes = hn_arena_bulk(f->g->arena, n_bytes);
    if (constant == NULL || bytes == NULL) return hn_no_memory(f->g->env);
    constant->bytes = bytes;
    constant->n_bytes = n_bytes;
    *out = constant;
    return HONE_OK;
}

hone_status hn_node_eval(hn_graph *g, hn_node *node, uint64_t max_bytes) {
    folded f = {g, max_bytes};
    const hn_eval_target target = {HN_ISA_REF, EVAL_MACS, folded_output, &f};
    return hn_node_eval_to(g, node, &target);
}
