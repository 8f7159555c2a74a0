/* SPDX-License-Identifier: Apache-2.0
 * Models: loading, what the source graph says, and the plans made for it. */
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"

/* Loading takes at most 4 x file + 16 MB: docs/security.md. */
enum { LOAD_FACTOR = 4, LOAD_BYTES = 16 << 20 };

hone_dtype hn_io_dtype(const hn_value *v) {
    return v->kind == HN_VALUE_TENSOR ? (hone_dtype)v->dtype : HONE_DTYPE_LIST;
}

void hn_io_of(const hn_value *v, hone_io_info *info) {
    info->name = v->name;
    info->dtype = hn_io_dtype(v);
    info->rank = v->shape.rank > 0 ? (uint32_t)v->shape.rank : 0;
    for (uint32_t d = 0; d < info->rank; d++) info->dim[d] = v->shape.dim[d];
    info->scale = v->quant != NULL ? hn_quant_scale(v, 0) : 0.0f;
    info->zero_point = v->quant != NULL ? hn_quant_zero(v, 0) : 0;
}

hone_status hn_model_shapes(hn_env *env, const hone_model *m, const hone_input_shape *given,
                            uint32_t n_given, hn_shape *shapes) {
    for (uint32_t k = 0; k < n_given; k++) {
        const hone_input_shape *s = &given[k];
        uint32_t i = k;
        if (s->name != NULL) {
            for (i = 0; i < m->source->n_inputs; i++) {
                if (strcmp(m->source->inputs[i]->name, s->name) == 0) break;
            }
        }
        if (i >= m->source->n_inputs) {
            return hn_fail(env, HONE_E_ARGUMENT, "the model has no input '%s'",
                           s->name != NULL ? s->name : "of this position");
        }
        if (s->rank > HN_MAX_RANK) {
            return hn_fail(env, HONE_E_ARGUMENT, "rank %u, the limit is %d", s->rank, HN_MAX_RANK);
        }
        for (uint32_t d = 0; d < s->rank; d++) {
            if (s->dim[d] < 0) return hn_fail(env, HONE_E_ARGUMENT, "a negative dimension");
        }
        shapes[i] = hn_shape_of((int32_t)s->rank, s->dim);
    }
    return HONE_OK;
}

static hone_status bind_shapes(hone_model *m, const hone_model_options *options) {
    m->input_shapes = HN_NEW_N(&m->arena, hn_shape, m->source->n_inputs);
    if (m->input_shapes == NULL) return hn_no_memory(&m->env);
    for (uint32_t i = 0; i < m->source->n_inputs; i++) m->input_shapes[i].rank = -1;
    return hn_model_shapes(&m->env, m, options->input_shapes, options->n_input_shapes,
                           m->input_shapes);
}

/* Takes the input out of the list and gives it the tensor's elements. */
static hone_status make_constant(hone_model *m, uint32_t i, const hone_tensor *t) {
    hn_graph *g = m->source;
    hn_value *v = g->inputs[i];
    const hn_shape shape = hn_shape_of((int32_t)t->rank, t->dim);
    uint64_t n = 0, n_bytes = 0;
    if (v->kind != HN_VALUE_TENSOR ||
        (v->dtype != HN_DTYPE_NONE && v->dtype != (hn_dtype)t->dtype)) {
        return hn_fail(&m->env, HONE_E_ARGUMENT, "'%s' takes no %s", v->name,
                       hone_dtype_name(t->dtype));
    }
    if (!hn_shape_count(&shape, &n) || !hn_type_bytes((hn_dtype)t->dtype, n, &n_bytes) ||
        n_bytes != t->n_bytes) {
        return hn_fail(&m->env, HONE_E_ARGUMENT, "the data for '%s' does not have its size",
                       v->name);
    }
    hn_constant *constant = HN_NEW(&m->arena, hn_constant);
    uint8_t *bytes = hn_arena_alloc_aligned(&m->arena, t->n_bytes, 64);
    if (constant == NULL || bytes == NULL) return hn_no_memory(&m->env);
    if (n_bytes > 0) memcpy(bytes, t->data, t->n_bytes);
    constant->bytes = bytes;
    constant->n_bytes = n_bytes;
    hn_shape_strides(&shape, constant->stride);
    v->constant = constant;
    v->dtype = (hn_dtype)t->dtype;
    v->shape = shape;
    g->n_inputs--;
    for (; i < g->n_inputs; i++) g->inputs[i] = g->inputs[i + 1];
    return HONE_OK;
}

static hone_status bind_constants(hone_model *m, const hone_model_options *options) {
    for (uint32_t k = 0; k < options->n_constants; k++) {
        const hone_tensor *t = &options->constants[k];
        uint32_t i = 0;
        while (i < m->source->n_inputs && strcmp(m->source->inputs[i]->name, t->name) != 0) i++;
        if (i == m->source->n_inputs) {
            return hn_fail(&m->env, HONE_E_ARGUMENT, "the model has no input '%s'", t->name);
        }
        if (t->rank > HN_MAX_RANK) {
            return hn_fail(&m->env, HONE_E_ARGUMENT, "rank %u, the limit is %d", t->rank,
                           HN_MAX_RANK);
        }
        HN_TRY(make_constant(m, i, t));
    }
    return options->n_constants > 0 ? hn_graph_verify(m->source) : HONE_OK;
}

static int by_count(const void *a, const void *b) {
    const hn_op_count *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static hone_status count_ops(hone_model *m) {
    const uint32_t n = m->source->n_nodes;
    const char **names = HN_NEW_N(&m->arena, const char *, (uint64_t)n + 1);
    m->ops = HN_NEW_N(&m->arena, hn_op_count, (uint64_t)n + 1);
    if (names == NULL || m->ops == NULL) return hn_no_memory(&m->env);
    for (uint32_t i = 0; i < n; i++) names[i] = m->source->nodes[i]->foreign;
    qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) m->ops[m->n_ops++].name = names[i];
        m->ops[m->n_ops - 1].n++;
    }
    qsort(m->ops, m->n_ops, sizeof *m->ops, by_count);
    return HONE_OK;
}

/* What constants borrow from: the model's file and those beside it. */
static hone_status list_files(hone_model *m) {
    const uint32_t n = m->source->n_maps;
    hn_map *files = HN_NEW_N(&m->arena, hn_map, (uint64_t)n + 1);
    if (files == NULL) return hn_no_memory(&m->env);
    files[0] = (hn_map){m->bytes, m->n_bytes};
    for (uint32_t i = 0; i < n; i++) files[i + 1] = m->source->maps[i];
    hn_pack_store_init(&m->packs, &m->env, files, n + 1);
    return HONE_OK;
}

static hone_status read_model(hone_model *m, const hone_model_options *options,
                              const char *folder) {
    if (m->n_bytes > (UINT64_MAX - LOAD_BYTES) / LOAD_FACTOR) {
        return hn_fail(&m->env, HONE_E_LIMIT, "the file is too large");
    }
    hn_arena_init(&m->arena, &m->env, LOAD_FACTOR * m->n_bytes + LOAD_BYTES);
    HN_TRY(hn_format_detect(&m->env, m->bytes, m->n_bytes, &m->format));
    HN_TRY(m->format->read(&m->env, &m->arena, m->bytes, m->n_bytes, folder, &m->source));
    HN_TRY(hn_graph_verify(m->source));
    HN_TRY(bind_constants(m, options));
    HN_TRY(bind_shapes(m, options));
    HN_TRY(list_files(m));
    return count_ops(m);
}

static hone_model *new_model(hone_ctx *ctx) {
    hone_model *m = hn_alloc(&ctx->env, sizeof *m);
    if (m == NULL) return NULL;
    hn_env_inherit(&m->env, &ctx->env);
    hn_arena_init(&m->arena, &m->env, 0);
    hn_pack_store_init(&m->packs, &m->env, NULL, 0);
    m->ctx = ctx;
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

static hone_status fail_load(hone_ctx *ctx, hone_model *m, hone_status status, const char *path) {
    if (path != NULL) hn_fail_at(&m->env, status, path);
    pthread_mutex_lock(&ctx->lock);
    hn_fail_from(&ctx->env, &m->env, status);
    pthread_mutex_unlock(&ctx->lock);
    hone_model_free(m);
    return status;
}

/* The folder of a path, made with hn_alloc; NULL when memory is out. */
static char *folder_of(hone_model *m, const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = hn_alloc(&m->env, n + 2);
    if (folder == NULL) return NULL;
    memcpy(folder, n > 0 ? path : ".", n > 0 ? n : 1);
    return folder;
}

/* The defaults, or what the caller gave when it is of this size. */
static hone_status options_of(hone_ctx *ctx, const hone_model_options **options) {
    static const hone_model_options defaults = HONE_MODEL_OPTIONS_INIT;
    if (*options == NULL) *options = &defaults;
    if ((*options)->struct_size >= sizeof defaults) return HONE_OK;
    return hn_fail(&ctx->env, HONE_E_ARGUMENT, "options of another version of hone");
}

hone_status hone_model_load(hone_ctx *ctx, const char *path, const hone_model_options *options,
                            hone_model **out) {
    HN_TRY(options_of(ctx, &options));
    hone_model *m = new_model(ctx);
    if (m == NULL) return hn_no_memory(&ctx->env);
    hone_status status = hn_map_open(&m->env, path, &m->map);
    if (status != HONE_OK) return fail_load(ctx, m, status, NULL);
    m->bytes = m->map.bytes;
    m->n_bytes = m->map.size;
    char *own = options->data_folder == NULL ? folder_of(m, path) : NULL;
    const char *folder = own != NULL ? own : options->data_folder;
    status = folder != NULL ? read_model(m, options, folder) : hn_no_memory(&m->env);
    hn_free(&m->env, own);
    if (status != HONE_OK) return fail_load(ctx, m, status, path);
    *out = m;
    return HONE_OK;
}

hone_status hone_model_load_memory(hone_ctx *ctx, const void *bytes, size_t n_bytes,
                                   const hone_model_options *options, hone_model **out) {
    HN_TRY(options_of(ctx, &options));
    hone_model *m = new_model(ctx);
    if (m == NULL) return hn_no_memory(&ctx->env);
    m->bytes = bytes;
    m->n_bytes = n_bytes;
    const hone_status status = read_model(m, options, options->data_folder);
    if (status != HONE_OK) return fail_load(ctx, m, status, NULL);
    *out = m;
    return HONE_OK;
}

void hone_model_free(hone_model *m) {
    if (m == NULL) return;
    hn_env env = m->env;
    hn_model_plans_fini(m);
    hn_pack_store_fini(&m->packs);
    hn_model_packs_fini(m);
    hn_model_tunings_fini(m);
    for (uint32_t i = 0; m->source != NULL && i < m->source->n_maps; i++) {
        hn_map_close(&m->source->maps[i]);
    }
    hn_arena_fini(&m->arena);
    hn_map_close(&m->map);
    pthread_mutex_destroy(&m->lock);
    hn_free(&env, m);
}

uint32_t hone_model_input_count(const hone_model *m) {
    return m->source->n_inputs;
}

uint32_t hone_model_output_count(const hone_model *m) {
    return m->source->n_outputs;
}

static hone_status fail_port(hone_model *m, const char *what, uint32_t i, uint32_t n) {
    return hn_fail(&m->env, HONE_E_ARGUMENT, "no %s %u: there are %u", what, i, n);
}

hone_status hone_model_input(hone_model *m, uint32_t i, hone_io_info *info) {
    if (i >= m->source->n_inputs) return fail_port(m, "input", i, m->source->n_inputs);
    hn_io_of(m->source->inputs[i], info);
    return HONE_OK;
}

hone_status hone_model_output(hone_model *m, uint32_t i, hone_io_info *info) {
    if (i >= m->source->n_outputs) return fail_port(m, "output", i, m->source->n_outputs);
    hn_io_of(m->source->outputs[i], info);
    return HONE_OK;
}

uint32_t hone_model_op_count(hone_model *m) {
    return m->n_ops;
}

hone_status hone_model_op(hone_model *m, uint32_t i, const char **name, uint32_t *count) {
    if (i >= m->n_ops) return fail_port(m, "operator", i, m->n_ops);
    *name = m->ops[i].name;
    *count = m->ops[i].n;
    return HONE_OK;
}
