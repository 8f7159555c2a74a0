/* SPDX-License-Identifier: Apache-2.0
 * A digest of 128 bits that tells contents apart: of a model's file, of a constant. It reads memory
 * as fast as that gives it (about 13 GB/s), so that a file can be identified by all of its bytes at
 * every load. It is no proof against somebody who looks for two contents with one digest. */
#ifndef HN_BASE_DIGEST_H
#define HN_BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct hn_digest {
    uint64_t word[2];
} hn_digest;

/* The digest of what *d stood for (zeros at the start), followed by these bytes as one item. */
void hn_digest_add(hn_digest *d, const void *bytes, uint64_t n_bytes);

bool hn_digest_equal(const hn_digest *a, const hn_digest *b);
/* Below, at or above 0, for sorted lists. */
int hn_digest_compare(const hn_digest *a, const hn_digest *b);

#endif
