/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: what models and plans say of themselves. */
#include <string.h>

#include "api/handles.h"
#include "base/text.h"
#include "graph/dump.h"
#include "ops/op.h"
#include "plan/plan_dump.h"

void hone_text_free(hone_text *text) {
    if (text->owner == NULL) return;
    hn_env *env = text->owner;
    hn_free(env, text->bytes);
    text->bytes = NULL;
    text->n_bytes = 0;
    text->owner = NULL;
}

/* Hands the finished text to the caller, or frees it and keeps the failure. */
static hone_status hand_over(hn_text *from, hone_status status, hn_env *owner, hone_text *out) {
    if (status == HONE_OK && from->bytes == NULL) hn_text_add(from, "%s", "");
    if (status == HONE_OK) status = hn_text_status(from);
    if (status != HONE_OK) {
        hn_text_free(from);
        return status;
    }
    out->bytes = from->bytes;
    out->n_bytes = from->n;
    out->owner = owner;
    return HONE_OK;
}

static void count_weights(const hn_graph *g, hone_model_facts *facts) {
    facts->n_nodes += g->n_nodes;
    facts->n_values += g->n_values;
    for (uint32_t i = 0; i < g->n_values; i++) {
        uint64_t n = 0, n_bytes = 0;
        const hn_value *v = g->values[i];
        if (v->constant == NULL || v->n_uses == 0 || !hn_shape_count(&v->shape, &n)) continue;
        if (!hn_value_bytes(v, &n_bytes)) continue;
        facts->params += n;
        facts->weights_bytes += n_bytes;
    }
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        for (uint32_t b = 0; b < g->nodes[i]->n_bodies; b++) {
            count_weights(g->nodes[i]->bodies[b], facts);
        }
    }
}

hone_status hone_model_query(hone_model *m, hone_model_facts *facts) {
    hone_model_facts f = HONE_MODEL_FACTS_INIT;
    const hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    hn_plan_key key;
    hn_planned *planned = NULL;
    f.format = m->format->title;
    f.file_bytes = m->n_bytes;
    count_weights(m->source, &f);
    pthread_mutex_lock(&m->lock);
    if (hn_plan_key_of(m, &options, &key) == HONE_OK &&
        hn_model_plan(m, &key, NULL, &planned) == HONE_OK) {
        f.macs = planned->plan->macs;
        hn_model_plan_release(m, planned);
    }
    pthread_mutex_unlock(&m->lock);
    *facts = f;
    return HONE_OK;
}

hone_status hone_model_metadata(hone_model *m, const char *key, const void **bytes,
                                size_t *n_bytes) {
    for (uint32_t i = 0; i < m->source->n_metadata; i++) {
        const hn_metadata *item = &m->source->metadata[i];
        if (strcmp(item->key, key) != 0) continue;
        *bytes = item->bytes;
        *n_bytes = (size_t)item->n_bytes;
        return HONE_OK;
    }
    return hn_fail(&m->env, HONE_E_ARGUMENT, "the model has no metadata '%s'", key);
}

hone_status hone_model_labels(hone_model *m, hone_text *labels) {
    const uint8_t *bytes = NULL;
    uint64_t n_bytes = 0;
    hn_text text;
    hn_arena arena;
    hn_text_init(&text, &m->ctx->env);
    hn_arena_init(&arena, &m->env, 0);
    hone_status status = HONE_OK;
    if (m->format->labels != NULL) {
        status = m->format->labels(&arena, m->source, 0, &bytes, &n_bytes);
    }
    if (status == HONE_OK && bytes == NULL) {
        status = hn_fail(&m->env, HONE_E_ARGUMENT, "the model carries no labels");
    }
    if (status == HONE_OK) hn_text_add_bytes(&text, bytes, (size_t)n_bytes);
    hn_arena_fini(&arena);
    return hand_over(&text, status, &m->ctx->env, labels);
}

hone_status hone_model_normalization(hone_model *m, float mean[3], float std[3]) {
    hn_normalization n = {0, {0}, {0}};
    if (m->format->normalization != NULL) {
        HN_TRY(m->format->normalization(&m->env, m->source, 0, &n));
    }
    if (n.n == 0) return hn_fail(&m->env, HONE_E_ARGUMENT, "the model states no normalisation");
    for (uint32_t c = 0; c < 3; c++) {
        mean[c] = n.mean[c < n.n ? c : 0];
        std[c] = n.std[c < n.n ? c : 0];
    }
    return HONE_OK;
}

static const char *op_name(const hn_op *op) {
    return op->name;
}

hone_status hone_model_dump(hone_model *m, hone_text *out) {
    hn_text text;
    hn_text_init(&text, &m->ctx->env);
    return hand_over(&text, hn_graph_dump(m->source, op_name, &text), &m->ctx->env, out);
}

hone_status hone_session_dump(hone_session *s, hone_text *out) {
    hn_text text;
    hn_env *env = &s->model->ctx->env;
    hn_text_init(&text, env);
    return hand_over(&text, hn_plan_dump(s->run->plan, &text), env, out);
}

uint32_t hone_session_buffer_count(hone_session *s) {
    return s->run->plan->n_buffers;
}

hone_status hone_session_buffer(hone_session *s, uint32_t i, hone_plan_buffer *buffer) {
    const hn_plan *plan = s->run->plan;
    if (i >= plan->n_buffers) return hn_fail(&s->run->env, HONE_E_ARGUMENT, "no buffer %u", i);
    const hn_plan_buffer *b = &plan->buffers[i];
    buffer->name = b->name;
    buffer->offset = b->offset;
    buffer->n_bytes = b->n_bytes;
    buffer->first_step = b->first;
    buffer->last_step = b->last < plan->n_steps ? b->last : plan->n_steps - 1;
    return HONE_OK;
}

uint32_t hone_session_step_count(hone_session *s) {
    return s->run->plan->n_steps;
}

static uint32_t depth_of(const hn_plan *plan, uint32_t at) {
    for (uint32_t i = 0; i < at; i++) {
        if (plan->steps[i].kind == HN_STEP_LOOP && i + plan->steps[i].n_body >= at) return 1;
    }
    return 0;
}

/* What a kernel step costs by its traits. */
static uint64_t cost_of(const hn_step *step) {
    const hn_traits *traits = hn_kernels[step->kernel].traits;
    const uint64_t unit = traits->unit_cost != NULL ? traits->unit_cost(step->args) : 1;
    return (unit + 1) * ((uint64_t)step->units + 1);
}

/* Is this the kernel step that does the node's work: of those in a row that came of the node the
 * first with the greatest cost? */
static bool is_heaviest(const hn_plan *plan, uint32_t at) {
    const hn_step *steps = plan->steps;
    if (steps[at].kind != HN_STEP_KERNEL) return false;
    const uint64_t cost = cost_of(&steps[at]);
    for (uint32_t i = at; i-- > 0 && steps[i].origin == steps[at].origin;) {
        if (steps[i].kind == HN_STEP_KERNEL && cost_of(&steps[i]) >= cost) return false;
    }
    for (uint32_t i = at + 1; i < plan->n_steps && steps[i].origin == steps[at].origin; i++) {
        if (steps[i].kind == HN_STEP_KERNEL && cost_of(&steps[i]) > cost) return false;
    }
    return true;
}

hone_status hone_session_step(hone_session *s, uint32_t i, hone_step_info *info) {
    static const char *const kinds[] = {"kernel", "loop", "call", "wait"};
    const hn_plan *plan = s->run->plan;
    if (i >= plan->n_steps) return hn_fail(&s->run->env, HONE_E_ARGUMENT, "no step %u", i);
    const hn_step *step = &plan->steps[i];
    const hn_node *node = hn_step_node(plan, step);
    info->kind = kinds[step->kind];
    info->kernel = hn_step_name(plan, step);
    info->node = node != NULL ? node->name : "";
    info->op = node != NULL ? node->foreign : "";
    info->units = step->units;
    info->depth = depth_of(plan, i);
    info->macs = 0;
    if (node != NULL && node->op->hooks->macs != NULL && is_heaviest(plan, i))
        info->macs = node->op->hooks->macs(node);
    info->time_ns = s->run->step_ns[i];
    info->bytes = 0;
    for (uint32_t k = 0; k < step->n_buf; k++) info->bytes += step->buf[k].n_bytes;
    return HONE_OK;
}

void hone_session_profile(hone_session *s, int on) {
    s->run->is_profiling = on != 0;
}

hone_status hone_operator_at(uint32_t i, hone_operator_info *info) {
    for (uint32_t f = 0; f < hn_n_formats; f++) {
        hn_format_op op;
        uint32_t n = 0;
        while (n <= i && hn_formats[f].op_at(n, &op)) n++;
        if (n > i) {
            info->format = hn_formats[f].name;
            info->name = op.name;
            info->versions = op.versions;
            info->runs_as = op.runs_as;
            return HONE_OK;
        }
        i -= n;
    }
    return HONE_E_ARGUMENT;
}
