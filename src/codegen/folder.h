/* SPDX-License-Identifier: Apache-2.0
 * A set of files written together: first all of them into a new folder beside the target, then
 * moved into place, so that a failure leaves nothing half-written. */
#ifndef HN_CODEGEN_FOLDER_H
#define HN_CODEGEN_FOLDER_H

#include "base/arena.h"

enum { HN_OUT_PATH_BYTES = 128 };

typedef struct hn_out_file {
    char path[HN_OUT_PATH_BYTES]; /* below the folder, parts separated by '/' */
    const void *bytes;
    size_t n_bytes;
} hn_out_file;

typedef struct hn_out_files {
    hn_arena *arena; /* of the list, and of paths while it is written */
    hn_out_file *items;
    uint32_t n, capacity;
} hn_out_files;

/* Adds a file; its bytes are borrowed. Memory may be out, or the path too long (E_INTERNAL). */
hone_status hn_out_add(hn_env *env, hn_out_files *files, const char *path, const void *bytes,
                       size_t n_bytes);

/* Makes `folder` (its parent must exist) with these files in it; other files there stay. */
hone_status hn_folder_write(hn_env *env, const char *folder, const hn_out_files *files);

#endif
