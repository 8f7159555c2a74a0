/* SPDX-License-Identifier: Apache-2.0
 * Constants made at plan time. Which operands can be packed follows from the request: constants,
 * and operands that are absent. Weights seen through another order of dimensions are packed
 * straight from the view. */
#include "plan/packed_weights.h"

#include <string.h>

#include "plan/build.h"
#include "plan/pack_file.h"

/* Of the store: what shows that weights are packed, and what is reserved then. */
enum { SURE_BYTES = 512 << 10, LARGE_PAGE = 2 << 20, MOST_RESERVED = 1 << 30, BLOCK_HEADS = 128 };

/* What is to be made: n_bytes by `write`. */
typedef struct order {
    hn_digest key;
    uint64_t n_bytes;
    hn_source source;
    bool outlives_plans; /* made from the model's files: other plans will want it */
    const char *name;
    void (*write)(const void *user, void *bytes);
    const void *user;
} order;

/* The key starts with what kind of constant it is. */
typedef enum made_kind { MADE_PANELS = 1, MADE_COPY } made_kind;

/* A constant operand: value NULL where it is none of the graph, `as` zeroed where it is absent. */
typedef struct constant {
    const hn_value *value;
    hn_constant as;
    uint64_t n_bytes; /* of its elements; as.n_bytes can be read */
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
    constant c = {.name = ""};
    if (o->kind == HN_OPERAND_CONST) {
        const hn_plan_const *made = &b->plan->consts[b->storages[o->index].index];
        c.as.bytes = made->bytes;
        c.as.n_bytes = c.n_bytes = made->n_bytes;
        c.name = made->name;
    } else if (o->kind == HN_OPERAND_VALUE || o->kind == HN_OPERAND_VIEW) {
        c.value = o->value;
        c.as = *o->value->constant;
        c.name = o->value->name;
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

typedef enum origin_kind { ORIGIN_BYTES, ORIGIN_FILE, ORIGIN_LATER } origin_kind;

static void add_numbers(hn_digest *key, uint64_t a, uint64_t b, uint64_t c) {
    const uint64_t numbers[3] = {a, b, c};
    hn_digest_add(key, numbers, sizeof numbers);
}

static void add_view(hn_digest *key, const hn_value *v) {
    const uint64_t rank = v->shape.rank > 0 ? (uint64_t)v->shape.rank : 0;
    add_numbers(key, v->dtype, v->constant->flip, rank);
    hn_digest_add(key, v->shape.dim, rank * sizeof *v->shape.dim);
    hn_digest_add(key, v->constant->stride, rank * sizeof *v->constant->stride);
}

/* Where the bytes lie in the model's files, or what they will be worked out from; else what they
 * are. */
static void add_origin(hn_digest *key, const hn_pack_store *store, const hn_constant *c) {
    for (; c->later != NULL; c = c->later->from->constant) {
        const hn_later *later = c->later;
        const uint64_t n = later->factor != NULL ? later->n_factor : 0;
        add_numbers(key, ORIGIN_LATER, (uint64_t)(c->bytes - later->bytes), later->inner);
        hn_digest_add(key, later->factor, n * sizeof *later->factor);
        add_view(key, later->from);
    }
    for (uint32_t i = 0; c->is_borrowed && i < store->n_files; i++) {
        const hn_map *file = &store->files[i];
        const uint64_t at = (uint64_t)(uintptr_t)c->bytes - (uint64_t)(uintptr_t)file->bytes;
        if (at > file->size) continue;
        add_numbers(key, ORIGIN_FILE, i, at);
        return;
    }
    add_numbers(key, ORIGIN_BYTES, 0, 0);
    hn_digest_add(key, c->bytes, c->n_bytes);
}

/* Is its key the same for every plan, and cheap? */
static bool is_of_file(const hn_constant *c) {
    while (c->later != NULL) c = c->later->from->constant;
    return c->is_borrowed;
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

/* Once a model proves to be one whose weights are packed, the rest of them get one piece of memory
 * that lies on large pages. */
static void make_room(hn_pack_store *store) {
    uint64_t expected = 0;
    if (store->is_reserved || store->arena.total_bytes < SURE_BYTES) return;
    store->is_reserved = true;
    for (uint32_t i = 0; i < store->n_files; i++) expected += store->files[i].size;
    if (expected > MOST_RESERVED || expected < store->arena.total_bytes + LARGE_PAGE) return;
    expected -= store->arena.total_bytes;
    hn_arena_reserve(&store->arena, (size_t)(expected / LARGE_PAGE * LARGE_PAGE - BLOCK_HEADS));
}

/* Into new memory: of the store, or of the plan. */
static hone_status make(hn_build *b, const order *o, bool is_kept, const uint8_t **out) {
    hn_pack_store *store = b->options->packs;
    hn_arena *arena = is_kept ? &store->arena : &b->plan->arena;
    if (is_kept) make_room(store);
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
    order o = {{{MADE_COPY, 0}}, n_bytes, HN_SOURCE_COPIED, is_of_file(c), v->name, write_copy, v};
    if (wants_key(b, o.outlives_plans)) {
        add_origin(&o.key, b->options->packs, c);
        add_view(&o.key, v);
    }
    return deliver(b, &o, storage);
}

/* ---- packed weights ---- */

typedef struct packing {
    hn_panels panels;
    constant of[HN_PACK_SOURCES];
} packing;

static void write_packed(const void *user, void *bytes) {
    const packing *p = user;
    const void *source[HN_PACK_SOURCES];
    for (uint32_t i = 0; i < HN_PACK_SOURCES; i++) {
        if (p->of[i].value != NULL) hn_constant_need(p->of[i].value);
        source[i] = p->of[i].as.bytes;
    }
    hn_pack_write(&p->panels, source, bytes);
}

/* The layout, with the weights' own strides where they are seen through a view. */
static void lay_out(const hn_pack *pack, const hn_step_request *request, packing *p) {
    const constant *weights = &p->of[HN_PACK_WEIGHTS];
    pack->layout(request->args, request->types, &p->panels);
    if (weights->value == NULL || hn_constant_is_contiguous(weights->value)) return;
    for (uint32_t i = 0; i < 5; i++) {
        p->panels.stride[i] = through_view(weights->value, p->panels.stride[i]);
    }
    p->panels.flip = weights->as.flip;
}

static void add_sources(hn_digest *key, const hn_pack_store *store, const packing *p) {
    add_origin(key, store, &p->of[HN_PACK_WEIGHTS].as);
    hn_digest_add(key, &p->panels, sizeof p->panels);
    for (uint32_t i = HN_PACK_BIAS; i < HN_PACK_SOURCES; i++) {
        const constant *c = &p->of[i];
        if (c->value != NULL) hn_constant_need(c->value);
        hn_digest_add(key, c->as.bytes, c->n_bytes);
    }
}

hone_status hn_build_packed(hn_build *b, const hn_kernel *row, const hn_step_request *request,
                            uint32_t *storage) {
    const hn_pack *pack = row->traits->pack;
    packing p = {.of = {{.name = ""}}};
    for (uint32_t i = 0; i < HN_PACK_SOURCES; i++) {
        if (pack->source[i] >= 0) p.of[i] = constant_of(b, &request->operands[pack->source[i]]);
    }
    lay_out(pack, request, &p);
    const constant *weights = &p.of[HN_PACK_WEIGHTS];
    order o = {.key = {{MADE_PANELS, 0}},
               .n_bytes = hn_pack_bytes(&p.panels),
               .source = HN_SOURCE_PACKED,
               .outlives_plans = is_of_file(&weights->as),
               .name = weights->name,
               .write = write_packed,
               .user = &p};
    if (o.n_bytes == 0) {
        return hn_fail(b->env, HONE_E_LIMIT, "'%s' is too large to be packed", weights->name);
    }
    if (wants_key(b, o.outlives_plans)) add_sources(&o.key, b->options->packs, &p);
    return deliver(b, &o, storage);
}
