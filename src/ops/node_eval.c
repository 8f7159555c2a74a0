/* SPDX-License-Identifier: Apache-2.0
 * One node on the host: its lower hook describes the steps, and each runs at once with the
 * reference kernel on host memory. Used for folding and for nodes that have no kernel steps. Memory
 * between steps comes from an arena that dies with the call; the outputs live in the graph's. The
 * work is bounded, because a file may ask for a small result that costs hours. */
#include <string.h>

#include "ops/emit.h"

enum { EVAL_MACS = 1 << 30 }; /* about a second of a reference kernel */

typedef struct eval {
    hn_lower lower; /* first: callbacks get back to the rest by lower.user */
    hn_arena arena; /* temporaries and constants of this call */
    const hn_node *node;
    void **temps; /* constants and temporaries alike, by index */
    void **outs;  /* per output of the node */
    uint32_t n_temps, capacity;
} eval;

hone_status hn_step_run(hn_env *env, const hn_step_request *request, void *const *buf) {
    const hn_kernel *kernel =
        hn_kernel_choose(request->family, request->types, HN_ISA_REF, request->args);
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
    return hn_step_run(L->env, request, buf);
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

/* Constants for all outputs, zeroed, in the graph's arena; set on the values by publish. */
static hone_status make_outputs(hn_graph *g, const hn_node *node, uint64_t max_bytes, eval *e,
                                hn_constant *constants) {
    for (uint32_t i = 0; i < node->n_out; i++) {
        const hn_value *v = node->out[i];
        uint64_t n_bytes;
        if (v == NULL) continue;
        if (!hn_value_bytes(v, &n_bytes)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the size of output %u is not known", i);
        }
        if (n_bytes > max_bytes || n_bytes > SIZE_MAX) {
            return hn_fail(g->env, HONE_E_LIMIT, "output %u would have %llu bytes", i,
                           (unsigned long long)n_bytes);
        }
        e->outs[i] = hn_arena_alloc_aligned(g->arena, (size_t)n_bytes, HN_KERNEL_ALIGN);
        if (e->outs[i] == NULL) return hn_no_memory(g->env);
        constants[i].bytes = e->outs[i];
        constants[i].n_bytes = n_bytes;
        hn_shape_strides(&v->shape, constants[i].stride);
    }
    return HONE_OK;
}

static hone_status run(hn_graph *g, hn_node *node, uint64_t max_bytes, eval *e) {
    const hn_op_hooks *hooks = node->op != NULL ? node->op->hooks : NULL;
    if (hooks == NULL || hooks->lower == NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "the operator has no steps");
    }
    if (hooks->macs != NULL && hooks->macs(node) > EVAL_MACS) {
        return hn_fail(g->env, HONE_E_LIMIT, "too much work to do ahead");
    }
    e->outs = HN_NEW_N(&e->arena, void *, node->n_out);
    hn_constant *constants = HN_NEW_N(g->arena, hn_constant, node->n_out);
    if (e->outs == NULL || constants == NULL) return hn_no_memory(g->env);
    HN_TRY(make_outputs(g, node, max_bytes, e, constants));
    HN_TRY(hooks->lower(&e->lower, node));
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] != NULL) node->out[i]->constant = &constants[i];
    }
    return HONE_OK;
}

hone_status hn_node_eval(hn_graph *g, hn_node *node, uint64_t max_bytes) {
    eval e = {.node = node};
    const hn_lower lower = {g->env,        g,         &e,         run_step,
                            make_constant, make_temp, copy_alias, refuse_call};
    e.lower = lower;
    hn_arena_init(&e.arena, g->env, g->env->limits.memory_bytes);
    const hone_status status = run(g, node, max_bytes, &e);
    hn_arena_fini(&e.arena);
    return status == HONE_OK ? HONE_OK : hn_node_fail(g->env, node, status);
}
