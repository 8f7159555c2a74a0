/* SPDX-License-Identifier: Apache-2.0
 * Files on POSIX. Reading maps the file; a device, pipe or folder is refused before any byte is
 * read, and opening never blocks. Writing fills a new file beside the target and renames it over
 * the target, so a reader sees the old bytes or the new ones. Only a regular file is replaced:
 * a rename over /dev/null would remove the device. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* madvise */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPORARY_TRIES = 100, WRITE_STEP = 1 << 30 };

static hone_status fail_errno(hn_env *env, const char *path, const char *what, int error) {
    char reason[128] = "unknown error";
    if (strerror_r(error, reason, sizeof reason) != 0) reason[0] = '\0';
    return hn_fail(env, HONE_E_FILE, "%s: %s: %s", path, what, reason);
}

static hone_status map_descriptor(hn_env *env, const char *path, int fd, hn_map *map) {
    struct stat info;
    if (fstat(fd, &info) != 0) return fail_errno(env, path, "cannot be examined", errno);
    if (!S_ISREG(info.st_mode)) {
        return hn_fail(env, HONE_E_FILE, "%s: not a regular file", path);
    }
    hn_map found = {NULL, (uint64_t)info.st_size};
    if (found.size > SIZE_MAX) return hn_fail(env, HONE_E_LIMIT, "%s: too large to map", path);
    if (found.size > 0) {
        void *bytes = mmap(NULL, (size_t)found.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED) return fail_errno(env, path, "cannot be mapped", errno);
        found.bytes = bytes;
    }
    *map = found;
    return HONE_OK;
}

hone_status hn_map_open(hn_env *env, const char *path, hn_map *map) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fail_errno(env, path, "cannot be opened", errno);
    const hone_status status = map_descriptor(env, path, fd, map);
    close(fd);
    return status;
}

void hn_map_close(hn_map *map) {
    const hn_map empty = {NULL, 0};
    /* munmap takes a plain pointer; the bytes themselves are never written through it. */
    if (map->bytes != NULL) munmap((void *)(uintptr_t)map->bytes, (size_t)map->size);
    *map = empty;
}

void hn_map_rest(const hn_map *map) {
#if defined(MADV_DONTNEED)
    if (map->bytes != NULL) {
        (void)madvise((void *)(uintptr_t)map->bytes, (size_t)map->size, MADV_DONTNEED);
    }
#else
    (void)map;
#endif
}

static bool write_part(int fd, const hn_file_part *part) {
    const uint8_t *bytes = part->bytes;
    size_t n_bytes = part->n_bytes;
    while (n_bytes > 0) {
        const size_t step = n_bytes < WRITE_STEP ? n_bytes : WRITE_STEP;
        const ssize_t n = write(fd, bytes, step);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const hn_file_part *parts, uint32_t n_parts) {
    for (uint32_t i = 0; i < n_parts; i++) {
        if (!write_part(fd, &parts[i])) return false;
    }
    return true;
}

/* Creates "PATH.tmp<pid>", or with ".<k>" behind it where another thread has that one. */
static int temporary_open(const char *path, char *name, size_t room) {
    int fd = -1;
    for (unsigned k = 0; fd < 0 && k < TEMPORARY_TRIES; k++) {
        if (k == 0) {
            snprintf(name, room, "%s.tmp%ld", path, (long)getpid());
        } else {
            snprintf(name, room, "%s.tmp%ld.%u", path, (long)getpid(), k);
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) return fd;
    }
    return fd;
}

hone_status hn_file_write(hn_env *env, const char *path, const void *bytes, size_t n_bytes) {
    const hn_file_part all = {bytes, n_bytes};
    return hn_file_write_parts(env, path, &all, 1);
}

hone_status hn_file_write_parts(hn_env *env, const char *path, const hn_file_part *parts,
                                uint32_t n_parts) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return hn_fail(env, HONE_E_FILE, "%s: not a regular file", path);
    }
    const size_t room = strlen(path) + 48;
    char *name = hn_alloc(env, room);
    if (name == NULL) return hn_no_memory(env);
    hone_status status = HONE_OK;
    const int fd = temporary_open(path, name, room);
    if (fd < 0) {
        status = fail_errno(env, path, "cannot be created", errno);
        goto done;
    }
    const bool is_written = write_all(fd, parts, n_parts);
    int error = is_written ? 0 : errno;
    if (close(fd) != 0 && error == 0) error = errno;
    if (error == 0 && rename(name, path) != 0) error = errno;
    if (error != 0) {
        unlink(name);
        status = fail_errno(env, path, "cannot be written", error);
    }
done:
    hn_free(env, name);
    return status;
}
