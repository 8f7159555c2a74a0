/* SPDX-License-Identifier: Apache-2.0
 * Files: mapped for reading, written whole through a temporary name and a rename, so that nothing
 * half-written is ever left behind. */
#ifndef HN_BASE_FILE_H
#define HN_BASE_FILE_H

#include "base/env.h"

/* A mapped file. `bytes` is valid until hn_map_close. An empty file has size 0 and bytes NULL. */
typedef struct hn_map {
    const uint8_t *bytes;
    uint64_t size;
} hn_map;

/* Regular files only; E_FILE with the path and the system's reason otherwise. */
hone_status hn_map_open(hn_env *env, const char *path, hn_map *map);
void hn_map_close(hn_map *map);
/* The file's pages leave this process's memory; they come back when they are read again. */
void hn_map_rest(const hn_map *map);

/* Writes n bytes to `path` through "PATH.tmp<pid>" and a rename. On failure nothing is left. */
hone_status hn_file_write(hn_env *env, const char *path, const void *bytes, size_t n_bytes);

/* The same for several pieces, one after the other. */
typedef struct hn_file_part {
    const void *bytes;
    size_t n_bytes;
} hn_file_part;
hone_status hn_file_write_parts(hn_env *env, const char *path, const hn_file_part *parts,
                                uint32_t n_parts);

#endif
