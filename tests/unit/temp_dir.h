/* SPDX-License-Identifier: Apache-2.0
 * For unit tests: a folder of the test's own under $TMPDIR or /tmp, paths in it, and the folder of
 * shared data ($HONE_SHARED, else ../shared beside the working folder). Criterion runs every test
 * in its own process, so the names may be static. */
#ifndef HN_TESTS_TEMP_DIR_H
#define HN_TESTS_TEMP_DIR_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct temp_path {
    char text[512];
} temp_path;

/* Makes the folder; false when it cannot be made. */
static inline bool temp_dir_make(temp_path *dir) {
    const char *base = getenv("TMPDIR");
    snprintf(dir->text, sizeof dir->text, "%s/hone-test-XXXXXX", base != NULL ? base : "/tmp");
    return mkdtemp(dir->text) != NULL;
}

static inline temp_path temp_dir_path(const temp_path *dir, const char *name) {
    temp_path path;
    snprintf(path.text, sizeof path.text, "%.400s/%.100s", dir->text, name);
    return path;
}

static inline int temp_dir_count(const temp_path *dir) {
    int n = 0;
    DIR *handle = opendir(dir->text);
    if (handle == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;) n += entry->d_name[0] != '.';
    closedir(handle);
    return n;
}

/* Removes the folder with the files in it (no folders). */
static inline void temp_dir_remove(const temp_path *dir) {
    DIR *handle = opendir(dir->text);
    if (handle == NULL) return;
    for (struct dirent *entry; (entry = readdir(handle)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        const temp_path path = temp_dir_path(dir, entry->d_name);
        unlink(path.text);
    }
    closedir(handle);
    rmdir(dir->text);
}

static inline temp_path shared_path(const char *name) {
    const char *base = getenv("HONE_SHARED");
    temp_path path;
    snprintf(path.text, sizeof path.text, "%.400s/%.100s", base != NULL ? base : "../shared", name);
    return path;
}

#endif
