/* SPDX-License-Identifier: Apache-2.0
 * hone_session_run makes no heap call: malloc and its kin are replaced by ones that count. Under a
 * sanitizer, which replaces them itself, only the context's allocator is watched. */
#include "system/system.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_ullong n_calls;

#if !defined(HN_SANITIZED) && defined(__GLIBC__)
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n) {
    atomic_fetch_add(&n_calls, 1);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    atomic_fetch_add(&n_calls, 1);
    return __libc_calloc(n, size);
}

void *realloc(void *block, size_t n) {
    atomic_fetch_add(&n_calls, 1);
    return __libc_realloc(block, n);
}

void *aligned_alloc(size_t align, size_t n) {
    atomic_fetch_add(&n_calls, 1);
    return __libc_memalign(align, n);
}

int posix_memalign(void **block, size_t align, size_t n) {
    atomic_fetch_add(&n_calls, 1);
    *block = __libc_memalign(align, n);
    return *block != NULL ? 0 : 12;
}
#endif

static void *counted_alloc(void *user, size_t n) {
    (void)user;
    atomic_fetch_add(&n_calls, 1);
    return aligned_alloc(64, (n + 63) / 64 * 64 + (n == 0 ? 64 : 0));
}

static void counted_free(void *user, void *block) {
    (void)user;
    free(block);
}

void system_no_heap(void) {
    const char *path = NULL;
    for (unsigned i = 0; (path = spine_model(i)) != NULL; i++) {
        engine e;
        hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
        hone_session_options options = HONE_SESSION_OPTIONS_INIT;
        if (path[0] == 0) continue;
        ctx.allocator = (hone_allocator){counted_alloc, counted_free, NULL};
        ctx.max_threads = 2;
        options.threads = 2;
        if (!engine_open(&e, path, &ctx, &options)) continue;
        fill_inputs(e.session, 1);
        expect(atomic_load(&n_calls) > 0, "the counter does not count");
        const unsigned long long before = atomic_load(&n_calls);
        for (int run = 0; run < 3; run++) {
            expect(hone_session_run(e.session) == HONE_OK, "%s", hone_session_message(e.session));
        }
        const unsigned long long made = atomic_load(&n_calls) - before;
        expect(made == 0, "%s: %llu heap calls in three runs", path, made);
        engine_close(&e);
    }
}
