/* SPDX-License-Identifier: Apache-2.0
 * The command: finds the verb and runs it. Answers that could not be written (a full disk, a closed
 * pipe) are failures like any other. */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "hone/hone.h"
#include "say.h"

static int help(int n_args, char **args) {
    if (n_args == 0) {
        help_verbs(stdout);
    } else if (strcmp(args[0], "--markdown") == 0) {
        help_markdown(stdout);
    } else if (verb_find(args[0]) != NULL) {
        help_verb(args[0], stdout);
    } else if (strcmp(args[0], "help") == 0 || strcmp(args[0], "--help") == 0) {
        help_verbs(stdout);
    } else {
        return say_usage("", "%s: no such verb", args[0]);
    }
    return CLI_DONE;
}

static int dispatch(int n_args, char **args) {
    if (n_args == 0) {
        help_verbs(stderr);
        return CLI_USAGE;
    }
    const char *name = args[0];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("hone %s\n", hone_version());
        return CLI_DONE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return help(n_args - 1, args + 1);
    }
    const cli_verb *verb = verb_find(name);
    if (verb != NULL) return verb->run(n_args - 1, args + 1);
    const char *near = verb_nearest(name);
    if (near == NULL) return say_usage("", "%s: no such verb", name);
    return say_usage("", "%s: no such verb; did you mean %s?", name, near);
}

int main(int n_args, char **args) {
    int code = n_args > 0 ? dispatch(n_args - 1, args + 1) : CLI_USAGE;
    if (code < 0) code = CLI_DONE;
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == CLI_DONE) {
        code = say_failed("standard output", "%s", errno == 0 ? "not written" : strerror(errno));
    }
    return code;
}
