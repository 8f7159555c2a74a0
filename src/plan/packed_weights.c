/* SPDX-License-Identifier: Apache-2.0
 * Packing at plan time. Which operands can be packed follows from the request: constants, and
 * operands that are absent. The key of packed bytes is where the weights lie in the model's file,
 * the layout (which follows from arguments that no image size changes), and a hash of bias and
 * scales. Weights seen through another order of dimensions are packed straight from the
 * view. */
#include "plan/packed_weights.h"

#include <string.h>

#include "base/platform.h"
#include "plan/build.h"

typedef struct hn_packed {
    struct hn_packed *next;
    const void *weights;
    hn_panels panels;
    uint64_t head; /* hash of bias and scales */
    uint64_t n_bytes;
    uint8_t *bytes;
} hn_packed;

/* A constant operand: bytes NULL where it is absent; lives as long as the model when borrowed. */
typedef struct constant {
    const uint8_t *bytes;
    uint64_t n_bytes;
    const hn_value *view; /* seen through strides; NULL: as it lies */
    bool is_borrowed;
    const char *name;
} constant;

void hn_pack_store_fini(hn_pack_store *store, hn_env *env) {
    for (uint32_t i = 0; i < HN_PACK_LISTS; i++) {
        while (store->lists[i] != NULL) {
            hn_packed *next = store->lists[i]->next;
            hn_free(env, store->lists[i]->bytes);
            hn_free(env, store->lists[i]);
            store->lists[i] = next;
        }
    }
}

static constant constant_of(const hn_build *b, const hn_operand *o) {
    constant c = {NULL, 0, NULL, false, ""};
    if (o->kind == HN_OPERAND_CONST) {
        const hn_plan_const *made = &b->plan->consts[b->storages[o->index].index];
        c.bytes = made->bytes;
        c.n_bytes = made->n_bytes;
        c.name = made->name;
    } else if (o->kind == HN_OPERAND_VALUE || o->kind == HN_OPERAND_VIEW) {
        c.bytes = o->value->constant->bytes;
        c.is_borrowed = o->value->constant->is_borrowed;
        c.name = o->value->name;
        if (!hn_constant_is_contiguous(o->value)) c.view = o->value;
        if (!hn_value_bytes(o->value, &c.n_bytes)) c.n_bytes = 0;
    }
    return c;
}

uint32_t hn_pack_fixed(const hn_step_request *request) {
    uint32_t fixed = 0;
    for (uint32_t i = 0; i < request->n_operands; i++) {
        const hn_operand *o = &request->operands[i];
        const bool is_value = o->kind == HN_OPERAND_VALUE || o->kind == HN_OPERAND_VIEW;
        const bool is_constant = is_value && o->value->constant != NULL;
        if (is_constant || o->kind == HN_OPERAND_CONST || o->kind == HN_OPERAND_NONE) {
            fixed |= 1u << i;
        }
    }
    return fixed;
}

/* A distance in row-major elements of the view's shape, in elements of its memory. */
static int64_t through_view(const hn_value *v, int64_t distance) {
    int64_t step[HN_MAX_RANK], at = 0;
    hn_shape_strides(&v->shape, step);
    for (int32_t d = 0; d < v->shape.rank; d++) {
        if (step[d] <= 0) continue;
        at += distance / step[d] * v->constant->stride[d];
        distance %= step[d];
    }
    return at;
}

static uint32_t list_of(const hn_packed *wanted) {
    const uintptr_t address = (uintptr_t)wanted->weights;
    return (uint32_t)(hn_hash64(&address, sizeof address, 0) % HN_PACK_LISTS);
}

static const hn_packed *find(const hn_pack_store *store, const hn_packed *wanted) {
    for (const hn_packed *p = store->lists[list_of(wanted)]; p != NULL; p = p->next) {
        if (p->weights == wanted->weights && p->head == wanted->head &&
            memcmp(&p->panels, &wanted->panels, sizeof p->panels) == 0) {
            return p;
        }
    }
    return NULL;
}

/* Writes what `wanted` describes into new memory: of the store, or (NULL) of the plan. */
static hone_status pack_new(hn_build *b, hn_pack_store *store, const void *const *source,
                            hn_packed *wanted) {
    hn_packed *kept = NULL;
    if (store == NULL) {
        wanted->bytes =
            hn_arena_alloc_aligned(&b->plan->arena, (size_t)wanted->n_bytes, HN_KERNEL_ALIGN);
    } else {
        kept = hn_alloc(b->env, sizeof *kept);
        wanted->bytes = kept != NULL ? hn_alloc(b->env, (size_t)wanted->n_bytes) : NULL;
    }
    if (wanted->bytes == NULL) {
        hn_free(b->env, kept);
        return hn_no_memory(b->env);
    }
    hn_pack_write(&wanted->panels, source, wanted->bytes);
    if (store == NULL) return HONE_OK;
    hn_packed **list = &store->lists[list_of(wanted)];
    *kept = *wanted;
    kept->next = *list;
    *list = kept;
    return HONE_OK;
}

hone_status hn_build_packed(hn_build *b, const hn_kernel *row, const hn_step_request *request,
                            uint32_t *storage) {
    const hn_pack *pack = row->traits->pack;
    const void *source[HN_PACK_SOURCES] = {NULL};
    hn_packed wanted = {.n_bytes = 0};
    constant weights = {0};
    pack->layout(request->args, request->types, &wanted.panels);
    for (uint32_t i = 0; i < HN_PACK_SOURCES; i++) {
        if (pack->source[i] < 0) continue;
        const constant c = constant_of(b, &request->operands[pack->source[i]]);
        source[i] = c.bytes;
        if (i == HN_PACK_WEIGHTS) {
            weights = c;
        } else if (c.bytes != NULL) {
            wanted.head = hn_hash64(c.bytes, c.n_bytes, wanted.head + i);
        }
    }
    for (uint32_t i = 0; weights.view != NULL && i < 5; i++) {
        wanted.panels.stride[i] = through_view(weights.view, wanted.panels.stride[i]);
    }
    if (weights.view != NULL) wanted.panels.flip = weights.view->constant->flip;
    wanted.weights = weights.bytes;
    wanted.n_bytes = hn_pack_bytes(&wanted.panels);
    if (wanted.n_bytes == 0) {
        return hn_fail(b->env, HONE_E_LIMIT, "'%s' is too large to be packed", weights.name);
    }
    hn_pack_store *store = weights.is_borrowed ? b->options->packs : NULL;
    const hn_packed *there = store != NULL ? find(store, &wanted) : NULL;
    if (there == NULL) HN_TRY(pack_new(b, store, source, &wanted));
    HN_TRY(hn_build_const(b, there != NULL ? there->bytes : wanted.bytes, wanted.n_bytes,
                          HN_SOURCE_PACKED, storage));
    b->plan->consts[b->plan->n_consts - 1].name = weights.name;
    return HONE_OK;
}
