/* SPDX-License-Identifier: Apache-2.0
 * Emission: every node's `lower` hook is called with callbacks that append raw steps and give
 * values their storages. A constant is borrowed where it lies when it is contiguous and aligned
 * enough for vector loads; else it is copied once into the plan. */
#include "plan/build.h"

#include <string.h>

#include "graph/list.h"
#include "kernels/move/move.h"

/* Paths are halved on the way: a chain of steps in place may be as long as the plan. */
uint32_t hn_build_root(const hn_build *b, uint32_t storage) {
    hn_storage *all = b->storages;
    while (all[storage].alias != HN_NO_STORAGE) {
        const uint32_t next = all[storage].alias;
        if (all[next].alias != HN_NO_STORAGE) all[storage].alias = all[next].alias;
        storage = all[storage].alias;
    }
    return storage;
}

uint32_t *hn_raw_operands(hn_raw_step *s) {
    return s->many != NULL ? s->many : s->storage;
}

hone_status hn_build_storage(hn_build *b, hn_space space, uint64_t n_bytes, uint32_t *out) {
    hn_storage *grown = hn_arena_grow(&b->plan->arena, b->storages, b->n_storages,
                                      &b->capacity_storages, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    b->storages = grown;
    hn_storage *s = &b->storages[b->n_storages];
    memset(s, 0, sizeof *s);
    s->space = space;
    s->n_bytes = n_bytes;
    s->alias = HN_NO_STORAGE;
    s->first = UINT32_MAX;
    s->name = "";
    *out = b->n_storages++;
    return HONE_OK;
}

hone_status hn_build_const(hn_build *b, const void *bytes, uint64_t n_bytes, hn_source source,
                           uint32_t *storage) {
    hn_plan *plan = b->plan;
    hn_plan_const *grown = hn_arena_grow(&plan->arena, plan->consts, plan->n_consts,
                                         &b->capacity_consts, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    plan->consts = grown;
    plan->consts[plan->n_consts] =
        (hn_plan_const){bytes, n_bytes, source, b->node != NULL ? b->node->name : "", HN_DTYPE_U8};
    HN_TRY(hn_build_storage(b, HN_SPACE_CONST, n_bytes, storage));
    b->storages[*storage].index = plan->n_consts++;
    return HONE_OK;
}

static hone_status const_of_value(hn_build *b, const hn_value *v, uint32_t *storage) {
    uint64_t n_bytes = 0;
    if (!hn_value_bytes(v, &n_bytes)) {
        return hn_fail(b->env, HONE_E_SHAPE, "constant '%s' has no size", v->name);
    }
    const uint8_t *bytes = v->constant->bytes;
    const hn_source source = v->constant->is_borrowed ? HN_SOURCE_BORROWED : HN_SOURCE_COPIED;
    if (!hn_constant_is_contiguous(v) || (uintptr_t)bytes % b->options->const_align != 0) {
        HN_TRY(hn_build_copied(b, v, n_bytes, storage));
    } else {
        hn_constant_need(v);
        HN_TRY(hn_build_const(b, bytes, n_bytes, source, storage));
    }
    b->plan->consts[b->plan->n_consts - 1].dtype = v->dtype;
    b->plan->consts[b->plan->n_consts - 1].name = v->name;
    return HONE_OK;
}

hone_status hn_build_value(hn_build *b, const hn_value *v, uint32_t *storage) {
    if (b->storage_of[v->id] != HN_NO_STORAGE) {
        *storage = b->storage_of[v->id];
        return HONE_OK;
    }
    uint64_t n_bytes = 0;
    if (v->constant != NULL) {
        HN_TRY(const_of_value(b, v, storage));
    } else {
        if (!hn_value_bytes(v, &n_bytes)) {
            return hn_fail(b->env, HONE_E_UNSUPPORTED, "the size of value '%s' depends on data",
                           v->name);
        }
        HN_TRY(v->is_state ? hn_build_variable(b, v, n_bytes, storage)
                           : hn_build_storage(b, HN_SPACE_ARENA, n_bytes, storage));
    }
    b->storages[*storage].name = v->name;
    b->storage_of[v->id] = *storage;
    return HONE_OK;
}

hone_status hn_build_step(hn_build *b, hn_raw_step **out) {
    hn_raw_step *grown =
        hn_arena_grow(&b->plan->arena, b->steps, b->n_steps, &b->capacity_steps, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    b->steps = grown;
    hn_raw_step *s = &b->steps[b->n_steps++];
    memset(s, 0, sizeof *s);
    for (uint32_t i = 0; i < HN_MAX_OPERANDS; i++) s->storage[i] = HN_NO_STORAGE;
    s->step.origin = b->origin;
    *out = s;
    return HONE_OK;
}

static hone_status operand_storage(hn_build *b, const hn_operand *o, uint32_t *storage) {
    *storage = HN_NO_STORAGE;
    if (o->kind == HN_OPERAND_VALUE) return hn_build_value(b, o->value, storage);
    if (o->kind == HN_OPERAND_VIEW) return const_of_value(b, o->value, storage);
    if (o->kind != HN_OPERAND_NONE) *storage = o->index;
    return HONE_OK;
}

/* Work of about 5 us on a small core goes to one worker at a time: less is lost in the exchange. */
static uint32_t grain_of(const hn_kernel *row, const void *args, uint32_t units) {
    const uint64_t cost = row->traits->unit_cost != NULL ? row->traits->unit_cost(args) : 1000;
    const uint64_t grain = 5000 / (cost + 1) + 1;
    return grain < units ? (uint32_t)grain : (units > 0 ? units : 1);
}

/* Storages of the operands; those that the row packs become one constant. */
static hone_status place_operands(hn_build *b, const hn_kernel *row, uint32_t packed,
                                  const hn_step_request *request, uint32_t *storage) {
    for (uint32_t i = 0; i < request->n_operands; i++) {
        storage[i] = HN_NO_STORAGE;
        if (packed >> i & 1) continue;
        HN_TRY(operand_storage(b, &request->operands[i], &storage[i]));
    }
    if (packed == 0) return HONE_OK;
    return hn_build_packed(b, row, request, &storage[row->traits->pack->source[HN_PACK_WEIGHTS]]);
}

hone_status hn_build_row(hn_build *b, hn_raw_step *s, const hn_chosen *chosen, bool is_packed) {
    const hn_kernel *row = chosen->row;
    const hn_traits *traits = row->traits;
    const uint32_t n_bytes = hn_family_of(row->family)->args_bytes;
    void *copy = hn_arena_copy(&b->plan->arena, chosen->args, n_bytes);
    if (copy == NULL) return hn_no_memory(b->env);
    if (is_packed && traits->pack->mark != NULL) traits->pack->mark(copy);
    s->step.kind = HN_STEP_KERNEL;
    s->step.kernel = (uint32_t)(row - hn_kernels);
    s->step.args = copy;
    s->step.units = traits->units != NULL ? traits->units(copy, NULL) : 1;
    s->step.grain = grain_of(row, copy, s->step.units);
    if (chosen->is_alone && s->step.units > 0) s->step.grain = s->step.units;
    s->problem = chosen->problem;
    s->step.scratch_bytes = traits->scratch_bytes != NULL ? traits->scratch_bytes(copy) : 0;
    return HONE_OK;
}

static hone_status add_kernel(hn_build *b, const hn_step_request *request) {
    const uint32_t fixed = hn_pack_fixed(request);
    hn_chosen chosen;
    HN_TRY(hn_build_choose(b, request, fixed, &chosen));
    if (chosen.row == NULL) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "no %s kernel for these types",
                       hn_family_of(request->family)->name);
    }
    hn_raw_step *s = NULL;
    uint32_t storage[HN_MAX_OPERANDS];
    hn_step_request as_chosen = *request;
    as_chosen.args = chosen.args;
    const hn_pack *pack = chosen.row->traits->pack;
    const bool is_packed = pack != NULL && (pack->operands & ~fixed) == 0;
    HN_TRY(place_operands(b, chosen.row, is_packed ? pack->operands : 0, &as_chosen, storage));
    HN_TRY(hn_build_step(b, &s));
    memcpy(s->storage, storage, request->n_operands * sizeof *storage);
    HN_TRY(hn_build_row(b, s, &chosen, is_packed));
    s->step.n_buf = request->n_operands;
    s->n_out = request->n_out;
    return HONE_OK;
}

static hone_status emit_step(hn_lower *L, const hn_step_request *request) {
    return add_kernel(L->user, request);
}

static hone_status emit_constant(hn_lower *L, const void *bytes, uint64_t n_bytes,
                                 hn_operand *out) {
    hn_build *b = L->user;
    uint8_t *copy = hn_arena_alloc_aligned(&b->plan->arena, n_bytes, HN_KERNEL_ALIGN);
    if (copy == NULL) return hn_no_memory(b->env);
    memcpy(copy, bytes, n_bytes);
    *out = (hn_operand){HN_OPERAND_CONST, NULL, 0};
    return hn_build_const(b, copy, n_bytes, HN_SOURCE_COPIED, &out->index);
}

static hone_status emit_temp(hn_lower *L, uint64_t n_bytes, hn_operand *out) {
    *out = (hn_operand){HN_OPERAND_TEMP, NULL, 0};
    return hn_build_storage(L->user, HN_SPACE_ARENA, n_bytes, &out->index);
}

/* As the widest elements that divide it. */
hone_status hn_build_copy(hn_build *b, uint32_t from, uint32_t to, uint64_t n_bytes) {
    const bool is_wide = n_bytes % 4 == 0;
    const uint64_t n = is_wide ? n_bytes / 4 : n_bytes;
    if (n > INT32_MAX)
        return hn_fail(b->env, HONE_E_LIMIT, "copy of %llu bytes", (unsigned long long)n_bytes);
    static const hn_move_args unit = {.rank = 1, .in_stride = {1}, .out_stride = {1}};
    hn_move_args args = unit;
    args.dim[0] = (int32_t)n;
    const hn_operand operands[2] = {{HN_OPERAND_TEMP, NULL, from}, {HN_OPERAND_TEMP, NULL, to}};
    const hn_step_request request = {
        HN_FAMILY_move, is_wide ? HN_TYPES_b32 : HN_TYPES_b8, &args, operands, 2, 1};
    return add_kernel(b, &request);
}

static hone_status copy_value(hn_build *b, const hn_value *v, uint32_t to) {
    uint64_t n_bytes = 0;
    uint32_t from = 0;
    if (!hn_value_bytes(v, &n_bytes)) return hn_fail(b->env, HONE_E_SHAPE, "copy of unknown size");
    HN_TRY(hn_build_value(b, v, &from));
    return hn_build_copy(b, from, to, n_bytes);
}

static hone_status emit_alias(hn_lower *L, const hn_value *in, const hn_value *out) {
    hn_build *b = L->user;
    uint32_t from = 0;
    HN_TRY(hn_build_value(b, in, &from));
    from = hn_build_root(b, from);
    uint32_t to = b->storage_of[out->id]; /* outputs of the graph have theirs already */
    if (to == HN_NO_STORAGE && b->storages[from].space == HN_SPACE_STATE) {
        HN_TRY(hn_build_value(b, out, &to)); /* what was read outlasts a later write */
    }
    if (to == HN_NO_STORAGE) {
        b->storage_of[out->id] = from;
        return HONE_OK;
    }
    if (b->storages[from].space == HN_SPACE_ARENA) {
        b->storages[from].alias = to;
        return HONE_OK;
    }
    return copy_value(b, in, to);
}

static hone_status emit_call(hn_lower *L, const hn_node *node) {
    return hn_build_control(L->user, node);
}

hone_status hn_build_origin(hn_build *b, const hn_origin *origin) {
    hn_plan *plan = b->plan;
    hn_origin *grown = hn_arena_grow(&plan->arena, plan->origins, plan->n_origins,
                                     &b->capacity_origins, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    plan->origins = grown;
    plan->origins[plan->n_origins] = *origin;
    b->origin = plan->n_origins++;
    return HONE_OK;
}

/* Strings and lists, and an output whose shape depends on data; its storage keeps the numbers of
 * others in step. */
static hone_status bind_dynamic(hn_build *b, hn_space space, const hn_value *v, uint32_t *dynamic) {
    uint32_t storage = 0;
    if ((space == HN_SPACE_INPUT && !hn_value_is_block(v)) || b->is_body) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "the size of '%s' depends on data", v->name);
    }
    HN_TRY(hn_build_storage(b, HN_SPACE_DYNAMIC, 0, &storage));
    b->storages[storage].name = v->name;
    if (b->storage_of[v->id] == HN_NO_STORAGE) {
        b->storages[storage].index = b->plan->n_dynamic++;
        b->storage_of[v->id] = storage;
    }
    *dynamic = b->storages[b->storage_of[v->id]].index;
    return HONE_OK;
}

/* Inputs and outputs get their storages first, so that everything else can alias them. */
static hone_status bind_ports(hn_build *b, hn_space space, hn_value *const *ports, uint32_t n,
                              hn_plan_io **out) {
    hn_plan_io *io = HN_NEW_N(&b->plan->arena, hn_plan_io, n);
    if (io == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t storage = 0;
        io[i].value = ports[i];
        io[i].dynamic = HN_NO_DYNAMIC;
        if (!hn_value_bytes(ports[i], &io[i].n_bytes)) {
            HN_TRY(bind_dynamic(b, space, ports[i], &io[i].dynamic));
            continue;
        }
        HN_TRY(hn_build_storage(b, space, io[i].n_bytes, &storage));
        b->storages[storage].index = i;
        b->storages[storage].name = ports[i]->name;
        const bool is_second = b->storage_of[ports[i]->id] != HN_NO_STORAGE;
        if (!is_second && ports[i]->constant == NULL) b->storage_of[ports[i]->id] = storage;
    }
    *out = io;
    return HONE_OK;
}

/* An output that is a constant, an input, or listed twice is copied at the end. */
static hone_status copy_outputs(hn_build *b) {
    for (uint32_t i = 0; i < b->plan->n_outputs; i++) {
        const hn_value *v = b->graph->outputs[i];
        uint32_t at = b->plan->n_inputs + i, from = 0;
        if (b->plan->outputs[i].dynamic != HN_NO_DYNAMIC) continue;
        HN_TRY(hn_build_value(b, v, &from));
        if (hn_build_root(b, from) == at) continue;
        HN_TRY(copy_value(b, v, at));
    }
    return HONE_OK;
}

static hone_status lower_node(hn_lower *L, uint32_t i, uint32_t *n_covered) {
    hn_build *b = L->user;
    const hn_node *node = b->graph->nodes[i];
    b->node = node;
    if (node->provider == NULL && hn_node_is_host(node)) return hn_host_add(b, node);
    if (hn_host_blocks(b, node)) HN_TRY(hn_host_flush(b));
    HN_TRY(hn_build_origin(b, &node->origin));
    if (node->provider != NULL) return hn_build_group(b, i, n_covered);
    if (node->op->hooks->lower != NULL) return node->op->hooks->lower(L, node);
    return hn_fail(b->env, HONE_E_UNSUPPORTED, "operator %s cannot run", node->op->name);
}

static hone_status lower_nodes(hn_lower *L) {
    hn_build *b = L->user;
    for (uint32_t i = 0; i < b->graph->n_nodes; i++) {
        const hn_node *node = b->graph->nodes[i];
        uint32_t n_covered = 1;
        const hone_status status = lower_node(L, i, &n_covered);
        if (status != HONE_OK && status != HONE_E_MEMORY && b->refused != NULL) {
            HN_TRY(b->refused(b->refused_user, node, b->env->message));
        } else if (status != HONE_OK) {
            return hn_fail_at(b->env, status, node->name[0] != 0 ? node->name : node->op->name);
        }
        i += n_covered - 1;
    }
    return hn_host_flush(b);
}

hone_status hn_build_emit(hn_build *b) {
    hn_plan *plan = b->plan;
    const hn_graph *g = b->graph;
    b->storage_of = HN_NEW_N(&plan->arena, uint32_t, (uint64_t)g->n_values + 1);
    if (b->storage_of == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i <= g->n_values; i++) b->storage_of[i] = HN_NO_STORAGE;
    plan->n_inputs = g->n_inputs;
    plan->n_outputs = g->n_outputs;
    HN_TRY(bind_ports(b, HN_SPACE_INPUT, g->inputs, g->n_inputs, &plan->inputs));
    HN_TRY(bind_ports(b, HN_SPACE_OUTPUT, g->outputs, g->n_outputs, &plan->outputs));
    hn_lower L = {b->env, g, b, emit_step, emit_constant, emit_temp, emit_alias, emit_call};
    HN_TRY(lower_nodes(&L));
    b->node = NULL;
    HN_TRY(copy_outputs(b));
    hn_build_shorten_reads(b);
    return HONE_OK;
}
