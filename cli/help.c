/* SPDX-License-Identifier: Apache-2.0
 * The help pages, printed from verbs.def and the verbs' option tables. */
#include <string.h>

#include "cli.h"
#include "say.h"

static const cli_verb verbs[] = {
#define X(name, summary, usage, example)                                                           \
    {#name, summary, usage, example, name##_options, verb_##name},
#include "verbs.def"
#undef X
};

enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

const cli_verb *verb_find(const char *name) {
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    }
    return NULL;
}

const char *verb_nearest(const char *name) {
    const char *names[N_VERBS + 2];
    for (size_t i = 0; i < N_VERBS; i++) names[i] = verbs[i].name;
    names[N_VERBS] = "help";
    names[N_VERBS + 1] = NULL;
    return options_nearest(name, names);
}

void help_verbs(FILE *out) {
    fputs("hone runs trained models: TensorFlow Lite and ONNX in, answers or C sources out.\n\n"
          "  hone VERB [ARGUMENT...] [OPTION...]\n\n",
          out);
    for (size_t i = 0; i < N_VERBS; i++) {
        fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
    }
    fputs("  help      the page of a verb: hone help VERB\n\n"
          "hone --version prints the version. Exit codes: 0 done, 1 could not be done, 2 wrong "
          "usage.\n",
          out);
}

void help_verb(const char *name, FILE *out) {
    const cli_verb *v = verb_find(name);
    if (v == NULL) return;
    fprintf(out, "hone %s: %s\n\n  hone %s%s%s [OPTION...]\n\n", v->name, v->summary, v->name,
            v->usage[0] == '\0' ? "" : " ", v->usage);
    options_help(v->options, out);
    if (v->options->name != NULL) fputc('\n', out);
    options_help(common_rows, out);
    fprintf(out, "\nExample: %s\n", v->example);
}

static void markdown_rows(const option_row *rows, FILE *out) {
    for (; rows->name != NULL; rows++) {
        fputs("| `", out);
        if (rows->letter != '\0') fprintf(out, "-%c`, `", rows->letter);
        fprintf(out, "--%s", rows->name);
        if (rows->argument != NULL) fputc(' ', out);
        for (const char *c = rows->argument; c != NULL && *c != '\0'; c++) {
            fputs(*c == '|' ? "\\|" : (char[]){*c, '\0'}, out);
        }
        fprintf(out, "` | %s |\n", rows->help);
    }
}

void help_markdown(FILE *out) {
    fputs("# The command\n\nPrinted by `hone help --markdown`.\n", out);
    for (size_t i = 0; i < N_VERBS; i++) {
        fprintf(out, "\n## hone %s\n\n%s\n\n    %s\n\n", verbs[i].name, verbs[i].summary,
                verbs[i].example);
        if (verbs[i].options->name == NULL) continue;
        fputs("| option | meaning |\n|---|---|\n", out);
        markdown_rows(verbs[i].options, out);
    }
    fputs("\n## Options of every verb\n\n| option | meaning |\n|---|---|\n", out);
    markdown_rows(common_rows, out);
}
