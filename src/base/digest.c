/* SPDX-License-Identifier: Apache-2.0
 * Eight words at a time go to eight lanes, each multiplied and turned on its own, so that the
 * multiplications overlap. The turn brings high bits down: without it two flipped signs in one lane
 * would cancel. What is left of the last block counts as if zeros followed; the length is mixed in.
 */
#include "base/digest.h"

#include <string.h>

enum { LANES = 8, BLOCK = LANES * 8 };

static const uint64_t FACTOR = UINT64_C(0x9e3779b97f4a7c15);

static inline uint64_t turn(uint64_t x, unsigned n) {
    return x << n | x >> (64 - n);
}

static inline uint64_t step(uint64_t lane, uint64_t word) {
    return turn((lane ^ word) * FACTOR, 29);
}

/* Every bit of x changes half of the bits. */
static uint64_t finish(uint64_t x) {
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

static void add_block(uint64_t lane[LANES], const uint8_t *bytes) {
    uint64_t word[LANES];
    memcpy(word, bytes, sizeof word);
    for (int i = 0; i < LANES; i++) lane[i] = step(lane[i], word[i]);
}

void hn_digest_add(hn_digest *d, const void *bytes, uint64_t n_bytes) {
    const uint8_t *at = bytes;
    uint64_t lane[LANES], left = n_bytes;
    for (unsigned i = 0; i < LANES; i++) {
        lane[i] = finish(d->word[i % 2] + (i + 1) * FACTOR);
    }
    for (; left >= BLOCK; left -= BLOCK, at += BLOCK) add_block(lane, at);
    uint8_t last[BLOCK] = {0};
    if (left > 0) memcpy(last, at, (size_t)left);
    add_block(lane, last);
    uint64_t one = n_bytes, two = ~n_bytes;
    for (unsigned i = 0; i < LANES; i++) {
        one = finish(one ^ lane[i]) + FACTOR;
        two = finish(two + turn(lane[i], 7 * i + 1)) ^ FACTOR;
    }
    d->word[0] = one;
    d->word[1] = two;
}

bool hn_digest_equal(const hn_digest *a, const hn_digest *b) {
    return a->word[0] == b->word[0] && a->word[1] == b->word[1];
}

int hn_digest_compare(const hn_digest *a, const hn_digest *b) {
    const unsigned i = a->word[0] == b->word[0];
    return (a->word[i] > b->word[i]) - (a->word[i] < b->word[i]);
}
