/* SPDX-License-Identifier: Apache-2.0
 * The environment of one object (context, model, session): where memory comes from, where the
 * message of the last failure is kept, and the limits that hold for it. Every fallible function
 * below the API takes one. A message belongs to the object whose environment was passed. */
#ifndef HN_BASE_ENV_H
#define HN_BASE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/picture.h"
#include "hone/types.h"

/* Where memory comes from. alloc returns NULL on failure; the block is 64-byte aligned. */
typedef struct hn_allocator {
    void *(*alloc)(void *user, size_t n_bytes);
    void (*free)(void *user, void *block);
    void *user;
} hn_allocator;

/* Limits that a hostile file meets; named in docs/security.md. */
typedef struct hn_limits {
    uint64_t memory_bytes; /* arena of one session; default half of physical memory */
    uint64_t max_macs;     /* multiply-accumulates of one run; default 1e13 */
    uint64_t max_trips;    /* iterations of one loop; default 1e6 */
} hn_limits;

typedef struct hn_env {
    hn_allocator allocator;
    hn_limits limits;
    hn_picture_decode decode_picture; /* NULL: this build decodes none */
    hone_status status;               /* of the message */
    char message[512];                /* one line, no newline at its end */
} hn_env;

/* An environment with malloc, default limits and no message. */
void hn_env_init(hn_env *env);

/* The same allocator, limits and decoder, an empty message: how a child object starts. */
void hn_env_inherit(hn_env *env, const hn_env *parent);

/* Records one line and returns `status`. Control characters in it are replaced by '?'. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
hone_status
hn_fail(hn_env *env, hone_status status, const char *format, ...);

/* Puts "WHAT: " before the recorded message, as a failure passes up: the file, then the node. */
hone_status hn_fail_at(hn_env *env, hone_status status, const char *what);

/* Copies the message of `from` into `to`; returns the status. */
hone_status hn_fail_from(hn_env *to, const hn_env *from, hone_status status);

/* A block of n_bytes (0 gives a valid pointer), 64-byte aligned, zeroed; NULL when there is none.
 * The caller frees it with hn_free in the same environment's allocator. */
void *hn_alloc(hn_env *env, size_t n_bytes);
void hn_free(hn_env *env, void *block);

/* The sentence of status.def for a code: what to say when no message was recorded. */
const char *hn_status_text(hone_status status);

/* The recorded out-of-memory status, for `if (p == NULL) return hn_no_memory(env);`. */
hone_status hn_no_memory(hn_env *env);

#define HN_TRY(call)                                                                               \
    do {                                                                                           \
        const hone_status try_status = (call);                                                     \
        if (try_status != HONE_OK) return try_status;                                              \
    } while (0)

#endif
