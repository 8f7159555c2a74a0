/* SPDX-License-Identifier: Apache-2.0
 * Streams and their timelines. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "saved.h"
#include "say.h"
#include "table.h"
#include "values.h"

enum { MAX_LINKS = OPTION_LIST_MAX, MAX_STRETCHES = 40, MIN_COLUMNS = 20 };

static const size_t MAX_KEPT = (size_t)1 << 30;

typedef struct stream_link {
    uint32_t output, input;
} stream_link;

typedef struct stretch {
    size_t begin, end; /* steps; end is one behind */
    uint32_t label;
    double peak;
} stretch;

typedef struct stream {
    const stream_job *job;
    feed *f;
    size_t n_steps;
    uint32_t n_outputs, n_links, shown; /* shown: the output of the timeline */
    stream_link links[MAX_LINKS];
    unsigned char **kept; /* all bytes of an output; NULL: not kept */
    double *level;        /* [n_steps] */
    uint32_t *label;      /* [n_steps]; the best class, else 0 */
    int has_labels;
    size_t n_stretches;
    stretch stretches[MAX_STRETCHES];
} stream;

static int find_links(stream *s) {
    engine *e = s->job->e;
    const option_list *list = &s->job->input->feedback;
    for (; s->n_links < list->n; s->n_links++) {
        stream_link *link = &s->links[s->n_links];
        hone_tensor from = HONE_TENSOR_INIT, to = HONE_TENSOR_INIT;
        const int code = inputs_feedback(e, list->item[s->n_links], &link->output, &link->input);
        if (code != CLI_DONE) return code;
        if (hone_session_output(e->session, link->output, &from) != HONE_OK ||
            hone_session_input(e->session, link->input, &to) != HONE_OK) {
            return engine_failed(e, NULL);
        }
        if (from.dtype != to.dtype || from.n_bytes != to.n_bytes) {
            return say_failed("--feedback", "%s and %s differ in type or shape", from.name,
                              to.name);
        }
        memset(to.data, 0, to.n_bytes);
    }
    return CLI_DONE;
}

static int is_fed_back(const stream *s, uint32_t output) {
    for (uint32_t i = 0; i < s->n_links; i++) {
        if (s->links[i].output == output) return 1;
    }
    return 0;
}

static int stream_init(stream *s) {
    engine *e = s->job->e;
    int code = find_links(s);
    if (code != CLI_DONE) return code;
    s->n_outputs = hone_model_output_count(e->model);
    while (s->shown + 1 < s->n_outputs && is_fed_back(s, s->shown)) s->shown++;
    s->level = say_alloc(s->n_steps, sizeof *s->level);
    s->label = say_alloc(s->n_steps, sizeof *s->label);
    s->kept = say_alloc(s->n_outputs, sizeof *s->kept);
    for (uint32_t i = 0; i < s->n_outputs && s->job->out != NULL; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &t) != HONE_OK) return engine_failed(e, NULL);
        if (t.n_bytes > 0 && s->n_steps > MAX_KEPT / t.n_bytes) {
            return say_failed("-o", "%zu steps of %zu bytes are too much to keep", s->n_steps,
                              t.n_bytes);
        }
        s->kept[i] = say_alloc(s->n_steps, t.n_bytes);
    }
    return CLI_DONE;
}

static void stream_fini(stream *s) {
    for (uint32_t i = 0; i < s->n_outputs && s->kept != NULL; i++) free(s->kept[i]);
    free(s->kept);
    free(s->level);
    free(s->label);
}

/* Whether the elements are shares of a whole, as a softmax gives them. */
static int is_distribution(const hone_tensor *t) {
    const value_range r = value_summary(t);
    const double sum = r.mean * (double)value_count(t);
    return r.is_known && r.min >= 0 && sum > 0.9 && sum < 1.1;
}

static int is_class(const stream *s, const hone_tensor *t) {
    if (!value_is_class_vector(t)) return 0;
    return !s->job->o->is_on || s->job->list->n == value_count(t) || is_distribution(t);
}

static void read_level(stream *s, size_t k, const hone_tensor *t) {
    hone_class best;
    double v = 0;
    if (value_count(t) == 1 && value_read(t, 0, &v)) {
        s->level[k] = v;
    } else if (is_class(s, t) && hone_tensor_top(t, &best, 1) == 1) {
        s->level[k] = (double)best.score;
        s->label[k] = best.index;
        s->has_labels = 1;
    } else {
        s->level[k] = value_summary(t).mean;
    }
}

static int step(stream *s, size_t k) {
    engine *e = s->job->e;
    if (k > 0 && !s->job->o->is_on && hone_session_reset(e->session) != HONE_OK) {
        return engine_failed(e, NULL);
    }
    if (feed_window(s->f, k) != CLI_DONE) return CLI_FAILED;
    if (hone_session_run(e->session) != HONE_OK) return engine_failed(e, NULL);
    for (uint32_t i = 0; i < s->n_outputs; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &t) != HONE_OK) return engine_failed(e, NULL);
        if (s->kept[i] != NULL) memcpy(s->kept[i] + k * t.n_bytes, t.data, t.n_bytes);
        if (i == s->shown) read_level(s, k, &t);
    }
    for (uint32_t i = 0; i < s->n_links; i++) {
        hone_tensor from = HONE_TENSOR_INIT, to = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, s->links[i].output, &from) != HONE_OK ||
            hone_session_input(e->session, s->links[i].input, &to) != HONE_OK) {
            return engine_failed(e, NULL);
        }
        memcpy(to.data, from.data, to.n_bytes);
    }
    return CLI_DONE;
}

/* ---- what was found ---- */

/* Levels as the mean of the last n steps, those before the first counting as 0. */
static void average(stream *s) {
    const size_t n = s->job->average;
    for (size_t k = s->n_steps; n > 1 && k-- > 0;) {
        double sum = 0;
        for (size_t i = 0; i < n && i <= k; i++) sum += s->level[k - i];
        s->level[k] = sum / (double)n;
    }
}

static void find_stretches(stream *s) {
    stretch *open = NULL;
    for (size_t k = 0; k < s->n_steps; k++) {
        const int is_in = s->level[k] > s->job->threshold;
        if (open != NULL && (!is_in || open->label != s->label[k])) open = NULL;
        if (!is_in) continue;
        if (open == NULL) {
            if (s->n_stretches == MAX_STRETCHES) return;
            open = &s->stretches[s->n_stretches++];
            *open = (stretch){k, k, s->label[k], s->level[k]};
        }
        open->end = k + 1;
        if (s->level[k] > open->peak) open->peak = s->level[k];
    }
}

static double greatest(const stream *s, size_t begin, size_t end) {
    double most = s->level[begin];
    for (size_t k = begin + 1; k < end; k++) {
        if (s->level[k] > most) most = s->level[k];
    }
    return most;
}

static double least(const stream *s) {
    double low = s->level[0];
    for (size_t k = 1; k < s->n_steps; k++) {
        if (s->level[k] < low) low = s->level[k];
    }
    return low;
}

/* One character a column, as high as the greatest level of its steps. Scores are drawn from 0 to 1.
 */
static void print_line(const stream *s) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char plain[] = " .:-=+*%#";
    const uint32_t room = say_columns() > MIN_COLUMNS + 4 ? say_columns() - 4 : MIN_COLUMNS;
    const size_t n = s->n_steps < room ? s->n_steps : room;
    double low = least(s), high = greatest(s, 0, s->n_steps);
    if (low >= 0 && high <= 1) low = 0, high = 1;
    fputs("  |", stdout);
    for (size_t c = 0; c < n; c++) {
        const double v = greatest(s, c * s->n_steps / n, (c + 1) * s->n_steps / n);
        const double share = high > low ? (v - low) / (high - low) : 0;
        const int at = share > 0 ? (int)(share * 8 + 0.5) : 0;
        if (say_is_utf8()) {
            fputs(blocks[at], stdout);
        } else {
            putchar(plain[at]);
        }
    }
    puts("|");
}

static void print_stream(const stream *s, const char *name) {
    const double hop = feed_time(s->f, 1);
    table t;
    printf("  %zu steps", s->n_steps);
    if (hop > 0) printf(" of %.4g s", hop);
    printf(", %s from %.4g to %.4g\n", text_clean(name).s, least(s), greatest(s, 0, s->n_steps));
    print_line(s);
    if (s->n_stretches == 0) return;
    table_begin(&t, "rrrrl");
    table_cell(&t, hop > 0 ? "begin s" : "begin");
    table_cell(&t, hop > 0 ? "end s" : "end");
    table_cell(&t, "peak");
    table_cell(&t, "%s", s->has_labels ? "index" : "");
    table_cell(&t, "%s", s->has_labels && s->job->list->n > 0 ? "label" : "");
    for (size_t i = 0; i < s->n_stretches; i++) {
        const stretch *r = &s->stretches[i];
        const double unit = hop > 0 ? hop : 1;
        table_cell(&t, hop > 0 ? "%.2f" : "%.0f", (double)r->begin * unit);
        table_cell(&t, hop > 0 ? "%.2f" : "%.0f", (double)r->end * unit);
        table_cell(&t, "%s", text_score(r->peak).s);
        table_cell(&t, s->has_labels ? "%u" : "%.0u", s->has_labels ? r->label : 0);
        table_cell(&t, "%s",
                   s->has_labels ? labels_name(s->job->list, r->label, s->job->list->n) : "");
    }
    table_end(&t, 2, stdout);
}

static void stream_json(const stream *s, const char *name, cJSON *object) {
    const double hop = feed_time(s->f, 1);
    json_number(object, "steps", (double)s->n_steps);
    json_number(object, "hop_s", hop);
    json_text(object, "output", name);
    cJSON *levels = json_array(object, "levels");
    for (size_t k = 0; k < s->n_steps; k++) {
        cJSON_AddItemToArray(levels, cJSON_CreateNumber(s->level[k]));
    }
    cJSON *found = json_array(object, "stretches");
    for (size_t i = 0; i < s->n_stretches; i++) {
        const stretch *r = &s->stretches[i];
        cJSON *item = json_item(found);
        json_number(item, "begin_step", (double)r->begin);
        json_number(item, "end_step", (double)r->end);
        json_number(item, "begin_s", (double)r->begin * hop);
        json_number(item, "end_s", (double)r->end * hop);
        json_number(item, "peak", r->peak);
        if (!s->has_labels) continue;
        json_number(item, "index", r->label);
        json_text(item, "label", labels_name(s->job->list, r->label, s->job->list->n));
    }
}

/* ---- windows that stand alone ---- */

typedef struct majority {
    uint32_t label;
    size_t n;
} majority;

/* The label of most windows; of equal ones that which came first. */
static majority find_majority(const stream *s) {
    majority best = {0, 0};
    for (size_t k = 0; k < s->n_steps && best.n * 2 <= s->n_steps; k++) {
        size_t n = 0;
        for (size_t i = 0; i < s->n_steps; i++) n += s->label[i] == s->label[k];
        if (n > best.n) best = (majority){s->label[k], n};
    }
    return best;
}

static void print_windows(const stream *s, const char *name) {
    const double hop = feed_time(s->f, 1);
    const labels *list = s->job->list;
    table t;
    table_begin(&t, s->has_labels ? "rrrl" : "rr");
    table_cell(&t, hop > 0 ? "begin s" : "window");
    table_cell(&t, "%s", s->has_labels ? "score" : name);
    if (s->has_labels) {
        table_cell(&t, "index");
        table_cell(&t, "%s", list->n > 0 ? "label" : "");
    }
    for (size_t k = 0; k < s->n_steps && k < MAX_STRETCHES; k++) {
        if (hop > 0) {
            table_cell(&t, "%.2f", feed_time(s->f, k));
        } else {
            table_cell(&t, "%zu", k);
        }
        table_cell(&t, "%s", text_score(s->level[k]).s);
        if (!s->has_labels) continue;
        table_cell(&t, "%u", s->label[k]);
        table_cell(&t, "%s", labels_name(list, s->label[k], list->n));
    }
    table_end(&t, 2, stdout);
    if (s->n_steps > MAX_STRETCHES) printf("  ... of %zu windows\n", s->n_steps);
    if (!s->has_labels) return;
    const majority best = find_majority(s);
    const char *label = labels_name(list, best.label, list->n);
    printf("  majority: %u%s%s, %zu of %zu windows\n", best.label, label[0] != '\0' ? " " : "",
           text_clean(label).s, best.n, s->n_steps);
}

static void windows_json(const stream *s, const char *name, cJSON *object) {
    const labels *list = s->job->list;
    json_text(object, "output", name);
    cJSON *windows = json_array(object, "windows");
    for (size_t k = 0; k < s->n_steps; k++) {
        cJSON *item = json_item(windows);
        json_number(item, "begin_s", feed_time(s->f, k));
        json_number(item, "score", s->level[k]);
        if (!s->has_labels) continue;
        json_number(item, "index", s->label[k]);
        json_text(item, "label", labels_name(list, s->label[k], list->n));
    }
    if (!s->has_labels) return;
    const majority best = find_majority(s);
    cJSON *item = json_object(object, "majority");
    json_number(item, "index", best.label);
    json_text(item, "label", labels_name(list, best.label, list->n));
    json_number(item, "windows", (double)best.n);
}

static void give(stream *s, const char *name, cJSON *object) {
    if (s->job->o->is_on) {
        average(s);
        find_stretches(s);
        if (object == NULL) {
            print_stream(s, name);
        } else {
            stream_json(s, name, object);
        }
    } else if (object == NULL) {
        print_windows(s, name);
    } else {
        windows_json(s, name, object);
    }
}

/* All steps of each output as one array: the leading 1 becomes their number, or it comes ahead. */
static int save(stream *s) {
    engine *e = s->job->e;
    int code = folder_make(s->job->out);
    for (uint32_t i = 0; i < s->n_outputs && code == CLI_DONE; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &t) != HONE_OK) return engine_failed(e, NULL);
        char *path = saved_path(e, s->job->out, hone_session_output, i);
        const int is_ahead = t.rank == 0 || (t.dim[0] != 1 && t.rank < HONE_MAX_RANK);
        if (is_ahead) {
            memmove(t.dim + 1, t.dim, t.rank * sizeof *t.dim);
            t.dim[0] = 1;
            t.rank++;
        }
        t.dim[0] *= (int64_t)s->n_steps;
        t.data = s->kept[i];
        t.n_bytes *= s->n_steps;
        if (hone_tensor_write_npy(e->ctx, &t, path) != HONE_OK) {
            code = say_failed(path, "%s", hone_ctx_message(e->ctx));
        }
        free(path);
    }
    return code;
}

int stream_run(const stream_job *job, feed *f, cJSON *object) {
    stream *s = say_alloc(1, sizeof *s);
    hone_tensor shown = HONE_TENSOR_INIT;
    progress p;
    s->job = job;
    s->f = f;
    s->n_steps = f->n_windows;
    int code = stream_init(s);
    progress_begin(&p, "stream", s->n_steps);
    for (size_t k = 0; k < s->n_steps && code == CLI_DONE; k++) {
        code = step(s, k);
        progress_step(&p);
    }
    progress_end(&p);
    if (code == CLI_DONE && job->out != NULL) code = save(s);
    if (code == CLI_DONE && hone_session_output(job->e->session, s->shown, &shown) != HONE_OK) {
        code = engine_failed(job->e, NULL);
    }
    if (code == CLI_DONE) give(s, shown.name, object);
    stream_fini(s);
    free(s);
    return code;
}
