/* SPDX-License-Identifier: Apache-2.0
 * Files written together. All are made in "FOLDER.tmp<pid>"; when the target does not exist that
 * folder is renamed to it, else the files are renamed into the target one by one. Only files of the
 * list and folders that its paths name are ever made or removed. */
#define _POSIX_C_SOURCE 200809L
#include "codegen/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

typedef struct paths {
    const char *folder, *stage; /* the target, the temporary folder */
    char *from, *to;            /* room for the path of one file */
    size_t room;
} paths;

hone_status hn_out_add(hn_env *env, hn_out_files *files, const char *path, const void *bytes,
                       size_t n_bytes) {
    if (strlen(path) >= HN_OUT_PATH_BYTES) {
        return hn_fail(env, HONE_E_INTERNAL, "%s: the path is too long", path);
    }
    hn_out_file *grown =
        hn_arena_grow(files->arena, files->items, files->n, &files->capacity, sizeof *grown);
    if (grown == NULL) return hn_no_memory(env);
    files->items = grown;
    hn_out_file *file = &grown[files->n++];
    memset(file, 0, sizeof *file);
    memcpy(file->path, path, strlen(path));
    file->bytes = bytes;
    file->n_bytes = n_bytes;
    return HONE_OK;
}

static hone_status fail_errno(hn_env *env, const char *path, const char *what) {
    char reason[128] = "unknown error";
    if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
    return hn_fail(env, HONE_E_FILE, "%s: %s: %s", path, what, reason);
}

static void join(const paths *p, char *out, const char *folder, const char *path) {
    snprintf(out, p->room, "%s/%s", folder, path);
}

static hone_status make_folder(hn_env *env, const char *path) {
    struct stat info;
    if (mkdir(path, 0777) == 0) return HONE_OK;
    const int error = errno;
    if (error == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return HONE_OK;
    errno = error;
    return fail_errno(env, path, "cannot be made");
}

/* The folders between `folder` and the file; `full` is the file's path. */
static hone_status make_parents(hn_env *env, char *full, size_t n_folder) {
    for (char *slash = full + n_folder + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        const hone_status status = make_folder(env, full);
        *slash = '/';
        HN_TRY(status);
    }
    return HONE_OK;
}

static hone_status fill_stage(hn_env *env, const paths *p, const hn_out_files *files) {
    for (uint32_t i = 0; i < files->n; i++) {
        const hn_out_file *file = &files->items[i];
        join(p, p->from, p->stage, file->path);
        HN_TRY(make_parents(env, p->from, strlen(p->stage)));
        HN_TRY(hn_file_write(env, p->from, file->bytes, file->n_bytes));
    }
    return HONE_OK;
}

/* Folders first: a file that stands where one is wanted is found before anything is replaced. */
static hone_status move_files(hn_env *env, const paths *p, const hn_out_files *files) {
    for (uint32_t i = 0; i < files->n; i++) {
        join(p, p->to, p->folder, files->items[i].path);
        HN_TRY(make_parents(env, p->to, strlen(p->folder)));
    }
    for (uint32_t i = 0; i < files->n; i++) {
        join(p, p->from, p->stage, files->items[i].path);
        join(p, p->to, p->folder, files->items[i].path);
        if (rename(p->from, p->to) != 0) return fail_errno(env, p->to, "cannot be written");
    }
    return HONE_OK;
}

/* Removes what fill_stage made and move_files left. Folders fall when their last file is gone. */
static void remove_stage(const paths *p, const hn_out_files *files) {
    const size_t n_stage = strlen(p->stage);
    for (uint32_t i = 0; i < files->n; i++) {
        join(p, p->from, p->stage, files->items[i].path);
        unlink(p->from);
        for (char *slash; (slash = strrchr(p->from, '/')) > p->from + n_stage;) {
            *slash = '\0';
            if (rmdir(p->from) != 0) break;
        }
    }
    rmdir(p->stage);
}

static hone_status write_staged(hn_env *env, const paths *p, const hn_out_files *files) {
    struct stat info;
    if (mkdir(p->stage, 0777) != 0) return fail_errno(env, p->folder, "cannot be made");
    hone_status status = fill_stage(env, p, files);
    if (status == HONE_OK && stat(p->folder, &info) != 0) {
        if (rename(p->stage, p->folder) == 0) return HONE_OK;
        status = fail_errno(env, p->folder, "cannot be made");
    } else if (status == HONE_OK && !S_ISDIR(info.st_mode)) {
        status = hn_fail(env, HONE_E_FILE, "%s: not a folder", p->folder);
    } else if (status == HONE_OK) {
        status = move_files(env, p, files);
    }
    remove_stage(p, files);
    return status;
}

hone_status hn_folder_write(hn_env *env, const char *folder, const hn_out_files *files) {
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/') n--;
    if (n == 0) return hn_fail(env, HONE_E_ARGUMENT, "no folder is named");
    const size_t room = n + 32 + HN_OUT_PATH_BYTES;
    char *target = hn_arena_string(files->arena, folder, n);
    char *stage = hn_arena_alloc(files->arena, room);
    const paths p = {target, stage, hn_arena_alloc(files->arena, room),
                     hn_arena_alloc(files->arena, room), room};
    if (target == NULL || stage == NULL || p.from == NULL || p.to == NULL) {
        return hn_no_memory(env);
    }
    snprintf(stage, room, "%s.tmp%ld", target, (long)getpid());
    return write_staged(env, &p, files);
}
