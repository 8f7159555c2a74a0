/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <criterion/criterion.h>
#include <string.h>

static hn_digest of(const void *bytes, uint64_t n_bytes) {
    hn_digest d = {{0, 0}};
    hn_digest_add(&d, bytes, n_bytes);
    return d;
}

Test(digest, tells_every_single_bit_and_length) {
    unsigned char bytes[200];
    for (unsigned n = 0; n < sizeof bytes; n++) {
        memset(bytes, 0, sizeof bytes);
        const hn_digest before = of(bytes, n);
        for (unsigned bit = 0; bit < 8 * n; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            const hn_digest after = of(bytes, n);
            cr_assert(!hn_digest_equal(&before, &after), "bit %u of %u bytes", bit, n);
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        const hn_digest longer = of(bytes, n + 1);
        cr_assert(!hn_digest_equal(&before, &longer), "%u bytes and one more", n);
    }
}

/* The signs of two weights that meet in one lane. */
Test(digest, tells_two_flipped_signs) {
    unsigned char bytes[512] = {0};
    const hn_digest before = of(bytes, sizeof bytes);
    for (unsigned at = 7; at + 64 < sizeof bytes; at += 8) {
        bytes[at] ^= 0x80;
        bytes[at + 64] ^= 0x80;
        const hn_digest after = of(bytes, sizeof bytes);
        cr_assert(!hn_digest_equal(&before, &after), "byte %u", at);
        bytes[at] ^= 0x80;
        bytes[at + 64] ^= 0x80;
    }
}

Test(digest, depends_on_where_items_end) {
    hn_digest one = {{0, 0}}, two = {{0, 0}};
    hn_digest_add(&one, "ab", 2);
    hn_digest_add(&one, "c", 1);
    hn_digest_add(&two, "a", 1);
    hn_digest_add(&two, "bc", 2);
    cr_assert(!hn_digest_equal(&one, &two));
}
