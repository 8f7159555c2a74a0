/* SPDX-License-Identifier: Apache-2.0
 * The list of known gaps, and the page of results. Both are written in the order of the cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

typedef struct gap {
    char name[2 * NAME_BYTES], reason[REASON_BYTES];
} gap;

static gap gaps[MAX_CASES];
static unsigned n_gaps;
static bool is_read;

/* Lines "CATEGORY/NAME: REASON"; # begins a comment. */
static void read_gaps(const char *path) {
    char line[512];
    is_read = true;
    FILE *f = fopen(path, "r");
    if (f == NULL) return;
    while (n_gaps < MAX_CASES && fgets(line, sizeof line, f) != NULL) {
        char *colon = strstr(line, ": ");
        if (line[0] == '#' || colon == NULL) continue;
        line[strcspn(line, "\n")] = 0;
        *colon = 0;
        put_text(gaps[n_gaps].name, sizeof gaps[0].name, "%s", line);
        put_text(gaps[n_gaps].reason, sizeof gaps[0].reason, "%s", colon + 2);
        n_gaps++;
    }
    fclose(f);
}

static bool is_named(const gap *g, const conform_case *c) {
    const size_t n = strlen(c->category);
    return strncmp(g->name, c->category, n) == 0 && g->name[n] == '/' &&
           strcmp(g->name + n + 1, c->name) == 0;
}

const char *gap_reason(const char *list_path, const conform_case *c) {
    if (!is_read) read_gaps(list_path);
    for (unsigned i = 0; i < n_gaps; i++) {
        if (is_named(&gaps[i], c)) return gaps[i].reason;
    }
    return NULL;
}

unsigned gap_unknown(const char *list_path, const conform_case *cases, unsigned n) {
    unsigned n_unknown = 0;
    if (!is_read) read_gaps(list_path);
    for (unsigned i = 0; i < n_gaps; i++) {
        unsigned k = 0;
        while (k < n && !is_named(&gaps[i], &cases[k])) k++;
        if (k < n) continue;
        printf("FAIL %s: in the list of known gaps, but there is no such case\n", gaps[i].name);
        n_unknown++;
    }
    return n_unknown;
}

/* What the list says already about a case whose output differs may be the reason why: it stays. */
static const char *why(conform_case *c, const char *list_path) {
    const char *known = gap_reason(list_path, c);
    if (known != NULL && strcmp(c->result.reason, differs) == 0) {
        put_text(c->result.reason, sizeof c->result.reason, "%s", known);
    }
    return c->result.reason;
}

bool write_gaps(const char *list_path, conform_case *cases, unsigned n) {
    if (!is_read) read_gaps(list_path);
    FILE *f = fopen(list_path, "w");
    if (f == NULL) return false;
    fputs("# Backend vectors of ONNX that do not pass yet: CATEGORY/NAME: REASON. Written by\n"
          "# `conformance --update`; the test fails when an entry starts to pass.\n",
          f);
    for (unsigned i = 0; i < n; i++) {
        conform_case *c = &cases[i];
        if (!c->result.is_passed)
            fprintf(f, "%s/%s: %s\n", c->category, c->name, why(c, list_path));
    }
    return fclose(f) == 0;
}

/* ---- the page ---- */

typedef struct sum {
    unsigned n, n_passed, n_constants;
} sum;

static void count(sum *s, const conform_case *c) {
    s->n++;
    s->n_passed += c->result.is_passed;
    s->n_constants += c->result.is_passed && c->result.with_constants;
}

static int by_family(const void *a, const void *b) {
    const conform_case *x = *(const conform_case *const *)a, *y = *(const conform_case *const *)b;
    int order = strcmp(x->category, y->category);
    if (order == 0) order = strcmp(x->family, y->family);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static bool is_same_family(const conform_case *a, const conform_case *b) {
    return strcmp(a->category, b->category) == 0 && strcmp(a->family, b->family) == 0;
}

/* The reasons of cases[0..n) that failed, each once, with how many have it. */
static void write_reasons(FILE *f, const conform_case *const *cases, unsigned n) {
    const char *separator = "";
    for (unsigned i = 0; i < n; i++) {
        if (cases[i]->result.is_passed) continue;
        unsigned n_same = 0, k = 0;
        const char *reason = cases[i]->result.reason;
        while (k < i &&
               (cases[k]->result.is_passed || strcmp(cases[k]->result.reason, reason) != 0)) {
            k++;
        }
        if (k < i) continue;
        for (k = i; k < n; k++) {
            n_same += !cases[k]->result.is_passed && strcmp(cases[k]->result.reason, reason) == 0;
        }
        fputs(separator, f);
        for (const char *c = reason; *c != 0; c++) fputs(*c == '|' ? "\\|" : (char[]){*c, 0}, f);
        if (n_same > 1) fprintf(f, " (%u)", n_same);
        separator = "; ";
    }
}

static void write_families(FILE *f, const conform_case *const *sorted, unsigned n) {
    for (unsigned i = 0; i < n;) {
        unsigned end = i;
        sum s = {0, 0, 0};
        for (; end < n && is_same_family(sorted[i], sorted[end]); end++) count(&s, sorted[end]);
        if (i == 0 || strcmp(sorted[i]->category, sorted[i - 1]->category) != 0) {
            fprintf(f, "\n## %s\n\n| operator | cases | pass | gaps |\n|---|---:|---:|---|\n",
                    sorted[i]->category);
        }
        fprintf(f, "| %s | %u | %u | ", sorted[i]->family, s.n, s.n_passed);
        write_reasons(f, sorted + i, end - i);
        fputs(" |\n", f);
        i = end;
    }
}

static void write_sums(FILE *f, const conform_case *const *sorted, unsigned n) {
    sum all = {0, 0, 0};
    fputs("| category | cases | pass | known gaps |\n|---|---:|---:|---:|\n", f);
    for (unsigned i = 0; i < n;) {
        sum s = {0, 0, 0};
        const char *category = sorted[i]->category;
        for (; i < n && strcmp(sorted[i]->category, category) == 0; i++) {
            count(&s, sorted[i]);
            count(&all, sorted[i]);
        }
        fprintf(f, "| %s | %u | %u | %u |\n", category, s.n, s.n_passed, s.n - s.n_passed);
    }
    fprintf(f, "| all | %u | %u | %u |\n", all.n, all.n_passed, all.n - all.n_passed);
    if (all.n_constants == 0) return;
    fprintf(f,
            "\n%u of those that pass do so with a small input (a scalar or a vector) given as a "
            "constant argument of\nthe model.\n",
            all.n_constants);
}

bool write_report(const char *path, const conform_case *cases, unsigned n) {
    static const conform_case *sorted[MAX_CASES];
    FILE *f = fopen(path, "w");
    if (f == NULL) return false;
    for (unsigned i = 0; i < n; i++) sorted[i] = &cases[i];
    qsort(sorted, n, sizeof sorted[0], by_family);
    if (strcmp(path, "docs/conformance.md") != 0) {
        fputs(
            "# Conformance: the vectors of the newest onnx package\n\n"
            "Made by `tests/conformance/make_vectors.py FOLDER` and judged as in "
            "[conformance.md](conformance.md) says. The\nlist of known gaps is "
            "`tests/conformance/newest_gaps.txt`. Both are written by\n\n"
            "    build/release/conformance --data FOLDER --gaps tests/conformance/newest_gaps.txt "
            "\\\n        --report docs/conformance_newest.md --update\n\n",
            f);
        write_sums(f, sorted, n);
        write_families(f, sorted, n);
        return fclose(f) == 0;
    }
    fputs("# Conformance: ONNX's backend vectors\n\n"
          "Debian's `libonnx-testdata` has a model, inputs and expected outputs for each case. A "
          "case passes when the\nmodel loads, runs, and gives outputs of the same types and "
          "shapes: integers equal, floats within rtol 1e-3 and\natol 1e-7. Each runs in a "
          "process of its own for at most ten seconds. Cases that are known to fail are listed\n"
          "in `tests/conformance/known_gaps.txt`; the test fails when one of them starts to pass. "
          "This page and the list\nare written by\n\n"
          "    build/release/conformance --update\n\n",
          f);
    write_sums(f, sorted, n);
    write_families(f, sorted, n);
    return fclose(f) == 0;
}
