/* SPDX-License-Identifier: Apache-2.0
 * hone run: each file through the model once, from the state that the model starts with. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cli.h"
#include "files.h"
#include "inputs.h"
#include "say.h"

typedef struct run_values {
    common_options common;
    plan_options plan;
    input_options input;
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
    OPTIONS_PLAN(run_values, plan),
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
    const run_values *o;
    engine e;
    labels labels;
    answer answer;
    uint32_t input; /* that the files go to */
    char **files;
    uint32_t n_files;
    char **captions;
    cJSON *results; /* NULL: as text */
} run_job;

typedef hone_status (*tensor_function)(hone_session *session, uint32_t i, hone_tensor *tensor);

/* The folder for file f: `base` itself, or base/STEM when there are several files. */
static char *folder_for(const run_job *job, const char *base, uint32_t f) {
    if (job->n_files < 2) {
        char *copy = say_alloc(strlen(base) + 1, 1);
        return strcpy(copy, base);
    }
    const char *name = path_name(job->files[f]);
    char *folder = path_join(base, name, "");
    const size_t n_extension = strlen(path_extension(name));
    if (n_extension > 0 && n_extension + 1 < strlen(name)) {
        folder[strlen(folder) - n_extension - 1] = '\0';
    }
    return folder;
}

/* Whether tensor i has the name of an earlier one. */
static int is_repeated(run_job *job, tensor_function at, uint32_t i, const char *name) {
    for (uint32_t k = 0; k < i; k++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (at(job->e.session, k, &t) == HONE_OK && strcmp(t.name, name) == 0) return 1;
    }
    return 0;
}

static int save_tensors(run_job *job, const char *base, uint32_t f, uint32_t n,
                        tensor_function at) {
    char *folder = folder_for(job, base, f);
    int code = folder_make(folder);
    for (uint32_t i = 0; i < n && code == CLI_DONE; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (at(job->e.session, i, &t) != HONE_OK) {
            code = engine_failed(&job->e, NULL);
            break;
        }
        char suffix[32] = ".npy";
        if (is_repeated(job, at, i, t.name)) snprintf(suffix, sizeof suffix, "_%u.npy", i);
        char *path = path_join(folder, t.name[0] == '\0' ? "unnamed" : t.name, suffix);
        if (hone_tensor_write_npy(job->e.ctx, &t, path) != HONE_OK) {
            code = say_failed(path, "%s", hone_ctx_message(job->e.ctx));
        }
        free(path);
    }
    free(folder);
    return code;
}

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

static int print_answer(run_job *job, const char *path) {
    table t;
    int code = CLI_DONE;
    if (path != NULL) printf("%s\n", text_clean(path).s);
    answer_table(&job->answer, &job->e, &job->labels, &t);
    if (job->o->is_shown && path != NULL && inputs_is_picture(path)) {
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

/* File f, or no file when all inputs are given by name. */
static int run_one(run_job *job, uint32_t f) {
    const run_values *o = job->o;
    const char *path = job->n_files > 0 ? job->files[f] : NULL;
    engine *e = &job->e;
    int code = CLI_DONE;
    if (f > 0 && hone_session_reset(e->session) != HONE_OK) return engine_failed(e, path);
    if (path != NULL) code = inputs_read(e, job->input, path, &o->input);
    if (code == CLI_DONE && o->save_input != NULL) {
        code = save_tensors(job, o->save_input, f, hone_model_input_count(e->model),
                            hone_session_input);
    }
    if (code != CLI_DONE) return code;
    if (hone_session_run(e->session) != HONE_OK) return engine_failed(e, path);
    code = answer_read(&job->answer, e, o->top);
    if (code == CLI_DONE && o->out != NULL) {
        code = save_tensors(job, o->out, f, hone_model_output_count(e->model), hone_session_output);
    }
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
    return CLI_DONE;
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
        if (inputs_is_picture(job->files[f])) continue;
        return say_usage("run", "--sheet: %s is no picture", job->files[f]);
    }
    const char *base = o->out != NULL ? o->out : o->save_input;
    for (uint32_t f = 1; base != NULL && f < job->n_files; f++) {
        char *mine = folder_for(job, base, f);
        int is_twice = 0;
        for (uint32_t k = 0; k < f && !is_twice; k++) {
            char *other = folder_for(job, base, k);
            is_twice = strcmp(mine, other) == 0;
            free(other);
        }
        free(mine);
        if (is_twice) return say_usage("run", "two files are called %s", path_name(job->files[f]));
    }
    return CLI_DONE;
}

static int run_all(run_job *job, const char *model, cJSON *root) {
    const run_values *o = job->o;
    int code = engine_open(&job->e, model, &o->common, &o->plan);
    if (code == CLI_DONE) code = labels_open(&job->labels, o->labels, &job->e);
    if (code == CLI_DONE) code = inputs_named(&job->e, &o->input, job->n_files > 0, &job->input);
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
    labels_close(&job->labels);
    engine_close(&job->e);
    free(job);
    return code;
}
