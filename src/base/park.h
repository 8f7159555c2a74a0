/* SPDX-License-Identifier: Apache-2.0
 * Sleeping on a 32-bit word: a futex on Linux, a mutex and a condition elsewhere (or where
 * HN_PARK_POSIX is defined, by which that way is tested on Linux too). A word is an atomic_uint; it
 * is passed as void * because C++ has another name for that type. */
#ifndef HN_BASE_PARK_H
#define HN_BASE_PARK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__linux__) && !defined(HN_PARK_POSIX)
#define HN_PARK_FUTEX 1
#else
#define HN_PARK_FUTEX 0
#endif

/* One for any number of words; the futex way needs nothing. */
typedef struct hn_park {
#if HN_PARK_FUTEX
    int unused;
#else
    pthread_mutex_t lock;
    pthread_cond_t changed;
#endif
} hn_park;

bool hn_park_init(hn_park *park);
void hn_park_fini(hn_park *park);

/* Sleeps while *word is `value`; may return early, so the caller looks again. */
void hn_park_wait(hn_park *park, void *word, uint32_t value);

/* Wakes at least min(n, sleepers) of those that wait for the word, after it was changed. */
void hn_park_wake(hn_park *park, void *word, uint32_t n);

#endif
