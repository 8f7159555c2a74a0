/* SPDX-License-Identifier: Apache-2.0
 * Label files: the name of class i stands in line i. */
#ifndef HN_PIPELINE_LABELS_H
#define HN_PIPELINE_LABELS_H

#include "base/arena.h"

enum { HN_LABELS_MAX_BYTES = 16 << 20, HN_LABELS_MAX_LINES = 1 << 20 };

typedef struct hn_labels {
    const char *const *names;
    uint32_t count;
} hn_labels;

/* The lines of a text, copied into the arena. Spaces, tabs and carriage returns at a line's end and
 * a byte order mark at the start are dropped; empty lines count, except for the end after the last
 * newline. E_FORMAT when the text holds a zero byte, E_LIMIT when it is too large. */
hone_status hn_labels_read(hn_env *env, hn_arena *arena, const void *bytes, uint64_t n_bytes,
                           hn_labels *out);

/* The same from a file. */
hone_status hn_labels_load(hn_env *env, hn_arena *arena, const char *path, hn_labels *out);

/* The name of a class, or `otherwise` where the file has no such line. */
const char *hn_label_of(const hn_labels *labels, uint64_t index, const char *otherwise);

#endif
