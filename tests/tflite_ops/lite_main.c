/* SPDX-License-Identifier: Apache-2.0
 * Runs the archives of cases: tflite_ops [--update] [PART OF A NAME...]. Each case runs in a
 * process of its own, so that a crash or a hang is the failure of one case. Fails when a case
 * fails that is not in the list of known gaps, and when one of the list passes. --update writes
 * the list. Runs in the repository's root. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lite_case.h"

enum { SECONDS = 20, MAX_CASES = 16384, MAX_FAMILIES = 64, PATH_BYTES = 512 };

static const char *const folder = "tests/tflite_ops";
static const char *const list_path = "tests/tflite_ops/known_gaps.txt";

typedef struct result {
    char name[NAME_BYTES], reason[REASON_BYTES];
    bool is_passed, is_gap;
} result;

static result results[MAX_CASES];
static unsigned n_results;

/* ---- known gaps: "NAME: REASON" ---- */

static char gaps[MAX_CASES][NAME_BYTES];
static unsigned n_gaps;

static void read_gaps(void) {
    char line[NAME_BYTES + REASON_BYTES + 8];
    FILE *f = fopen(list_path, "r");
    while (f != NULL && n_gaps < MAX_CASES && fgets(line, sizeof line, f) != NULL) {
        const size_t n = strcspn(line, ":");
        if (line[0] == '#' || line[n] != ':' || n >= NAME_BYTES) continue;
        line[n] = '\0';
        memcpy(gaps[n_gaps++], line, n + 1);
    }
    if (f != NULL) fclose(f);
}

static bool is_known(const char *name) {
    for (unsigned i = 0; i < n_gaps; i++) {
        if (strcmp(gaps[i], name) == 0) return true;
    }
    return false;
}

/* Gaps that no case has. */
static unsigned stale_gaps(void) {
    unsigned n = 0;
    for (unsigned i = 0; i < n_gaps; i++) {
        bool is_there = false;
        for (unsigned k = 0; k < n_results; k++) is_there |= strcmp(gaps[i], results[k].name) == 0;
        if (is_there) continue;
        printf("FAIL %s: in the list of known gaps, but there is no such case\n", gaps[i]);
        n++;
    }
    return n;
}

static int update(void) {
    FILE *f = fopen(list_path, "w");
    if (f == NULL) return 1;
    fputs("# Cases of TensorFlow Lite operators that do not pass yet: NAME: REASON. Written by\n"
          "# `tflite_ops --update`; the test fails when an entry starts to pass.\n",
          f);
    unsigned n = 0;
    for (unsigned i = 0; i < n_results; i++) {
        if (results[i].is_passed) continue;
        fprintf(f, "%s: %s\n", results[i].name, results[i].reason);
        n++;
    }
    printf("%u of %u pass; %s is written\n", n_results - n, n_results, list_path);
    return fclose(f) == 0 ? 0 : 1;
}

/* ---- running ---- */

static void run_child(const lite_case *c, int out) {
    char reason[REASON_BYTES] = "";
    alarm(SECONDS);
    const bool is_passed = case_run(c, reason);
    reason[strcspn(reason, "\n")] = '\0';
    const uint8_t first = is_passed ? 1 : 0;
    const bool is_sent = write(out, &first, 1) == 1 && write(out, reason, sizeof reason) > 0;
    exit(is_sent ? 0 : 1);
}

static void run_case(const lite_case *c, result *r) {
    int ends[2], state = 0;
    uint8_t first = 0;
    fflush(NULL);
    snprintf(r->name, sizeof r->name, "%s", c->name);
    snprintf(r->reason, sizeof r->reason, "crashes");
    if (pipe(ends) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(c, ends[1]);
    }
    close(ends[1]);
    char reason[REASON_BYTES];
    const bool is_told =
        read(ends[0], &first, 1) == 1 && read(ends[0], reason, sizeof reason) == sizeof reason;
    close(ends[0]);
    const bool has_ended = child > 0 && waitpid(child, &state, 0) == child;
    if (is_told && has_ended && WIFEXITED(state) && WEXITSTATUS(state) == 0) {
        r->is_passed = first == 1;
        memcpy(r->reason, reason, sizeof reason);
    } else if (WIFSIGNALED(state) && WTERMSIG(state) == SIGALRM) {
        snprintf(r->reason, sizeof r->reason, "takes longer than %d s", SECONDS);
    }
}

static bool is_wanted(const char *name, int n, char **parts) {
    for (int i = 0; i < n; i++) {
        if (strstr(name, parts[i]) != NULL) return true;
    }
    return n == 0;
}

/* False when the archive is damaged. */
static bool run_archive(const char *path, int n_parts, char **parts) {
    uint32_t n_cases = 0;
    size_t n_bytes = 0;
    const char *reason;
    uint8_t *bytes = archive_open(path, &n_cases, &n_bytes, &reason);
    if (bytes == NULL) {
        printf("FAIL %s: %s\n", path, reason);
        return false;
    }
    source s = {bytes, bytes + n_bytes, false};
    bool is_sound = true;
    for (uint32_t i = 0; i < n_cases && is_sound; i++) {
        lite_case c;
        is_sound = case_read(&s, &c) && n_results < MAX_CASES;
        if (is_sound && is_wanted(c.name, n_parts, parts)) run_case(&c, &results[n_results++]);
        case_free(&c);
    }
    if (!is_sound) printf("FAIL %s: it is damaged\n", path);
    free(bytes);
    return is_sound;
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static unsigned find_archives(char names[MAX_FAMILIES][PATH_BYTES]) {
    unsigned n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL && n < MAX_FAMILIES;) {
        const char *end = strrchr(e->d_name, '.');
        if (end == NULL || strcmp(end, ".cases") != 0) continue;
        snprintf(names[n++], PATH_BYTES, "%s/%s", folder, e->d_name);
    }
    if (d != NULL) closedir(d);
    qsort(names, n, PATH_BYTES, by_name);
    return n;
}

int main(int n_args, char **args) {
    static char archives[MAX_FAMILIES][PATH_BYTES];
    const bool is_update = n_args > 1 && strcmp(args[1], "--update") == 0;
    const int first = is_update ? 2 : 1;
    const bool is_part = n_args > first;
    unsigned n_failed = 0, n_passed = 0, n_known = 0;
    const unsigned n = find_archives(archives);
    for (unsigned i = 0; i < n; i++) {
        if (!run_archive(archives[i], n_args - first, args + first)) n_failed++;
    }
    if (is_update && !is_part) return update();
    read_gaps();
    for (unsigned i = 0; i < n_results; i++) {
        const result *r = &results[i];
        const bool is_gap = is_known(r->name);
        if (r->is_passed && !is_gap) {
            n_passed++;
        } else if (r->is_passed) {
            printf("FAIL %s passes: remove it from %s\n", r->name, list_path);
            n_failed++;
        } else if (is_gap && !is_part) {
            n_known++;
        } else {
            printf("FAIL %s: %s\n", r->name, r->reason);
            n_failed++;
        }
    }
    if (!is_part) n_failed += stale_gaps();
    printf("%u known gaps of %u cases\n", n_known, n_results);
    printf("%u passed, %u failed, 0 skipped\n", n_passed, n_failed);
    return n_failed > 0 ? 1 : 0;
}
