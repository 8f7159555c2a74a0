/* SPDX-License-Identifier: Apache-2.0
 * The growing string: one block that doubles. Formatting measures first, makes room, then writes.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void hn_text_init(hn_text *text, hn_env *env) {
    const hn_text empty = {env, NULL, 0, 0, false};
    *text = empty;
}

void hn_text_free(hn_text *text) {
    hn_free(text->env, text->bytes);
    hn_text_init(text, text->env);
}

/* Room for n more bytes and the 0. */
static bool reserve(hn_text *text, size_t n) {
    if (text->failed) return false;
    if (n < text->capacity - text->n) return true;
    text->failed = true;
    if (n > SIZE_MAX / 4 - text->n) return false;
    size_t capacity = text->capacity > 0 ? 2 * text->capacity : FIRST_CAPACITY;
    if (capacity <= text->n + n) capacity = text->n + n + 1;
    char *moved = hn_alloc(text->env, capacity);
    if (moved == NULL) return false;
    if (text->n > 0) memcpy(moved, text->bytes, text->n);
    hn_free(text->env, text->bytes);
    text->bytes = moved;
    text->capacity = capacity;
    text->failed = false;
    return true;
}

bool hn_text_add_bytes(hn_text *text, const void *bytes, size_t n) {
    if (!reserve(text, n)) return false;
    if (n > 0) memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
    return true;
}

bool hn_text_add(hn_text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) text->failed = true;
    if (length < 0 || !reserve(text, (size_t)length)) return false;
    va_start(args, format);
    vsnprintf(text->bytes + text->n, (size_t)length + 1, format, args);
    va_end(args);
    text->n += (size_t)length;
    return true;
}

bool hn_text_add_name(hn_text *text, const char *name) {
    const size_t start = text->n;
    if (!hn_text_add_bytes(text, name, strlen(name))) return false;
    for (char *c = text->bytes + start; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)c[0], next = (unsigned char)c[1];
        if (byte < 0x20 || byte == 0x7f) c[0] = '?';
        if (byte == 0xc2 && next >= 0x80 && next < 0xa0) c[0] = c[1] = '?';
    }
    return true;
}

bool hn_text_pad(hn_text *text, size_t start, size_t width) {
    do {
        if (!hn_text_add_bytes(text, " ", 1)) return false;
    } while (text->n - start < width);
    return true;
}

const char *hn_text_string(const hn_text *text) {
    return text->bytes != NULL ? text->bytes : "";
}

hone_status hn_text_status(const hn_text *text) {
    return text->failed ? hn_no_memory(text->env) : HONE_OK;
}
