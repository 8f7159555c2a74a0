/* SPDX-License-Identifier: Apache-2.0
 * The bounded cursor: values, and every way of passing the end. */
#include <criterion/criterion.h>

#include "base/cursor.h"

static const uint8_t bytes[16] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                  0x00, 0x00, 0x80, 0x3f, 0xff, 0xfe, 0xfd, 0xfc};

Test(cursor, reads_in_both_orders) {
    hn_cursor c = hn_cursor_of(bytes, sizeof bytes);
    cr_assert_eq(hn_cursor_u8(&c), 0x01);
    cr_assert_eq(hn_cursor_u16(&c), 0x0302);
    cr_assert_eq(hn_cursor_u32be(&c), 0x04050607u);
    c.at = 0;
    cr_assert_eq(hn_cursor_u64(&c), UINT64_C(0x0807060504030201));
    cr_assert_eq(hn_cursor_f32(&c), 1.0f);
    cr_assert_eq(hn_cursor_u16be(&c), 0xfffe);
    cr_assert_eq(hn_cursor_u16(&c), 0xfcfd);
    cr_assert(!c.bad);
    cr_assert_eq(c.at, sizeof bytes);
    cr_assert_eq(hn_cursor_u32_at(&c, 4), 0x08070605u);
    cr_assert_eq(hn_cursor_u16_at(&c, 14), 0xfcfd);
    cr_assert_eq(hn_cursor_u64_at(&c, 8), UINT64_C(0xfcfdfeff3f800000));
    cr_assert_eq(c.at, sizeof bytes);
}

Test(cursor, is_bad_past_the_end_and_stays_so) {
    for (uint64_t size = 0; size < 8; size++) {
        hn_cursor c = hn_cursor_of(bytes, size);
        cr_assert_eq(hn_cursor_u64(&c), 0);
        cr_assert(c.bad);
        cr_assert_eq(c.at, 0);
        cr_assert_eq(hn_cursor_u8(&c), 0);
        cr_assert_null(hn_cursor_take(&c, 0));
        cr_assert_eq(hn_cursor_u16_at(&c, 0), 0);
    }
    hn_cursor c = hn_cursor_of(bytes, 3);
    cr_assert_eq(hn_cursor_u32(&c), 0);
    cr_assert_eq(hn_cursor_f32(&c), 0.0f);
}

Test(cursor, checks_without_overflow) {
    hn_cursor c = hn_cursor_of(bytes, sizeof bytes);
    cr_assert(hn_cursor_has(&c, 16, 0));
    cr_assert(hn_cursor_has(&c, 0, 16));
    cr_assert(!hn_cursor_has(&c, 1, 16));
    cr_assert(!hn_cursor_has(&c, UINT64_MAX, 1));
    cr_assert(!hn_cursor_has(&c, 8, UINT64_MAX - 4));
    cr_assert(!hn_cursor_has(&c, UINT64_MAX - 4, 8));
    cr_assert_null(hn_cursor_take(&c, UINT64_MAX));
    cr_assert(c.bad);
}

Test(cursor, fixed_reads_are_checked) {
    for (uint64_t at = 0; at < 20; at++) {
        hn_cursor a = hn_cursor_of(bytes, sizeof bytes), b = a, d = a;
        hn_cursor_u16_at(&a, at);
        hn_cursor_u32_at(&b, at);
        hn_cursor_u64_at(&d, at);
        cr_assert_eq(a.bad, at > 14);
        cr_assert_eq(b.bad, at > 12);
        cr_assert_eq(d.bad, at > 8);
    }
}

Test(cursor, takes_and_parts) {
    hn_cursor c = hn_cursor_of(bytes, sizeof bytes);
    cr_assert_eq(hn_cursor_take(&c, 4), bytes);
    cr_assert_eq(hn_cursor_take(&c, 12), bytes + 4);
    cr_assert_not_null(hn_cursor_take(&c, 0));
    cr_assert_null(hn_cursor_take(&c, 1));
    c.bad = false;
    hn_cursor part = hn_cursor_part(&c, 4, 4);
    cr_assert_eq(part.size, 4);
    cr_assert_eq(hn_cursor_u32(&part), 0x08070605u);
    cr_assert_eq(hn_cursor_u8(&part), 0);
    cr_assert(part.bad);
    cr_assert(!hn_cursor_part(&c, 16, 0).bad);
    cr_assert(hn_cursor_part(&c, 16, 1).bad);
    cr_assert(hn_cursor_part(&c, 1, UINT64_MAX).bad);
    const hn_cursor empty = hn_cursor_of(NULL, 0);
    cr_assert(!hn_cursor_part(&empty, 0, 0).bad);
}
