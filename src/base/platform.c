/* SPDX-License-Identifier: Apache-2.0
 * Time, memory and processors on Linux, with what POSIX offers elsewhere. */
#define _GNU_SOURCE
#include "base/platform.h"

#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <fcntl.h>
#include <sched.h>
#endif

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now = {0, 0};
    if (clock_gettime(clock, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t hn_time_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t hn_cpu_time_ns(void) {
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t page_bytes(void) {
    const long bytes = sysconf(_SC_PAGESIZE);
    return bytes > 0 ? (uint64_t)bytes : 4096;
}

static void *map_pages(size_t n_bytes) {
    void *pages = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages != MAP_FAILED ? pages : NULL;
}

#if defined(MADV_HUGEPAGE)
/* Pages of 2 MB cost a fifth of as many bytes in pages of 4 KB. The last one is one too where three
 * quarters of it are asked for: no more than the rest becomes resident for nothing. */
enum { HUGE_PAGE = 2 << 20, HUGE_LEAST = HUGE_PAGE / 4 * 3 };

static size_t huge_bytes(size_t n_bytes) {
    return (n_bytes + HUGE_PAGE - HUGE_LEAST) / HUGE_PAGE * HUGE_PAGE;
}

/* What is mapped for n_bytes. */
static size_t mapped_bytes(size_t n_bytes) {
    const size_t page = (size_t)page_bytes(), huge = huge_bytes(n_bytes);
    const size_t whole = (n_bytes + page - 1) / page * page;
    return whole > huge ? whole : huge;
}

static void *map_huge(size_t n_bytes) {
    const size_t kept = mapped_bytes(n_bytes);
    uint8_t *room = map_pages(kept + HUGE_PAGE);
    if (room == NULL) return NULL;
    const size_t before = (HUGE_PAGE - (uintptr_t)room % HUGE_PAGE) % HUGE_PAGE;
    if (before > 0) munmap(room, before);
    munmap(room + before + kept, HUGE_PAGE - before);
    (void)madvise(room + before, huge_bytes(n_bytes), MADV_HUGEPAGE);
    return room + before;
}
#else
static size_t huge_bytes(size_t n_bytes) {
    (void)n_bytes;
    return 0;
}

static size_t mapped_bytes(size_t n_bytes) {
    return n_bytes;
}

static void *map_huge(size_t n_bytes) {
    return map_pages(n_bytes);
}
#endif

void *hn_pages_new(uint64_t n_bytes) {
    if (n_bytes > SIZE_MAX / 2) return NULL;
    return huge_bytes((size_t)n_bytes) > 0 ? map_huge((size_t)n_bytes) : map_pages((size_t)n_bytes);
}

void hn_pages_free(void *pages, uint64_t n_bytes) {
    munmap(pages, mapped_bytes((size_t)n_bytes));
}

uint64_t hn_physical_bytes(void) {
#if defined(_SC_PHYS_PAGES)
    const long pages = sysconf(_SC_PHYS_PAGES);
    if (pages > 0) return (uint64_t)pages * page_bytes();
#endif
    return UINT64_C(1) << 30;
}

#if defined(__linux__)
/* The second number of /proc/self/statm: resident pages. */
uint64_t hn_rss_bytes(void) {
    char text[128];
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t n = read(fd, text, sizeof text);
    close(fd);
    uint64_t pages = 0;
    unsigned field = 0;
    for (ssize_t i = 0; i < n && field < 2; i++) {
        if (text[i] == ' ') field++;
        if (field == 1 && text[i] >= '0' && text[i] <= '9') {
            pages = pages * 10 + (uint64_t)(text[i] - '0');
        }
    }
    return pages * page_bytes();
}
#else
uint64_t hn_rss_bytes(void) {
    return 0;
}
#endif

uint32_t hn_cpu_count(void) {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return (uint32_t)CPU_COUNT(&set);
    }
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (uint32_t)n : 1;
}

uint64_t hn_hash64(const void *bytes, uint64_t n_bytes, uint64_t seed) {
    const uint8_t *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
    for (uint64_t i = 0; i < n_bytes; i++) {
        hash ^= p[i];
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}
