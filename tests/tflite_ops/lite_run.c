/* SPDX-License-Identifier: Apache-2.0
 * One case: its file is completed, loaded from memory and run; each run's outputs are compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lite_case.h"

enum { FLAG_REFUSED = 1, FLAG_FAILS = 2, RUN_STEP = 1000003, MAX_TEXTS = 256 };

/* ---- reading ---- */

static void read_input(source *s, input *in) {
    const uint8_t kind = take_u8(s);
    in->is_filled = kind == 0;
    in->is_text = kind == 2;
    if (in->is_filled) {
        in->fill = take_fill(s);
    } else {
        in->n_bytes = take_u32(s);
        in->data = take(s, in->n_bytes);
    }
    memset(&in->shape, 0, sizeof in->shape);
    in->shape.rank = take_u8(s);
    if (in->shape.rank > MAX_RANK) s->bad = true;
    for (uint32_t d = 0; d < in->shape.rank && !s->bad; d++) {
        in->shape.dim[d] = (int32_t)take_u32(s);
    }
}

static void read_file(source *s, lite_case *c) {
    c->n_file = take_u32(s);
    const uint8_t *bytes = take(s, c->n_file);
    c->file = s->bad ? NULL : malloc(c->n_file);
    if (c->file == NULL) {
        s->bad = true;
        return;
    }
    memcpy(c->file, bytes, c->n_file);
    const uint32_t n = take_u16(s);
    for (uint32_t i = 0; i < n && !s->bad; i++) {
        const uint32_t offset = take_u32(s), n_bytes = take_u32(s);
        const fill f = take_fill(s);
        if (offset > c->n_file || n_bytes > c->n_file - offset) s->bad = true;
        if (!s->bad) fill_bytes(&f, 0, c->file + offset, n_bytes);
    }
}

bool case_read(source *s, lite_case *c) {
    memset(c, 0, sizeof *c);
    const uint16_t n = take_u16(s);
    const uint8_t *name = take(s, n);
    if (s->bad || n >= NAME_BYTES) return false;
    memcpy(c->name, name, n);
    const uint8_t flags = take_u8(s);
    c->is_refused = (flags & FLAG_REFUSED) != 0;
    c->fails = (flags & FLAG_FAILS) != 0;
    c->n_runs = take_u8(s);
    read_file(s, c);
    c->n_inputs = take_u8(s);
    if (c->n_inputs > MAX_INPUTS) s->bad = true;
    for (uint32_t i = 0; i < c->n_inputs && !s->bad; i++) read_input(s, &c->in[i]);
    c->answers = *s;
    for (uint32_t run = 0; run < c->n_runs && flags == 0; run++) {
        const uint32_t n_outputs = take_u8(s);
        for (uint32_t i = 0; i < n_outputs; i++) output_skip(s);
    }
    c->end = s->at;
    return !s->bad;
}

void case_free(lite_case *c) {
    free(c->file);
    c->file = NULL;
}

/* ---- running ---- */

typedef struct engine {
    hone_ctx *ctx;
    hone_model *model;
    hone_session *session;
} engine;

static void set_reason(char *reason, const char *text) {
    snprintf(reason, REASON_BYTES, "%s", text);
}

static bool open_engine(const lite_case *c, engine *e, char *reason) {
    hone_model_options model = HONE_MODEL_OPTIONS_INIT;
    hone_session_options session = HONE_SESSION_OPTIONS_INIT;
    hone_input_shape shapes[MAX_INPUTS];
    for (uint32_t i = 0; i < c->n_inputs; i++) shapes[i] = c->in[i].shape;
    model.input_shapes = shapes;
    model.n_input_shapes = c->n_inputs;
    session.threads = 1;
    hone_status status = hone_ctx_new(NULL, &e->ctx);
    if (status == HONE_OK) {
        status = hone_model_load_memory(e->ctx, c->file, c->n_file, &model, &e->model);
    }
    if (status == HONE_OK) status = hone_session_new(e->model, &session, &e->session);
    if (status == HONE_OK) return true;
    set_reason(reason, e->model != NULL ? hone_model_message(e->model) : hone_ctx_message(e->ctx));
    return false;
}

static bool set_texts(const input *in, const engine *e, uint32_t i, char *reason) {
    const char *texts[MAX_TEXTS];
    size_t lengths[MAX_TEXTS];
    uint32_t n = 0;
    source s = {in->data, in->data + in->n_bytes, false};
    while (n < MAX_TEXTS && s.at < s.end) {
        lengths[n] = take_u32(&s);
        texts[n] = (const char *)take(&s, lengths[n]);
        n++;
    }
    hone_tensor x = HONE_TENSOR_INIT;
    x.rank = in->shape.rank;
    memcpy(x.dim, in->shape.dim, sizeof in->shape.dim);
    hone_status status = hone_strings_make(e->ctx, texts, lengths, n, &x);
    if (status != HONE_OK) {
        set_reason(reason, hone_ctx_message(e->ctx));
        return false;
    }
    status = hone_session_set_input(e->session, i, &x);
    hone_list_free(e->ctx, &x);
    if (status != HONE_OK) set_reason(reason, hone_session_message(e->session));
    return status == HONE_OK;
}

static bool fill_inputs(const lite_case *c, const engine *e, uint32_t run, char *reason) {
    if (hone_model_input_count(e->model) != c->n_inputs) {
        set_reason(reason, "the number of inputs differs");
        return false;
    }
    for (uint32_t i = 0; i < c->n_inputs; i++) {
        hone_tensor x = HONE_TENSOR_INIT;
        const input *in = &c->in[i];
        if (in->is_text) {
            if (!set_texts(in, e, i, reason)) return false;
            continue;
        }
        if (hone_session_input(e->session, i, &x) != HONE_OK) {
            set_reason(reason, hone_session_message(e->session));
            return false;
        }
        if (in->is_filled) {
            fill_bytes(&in->fill, run * RUN_STEP, x.data, x.n_bytes);
        } else if (in->n_bytes == x.n_bytes) {
            memcpy(x.data, in->data, x.n_bytes);
        } else {
            set_reason(reason, "an input has another size");
            return false;
        }
    }
    return true;
}

static bool run_agrees(const lite_case *c, const engine *e, uint32_t run, source *answers,
                       char *reason) {
    if (!fill_inputs(c, e, run, reason)) return false;
    if (hone_session_run(e->session) != HONE_OK) {
        set_reason(reason, hone_session_message(e->session));
        return c->fails;
    }
    if (c->fails) {
        set_reason(reason, "it runs, and is not to");
        return false;
    }
    const uint32_t n = take_u8(answers);
    if (hone_model_output_count(e->model) != n) {
        set_reason(reason, "the number of outputs differs");
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        hone_tensor y = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &y) != HONE_OK) {
            set_reason(reason, hone_session_message(e->session));
            return false;
        }
        if (!output_agrees(answers, &y, reason)) return false;
    }
    return true;
}

bool case_run(const lite_case *c, char *reason) {
    engine e = {NULL, NULL, NULL};
    source answers = c->answers;
    bool agrees = open_engine(c, &e, reason);
    if (c->is_refused || (c->fails && !agrees)) {
        agrees = !agrees;
        if (!agrees) set_reason(reason, "it is accepted, and is not to be");
    } else {
        for (uint32_t run = 0; run < c->n_runs && agrees; run++) {
            agrees = run_agrees(c, &e, run, &answers, reason);
        }
    }
    hone_session_free(e.session);
    hone_model_free(e.model);
    hone_ctx_free(e.ctx);
    return agrees;
}
