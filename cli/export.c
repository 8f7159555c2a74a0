/* SPDX-License-Identifier: Apache-2.0
 * hone export: a model as C sources, with a list of what was written. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "engine.h"
#include "files.h"
#include "json_text.h"
#include "say.h"
#include "table.h"

typedef struct export_values {
    common_options common;
    plan_options plan;
    const char *name;
} export_values;

const option_row export_options[] = {
    {"name", 0, OPTION_TEXT, offsetof(export_values, name), "NAME",
     "C identifier that names begin with (default: the folder's)"},
    OPTIONS_PLAN(export_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static int is_source(const struct dirent *entry) {
    const char *extension = path_extension(entry->d_name);
    return strcmp(extension, "c") == 0 || strcmp(extension, "h") == 0;
}

/* Lists the sources in the folder. */
static int list_sources(const char *folder, table *t, cJSON *files) {
    struct dirent **entries;
    const int n = scandir(folder, &entries, is_source, alphasort);
    if (n < 0) return say_failed(folder, "cannot list the folder");
    uint64_t sum = 0;
    for (int i = 0; i < n; i++) {
        struct stat info = {0};
        char *path = path_join(folder, entries[i]->d_name, "");
        if (stat(path, &info) == 0) sum += (uint64_t)info.st_size;
        free(path);
        table_cell(t, "%s", entries[i]->d_name);
        table_cell(t, "%s", text_number((uint64_t)info.st_size).s);
        cJSON *item = json_item(files);
        json_text(item, "name", entries[i]->d_name);
        json_number(item, "bytes", (double)info.st_size);
        free(entries[i]);
    }
    free(entries);
    table_cell(t, "%d files", n);
    table_cell(t, "%s", text_number(sum).s);
    return CLI_DONE;
}

/* Makes the folders above `folder`; the library makes the last one. */
static int make_parents(const char *folder) {
    char *parent = path_join(folder, "", "");
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/') n--;
    while (n > 0 && folder[n - 1] != '/') n--;
    parent[n] = '\0';
    const int code = n > 1 ? folder_make(parent) : CLI_DONE;
    free(parent);
    return code;
}

static int export_model(engine *e, const export_values *o, const char *folder) {
    hone_export_options options = HONE_EXPORT_OPTIONS_INIT;
    options.name = o->name;
    options.tile_steps = o->plan.tile.steps;
    options.tile_rows = o->plan.tile.rows;
    if (make_parents(folder) != CLI_DONE) return CLI_FAILED;
    if (hone_model_export(e->model, folder, &options) != HONE_OK) return engine_model_failed(e);
    table t;
    table_begin(&t, "lr");
    table_cell(&t, "file");
    table_cell(&t, "bytes");
    cJSON *root = json_object(NULL, "");
    json_text(root, "model", e->path);
    json_text(root, "folder", folder);
    const int code = list_sources(folder, &t, json_array(root, "files"));
    if (o->common.is_json && code == CLI_DONE) {
        json_print(root);
        table_free(&t);
        return code;
    }
    cJSON_Delete(root);
    if (code == CLI_DONE) {
        printf("%s: written as C to %s\n\n", text_clean(e->path).s, text_clean(folder).s);
        table_end(&t, 2, stdout);
    } else {
        table_free(&t);
    }
    return code;
}

int verb_export(int n_args, char **args) {
    export_values o = {0};
    option_count count = {2, 2, 0};
    int code = options_parse("export", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    code = engine_open_ctx(&e, &o.common);
    if (code == CLI_DONE) code = engine_open_model(&e, args[0], &o.plan);
    if (code == CLI_DONE) code = export_model(&e, &o, args[1]);
    engine_close(&e);
    return code;
}
