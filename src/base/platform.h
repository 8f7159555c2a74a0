/* SPDX-License-Identifier: Apache-2.0
 * What differs between operating systems: time, memory and processor counts. */
#ifndef HN_BASE_PLATFORM_H
#define HN_BASE_PLATFORM_H

#include <stdint.h>

uint64_t hn_time_ns(void);            /* monotonic */
uint64_t hn_cpu_time_ns(void);        /* of this process */
uint64_t hn_physical_bytes(void);     /* memory of the machine */
uint64_t hn_rss_bytes(void);          /* resident memory of this process; 0 when unknown */
void *hn_pages_new(uint64_t n_bytes); /* zeroed pages of their own, or NULL */
void hn_pages_free(void *pages, uint64_t n_bytes); /* at once back to the system */
uint32_t hn_cpu_count(void); /* processors that this process may use, at least 1 */
uint64_t hn_hash64(const void *bytes, uint64_t n_bytes, uint64_t seed); /* FNV-1a, 64 bits */

#endif
