/* SPDX-License-Identifier: Apache-2.0
 * Runs ONNX's backend vectors: conformance [--update] [--data FOLDER [--gaps FILE] [--report FILE]]
 * [PART OF A NAME...]. Without --data they are Debian's, with the list of known gaps and the page
 * of results of this project; a folder of one's own has neither where they are not named. Each case
 * runs in a process of its own, so that a crash or a hang is the failure of one case. Fails when a
 * case fails that is not in the list of known gaps, and when one of the list passes.
 * --update writes the list and the page. Runs in the repository's root. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

enum { SECONDS = 10, PATH_BYTES = 1024 };

static const char *list_path = "tests/conformance/known_gaps.txt";
static const char *report_path = "docs/conformance.md";

static conform_case cases[MAX_CASES];
static unsigned n_cases;

/* ---- finding ---- */

static int by_name(const void *a, const void *b) {
    const conform_case *x = a, *y = b;
    const int order = strcmp(x->category, y->category);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static void add_category(const char *data, const char *category) {
    char path[PATH_BYTES];
    put_text(path, sizeof path, "%s/%s", data, category);
    DIR *folder = opendir(path);
    for (struct dirent *e; folder != NULL && (e = readdir(folder)) != NULL;) {
        if (strncmp(e->d_name, "test_", 5) != 0 || n_cases == MAX_CASES) continue;
        put_text(path, sizeof path, "%s/%s/%s/model.onnx", data, category, e->d_name);
        if (access(path, R_OK) != 0) continue;
        conform_case *c = &cases[n_cases++];
        put_text(c->category, sizeof c->category, "%s", category);
        put_text(c->name, sizeof c->name, "%s", e->d_name);
    }
    if (folder != NULL) closedir(folder);
}

static void find_cases(const char *data) {
    DIR *folder = opendir(data);
    for (struct dirent *e; folder != NULL && (e = readdir(folder)) != NULL;) {
        if (e->d_name[0] != '.') add_category(data, e->d_name);
    }
    if (folder != NULL) closedir(folder);
    qsort(cases, n_cases, sizeof cases[0], by_name);
}

static bool is_wanted(const conform_case *c, int n, char **parts) {
    for (int i = 0; i < n; i++) {
        if (strstr(c->name, parts[i]) != NULL) return true;
    }
    return n == 0;
}

/* ---- running ---- */

static void in_child(const char *folder, int out) {
    outcome result = {0};
    alarm(SECONDS);
    case_run(folder, &result);
    const bool is_sent = write(out, &result, sizeof result) == (ssize_t)sizeof result;
    close(out);
    exit(is_sent ? 0 : 1);
}

static void run_case(const char *data, conform_case *c) {
    char folder[PATH_BYTES];
    int ends[2], state = 0;
    put_text(folder, sizeof folder, "%s/%s/%s", data, c->category, c->name);
    case_family(folder, c->category, c->name, c->family);
    fflush(NULL);
    if (pipe(ends) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        in_child(folder, ends[1]);
    }
    close(ends[1]);
    const bool is_told = read(ends[0], &c->result, sizeof c->result) == (ssize_t)sizeof c->result;
    close(ends[0]);
    const bool has_ended = child > 0 && waitpid(child, &state, 0) == child;
    if (is_told && has_ended && WIFEXITED(state) && WEXITSTATUS(state) == 0) return;
    const bool is_slow = WIFSIGNALED(state) && WTERMSIG(state) == SIGALRM;
    c->result.is_passed = false;
    put_text(c->result.reason, sizeof c->result.reason, "%s",
             is_slow ? "takes longer than 10 s" : "crashes");
}

/* ---- judging ---- */

typedef struct tally {
    unsigned n_passed, n_failed, n_gaps;
} tally;

static void judge(const conform_case *c, tally *t) {
    const char *known = gap_reason(list_path, c);
    if (c->result.is_passed && known != NULL) {
        printf("FAIL %s/%s passes: remove it from %s\n", c->category, c->name, list_path);
        t->n_failed++;
    } else if (c->result.is_passed) {
        t->n_passed++;
    } else if (known != NULL) {
        t->n_gaps++;
    } else {
        printf("FAIL %s/%s: %s\n", c->category, c->name, c->result.reason);
        t->n_failed++;
    }
}

static int update(void) {
    unsigned n_passed = 0;
    for (unsigned i = 0; i < n_cases; i++) n_passed += cases[i].result.is_passed;
    const bool is_done =
        write_gaps(list_path, cases, n_cases) && write_report(report_path, cases, n_cases);
    if (!is_done) perror("conformance");
    printf("%u of %u pass; %s and %s are written\n", n_passed, n_cases, list_path, report_path);
    return is_done ? 0 : 1;
}

static int show(int n_parts, char **parts) {
    for (unsigned i = 0; i < n_cases; i++) {
        const conform_case *c = &cases[i];
        if (!is_wanted(c, n_parts, parts)) continue;
        printf("%-7s %s/%s%s%s%s\n", c->result.is_passed ? "passed" : "failed", c->category,
               c->name, c->result.is_passed ? "" : ": ", c->result.reason,
               c->result.is_passed && c->result.with_constants ? " (constant inputs)" : "");
    }
    return 0;
}

/* Returns the place of the first name. */
static int read_options(int n_args, char **args, const char **data, bool *is_update) {
    int at = 1;
    for (; at < n_args && args[at][0] == '-'; at++) {
        const bool has_value = at + 1 < n_args;
        *is_update |= strcmp(args[at], "--update") == 0;
        if (strcmp(args[at], "--data") == 0 && has_value) {
            *data = args[++at];
            list_path = report_path = "/dev/null";
        } else if (strcmp(args[at], "--gaps") == 0 && has_value) {
            list_path = args[++at];
        } else if (strcmp(args[at], "--report") == 0 && has_value) {
            report_path = args[++at];
        }
    }
    return at;
}

int main(int n_args, char **args) {
    const char *data = "/usr/share/libonnx-testdata/data";
    bool is_update = false;
    const int at = read_options(n_args, args, &data, &is_update);
    find_cases(data);
    if (n_cases == 0) {
        printf("skipped: libonnx-testdata is absent\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    for (unsigned i = 0; i < n_cases; i++) {
        if (is_wanted(&cases[i], n_args - at, args + at)) run_case(data, &cases[i]);
    }
    if (at < n_args) return show(n_args - at, args + at);
    if (is_update) return update();
    tally t = {0, 0, 0};
    for (unsigned i = 0; i < n_cases; i++) judge(&cases[i], &t);
    t.n_failed += gap_unknown(list_path, cases, n_cases);
    printf("%u known gaps of %u cases\n", t.n_gaps, n_cases);
    printf("%u passed, %u failed, 0 skipped\n", t.n_passed, t.n_failed);
    return t.n_failed > 0 ? 1 : 0;
}
