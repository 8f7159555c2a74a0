/* SPDX-License-Identifier: Apache-2.0
 * A string that grows: dumps, reports and exported C are put together in one. A failed addition
 * marks the text and later ones do nothing, so that a writer checks once, at its end. */
#ifndef HN_BASE_TEXT_H
#define HN_BASE_TEXT_H

#include "base/env.h"

typedef struct hn_text {
    hn_env *env;     /* borrowed until hn_text_free */
    char *bytes;     /* with a 0 at its end; NULL while empty */
    size_t n;        /* without the 0 */
    size_t capacity; /* of bytes */
    bool failed;     /* memory was out */
} hn_text;

/* Holds nothing yet. */
void hn_text_init(hn_text *text, hn_env *env);
void hn_text_free(hn_text *text);

/* Adds formatted text. False, with `failed` set, when memory is out. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool hn_text_add(hn_text *text, const char *format, ...);

/* Adds n bytes as they are. */
bool hn_text_add_bytes(hn_text *text, const void *bytes, size_t n);

/* Adds text that came from a file: control characters become '?'. */
bool hn_text_add_name(hn_text *text, const char *name);

/* Adds spaces up to column `width` after `start`, where the current cell began, and at least one.
 */
bool hn_text_pad(hn_text *text, size_t start, size_t width);

/* The text so far, "" while empty; valid until the next addition. */
const char *hn_text_string(const hn_text *text);

/* HONE_OK, or E_MEMORY with its message when an addition failed. */
hone_status hn_text_status(const hn_text *text);

#endif
