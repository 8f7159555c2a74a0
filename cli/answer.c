/* SPDX-License-Identifier: Apache-2.0
 * Answers of runs. */
#include "answer.h"

#include "cli.h"
#include "say.h"
#include "values.h"

int answer_read(answer *a, engine *e, uint32_t n_top) {
    a->n_outputs = hone_model_output_count(e->model);
    a->n_top = 0;
    a->n_classes = 0;
    if (a->n_outputs != 1) return CLI_DONE;
    hone_tensor out = HONE_TENSOR_INIT;
    if (hone_session_output(e->session, 0, &out) != HONE_OK) return engine_failed(e, NULL);
    if (!value_is_class_vector(&out)) return CLI_DONE;
    a->n_classes = value_count(&out);
    a->n_top = hone_tensor_top(&out, a->top, n_top < ANSWER_MAX_TOP ? n_top : ANSWER_MAX_TOP);
    return CLI_DONE;
}

static void class_table(const answer *a, const labels *list, table *t) {
    table_begin(t, "rrrl");
    table_cell(t, "rank");
    table_cell(t, "score");
    table_cell(t, "index");
    table_cell(t, "%s", list->n > 0 ? "label" : "");
    for (uint32_t i = 0; i < a->n_top; i++) {
        table_cell(t, "%u", i + 1);
        table_cell(t, "%s", text_score((double)a->top[i].score).s);
        table_cell(t, "%u", a->top[i].index);
        table_cell(t, "%s", labels_name(list, a->top[i].index, a->n_classes));
    }
}

static void range_cell(table *t, const value_range *r, double v) {
    if (r->is_known) {
        table_cell(t, "%.6g", v);
    } else {
        table_cell(t, "-");
    }
}

static void output_table(const answer *a, engine *e, table *t) {
    static const char *const header[] = {"output", "dtype", "shape", "min", "max", "mean", ""};
    table_begin(t, "lllrrrl");
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) table_cell(t, "%s", header[i]);
    for (uint32_t i = 0; i < a->n_outputs; i++) {
        hone_tensor out = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &out) != HONE_OK) continue;
        const value_range r = value_summary(&out);
        table_cell(t, "%s", out.name);
        table_cell(t, "%s", hone_dtype_name(out.dtype));
        table_cell(t, "%s", text_shape(out.dim, out.rank).s);
        range_cell(t, &r, r.min);
        range_cell(t, &r, r.max);
        range_cell(t, &r, r.mean);
        if (r.n_nan > 0) {
            table_cell(t, "%zu are not numbers", r.n_nan);
        } else {
            table_cell(t, "%s", "");
        }
    }
}

void answer_table(const answer *a, engine *e, const labels *list, table *t) {
    if (a->n_classes > 0) {
        class_table(a, list, t);
    } else {
        output_table(a, e, t);
    }
}

void answer_json(const answer *a, engine *e, const labels *list, cJSON *object) {
    cJSON *top = json_array(object, "top");
    for (uint32_t i = 0; i < a->n_top; i++) {
        cJSON *item = json_item(top);
        json_number(item, "index", a->top[i].index);
        json_text(item, "label", labels_name(list, a->top[i].index, a->n_classes));
        json_number(item, "score", (double)a->top[i].score);
    }
    cJSON *outputs = json_array(object, "outputs");
    for (uint32_t i = 0; i < a->n_outputs; i++) {
        hone_tensor out = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &out) != HONE_OK) continue;
        const value_range r = value_summary(&out);
        cJSON *item = json_item(outputs);
        json_tensor(item, &out);
        if (!r.is_known) continue;
        json_number(item, "min", r.min);
        json_number(item, "max", r.max);
        json_number(item, "mean", r.mean);
    }
}
