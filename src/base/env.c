/* SPDX-License-Identifier: Apache-2.0
 * The environment of an object: its allocator and the message of its last failure. This is the one
 * file of the library that calls the C library's allocator. Messages are formatted into a local
 * buffer first, because an argument may well be the message that stands in the environment. */
#include "base/env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/platform.h"

/* Before each block lies a line that says how it is given back. */
enum { BLOCK_ALIGN = 64 };

typedef struct block_head {
    void *given; /* by calloc; NULL: pages of its own, from the head on */
    uint64_t n_pages_bytes;
} block_head;

/* From here on a block has pages of its own: they are zeroed already, cost nothing until they are
 * touched, and go back to the system at once. A sanitizer sees only what calloc gives. */
#if defined(HN_SANITIZED)
#define OWN_PAGES SIZE_MAX
#else
#define OWN_PAGES ((size_t)128 << 10)
#endif

static void *block_of(uint8_t *line, void *given, uint64_t n_pages_bytes) {
    const block_head head = {given, n_pages_bytes};
    memcpy(line, &head, sizeof head);
    return line + BLOCK_ALIGN;
}

static void *system_alloc(void *user, size_t n_bytes) {
    (void)user;
    if (n_bytes > SIZE_MAX - 2 * BLOCK_ALIGN) return NULL;
    if (n_bytes >= OWN_PAGES) {
        const uint64_t whole = (uint64_t)n_bytes + BLOCK_ALIGN;
        uint8_t *pages = hn_pages_new(whole);
        return pages != NULL ? block_of(pages, NULL, whole) : NULL;
    }
    uint8_t *given = calloc(1, n_bytes + 2 * BLOCK_ALIGN);
    if (given == NULL) return NULL;
    const size_t shift = (BLOCK_ALIGN - (uintptr_t)given % BLOCK_ALIGN) % BLOCK_ALIGN;
    return block_of(given + shift, given, 0);
}

static void system_free(void *user, void *block) {
    (void)user;
    uint8_t *line = (uint8_t *)block - BLOCK_ALIGN;
    block_head head;
    memcpy(&head, line, sizeof head);
    if (head.given != NULL) {
        free(head.given);
    } else {
        hn_pages_free(line, head.n_pages_bytes);
    }
}

static void message_clear(hn_env *env) {
    env->status = HONE_OK;
    env->message[0] = '\0';
}

void hn_env_init(hn_env *env) {
    const hn_allocator allocator = {system_alloc, system_free, NULL};
    env->allocator = allocator;
    env->limits.memory_bytes = hn_physical_bytes() / 2;
    env->limits.max_macs = UINT64_C(10000000000000);
    env->limits.max_trips = UINT64_C(1000000);
    env->decode_picture = NULL;
    message_clear(env);
}

void hn_env_inherit(hn_env *env, const hn_env *parent) {
    env->allocator = parent->allocator;
    env->limits = parent->limits;
    env->decode_picture = parent->decode_picture;
    message_clear(env);
}

/* Names come from files: what they hold must not reach a terminal as a control sequence. The C1
 * controls are 0xc2 0x80 to 0xc2 0x9f in UTF-8. */
static void record(hn_env *env, hone_status status, char *line) {
    for (char *c = line; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)c[0], next = (unsigned char)c[1];
        if (byte < 0x20 || byte == 0x7f) c[0] = '?';
        if (byte == 0xc2 && next >= 0x80 && next < 0xa0) c[0] = c[1] = '?';
    }
    memcpy(env->message, line, sizeof env->message);
    env->status = status;
}

hone_status hn_fail(hn_env *env, hone_status status, const char *format, ...) {
    char line[sizeof env->message] = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    record(env, status, line);
    return status;
}

hone_status hn_fail_at(hn_env *env, hone_status status, const char *what) {
    const bool has_message = env->message[0] != '\0' && env->status == status;
    return hn_fail(env, status, "%s: %s", what,
                   has_message ? env->message : hn_status_text(status));
}

hone_status hn_fail_from(hn_env *to, const hn_env *from, hone_status status) {
    if (to == from) return status;
    memcpy(to->message, from->message, sizeof to->message);
    to->status = status;
    return status;
}

void *hn_alloc(hn_env *env, size_t n_bytes) {
    const size_t size = n_bytes > 0 ? n_bytes : 1;
    void *block = env->allocator.alloc(env->allocator.user, size);
    if (block != NULL && env->allocator.alloc != system_alloc) memset(block, 0, size);
    return block;
}

void hn_free(hn_env *env, void *block) {
    if (block != NULL) env->allocator.free(env->allocator.user, block);
}

hone_status hn_no_memory(hn_env *env) {
    return hn_fail(env, HONE_E_MEMORY, "%s", hn_status_text(HONE_E_MEMORY));
}
