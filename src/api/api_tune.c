/* SPDX-License-Identifier: Apache-2.0
 * Tune files of a model: read for its sessions, and written from what one of them measures. A text
 * is read once for each level and number of threads that it is asked for; one that was written anew
 * under its old name is another text. */
#include <string.h>

#include "api/handles.h"
#include "runtime/tuner.h"

static hn_tuning_id id_of(hone_model *m, const hn_plan_key *key) {
    return (hn_tuning_id){*hn_model_digest(m), key->isa, key->workers, hone_version()};
}

/* ---- reading ---- */

static hone_status read_text(hone_model *m, const hn_tuning_text *text, const hn_plan_key *key,
                             const hn_tuning **tuning) {
    hn_digest digest = {{0, 0}};
    hn_digest_add(&digest, text->bytes, text->n_bytes);
    for (const hn_tuning_used *u = m->tunings; u != NULL; u = u->next) {
        if (!hn_digest_equal(&u->text, &digest)) continue;
        if (u->isa != key->isa || u->threads != key->workers) continue;
        *tuning = &u->tuning;
        return HONE_OK;
    }
    hn_tuning_used *u = hn_alloc(&m->env, sizeof *u);
    if (u == NULL) return hn_no_memory(&m->env);
    hn_arena_init(&u->arena, &m->env, 0);
    const hn_tuning_id id = id_of(m, key);
    const hone_status status = hn_tuning_read(&m->env, &u->arena, text, &id, &u->tuning);
    if (status != HONE_OK) {
        hn_arena_fini(&u->arena);
        hn_free(&m->env, u);
        return status;
    }
    u->text = digest;
    u->isa = key->isa;
    u->threads = key->workers;
    u->next = m->tunings;
    m->tunings = u;
    *tuning = &u->tuning;
    return HONE_OK;
}

hone_status hn_model_tuning(hone_model *m, const char *path, const hn_plan_key *key,
                            const hn_tuning **tuning) {
    hn_map map;
    HN_TRY(hn_map_open(&m->env, path, &map));
    const hn_tuning_text text = {path, map.bytes, map.size};
    const hone_status status = read_text(m, &text, key, tuning);
    hn_map_close(&map);
    return status;
}

void hn_model_tunings_fini(hone_model *m) {
    while (m->tunings != NULL) {
        hn_tuning_used *u = m->tunings;
        m->tunings = u->next;
        hn_arena_fini(&u->arena);
        hn_free(&m->env, u);
    }
}

/* ---- measuring ---- */

static hone_status check_inputs(hone_model *m, const hn_plan *plan) {
    for (uint32_t i = 0; i < plan->n_inputs; i++) {
        if (plan->inputs[i].dynamic == HN_NO_DYNAMIC) continue;
        return hn_fail(&m->env, HONE_E_ARGUMENT, "'%s' has no fixed size: nothing can be measured",
                       plan->inputs[i].value->name);
    }
    return HONE_OK;
}

/* All plans take weights from one store, which goes with them. */
static hone_status measure(hone_session *s, const hone_tune_options *o, hn_tune_report *report,
                           hn_text *text) {
    hone_model *m = s->model;
    const hn_plan_key *key = &s->planned->key;
    hn_pack_store store;
    hn_tune_job job = {{&m->env,
                        m->source,
                        hn_plan_options_of(m, key),
                        {m->ctx->pool, key->workers, s->seed},
                        (const void *const *)s->run->inputs},
                       id_of(m, key),
                       o->progress,
                       o->user,
                       (uint64_t)o->seconds * 1000000000u};
    HN_TRY(check_inputs(m, s->run->plan));
    hn_pack_store_init(&store, &m->env, m->packs.files, m->packs.n_files);
    store.keeps_all = true;
    job.track.options.input_shapes = s->planned->shapes;
    job.track.options.packs = &store;
    job.track.options.tile_steps = job.track.options.tile_rows = 0;
    const hn_limits limits = m->env.limits;
    if (key->memory_bytes > 0) m->env.limits.memory_bytes = key->memory_bytes;
    const hone_status status = hn_tune(&job, report, text);
    m->env.limits = limits;
    hn_pack_store_fini(&store);
    return status;
}

static hone_status tune(hone_session *s, const char *path, const hone_tune_options *options,
                        hone_tune_report *out) {
    hone_model *m = s->model;
    hn_tune_report report = {0, 0, 0, 0};
    hn_text text;
    hn_text_init(&text, &m->env);
    hone_status status = measure(s, options, &report, &text);
    if (status == HONE_OK) {
        status = hn_file_write(&m->env, path, hn_text_string(&text), text.n);
    }
    if (status == HONE_OK) {
        out->before_us = report.before_ns / 1e3;
        out->after_us = report.after_ns / 1e3;
        out->n_kernels = report.n_steps;
        out->n_tilings = report.n_loops;
    }
    hn_text_free(&text);
    return status;
}

hone_status hone_session_tune(hone_session *s, const char *path, const hone_tune_options *options,
                              hone_tune_report *report) {
    static const hone_tune_options defaults = HONE_TUNE_OPTIONS_INIT;
    hone_model *m = s->model;
    pthread_mutex_lock(&m->lock);
    const hone_status status = tune(s, path, options != NULL ? options : &defaults, report);
    if (status != HONE_OK) hn_fail_from(&s->run->env, &m->env, status);
    pthread_mutex_unlock(&m->lock);
    return status;
}
