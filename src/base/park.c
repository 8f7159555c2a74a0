/* SPDX-License-Identifier: Apache-2.0
 * Sleeping on a word. The kernel compares the word and falls asleep in one step, so a change made
 * between the caller's look and its sleep is never missed; the portable way gets the same from its
 * lock, which the waker takes after it has changed the word. */
#define _GNU_SOURCE
#include "base/park.h"

#include <stdatomic.h>

#if HN_PARK_FUTEX

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(atomic_uint) == 4, "a futex is 32 bits");

bool hn_park_init(hn_park *park) {
    park->unused = 0;
    return true;
}

void hn_park_fini(hn_park *park) {
    (void)park;
}

void hn_park_wait(hn_park *park, void *word, uint32_t value) {
    (void)park;
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void hn_park_wake(hn_park *park, void *word, uint32_t n) {
    (void)park;
    const int count = n < INT_MAX ? (int)n : INT_MAX;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

#else

bool hn_park_init(hn_park *park) {
    if (pthread_mutex_init(&park->lock, NULL) != 0) return false;
    if (pthread_cond_init(&park->changed, NULL) == 0) return true;
    pthread_mutex_destroy(&park->lock);
    return false;
}

void hn_park_fini(hn_park *park) {
    pthread_cond_destroy(&park->changed);
    pthread_mutex_destroy(&park->lock);
}

void hn_park_wait(hn_park *park, void *word, uint32_t value) {
    pthread_mutex_lock(&park->lock);
    if (atomic_load((atomic_uint *)word) == value) pthread_cond_wait(&park->changed, &park->lock);
    pthread_mutex_unlock(&park->lock);
}

void hn_park_wake(hn_park *park, void *word, uint32_t n) {
    (void)word;
    if (n == 0) return;
    pthread_mutex_lock(&park->lock);
    pthread_cond_broadcast(&park->changed);
    pthread_mutex_unlock(&park->lock);
}

#endif
