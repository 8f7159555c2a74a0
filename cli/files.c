/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing files for the command. */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "say.h"

enum { TEXT_FILE_MAX = 64 << 20 };

static int system_failed(const char *path, const char *doing) {
    return say_failed(path, "%s: %s", doing, strerror(errno));
}

/* Opens a regular file and tells its size. */
static int open_file(const char *path, FILE **file, size_t *n_bytes) {
    struct stat info;
    *file = fopen(path, "rb");
    if (*file == NULL) return system_failed(path, "cannot open");
    if (fstat(fileno(*file), &info) == 0 && S_ISREG(info.st_mode)) {
        *n_bytes = (size_t)info.st_size;
        return CLI_DONE;
    }
    fclose(*file);
    return say_failed(path, "is no file");
}

int file_read_text(const char *path, char **bytes, size_t *n_bytes) {
    FILE *file;
    size_t n;
    if (open_file(path, &file, &n) != CLI_DONE) return CLI_FAILED;
    if (n > TEXT_FILE_MAX) {
        fclose(file);
        return say_failed(path, "%zu bytes are more than a text file may have", n);
    }
    char *all = say_alloc(n + 1, 1);
    const size_t got = fread(all, 1, n, file);
    fclose(file);
    if (got != n) {
        free(all);
        return say_failed(path, "could not be read");
    }
    *bytes = all;
    *n_bytes = n;
    return CLI_DONE;
}

int file_read_exactly(const char *path, void *to, size_t n_bytes) {
    FILE *file;
    size_t n;
    if (open_file(path, &file, &n) != CLI_DONE) return CLI_FAILED;
    const size_t got = n == n_bytes ? fread(to, 1, n, file) : 0;
    fclose(file);
    if (n != n_bytes) return say_failed(path, "has %zu bytes, the input takes %zu", n, n_bytes);
    return got == n ? CLI_DONE : say_failed(path, "could not be read");
}

int file_write(const char *path, const char *bytes, size_t n_bytes) {
    const size_t n = strlen(path);
    char *name = say_alloc(n + 8, 1);
    memcpy(name, path, n);
    memcpy(name + n, ".XXXXXX", 8);
    const mode_t mask = umask(0);
    umask(mask);
    const int handle = mkstemp(name);
    FILE *file = handle < 0 ? NULL : fdopen(handle, "wb");
    int is_written = file != NULL && fwrite(bytes, 1, n_bytes, file) == n_bytes;
    if (file != NULL) {
        is_written = fchmod(handle, 0666 & ~mask) == 0 && is_written;
        is_written = fclose(file) == 0 && is_written;
    } else if (handle >= 0) {
        close(handle);
    }
    if (is_written && rename(name, path) == 0) {
        free(name);
        return CLI_DONE;
    }
    const int code = system_failed(path, "cannot write");
    if (handle >= 0) unlink(name);
    free(name);
    return code;
}

int folder_make(const char *path) {
    const size_t n = strlen(path) + 1;
    char *part = say_alloc(n, 1);
    memcpy(part, path, n);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at != '/') continue;
        *at = '\0';
        mkdir(part, 0777);
        *at = '/';
    }
    free(part);
    struct stat info;
    if (mkdir(path, 0777) == 0) return CLI_DONE;
    if (errno != EEXIST) return system_failed(path, "cannot make the folder");
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return CLI_DONE;
    return say_failed(path, "is no folder");
}

const char *path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

const char *path_extension(const char *path) {
    const char *dot = strrchr(path_name(path), '.');
    return dot == NULL ? "" : dot + 1;
}

char *path_join(const char *folder, const char *name, const char *suffix) {
    const size_t n_folder = strlen(folder), n_name = strlen(name);
    char *path = say_alloc(n_folder + n_name + strlen(suffix) + 2, 1);
    memcpy(path, folder, n_folder);
    path[n_folder] = '/';
    for (size_t i = 0; i < n_name; i++) {
        const char c = name[i];
        path[n_folder + 1 + i] = c == '/' || c == ':' ? '_' : c;
    }
    strcpy(path + n_folder + 1 + n_name, suffix);
    return path;
}

char **text_lines(char *bytes, size_t *n_lines) {
    size_t n = 1;
    for (const char *c = bytes; *c != '\0'; c++) n += *c == '\n';
    char **lines = say_alloc(n, sizeof *lines);
    n = 0;
    while (*bytes != '\0') {
        lines[n++] = bytes;
        bytes += strcspn(bytes, "\n");
        char *end = bytes;
        if (*bytes != '\0') bytes++;
        if (end > lines[n - 1] && end[-1] == '\r') end--;
        *end = '\0';
    }
    *n_lines = n;
    return lines;
}
