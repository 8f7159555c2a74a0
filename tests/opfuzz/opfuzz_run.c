/* SPDX-License-Identifier: Apache-2.0
 * One mutant, in a process that runs many: a failure must come with a message; a run that takes
 * long is cancelled after two seconds, as a program would, and the process ends after ten. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/handles.h"
#include "opfuzz.h"

enum {
    MEMORY = 64 << 20,
    MOST_MACS = 20000000,
    MOST_ARENA = 4 << 20,
    PATIENCE = 2,
    MOST_TICKS = 5
};
enum { EXIT_SLOW = 98 };

bool mutant_is_shown;

static hone_session *volatile watched;
static volatile int n_ticks;

static void tick(int signal) {
    (void)signal;
    if (++n_ticks >= MOST_TICKS) _exit(EXIT_SLOW);
    if (watched != NULL) hone_session_cancel(watched);
    alarm(PATIENCE);
}

/* ---- from the seed to a source graph that is changed ---- */

/* Open dimensions and ranks of an input become those of the seed's case. */
static void close_shape(hn_value *v, const seed_input *in) {
    if (v->kind != HN_VALUE_TENSOR || in == NULL || !in->has_shape) return;
    v->shape = hn_shape_of((int32_t)in->rank, in->dim);
}

static hone_status change_graph(hone_model *model, const seed *s, const hn_op *op, mutant *m) {
    hn_graph *g = model->source;
    m->g = g;
    m->n_feeds = g->n_values;
    m->feeds = HN_NEW_N(g->arena, const seed_input *, (uint64_t)g->n_values + 1);
    if (m->feeds == NULL) return HONE_E_MEMORY;
    for (uint32_t i = 0; i < g->n_inputs && i < s->n_in; i++) {
        m->feeds[g->inputs[i]->id] = &s->in[i];
        close_shape(g->inputs[i], &s->in[i]);
    }
    mutate(m, op);
    /* the model has as many shapes as the graph had inputs */
    model->input_shapes = HN_NEW_N(g->arena, hn_shape, (uint64_t)g->n_inputs + 1);
    if (model->input_shapes == NULL) return HONE_E_MEMORY;
    for (uint32_t i = 0; i < g->n_inputs; i++) model->input_shapes[i].rank = -1;
    return hn_graph_verify(g);
}

/* ---- running ---- */

static void feed(const mutant *m, hone_ctx *ctx, hone_session *session, dice *d) {
    for (uint32_t i = 0; i < m->g->n_inputs; i++) {
        const uint32_t id = m->g->inputs[i]->id;
        const seed_input *in = id < m->n_feeds ? m->feeds[id] : NULL;
        hone_tensor x = HONE_TENSOR_INIT;
        if (in != NULL && in->list != NULL) {
            onnx_set_list(ctx, session, i, in);
            continue;
        }
        if (hone_session_input(session, i, &x) != HONE_OK) continue;
        if (x.dtype == HONE_DTYPE_STRING || x.dtype == HONE_DTYPE_LIST) continue;
        if (in != NULL && in->data != NULL && in->n_bytes == x.n_bytes && !one_in(d, 4)) {
            if (x.n_bytes > 0) memcpy(x.data, in->data, x.n_bytes);
        } else {
            roll_elements(d, (hn_dtype)x.dtype, x.data, x.n_bytes);
        }
    }
}

static void must_say(const char *message) {
    static const char text[] = "ERROR: it fails without a message\n";
    if (message[0] != 0) return;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(97);
    abort();
}

static fate run_session(mutant *m, hone_ctx *ctx, hone_session *session) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    dice d = dice_of(m->dice.state);
    hone_session_query(session, &stats);
    /* what is large says nothing more, and takes long in this build */
    if (stats.macs > MOST_MACS || stats.arena_bytes > MOST_ARENA) return FATE_REFUSED;
    feed(m, ctx, session, &d);
    watched = session;
    const hone_status status = hone_session_run(session);
    watched = NULL;
    if (status != HONE_OK) must_say(hone_session_message(session));
    for (uint32_t i = 0; status == HONE_OK && i < m->g->n_outputs; i++) {
        hone_tensor y = HONE_TENSOR_INIT;
        if (hone_session_output(session, i, &y) != HONE_OK) must_say(hone_session_message(session));
    }
    return status == HONE_OK ? FATE_RAN : FATE_FAILED;
}

static void show(hone_status status, hone_text *text) {
    if (status != HONE_OK) return;
    fwrite(text->bytes, 1, text->n_bytes, stderr);
    hone_text_free(text);
}

static fate run_model(hone_ctx *ctx, hone_model *model, const seed *s, const hn_op *op,
                      uint64_t number) {
    hone_text text = HONE_TEXT_INIT;
    static const char *const levels[] = {NULL, "c", NULL, "ref"};
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    hone_session *session = NULL;
    mutant m = {.dice = dice_of(number)};
    if (change_graph(model, s, op, &m) != HONE_OK) return FATE_UNREAD;
    if (mutant_is_shown) show(hone_model_dump(model, &text), &text);
    options.threads = 1;
    options.memory_limit = MEMORY;
    options.cpu = levels[roll(&m.dice, 4)];
    if (hone_session_new(model, &options, &session) != HONE_OK) {
        must_say(hone_model_message(model));
        return FATE_REFUSED;
    }
    if (mutant_is_shown) show(hone_session_dump(session, &text), &text);
    const fate f = run_session(&m, ctx, session);
    hone_session_free(session);
    return f;
}

fate mutant_run(const seed *s, const hn_op *op, uint64_t number) {
    static hone_ctx *ctx;
    hone_ctx_options options = HONE_CTX_OPTIONS_INIT;
    hone_model *model = NULL;
    options.max_threads = 1;
    if (ctx == NULL && hone_ctx_new(&options, &ctx) != HONE_OK) abort();
    signal(SIGALRM, tick);
    n_ticks = 0;
    alarm(PATIENCE);
    fate f = FATE_UNREAD;
    if (hone_model_load_memory(ctx, s->bytes, s->n_bytes, NULL, &model) == HONE_OK) {
        f = run_model(ctx, model, s, op, number);
    }
    hone_model_free(model);
    alarm(0);
    return f;
}
