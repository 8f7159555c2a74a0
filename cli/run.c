/* SPDX-License-Identifier: Apache-2.0
 * hone run: each file through the model once, from the state that the model starts with. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cli.h"
#include "decoded.h"
#include "feed.h"
#include "files.h"
#include "saved.h"
#include "say.h"
#include "stream.h"

typedef struct run_values {
    common_options common;
    plan_options plan;
    input_options input;
    feed_options feed;
    decode_options decode;
    stream_options stream;
    const char *out, *save_input, *labels, *sheet;
    uint32_t top;
    int is_shown;
} run_values;

const option_row run_options[] = {
    OPTIONS_INPUT(run_values, input),
    {"output", 'o', OPTION_TEXT, offsetof(run_values, out), "DIR", "write DIR/NAME.npy per output"},
    {"save-input", 0, OPTION_TEXT, offsetof(run_values, save_input), "DIR",
     "write what the model was fed as DIR/NAME.npy"},
    {"labels", 0, OPTION_TEXT, offsetof(run_values, labels), "FILE",
     "names of classes, one a line (default: the model's)"},
    {"top", 0, OPTION_POSITIVE, offsetof(run_values, top), "K", "classes to print (default: 5)"},
    {"show", 0, OPTION_FLAG, offsetof(run_values, is_shown), NULL,
     "show the pictures in the terminal"},
    {"sheet", 0, OPTION_TEXT, offsetof(run_values, sheet), "FILE",
     "write a PNG sheet of the pictures and their best classes"},
    OPTIONS_DECODE(run_values, decode),
    OPTIONS_FEED(run_values, feed),
    OPTIONS_STREAM(run_values, stream),
    {"feedback", 0, OPTION_LIST, offsetof(run_values, input.feedback), "OUTPUT=INPUT",
     "with --stream: the output becomes the input of the next step"},
    OPTIONS_PLAN(run_values, plan),
    OPTION_PACK(run_values, plan),
    OPTION_TUNE(run_values, plan),
    OPTION_PRECISION(run_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

enum {
    SHOWN_COLUMNS = 28,
    SHEET_CELL = 224,
    SHEET_COLUMNS = 5,
    CAPTION_LABEL = 13,
    CAPTION_BYTES = 2 * TEXT_MAX
};

typedef struct run_job {
    run_values *o;
    engine e;
    feed_settings settings;
    decoded decoded;
    labels labels;
    answer answer;
    uint32_t input; /* that the files go to */
    char **files;
    uint32_t n_files;
    char **captions;
    cJSON *results; /* NULL: as text */
} run_job;

/* Visible characters of a line with escape sequences. */
static size_t visible_width(const char *line, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        if (line[i] == '\033') {
            while (i < n_bytes && line[i] != 'm') i++;
        } else {
            n += ((unsigned char)line[i] & 0xc0u) != 0x80u;
        }
    }
    return n;
}

/* The picture with the table beside it. */
static int print_shown(run_job *job, const char *path, const table *t) {
    hone_text picture = HONE_TEXT_INIT;
    if (hone_picture_ansi(job->e.ctx, path, SHOWN_COLUMNS, &picture) != HONE_OK) {
        return say_failed(path, "%s", hone_ctx_message(job->e.ctx));
    }
    const char *at = picture.bytes;
    size_t row = 0, width = 0;
    while (*at != '\0' || row < table_rows(t)) {
        const size_t n = strcspn(at, "\n");
        if (width == 0) width = visible_width(at, n);
        fwrite(at, 1, n, stdout);
        printf("\033[0m%*s", n == 0 ? (int)width : 0, "");
        at += n + (at[n] == '\n');
        if (row < table_rows(t)) {
            char *line = table_line(t, row++);
            printf("  %s", line);
            free(line);
        }
        putchar('\n');
    }
    hone_text_free(&picture);
    return CLI_DONE;
}

/* Whether the answer is a decoder's; a picture as output keeps the table of outputs. */
static int is_decoded(const run_job *job) {
    return job->decoded.name != NULL && strcmp(job->decoded.name, "image") != 0;
}

static int print_answer(run_job *job, const char *path) {
    table t;
    int code = CLI_DONE;
    if (path != NULL) printf("%s\n", text_clean(path).s);
    if (is_decoded(job)) {
        decoded_table(&job->decoded, &job->labels, &t);
    } else {
        answer_table(&job->answer, &job->e, &job->labels, &t);
    }
    if (job->o->is_shown && path != NULL && feed_is_picture(path, &job->o->feed)) {
        code = print_shown(job, path, &t);
        table_free(&t);
    } else {
        table_end(&t, 2, stdout);
    }
    return code;
}

static void keep_caption(run_job *job, uint32_t f) {
    char *caption = say_alloc(CAPTION_BYTES, 1);
    const hone_class *best = &job->answer.top[0];
    const char *label = labels_name(&job->labels, best->index, job->answer.n_classes);
    char name[TEXT_MAX];
    snprintf(name, sizeof name, "%u", best->index);
    snprintf(caption, CAPTION_BYTES, "%.*s %.2f", CAPTION_LABEL,
             label[0] == '\0' ? name : text_clean(label).s, (double)best->score);
    job->captions[f] = caption;
}

static int save_all(run_job *job, const char *base, uint32_t f, uint32_t n, tensor_function at) {
    char *folder = saved_folder(base, job->n_files > 0 ? job->files[f] : "", job->n_files);
    const int code = saved_write(&job->e, folder, n, at);
    free(folder);
    return code;
}

/* The drawing of file f: the path of --draw, or one in that folder when there are several. */
static int draw(run_job *job, uint32_t f) {
    const char *picture = job->n_files > 0 ? job->files[f] : NULL;
    const char *base = job->o->decode.draw;
    char *stem = NULL, *path = NULL;
    int code = CLI_DONE;
    if (picture != NULL && !feed_is_picture(picture, &job->o->feed)) picture = NULL;
    if (job->n_files > 1) {
        code = folder_make(base);
        stem = saved_folder(base, job->files[f], job->n_files);
        path = say_alloc(strlen(stem) + 5, 1);
        strcat(strcpy(path, stem), ".png");
    }
    if (code == CLI_DONE) {
        code =
            decoded_draw(&job->decoded, &job->e, &job->labels, picture, path == NULL ? base : path);
    }
    free(stem);
    free(path);
    return code;
}

/* The answer of a run, in every form that was asked for. */
static int give_answer(run_job *job, uint32_t f, const char *path) {
    const run_values *o = job->o;
    engine *e = &job->e;
    int code = answer_read(&job->answer, e, o->top);
    if (code == CLI_DONE) code = decoded_read(&job->decoded, e, &o->decode);
    if (code == CLI_DONE && o->out != NULL) {
        code = save_all(job, o->out, f, hone_model_output_count(e->model), hone_session_output);
    }
    if (code == CLI_DONE && o->decode.draw != NULL) code = draw(job, f);
    if (code != CLI_DONE) return code;
    if (o->sheet != NULL) {
        if (job->answer.n_classes == 0)
            return say_failed(o->sheet, "the model's answer is no class");
        keep_caption(job, f);
    }
    if (job->results == NULL) return print_answer(job, path);
    cJSON *item = json_item(job->results);
    if (path != NULL) json_text(item, "file", path);
    answer_json(&job->answer, e, &job->labels, item);
    decoded_json(&job->decoded, &job->labels, item);
    return CLI_DONE;
}

/* Every window of a series, with the state kept (--stream) or not. */
static int run_windows(run_job *job, feed *in, const char *path) {
    const run_values *o = job->o;
    const uint32_t n = o->stream.average > 0 ? o->stream.average : job->settings.average;
    stream_job s = {&job->e, &o->input, &o->stream, &job->labels, NULL, n > 0 ? n : 1, 0.5};
    char *folder = o->out == NULL ? NULL : saved_folder(o->out, path, job->n_files);
    cJSON *item = NULL;
    if (job->settings.cutoff > 0) s.threshold = job->settings.cutoff;
    if (o->stream.threshold > 0) s.threshold = o->stream.threshold;
    s.out = folder;
    if (job->results != NULL) {
        item = json_item(job->results);
        json_text(item, "file", path);
    } else {
        printf("%s\n", text_clean(path).s);
    }
    const int code = stream_run(&s, in, item);
    free(folder);
    return code;
}

/* File f, or no file when all inputs are given by name. */
static int run_one(run_job *job, uint32_t f) {
    const run_values *o = job->o;
    const char *path = job->n_files > 0 ? job->files[f] : NULL;
    engine *e = &job->e;
    feed in = {e, &o->feed, &job->settings, job->input, 0, HONE_SERIES_INIT, 1, 0, 0};
    int code = CLI_DONE;
    if (f > 0 && hone_session_reset(e->session) != HONE_OK) return engine_failed(e, path);
    if (path != NULL || o->feed.text != NULL) {
        code = feed_open(&in, path, &o->input, o->stream.is_on);
    }
    if (code == CLI_DONE && in.is_series && (o->stream.is_on || in.n_windows > 1)) {
        code = run_windows(job, &in, path);
        feed_close(&in);
        return code;
    }
    if (code == CLI_DONE) code = feed_window(&in, 0);
    feed_close(&in);
    if (code == CLI_DONE && o->save_input != NULL) {
        code =
            save_all(job, o->save_input, f, hone_model_input_count(e->model), hone_session_input);
    }
    if (code != CLI_DONE) return code;
    if (hone_session_run(e->session) != HONE_OK) return engine_failed(e, path);
    code = give_answer(job, f, path);
    decoded_free(&job->decoded);
    return code;
}

static int write_sheet(run_job *job) {
    const uint32_t columns = job->n_files < SHEET_COLUMNS ? job->n_files : SHEET_COLUMNS;
    const hone_status status = hone_picture_sheet(job->e.ctx, (const char *const *)job->files,
                                                  (const char *const *)job->captions, job->n_files,
                                                  columns, SHEET_CELL, job->o->sheet);
    if (status == HONE_OK) return CLI_DONE;
    return say_failed(job->o->sheet, "%s", hone_ctx_message(job->e.ctx));
}

/* What can be told to be wrong before the model is loaded. */
static int check_files(const run_job *job) {
    const run_values *o = job->o;
    if (o->sheet != NULL && job->n_files == 0) {
        return say_usage("run", "--sheet needs picture files");
    }
    for (uint32_t f = 0; o->sheet != NULL && f < job->n_files; f++) {
        if (feed_is_picture(job->files[f], &o->feed)) continue;
        return say_usage("run", "--sheet: %s is no picture", job->files[f]);
    }
    if (o->feed.text != NULL && job->n_files > 0) {
        return say_usage("run", "--text comes instead of files");
    }
    if (o->input.feedback.n > 0 && !o->stream.is_on) {
        return say_usage("run", "--feedback needs --stream");
    }
    if (o->stream.is_on && job->n_files == 0) return say_usage("run", "--stream needs a file");
    const char *base = o->out != NULL          ? o->out
                       : o->save_input != NULL ? o->save_input
                                               : o->decode.draw;
    for (uint32_t f = 1; base != NULL && f < job->n_files; f++) {
        char *mine = saved_folder(base, job->files[f], job->n_files);
        int is_twice = 0;
        for (uint32_t k = 0; k < f && !is_twice; k++) {
            char *other = saved_folder(base, job->files[k], job->n_files);
            is_twice = strcmp(mine, other) == 0;
            free(other);
        }
        free(mine);
        if (is_twice) return say_usage("run", "two files are called %s", path_name(job->files[f]));
    }
    return CLI_DONE;
}

/* Model, session, labels, and the inputs that are given by name. */
static int open_all(run_job *job, const char *model) {
    run_values *o = job->o;
    engine *e = &job->e;
    const int has_files = job->n_files > 0 || o->feed.text != NULL;
    int code = feed_settings_read(&o->feed, &job->settings);
    if (code == CLI_DONE) code = engine_open_ctx(e, &o->common);
    if (code == CLI_DONE) code = engine_open_model(e, model, &o->plan);
    if (code == CLI_DONE && has_files) {
        const char *path = job->n_files > 0 ? job->files[0] : NULL;
        code = feed_fit(e, path, inputs_first_left(e, &o->input), &o->feed, &o->plan);
    }
    if (code == CLI_DONE) code = engine_open_session(e, &o->common, &o->plan);
    if (code == CLI_DONE) code = inputs_named(e, &o->input, has_files, &job->input);
    if (code == CLI_DONE) code = labels_open(&job->labels, o->labels, e);
    if (code != CLI_DONE) return code;
    if (o->labels == NULL && job->settings.labels != NULL) {
        labels_take(&job->labels, job->settings.labels);
        job->settings.labels = NULL;
    }
    job->decoded.name = decoded_name(&o->decode, e);
    o->input.decoder = job->decoded.name;
    if (o->input.decoder != NULL && strcmp(o->input.decoder, "image") == 0) o->input.decoder = NULL;
    return CLI_DONE;
}

static int run_all(run_job *job, const char *model, cJSON *root) {
    const run_values *o = job->o;
    int code = open_all(job, model);
    if (root != NULL) {
        json_text(root, "model", model);
        job->results = json_array(root, "results");
    }
    const uint32_t n = job->n_files > 0 ? job->n_files : 1;
    for (uint32_t f = 0; f < n && code == CLI_DONE; f++) {
        if (f > 0 && root == NULL) putchar('\n');
        code = run_one(job, f);
    }
    if (code == CLI_DONE && o->sheet != NULL) code = write_sheet(job);
    return code;
}

int verb_run(int n_args, char **args) {
    run_values o = {.top = 5};
    option_count count = {1, n_args, 0};
    int code = options_parse("run", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    run_job *job = say_alloc(1, sizeof *job);
    job->o = &o;
    job->files = args + 1;
    job->n_files = (uint32_t)(count.n - 1);
    job->captions = say_alloc(job->n_files, sizeof *job->captions);
    code = check_files(job);
    cJSON *root = o.common.is_json ? json_object(NULL, "") : NULL;
    if (code == CLI_DONE) code = run_all(job, args[0], root);
    if (root != NULL && code == CLI_DONE) {
        json_print(root);
    } else {
        cJSON_Delete(root);
    }
    for (uint32_t f = 0; f < job->n_files; f++) free(job->captions[f]);
    free(job->captions);
    feed_settings_free(&job->settings);
    labels_close(&job->labels);
    engine_close(&job->e);
    free(job);
    return code;
}
