/* SPDX-License-Identifier: Apache-2.0
 * Seeds from folders of ONNX vectors: those of this repository, and Debian's libonnx-testdata where
 * it is installed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "conformance/conformance.h"
#include "opfuzz.h"

enum { PATH_BYTES = 1024, MOST_FOLDERS = 4096, MOST_INPUTS = 32, MOST_MODEL_BYTES = 256 << 10 };

static const char *const roots[] = {"tests/data/vectors/contrib", "tests/data/vectors/node",
                                    "/usr/share/libonnx-testdata/data/node",
                                    "/usr/share/libonnx-testdata/data/simple"};

static void add_input(seed_input *to, const array *a) {
    const bool is_block = a->dtype == HONE_DTYPE_LIST || a->dtype == HONE_DTYPE_STRING;
    to->has_shape = a->dtype != HONE_DTYPE_LIST;
    to->rank = a->rank;
    memcpy(to->dim, a->dim, sizeof to->dim);
    if (is_block) {
        to->list = keep_bytes(a, sizeof *a);
    } else if (a->n_bytes <= MOST_BYTES_KEPT) {
        to->data = keep_bytes(a->bytes, a->n_bytes);
        to->n_bytes = a->n_bytes;
    }
}

/* The inputs of the first data set, by position; arrays of lists live on in their seed. */
static uint32_t read_inputs(const char *folder, array *arrays) {
    char path[PATH_BYTES], reason[REASON_BYTES];
    uint32_t n = 0;
    for (; n < MOST_INPUTS; n++) {
        put_text(path, sizeof path, "%s/test_data_set_0/input_%u.pb", folder, n);
        if (access(path, R_OK) != 0 || !array_read(path, &arrays[n], reason)) break;
    }
    return n;
}

static void add_folder(seed_list *list, const char *root, const char *name) {
    char folder[PATH_BYTES], path[PATH_BYTES + 16];
    hn_env env;
    hn_map map = {0};
    put_text(folder, sizeof folder, "%s/%s", root, name);
    put_text(path, sizeof path, "%s/model.onnx", folder);
    hn_env_init(&env);
    if (hn_map_open(&env, path, &map) != HONE_OK) return;
    if (map.size <= MOST_MODEL_BYTES) {
        array arrays[MOST_INPUTS];
        const uint32_t n = read_inputs(folder, arrays);
        seed *s = seed_add(list, name, map.bytes, (size_t)map.size, n);
        for (uint32_t i = 0; i < n; i++) add_input(&s->in[i], &arrays[i]);
        for (uint32_t i = 0; i < n; i++) {
            if (s->in[i].list == NULL) array_free(&arrays[i]);
        }
    }
    hn_map_close(&map);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

static void add_root(seed_list *list, const char *root) {
    static char names[MOST_FOLDERS][NAME_BYTES];
    uint32_t n = 0;
    DIR *d = opendir(root);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL && n < MOST_FOLDERS;) {
        if (e->d_name[0] != '.') put_text(names[n++], NAME_BYTES, "%s", e->d_name);
    }
    if (d != NULL) closedir(d);
    qsort(names, n, NAME_BYTES, by_text);
    for (uint32_t i = 0; i < n; i++) add_folder(list, root, names[i]);
}

void onnx_seeds(seed_list *list) {
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) add_root(list, roots[i]);
}

void onnx_set_list(hone_ctx *ctx, hone_session *session, uint32_t i, const seed_input *in) {
    const array *a = in->list;
    hone_tensor t;
    if (!array_tensor(ctx, a, &t)) return;
    (void)hone_session_set_input(session, i, &t);
    if (a->dtype == HONE_DTYPE_LIST) hone_list_free(ctx, &t);
}
