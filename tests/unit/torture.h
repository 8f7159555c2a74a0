/* SPDX-License-Identifier: Apache-2.0
 * For unit tests: an allocator that counts its blocks and fails from the n-th request on. */
#ifndef HN_TESTS_TORTURE_H
#define HN_TESTS_TORTURE_H

#include <stdlib.h>

#include "base/env.h"

typedef struct torture {
    int n_blocks;   /* alive */
    int n_requests; /* so far */
    int fail_at;    /* this request and all later ones give NULL; 0: none */
} torture;

static inline void *torture_alloc(void *user, size_t n_bytes) {
    torture *t = user;
    t->n_requests++;
    if (t->fail_at > 0 && t->n_requests >= t->fail_at) return NULL;
    t->n_blocks++;
    return aligned_alloc(64, (n_bytes + 63) / 64 * 64);
}

static inline void torture_free(void *user, void *block) {
    torture *t = user;
    t->n_blocks--;
    free(block);
}

static inline void torture_env(hn_env *env, torture *t) {
    const hn_allocator allocator = {torture_alloc, torture_free, t};
    hn_env_init(env);
    env->allocator = allocator;
}

#endif
