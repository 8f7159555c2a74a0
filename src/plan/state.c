/* SPDX-License-Identifier: Apache-2.0
 * State of a session. Variable tensors and the slots of resource variables lie in one block, which
 * a plan shares with the plans of its bodies. A read is a copy, because what was read must outlast
 * a later write; where no write follows before the copy's last use, the slot itself is read. */
#include <string.h>

#include "plan/build.h"

/* Reads that are looked at, each against all steps. */
enum { MOST_READS = 256 };

static hone_status reserve(hn_build *b, uint64_t n_bytes, uint64_t *offset) {
    uint64_t end;
    if (!hn_add_u64(b->state->n_bytes, n_bytes, &end) || end > UINT64_MAX - HN_KERNEL_ALIGN) {
        return hn_fail(b->env, HONE_E_LIMIT, "the state is too large");
    }
    *offset = b->state->n_bytes;
    b->state->n_bytes = (end + HN_KERNEL_ALIGN - 1) / HN_KERNEL_ALIGN * HN_KERNEL_ALIGN;
    return HONE_OK;
}

static hone_status state_storage(hn_build *b, uint64_t offset, uint64_t n_bytes,
                                 uint32_t *storage) {
    HN_TRY(hn_build_storage(b, HN_SPACE_STATE, n_bytes, storage));
    b->storages[*storage].offset = offset;
    return HONE_OK;
}

/* Variables of s8 start at their zero point. */
static hone_status add_fill(hn_build *b, const hn_value *v, uint64_t offset, uint64_t n_bytes) {
    const int32_t zero = v->dtype == HN_DTYPE_S8 && v->quant != NULL ? hn_quant_zero(v, 0) : 0;
    if (zero == 0) return HONE_OK;
    hn_plan *plan = b->state->plan;
    hn_state_fill *grown = hn_arena_grow(&plan->arena, plan->fills, plan->n_fills,
                                         &b->state->capacity_fills, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    plan->fills = grown;
    plan->fills[plan->n_fills++] = (hn_state_fill){offset, n_bytes, (uint8_t)zero};
    return HONE_OK;
}

hone_status hn_build_variable(hn_build *b, const hn_value *v, uint64_t n_bytes, uint32_t *storage) {
    uint64_t offset;
    HN_TRY(reserve(b, n_bytes, &offset));
    HN_TRY(add_fill(b, v, offset, n_bytes));
    return state_storage(b, offset, n_bytes, storage);
}

/* ---- slots ---- */

static hn_slot *find_slot(const hn_build *b, const char *container, const char *name) {
    for (uint32_t i = 0; i < b->state->n_slots; i++) {
        hn_slot *s = &b->state->slots[i];
        if (strcmp(s->name, name) == 0 && strcmp(s->container, container) == 0) return s;
    }
    return NULL;
}

static hone_status add_slot(hn_build *b, const hn_slot *like, hn_slot **out) {
    hn_state *state = b->state;
    hn_slot *grown = hn_arena_grow(&state->plan->arena, state->slots, state->n_slots,
                                   &state->capacity_slots, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    state->slots = grown;
    *out = &state->slots[state->n_slots];
    **out = *like;
    HN_TRY(reserve(b, like->n_bytes, &(*out)->offset));
    state->n_slots++;
    return HONE_OK;
}

/* The slot that `handle` names, as storage for a tensor like v. */
static hone_status slot_storage(hn_build *b, const hn_value *handle, const hn_value *v,
                                uint32_t *storage) {
    const hn_node *maker = handle->producer;
    hn_slot like = {"", "", v->dtype, 0, 0}, *slot;
    if (maker == NULL || maker->op != hn_op_at(HN_OP_var_handle)) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "the variable is named outside of this body");
    }
    if (!hn_value_bytes(v, &like.n_bytes)) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "the size of the variable depends on data");
    }
    like.container = hn_attr_string(maker, "container", "");
    like.name = hn_attr_string(maker, "shared_name", "");
    slot = find_slot(b, like.container, like.name);
    if (slot == NULL) HN_TRY(add_slot(b, &like, &slot));
    if (slot->n_bytes != like.n_bytes || slot->dtype != like.dtype) {
        return hn_fail(b->env, HONE_E_SHAPE,
                       "variable '%.64s' has %llu bytes of %s, not %llu of %s", slot->name,
                       (unsigned long long)slot->n_bytes, hn_dtype_name(slot->dtype),
                       (unsigned long long)like.n_bytes, hn_dtype_name(like.dtype));
    }
    return state_storage(b, slot->offset, slot->n_bytes, storage);
}

static hone_status add_init(hn_build *b, const hn_node *node) {
    hn_plan *root = b->state->plan, *body = NULL;
    hn_plan **grown = hn_arena_grow(&root->arena, root->inits, root->n_inits,
                                    &b->state->capacity_inits, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    root->inits = grown;
    HN_TRY(hn_plan_of_body(b, node->bodies[0], &body));
    root->inits[root->n_inits++] = body;
    return HONE_OK;
}

hone_status hn_build_state(hn_build *b, const hn_node *node) {
    uint32_t slot = 0, value = 0;
    uint64_t n_bytes = 0;
    if (node->op == hn_op_at(HN_OP_call_once)) return add_init(b, node);
    const bool is_read = node->op == hn_op_at(HN_OP_state_read);
    const hn_value *v = is_read ? node->out[0] : node->in[1];
    HN_TRY(slot_storage(b, node->in[0], v, &slot));
    HN_TRY(hn_build_value(b, v, &value));
    if (!hn_value_bytes(v, &n_bytes) || n_bytes == 0) return HONE_OK;
    return is_read ? hn_build_copy(b, slot, value, n_bytes)
                   : hn_build_copy(b, value, slot, n_bytes);
}

/* ---- reads that need no copy ---- */

static bool is_copy_of_state(const hn_build *b, const hn_raw_step *s) {
    return s->step.kind == HN_STEP_KERNEL && s->step.n_buf == 2 &&
           hn_kernels[s->step.kernel].family == HN_FAMILY_move &&
           b->storages[s->storage[0]].space == HN_SPACE_STATE &&
           b->storages[s->storage[0]].n_bytes ==
               b->storages[hn_build_root(b, s->storage[1])].n_bytes;
}

static bool overlaps(const hn_storage *a, const hn_storage *c) {
    return a->offset < c->offset + c->n_bytes && c->offset < a->offset + a->n_bytes;
}

/* From the copy (step `at`) to the last use of `to`, nothing writes the slot or `to`. */
static bool can_read_in_place(const hn_build *b, uint32_t at, uint32_t from, uint32_t to) {
    uint32_t last = at;
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        for (uint32_t k = 0; k < s->step.n_buf; k++) {
            const uint32_t o = hn_raw_operands(s)[k];
            if (o == HN_NO_STORAGE || hn_build_root(b, o) != to) continue;
            const bool writes = k + s->n_out >= s->step.n_buf;
            if (i < at || (writes && i != at) || (i != at && s->step.kind != HN_STEP_KERNEL)) {
                return false;
            }
            last = i;
        }
    }
    for (uint32_t i = at + 1; i <= last; i++) {
        hn_raw_step *s = &b->steps[i];
        if (s->step.kind == HN_STEP_CALL) return false; /* a body may write any slot */
        for (uint32_t k = s->step.n_buf - s->n_out; k < s->step.n_buf; k++) {
            const uint32_t o = hn_raw_operands(s)[k];
            if (o == HN_NO_STORAGE) continue;
            const hn_storage *w = &b->storages[hn_build_root(b, o)];
            if (w->space == HN_SPACE_STATE && overlaps(w, &b->storages[from])) return false;
        }
    }
    return true;
}

void hn_build_shorten_reads(hn_build *b) {
    uint32_t n_reads = 0;
    for (uint32_t i = 0; i < b->n_steps && n_reads < MOST_READS; i++) {
        const hn_raw_step *s = &b->steps[i];
        if (!is_copy_of_state(b, s)) continue;
        n_reads++;
        const uint32_t from = s->storage[0], to = hn_build_root(b, s->storage[1]);
        if (b->storages[to].space != HN_SPACE_ARENA || !can_read_in_place(b, i, from, to)) continue;
        b->storages[to].alias = from;
        memmove(b->steps + i, b->steps + i + 1, (b->n_steps - i - 1) * sizeof *b->steps);
        b->n_steps--;
        i--;
    }
}
