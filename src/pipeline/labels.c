/* SPDX-License-Identifier: Apache-2.0
 * Label files. One copy of the text holds all names: line ends become string ends. */
#include "pipeline/labels.h"

#include <string.h>

#include "base/file.h"

static bool is_blank(char c) {
    return c == '\r' || c == ' ' || c == '\t';
}

static uint32_t count_lines(const char *text, size_t n) {
    uint32_t lines = 0;
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines + (n > 0 && text[n - 1] != '\n');
}

/* Cuts the text, which ends with a zero byte at text[n], into lines. */
static void split(char *text, size_t n, const char **names) {
    size_t begin = 0;
    for (size_t i = 0; begin < n; i++) {
        if (i < n && text[i] != '\n') continue;
        size_t end = i;
        while (end > begin && is_blank(text[end - 1])) end--;
        text[end] = '\0';
        *names++ = text + begin;
        begin = i + 1;
    }
}

hone_status hn_labels_read(hn_env *env, hn_arena *arena, const void *bytes, uint64_t n_bytes,
                           hn_labels *out) {
    const char *text = bytes;
    if (n_bytes > HN_LABELS_MAX_BYTES) {
        return hn_fail(env, HONE_E_LIMIT, "labels: over %d bytes", HN_LABELS_MAX_BYTES);
    }
    size_t n = (size_t)n_bytes;
    if (n > 0 && memchr(text, 0, n) != NULL) {
        return hn_fail(env, HONE_E_FORMAT, "labels: not a text file");
    }
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    const uint32_t lines = count_lines(text, n);
    if (lines > HN_LABELS_MAX_LINES) {
        return hn_fail(env, HONE_E_LIMIT, "labels: over %d lines", HN_LABELS_MAX_LINES);
    }
    char *copy = hn_arena_string(arena, text, n);
    const char **names = HN_NEW_N(arena, const char *, lines);
    if (copy == NULL || names == NULL) return hn_no_memory(env);
    split(copy, n, names);
    out->names = names;
    out->count = lines;
    return HONE_OK;
}

hone_status hn_labels_load(hn_env *env, hn_arena *arena, const char *path, hn_labels *out) {
    hn_map map;
    HN_TRY(hn_map_open(env, path, &map));
    const hone_status status = hn_labels_read(env, arena, map.bytes, map.size, out);
    hn_map_close(&map);
    return status == HONE_OK ? status : hn_fail_at(env, status, path);
}

const char *hn_label_of(const hn_labels *labels, uint64_t index, const char *otherwise) {
    return index < labels->count ? labels->names[index] : otherwise;
}
