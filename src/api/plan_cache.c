/* SPDX-License-Identifier: Apache-2.0
 * The plans of a model, kept by what they were made for: session options and the shapes of inputs.
 * A session uses one at a time. Those that nobody uses are kept too, the most recently used ones,
 * so that a program which alternates between a few shapes plans each of them once. */
#include <string.h>

#include "api/handles.h"

/* Plans without a user that a model keeps. */
enum { MOST_IDLE = 16 };

static bool is_for(const hone_model *m, const hn_planned *p, const hn_plan_key *key,
                   const hn_shape *shapes) {
    if (memcmp(&p->key, key, sizeof *key) != 0) return false;
    for (uint32_t i = 0; i < m->source->n_inputs; i++) {
        if (!hn_shape_equal(&p->shapes[i], &shapes[i])) return false;
    }
    return true;
}

static hone_status make_plan(hone_model *m, const hn_plan_key *key, const hn_shape *shapes,
                             hn_plan **plan) {
    hn_plan_options options = hn_plan_options_of(m, key);
    options.input_shapes = shapes;
    options.packs = &m->packs;
    const hn_limits limits = m->env.limits;
    if (key->memory_bytes > 0) m->env.limits.memory_bytes = key->memory_bytes;
    const hone_status status = hn_plan_new(&m->env, m->source, &options, plan);
    m->env.limits = limits;
    return status;
}

/* Where most weights were packed, runs hardly read the file: its pages need not stay resident. */
static void rest_files(const hone_model *m, const hn_plan *plan) {
    const uint64_t *of = plan->const_bytes;
    if (of[HN_SOURCE_BORROWED] > of[HN_SOURCE_PACKED] + of[HN_SOURCE_MAPPED]) return;
    hn_map_rest(&m->map);
    for (uint32_t i = 0; i < m->source->n_maps; i++) hn_map_rest(&m->source->maps[i]);
}

static void free_planned(hn_env *env, hn_planned *p) {
    hn_plan_free(p->plan);
    hn_free(env, p->shapes);
    hn_free(env, p);
}

static hone_status new_planned(hone_model *m, const hn_plan_key *key, const hn_shape *shapes,
                               hn_planned **out) {
    const uint32_t n = m->source->n_inputs;
    hn_planned *p = hn_alloc(&m->env, sizeof *p);
    if (p == NULL) return hn_no_memory(&m->env);
    p->shapes = hn_alloc(&m->env, (size_t)n * sizeof *shapes);
    if (p->shapes == NULL) {
        hn_free(&m->env, p);
        return hn_no_memory(&m->env);
    }
    const hone_status status = make_plan(m, key, shapes, &p->plan);
    if (status != HONE_OK) {
        free_planned(&m->env, p);
        return status;
    }
    rest_files(m, p->plan);
    memcpy(&p->key, key, sizeof *key);
    for (uint32_t i = 0; i < n; i++) p->shapes[i] = shapes[i];
    *out = p;
    return HONE_OK;
}

static void put_first(hone_model *m, hn_planned *p) {
    p->next = m->plans;
    m->plans = p;
    p->n_users++;
}

hone_status hn_model_plan(hone_model *m, const hn_plan_key *key, const hn_shape *shapes,
                          hn_planned **out) {
    if (shapes == NULL) shapes = m->input_shapes;
    for (hn_planned **at = &m->plans; *at != NULL; at = &(*at)->next) {
        if (!is_for(m, *at, key, shapes)) continue;
        *out = *at;
        *at = (*at)->next;
        put_first(m, *out);
        return HONE_OK;
    }
    HN_TRY(new_planned(m, key, shapes, out));
    put_first(m, *out);
    return HONE_OK;
}

void hn_model_plan_release(hone_model *m, hn_planned *planned) {
    uint32_t n_idle = 0;
    planned->n_users--;
    for (hn_planned **at = &m->plans; *at != NULL;) {
        hn_planned *p = *at;
        if (p->n_users > 0 || n_idle++ < MOST_IDLE) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        free_planned(&m->env, p);
    }
}

void hn_model_plans_fini(hone_model *m) {
    while (m->plans != NULL) {
        hn_planned *p = m->plans;
        m->plans = p->next;
        free_planned(&m->env, p);
    }
}
