/* SPDX-License-Identifier: Apache-2.0
 * Seeds from the archives of tests/tflite_ops. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opfuzz.h"
#include "tflite_ops/lite_case.h"

enum { PATH_BYTES = 512, MOST_ARCHIVES = 64 };

static const char *const folder = "tests/tflite_ops";

static void add_case(seed_list *list, const lite_case *c) {
    seed *s = seed_add(list, c->name, c->file, c->n_file, c->n_inputs);
    for (uint32_t i = 0; i < c->n_inputs; i++) {
        const input *from = &c->in[i];
        seed_input *to = &s->in[i];
        to->has_shape = true;
        to->rank = from->shape.rank;
        memcpy(to->dim, from->shape.dim, sizeof to->dim);
        if (from->is_filled) continue;
        to->data = keep_bytes(from->data, from->n_bytes);
        to->n_bytes = from->n_bytes;
    }
}

static void add_archive(seed_list *list, const char *path) {
    uint32_t n_cases = 0;
    size_t n_bytes = 0;
    const char *reason;
    uint8_t *bytes = archive_open(path, &n_cases, &n_bytes, &reason);
    source s = {bytes, bytes + n_bytes, false};
    for (uint32_t i = 0; bytes != NULL && i < n_cases; i++) {
        lite_case c;
        if (case_read(&s, &c)) add_case(list, &c);
        case_free(&c);
    }
    free(bytes);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

void lite_seeds(seed_list *list) {
    static char paths[MOST_ARCHIVES][PATH_BYTES];
    uint32_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL && n < MOST_ARCHIVES;) {
        const char *end = strrchr(e->d_name, '.');
        if (end == NULL || strcmp(end, ".cases") != 0) continue;
        snprintf(paths[n++], PATH_BYTES, "%s/%s", folder, e->d_name);
    }
    if (d != NULL) closedir(d);
    qsort(paths, n, PATH_BYTES, by_text);
    for (uint32_t i = 0; i < n; i++) add_archive(list, paths[i]);
}
