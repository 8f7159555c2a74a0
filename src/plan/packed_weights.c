/* SPDX-License-Identifier: Apache-2.0
 * Constants made at plan time. Which operands can be packed follows from the request: constants,
 * and operands that are absent. Weights seen through another order of dimensions are packed
 * straight from the view. */
#include "plan/packed_weights.h"

#include <string.h>

#include "plan/build.h"
#include "plan/pack_file.h"

/* What is to be made: n_bytes by `write`. */
typedef struct order {
    hn_digest key;
    uint64_t n_bytes;
    hn_source source;
    bool outlives_plans; /* it borrows from nothing that dies before the model */
    const char *name;
    void (*write)(const void *user, void *bytes);
    const void *user;
} order;

/* The key starts with what kind of constant it is. */
typedef enum made_kind { MADE_PANELS = 1, MADE_COPY } made_kind;

/* A constant operand: bytes NULL where it is absent; lives as long as the model when borrowed. */
typedef struct constant {
    const uint8_t *bytes;
    uint64_t n_bytes, reach; /* of its elements; that can be read from `bytes` on */
    const hn_value *view;    /* seen through strides; NULL: as it lies */
    bool is_borrowed;
    const char *name;
} constant;

void hn_pack_store_init(hn_pack_store *store, hn_env *env, const hn_map *files, uint32_t n_files) {
    memset(store, 0, sizeof *store);
    hn_arena_init(&store->arena, env, 0);
    store->files = files;
    store->n_files = n_files;
}

void hn_pack_store_fini(hn_pack_store *store) {
    hn_arena_fini(&store->arena);
    memset(store->lists, 0, sizeof store->lists);
    store->n_made = 0;
}

static constant constant_of(const hn_build *b, const hn_operand *o) {
    constant c = {NULL, 0, 0, NULL, false, ""};
    if (o->kind == HN_OPERAND_CONST) {
        const hn_plan_const *made = &b->plan->consts[b->storages[o->index].index];
        c.bytes = made->bytes;
        c.n_bytes = c.reach = made->n_bytes;
        c.name = made->name;
    } else if (o->kind == HN_OPERAND_VALUE || o->kind == HN_OPERAND_VIEW) {
        c.bytes = o->value->constant->bytes;
        c.reach = o->value->constant->n_bytes;
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

/* ---- keys ---- */

static void add_number(hn_digest *key, uint64_t n) {
    hn_digest_add(key, &n, sizeof n);
}

/* Where the bytes lie in the model's files; what they are, where they lie in none. Sizes are those
 * that can be reached. */
static void add_origin(hn_digest *key, const hn_pack_store *store, const hn_constant *c) {
    for (uint32_t i = 0; c->is_borrowed && i < store->n_files; i++) {
        const hn_map *file = &store->files[i];
        const uint64_t at = (uint64_t)(uintptr_t)c->bytes - (uint64_t)(uintptr_t)file->bytes;
        if (at > file->size) continue;
        add_number(key, i + 1);
        add_number(key, at);
        return;
    }
    add_number(key, 0);
    hn_digest_add(key, c->bytes, c->n_bytes);
}

/* ---- making ---- */

static hn_made **list_of(hn_pack_store *store, const hn_digest *key) {
    return &store->lists[key->word[0] % HN_PACK_LISTS];
}

/* Does somebody ask for keys of constants that a plan made? Their bytes are read for them. */
static bool wants_key(const hn_build *b, bool outlives_plans) {
    const hn_pack_store *store = b->options->packs;
    return store != NULL && (outlives_plans || store->keeps_all || b->options->pack != NULL);
}

/* What is there already, or NULL. */
static const uint8_t *find(const hn_build *b, const order *o, bool *is_mapped) {
    hn_pack_store *store = b->options->packs;
    const hn_pack_file *file = b->options->pack;
    const uint8_t *bytes = file != NULL ? hn_pack_file_find(file, &o->key, o->n_bytes) : NULL;
    *is_mapped = bytes != NULL;
    if (bytes != NULL) return bytes;
    for (const hn_made *m = *list_of(store, &o->key); m != NULL; m = m->next) {
        if (hn_digest_equal(&m->key, &o->key) && m->n_bytes == o->n_bytes) return m->bytes;
    }
    return NULL;
}

/* Into new memory: of the store, or of the plan. */
static hone_status make(hn_build *b, const order *o, bool is_kept, const uint8_t **out) {
    hn_pack_store *store = b->options->packs;
    hn_arena *arena = is_kept ? &store->arena : &b->plan->arena;
    hn_made *kept = is_kept ? HN_NEW(arena, hn_made) : NULL;
    uint8_t *bytes = hn_arena_alloc_aligned(arena, (size_t)o->n_bytes, HN_KERNEL_ALIGN);
    if (bytes == NULL || (is_kept && kept == NULL)) return hn_no_memory(b->env);
    o->write(o->user, bytes);
    *out = bytes;
    if (!is_kept) return HONE_OK;
    hn_made **list = list_of(store, &o->key);
    *kept = (hn_made){*list, o->key, o->n_bytes, bytes};
    *list = kept;
    store->n_made++;
    return HONE_OK;
}

/* The constant that is ordered, as a storage: found, or made. */
static hone_status deliver(hn_build *b, const order *o, uint32_t *storage) {
    const hn_pack_store *store = b->options->packs;
    const bool is_kept = store != NULL && (o->outlives_plans || store->keeps_all);
    const uint8_t *bytes = NULL;
    bool is_mapped = false;
    if (wants_key(b, o->outlives_plans)) bytes = find(b, o, &is_mapped);
    if (bytes == NULL) HN_TRY(make(b, o, is_kept, &bytes));
    HN_TRY(hn_build_const(b, bytes, o->n_bytes, is_mapped ? HN_SOURCE_MAPPED : o->source, storage));
    b->plan->consts[b->plan->n_consts - 1].name = o->name;
    return HONE_OK;
}

/* ---- copies ---- */

static void write_copy(const void *user, void *bytes) {
    hn_constant_copy(user, bytes);
}

hone_status hn_build_copied(hn_build *b, const hn_value *v, uint64_t n_bytes, uint32_t *storage) {
    const hn_constant *c = v->constant;
    order o = {{{MADE_COPY, 0}}, n_bytes, HN_SOURCE_COPIED, c->is_borrowed, v->name, write_copy, v};
    if (wants_key(b, o.outlives_plans)) {
        add_origin(&o.key, b->options->packs, c);
        add_number(&o.key, (uint64_t)v->dtype << 8 | c->flip);
        hn_digest_add(&o.key, c->stride, sizeof c->stride);
        hn_digest_add(&o.key, v->shape.dim, (uint64_t)v->shape.rank * sizeof *v->shape.dim);
    }
    return deliver(b, &o, storage);
}

/* ---- packed weights ---- */

typedef struct packing {
    hn_panels panels;
    const void *source[HN_PACK_SOURCES];
} packing;

static void write_packed(const void *user, void *bytes) {
    const packing *p = user;
    hn_pack_write(&p->panels, p->source, bytes);
}

hone_status hn_build_packed(hn_build *b, const hn_kernel *row, const hn_step_request *request,
                            uint32_t *storage) {
    const hn_pack *pack = row->traits->pack;
    packing p = {.source = {NULL}};
    constant of[HN_PACK_SOURCES] = {{NULL, 0, 0, NULL, false, ""}};
    pack->layout(request->args, request->types, &p.panels);
    for (uint32_t i = 0; i < HN_PACK_SOURCES; i++) {
        if (pack->source[i] < 0) continue;
        of[i] = constant_of(b, &request->operands[pack->source[i]]);
        p.source[i] = of[i].bytes;
    }
    const constant *weights = &of[HN_PACK_WEIGHTS];
    for (uint32_t i = 0; weights->view != NULL && i < 5; i++) {
        p.panels.stride[i] = through_view(weights->view, p.panels.stride[i]);
    }
    if (weights->view != NULL) p.panels.flip = weights->view->constant->flip;
    order o = {{{MADE_PANELS, 0}},
               hn_pack_bytes(&p.panels),
               HN_SOURCE_PACKED,
               weights->is_borrowed,
               weights->name,
               write_packed,
               &p};
    if (o.n_bytes == 0) {
        return hn_fail(b->env, HONE_E_LIMIT, "'%s' is too large to be packed", weights->name);
    }
    if (wants_key(b, o.outlives_plans)) {
        const hn_constant c = {
            .bytes = weights->bytes, .n_bytes = weights->reach, .is_borrowed = o.outlives_plans};
        add_origin(&o.key, b->options->packs, &c);
        hn_digest_add(&o.key, &p.panels, sizeof p.panels);
        for (uint32_t i = HN_PACK_BIAS; i < HN_PACK_SOURCES; i++) {
            hn_digest_add(&o.key, of[i].bytes, of[i].n_bytes);
        }
    }
    return deliver(b, &o, storage);
}
