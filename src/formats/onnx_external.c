/* SPDX-License-Identifier: Apache-2.0
 * External data. A location is a path inside the model's folder and nothing else: it is walked one
 * component at a time from the folder's descriptor, a link is never followed, "..", "." and
 * absolute paths are refused, and only a regular file is mapped. Files are mapped once and kept in
 * r->maps. */
#define _XOPEN_SOURCE 700
#include "formats/onnx_reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_COMPONENT = 255 };

static hone_status refuse(hn_onnx_reader *r, hone_status status, const char *location,
                          const char *why) {
    return hn_fail(r->env, status, "external data '%.128s': %s", location, why);
}

/* Copies the component at `path`, whose length it returns; 0 when it is not allowed. */
static size_t component(const char *path, char *name) {
    const size_t length = strcspn(path, "/");
    if (length == 0 || length > MAX_COMPONENT) return 0;
    memcpy(name, path, length);
    name[length] = '\0';
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
    return strchr(name, '\\') == NULL ? length : 0;
}

/* A descriptor of the file, or -1. Takes over `folder`, a descriptor. */
static int walk(int folder, const char *location) {
    char name[MAX_COMPONENT + 1];
    int fd = folder;
    const char *at = location;
    while (fd >= 0) {
        const size_t length = component(at, name);
        const bool is_last = length > 0 && at[length] == '\0';
        const int kind = is_last ? O_NONBLOCK : O_DIRECTORY;
        const int next =
            length > 0 ? openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind) : -1;
        close(fd);
        fd = next;
        if (is_last) return fd;
        at += length + 1;
    }
    return -1;
}

static hone_status map_file(hn_onnx_reader *r, int fd, const char *location, hn_map *map) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return refuse(r, HONE_E_FILE, location, "not a regular file");
    }
    hn_map found = {NULL, (uint64_t)info.st_size};
    if (found.size > SIZE_MAX) return refuse(r, HONE_E_LIMIT, location, "too large to map");
    if (found.size > 0) {
        void *bytes = mmap(NULL, (size_t)found.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED) return refuse(r, HONE_E_FILE, location, "cannot be mapped");
        found.bytes = bytes;
    }
    *map = found;
    return HONE_OK;
}

static hone_status open_file(hn_onnx_reader *r, const char *location, hn_map *map) {
    if (r->folder == NULL) {
        return refuse(r, HONE_E_FILE, location, "the model has no folder to look in");
    }
    const char *folder_name = r->folder[0] != '\0' ? r->folder : ".";
    const int folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int fd = walk(folder, location);
    if (fd < 0) {
        return refuse(r, HONE_E_FILE, location,
                      "no such file in the model's folder (links are not followed)");
    }
    const hone_status status = map_file(r, fd, location, map);
    close(fd);
    return status;
}

/* Room in both lists first, so that a mapping is never lost. */
static hone_status add_map(hn_onnx_reader *r, const char *location) {
    hn_map *maps = hn_arena_grow(r->arena, r->maps, r->n_maps, &r->capacity_maps, sizeof *r->maps);
    if (maps == NULL) return hn_no_memory(r->env);
    r->maps = maps;
    const char **names = hn_arena_grow(&r->scratch, r->map_names, r->n_maps, &r->capacity_map_names,
                                       sizeof *r->map_names);
    if (names == NULL) return hn_no_memory(r->env);
    r->map_names = names;
    HN_TRY(open_file(r, location, &maps[r->n_maps]));
    names[r->n_maps++] = location;
    return HONE_OK;
}

hone_status hn_onnx_external(hn_onnx_reader *r, const char *location, uint64_t offset,
                             uint64_t n_bytes, const uint8_t **bytes) {
    uint32_t i = 0;
    while (i < r->n_maps && strcmp(r->map_names[i], location) != 0) i++;
    if (i == HN_ONNX_MAX_FILES) {
        return refuse(r, HONE_E_LIMIT, location, "more files than 256");
    }
    if (i == r->n_maps) HN_TRY(add_map(r, location));
    const hn_map *map = &r->maps[i];
    if (n_bytes > map->size || offset > map->size - n_bytes) {
        return refuse(r, HONE_E_FORMAT, location, "the tensor lies beyond the file's end");
    }
    *bytes = n_bytes > 0 ? map->bytes + offset : r->bytes;
    return HONE_OK;
}
