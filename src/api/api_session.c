/* SPDX-License-Identifier: Apache-2.0
 * Sessions: options to plan, plan to memory, tensors in and out, runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/platform.h"
#include "providers/cpu/cpu.h"

static hone_status add_providers(hone_model *m, const char *names, hn_plan_key *key) {
    enum { MOST = sizeof key->providers / sizeof key->providers[0] };
    while (names != NULL && *names != 0) {
        const size_t n = strcspn(names, ",");
        hn_provider_entry *e = hn_registry_find(&m->ctx->registry, names, n);
        if (e == NULL || key->n_providers >= MOST) {
            return hn_fail(&m->env, HONE_E_ARGUMENT, "no provider '%.*s': see `hone devices`",
                           (int)(n < 64 ? n : 64), names);
        }
        if (!e->is_usable) {
            return hn_fail(&m->env, HONE_E_PROVIDER, "provider %s is not usable: %s", e->name,
                           e->reason);
        }
        if (e->provider != NULL) {
            key->providers[key->n_providers] = e->provider;
            key->devices[key->n_providers++] = e->device;
        }
        names += n + (names[n] == ',' ? 1 : 0);
    }
    return HONE_OK;
}

/* Can half precision be had at a level? The portable ones have it where somebody names them: they
 * are slower at it than at float32. */
static bool computes_halves(hn_isa isa, const char *name) {
    const bool is_named = name != NULL && name[0] != 0;
    return hn_isa_has_half(isa) || (isa <= HN_ISA_C && is_named);
}

hone_status hn_plan_key_of(hone_model *m, const hone_session_options *o, hn_plan_key *key) {
    memset(key, 0, sizeof *key);
    const char *cpu = o->cpu != NULL ? o->cpu : getenv("HONE_CPU");
    HN_TRY(hn_cpu_level(&m->env, cpu, &key->isa));
    key->is_half = o->precision == HONE_PRECISION_F16 && computes_halves(key->isa, cpu);
    key->level = o->plan_level > 0 ? 1 : 0;
    key->workers = o->threads > 0 ? o->threads : m->ctx->max_threads;
    if (key->workers > m->ctx->max_threads && o->threads == 0) key->workers = m->ctx->max_threads;
    key->keep_inputs = o->keep_inputs != 0;
    key->tile_steps = o->tile_steps;
    key->tile_rows = o->tile_rows;
    key->align = HN_KERNEL_ALIGN;
    key->strict = o->strict_providers != 0;
    key->memory_bytes = o->memory_limit;
    pthread_mutex_lock(&m->ctx->lock);
    const hone_status status = add_providers(m, o->providers, key);
    pthread_mutex_unlock(&m->ctx->lock);
    HN_TRY(status);
    if (o->tune != NULL) HN_TRY(hn_model_tuning(m, o->tune, key, &key->tuning));
    return o->pack != NULL ? hn_model_pack(m, o->pack, key->isa, &key->pack) : HONE_OK;
}

/* Constants aligned to 16 bytes are used where they lie: TFLite aligns them so, and vector loads
 * that cross a cache line cost less than a second copy of the weights. */
enum { CONST_ALIGN = 16 };

hn_plan_options hn_plan_options_of(const hone_model *m, const hn_plan_key *key) {
    const hn_plan_options options = {
        key->isa,       key->level,   key->workers,     key->keep_inputs != 0, key->tile_steps,
        key->tile_rows, key->align,   CONST_ALIGN,      m->input_shapes,       m->source->n_inputs,
        key->providers, key->devices, key->n_providers, key->strict != 0,      key->is_half != 0,
        NULL,           key->pack,    key->tuning};
    return options;
}

static uint32_t schedule_seed(const hone_session_options *o) {
    const char *text = getenv("HONE_SCHED");
    if (o->schedule_seed != 0 || text == NULL) return o->schedule_seed;
    return (uint32_t)strtoul(text, NULL, 10);
}

/* Makes the session run another plan; on failure it runs what it ran. */
static hone_status open_plan(hone_session *s, const hn_plan_key *key, const hn_shape *shapes) {
    hone_model *m = s->model;
    const hn_session_config config = {m->ctx->pool, key->workers, s->seed};
    hn_planned *planned = NULL;
    hn_session *run = NULL;
    HN_TRY(hn_model_plan(m, key, shapes, &planned));
    const hone_status status = hn_session_new(&m->env, planned->plan, &config, &run);
    if (status != HONE_OK) {
        hn_model_plan_release(m, planned);
        return status;
    }
    if (s->run != NULL) {
        hn_session_free(s->run);
        hn_model_plan_release(m, s->planned);
    }
    s->run = run;
    s->planned = planned;
    return HONE_OK;
}

/* Steps that multiply and add halves, or choose among them. */
static uint32_t count_half_steps(const hn_plan *plan) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n_steps; i++) {
        if (plan->steps[i].kind != HN_STEP_KERNEL) continue;
        const hn_kernel *row = &hn_kernels[plan->steps[i].kernel];
        if (row->types == HN_TYPES_f16 && row->family != HN_FAMILY_cast) n++;
    }
    return n;
}

static hone_status new_session(hone_model *m, const hone_session_options *o, hone_session *s) {
    hn_plan_key key;
    HN_TRY(hn_plan_key_of(m, o, &key));
    if (key.workers > 1024) return hn_fail(&m->env, HONE_E_ARGUMENT, "%u threads", key.workers);
    s->seed = schedule_seed(o);
    s->wants_half = o->precision == HONE_PRECISION_F16;
    HN_TRY(open_plan(s, &key, NULL));
    if (s->wants_half && !key.is_half) {
        snprintf(s->note, sizeof s->note,
                 "this processor (%s) has no arithmetic of half precision: computing in float32",
                 hn_isa_name(key.isa));
    } else if (s->wants_half && count_half_steps(s->run->plan) == 0) {
        snprintf(s->note, sizeof s->note,
                 "no step of this model has a kernel of half precision: computing as without it");
    }
    return HONE_OK;
}

hone_status hone_session_new(hone_model *m, const hone_session_options *options,
                             hone_session **out) {
    static const hone_session_options defaults = HONE_SESSION_OPTIONS_INIT;
    if (options == NULL) options = &defaults;
    pthread_mutex_lock(&m->lock);
    hone_session *s = hn_alloc(&m->env, sizeof *s);
    hone_status status = HONE_OK;
    if (s == NULL) {
        status = hn_no_memory(&m->env);
    } else if (options->struct_size < sizeof *options) {
        status = hn_fail(&m->env, HONE_E_ARGUMENT, "options of another version of hone");
    } else {
        s->model = m;
        status = new_session(m, options, s);
    }
    if (status != HONE_OK) hn_free(&m->env, s);
    pthread_mutex_unlock(&m->lock);
    if (status == HONE_OK) *out = s;
    return status;
}

void hone_session_free(hone_session *s) {
    if (s == NULL) return;
    hone_model *m = s->model;
    pthread_mutex_lock(&m->lock);
    hn_session_free(s->run);
    hn_model_plan_release(m, s->planned);
    hn_free(&m->env, s);
    pthread_mutex_unlock(&m->lock);
}

/* The shapes are compared before anything is made: a caller may ask before every run. */
static hone_status resize(hone_session *s, const hone_input_shape *given, uint32_t n_given) {
    hone_model *m = s->model;
    const size_t n_bytes = (size_t)m->source->n_inputs * sizeof(hn_shape);
    hn_shape *shapes = hn_alloc(&m->env, n_bytes);
    if (shapes == NULL) return hn_no_memory(&m->env);
    memcpy(shapes, s->planned->shapes, n_bytes);
    hone_status status = hn_model_shapes(&m->env, m, given, n_given, shapes);
    bool is_same = true;
    for (uint32_t i = 0; i < m->source->n_inputs; i++) {
        is_same = is_same && hn_shape_equal(&shapes[i], &s->planned->shapes[i]);
    }
    if (status == HONE_OK && !is_same) {
        const hn_plan_key key = s->planned->key;
        status = open_plan(s, &key, shapes);
    }
    hn_free(&m->env, shapes);
    return status;
}

hone_status hone_session_resize_inputs(hone_session *s, const hone_input_shape *shapes,
                                       uint32_t n_shapes) {
    hone_model *m = s->model;
    pthread_mutex_lock(&m->lock);
    const hone_status status = resize(s, shapes, n_shapes);
    if (status != HONE_OK) hn_fail_from(&s->run->env, &m->env, status);
    pthread_mutex_unlock(&m->lock);
    return status;
}

static void tensor_of(const hn_plan_io *io, const hn_value *source, void *data,
                      hone_tensor *tensor) {
    hone_io_info info = HONE_IO_INFO_INIT;
    hn_io_of(source, &info);
    tensor->name = info.name;
    tensor->dtype = hn_io_dtype(io->value);
    tensor->rank = io->value->shape.rank > 0 ? (uint32_t)io->value->shape.rank : 0;
    for (uint32_t d = 0; d < tensor->rank; d++) tensor->dim[d] = io->value->shape.dim[d];
    tensor->data = data;
    tensor->n_bytes = (size_t)io->n_bytes;
    tensor->scale = info.scale;
    tensor->zero_point = info.zero_point;
}

/* What the last run gave for an output whose shape depends on data; nothing before the first one.
 */
static void tensor_of_run(const hn_tensor *t, hone_tensor *tensor) {
    tensor->data = (void *)t->bytes;
    tensor->n_bytes = (size_t)t->n_bytes;
    if (t->bytes == NULL || t->shape.rank < 0) return;
    tensor->dtype = (hone_dtype)t->dtype;
    tensor->rank = (uint32_t)t->shape.rank;
    for (uint32_t d = 0; d < tensor->rank; d++) tensor->dim[d] = t->shape.dim[d];
}

static hone_status no_port(hn_session *run, const char *what, uint32_t i, uint32_t n) {
    return hn_fail(&run->env, HONE_E_ARGUMENT, "no %s %u: there are %u", what, i, n);
}

hone_status hone_session_input(hone_session *s, uint32_t i, hone_tensor *tensor) {
    hn_session *run = s->run;
    if (i >= run->plan->n_inputs) return no_port(run, "input", i, run->plan->n_inputs);
    const hn_plan_io *io = &run->plan->inputs[i];
    tensor_of(io, s->model->source->inputs[i], run->inputs[i], tensor);
    if (io->dynamic != HN_NO_DYNAMIC) tensor_of_run(&run->root.dynamics[io->dynamic], tensor);
    return HONE_OK;
}

hone_status hone_session_output(hone_session *s, uint32_t i, hone_tensor *tensor) {
    hn_session *run = s->run;
    if (i >= run->plan->n_outputs) return no_port(run, "output", i, run->plan->n_outputs);
    const hn_plan_io *io = &run->plan->outputs[i];
    tensor_of(io, s->model->source->outputs[i], run->outputs[i], tensor);
    if (io->dynamic != HN_NO_DYNAMIC) tensor_of_run(&run->root.dynamics[io->dynamic], tensor);
    return HONE_OK;
}

static hone_status check_binding(hn_session *run, const hn_plan_io *io, const void *data,
                                 size_t n_bytes) {
    uint32_t align = hn_dtype_bits(io->value->dtype) / 8;
    if (align == 0) align = 1;
    if (n_bytes < io->n_bytes) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "'%s' takes %llu bytes, %zu were bound",
                       io->value->name, (unsigned long long)io->n_bytes, n_bytes);
    }
    if ((uintptr_t)data % align != 0) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "the memory bound to '%s' is not aligned to %u",
                       io->value->name, align);
    }
    return HONE_OK;
}

hone_status hone_session_bind_input(hone_session *s, uint32_t i, const void *data, size_t n_bytes) {
    hn_session *run = s->run;
    if (i >= run->plan->n_inputs) return no_port(run, "input", i, run->plan->n_inputs);
    const hn_plan_io *io = &run->plan->inputs[i];
    if (io->dynamic != HN_NO_DYNAMIC) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "'%s' has no fixed size: no binding",
                       io->value->name);
    }
    if (data != NULL) HN_TRY(check_binding(run, io, data, n_bytes));
    run->inputs[i] = data != NULL ? (void *)data : run->memory + io->offset;
    return HONE_OK;
}

hone_status hone_session_bind_output(hone_session *s, uint32_t i, void *data, size_t n_bytes) {
    hn_session *run = s->run;
    if (i >= run->plan->n_outputs) return no_port(run, "output", i, run->plan->n_outputs);
    const hn_plan_io *io = &run->plan->outputs[i];
    if (io->dynamic != HN_NO_DYNAMIC) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "the shape of '%s' depends on data: no binding",
                       io->value->name);
    }
    if (data != NULL) HN_TRY(check_binding(run, io, data, n_bytes));
    run->outputs[i] = data != NULL ? data : run->memory + io->offset;
    return HONE_OK;
}

hone_status hone_session_run(hone_session *s) {
    return hn_session_run(s->run);
}

void hone_session_cancel(hone_session *s) {
    atomic_store(&s->run->is_cancelled, true);
}

hone_status hone_session_reset(hone_session *s) {
    hn_session_reset(s->run);
    return HONE_OK;
}

hone_status hone_session_query(hone_session *s, hone_session_stats *stats) {
    const hn_plan *plan = s->run->plan;
    stats->arena_bytes = hn_plan_total_bytes(plan, s->run->threads);
    stats->scratch_bytes = (uint64_t)plan->scratch_bytes * s->run->threads;
    stats->state_bytes = plan->state_bytes;
    stats->borrowed_bytes = plan->const_bytes[HN_SOURCE_BORROWED];
    stats->copied_bytes = plan->const_bytes[HN_SOURCE_COPIED];
    stats->mapped_bytes = plan->const_bytes[HN_SOURCE_MAPPED];
    stats->packed_bytes = plan->const_bytes[HN_SOURCE_PACKED] + stats->mapped_bytes;
    stats->weights_bytes = stats->borrowed_bytes + stats->copied_bytes + stats->packed_bytes;
    stats->macs = plan->macs;
    stats->n_steps = plan->n_steps;
    stats->n_transposes = plan->n_transposes;
    stats->threads = s->run->threads;
    stats->dynamic_node = plan->dynamic_node;
    stats->dynamic_bytes = s->run->heap.most;
    stats->n_tuned = plan->n_tuned;
    stats->n_untuned = plan->n_untuned;
    stats->n_half_steps = count_half_steps(plan);
    stats->precision = stats->n_half_steps > 0 ? HONE_PRECISION_F16 : HONE_PRECISION_DEFAULT;
    stats->precision_note = s->note;
    return HONE_OK;
}
