/* SPDX-License-Identifier: Apache-2.0
 * What the files of the command share: the verbs and their exit codes. The command is written
 * against include/hone only. A verb gets the arguments after its name, prints its answer on stdout
 * and one line `hone: WHAT: why` on stderr when it cannot. */
#ifndef CLI_H
#define CLI_H

#include "options.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

typedef struct cli_verb {
    const char *name, *summary, *usage, *example;
    const option_row *options; /* its own; the common ones come on top */
    int (*run)(int n_args, char **args);
} cli_verb;

#define X(name, summary, usage, example)                                                           \
    int verb_##name(int n_args, char **args);                                                      \
    extern const option_row name##_options[];
#include "verbs.def"
#undef X

/* NULL when there is no such verb. */
const cli_verb *verb_find(const char *name);
/* The verb nearest in spelling, or NULL when none is near. */
const char *verb_nearest(const char *name);

/* The list of verbs; the page of one; the pages of all, as Markdown. */
void help_verbs(FILE *out);
void help_verb(const char *name, FILE *out);
void help_markdown(FILE *out);

#endif
