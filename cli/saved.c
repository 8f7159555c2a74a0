/* SPDX-License-Identifier: Apache-2.0
 * Tensors as files. */
#include "saved.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "say.h"

char *saved_folder(const char *base, const char *file, uint32_t n_files) {
    if (n_files < 2) {
        char *copy = say_alloc(strlen(base) + 1, 1);
        return strcpy(copy, base);
    }
    const char *name = path_name(file);
    char *folder = path_join(base, name, "");
    const size_t n_extension = strlen(path_extension(name));
    if (n_extension > 0 && n_extension + 1 < strlen(name)) {
        folder[strlen(folder) - n_extension - 1] = '\0';
    }
    return folder;
}

/* Whether tensor i has the name of an earlier one. */
static int is_repeated(engine *e, tensor_function at, uint32_t i, const char *name) {
    for (uint32_t k = 0; k < i; k++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (at(e->session, k, &t) == HONE_OK && strcmp(t.name, name) == 0) return 1;
    }
    return 0;
}

char *saved_path(engine *e, const char *folder, tensor_function at, uint32_t i) {
    hone_tensor t = HONE_TENSOR_INIT;
    char suffix[32] = ".npy";
    if (at(e->session, i, &t) != HONE_OK) t.name = "";
    if (is_repeated(e, at, i, t.name)) snprintf(suffix, sizeof suffix, "_%u.npy", i);
    return path_join(folder, t.name[0] == '\0' ? "unnamed" : t.name, suffix);
}

int saved_write(engine *e, const char *folder, uint32_t n, tensor_function at) {
    int code = folder_make(folder);
    for (uint32_t i = 0; i < n && code == CLI_DONE; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (at(e->session, i, &t) != HONE_OK) return engine_failed(e, NULL);
        char *path = saved_path(e, folder, at, i);
        if (hone_tensor_write_npy(e->ctx, &t, path) != HONE_OK) {
            code = say_failed(path, "%s", hone_ctx_message(e->ctx));
        }
        free(path);
    }
    return code;
}
