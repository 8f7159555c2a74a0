/* SPDX-License-Identifier: Apache-2.0
 * Blocks of strings and lists: what was put in comes out, and a block that was changed is either
 * sound or refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "graph/list.h"

enum { ROOM = 4096 };
static uint8_t block[ROOM], inner[ROOM];

static uint64_t make_list(void) {
    static const float numbers[6] = {1, 2, 3, 4, 5, 6};
    static const int64_t dim[2] = {2, 3};
    uint64_t n_inner = 0, n_block = 0, n_text = 0;
    static uint8_t text[64];
    const hn_item first = {HN_VALUE_TENSOR, HN_DTYPE_F32, hn_shape_of(2, dim),
                           (const uint8_t *)numbers, sizeof numbers};
    cr_assert(hn_list_bytes(&first, 1, &n_inner) && n_inner <= ROOM);
    hn_list_write(&first, 1, inner);
    cr_assert(hn_strings_bytes(2, 5, &n_text) && n_text <= sizeof text);
    hn_strings_begin(text, 2);
    hn_strings_put(text, 0, "one", 3);
    hn_strings_put(text, 1, "23", 2);
    const int64_t two = 2;
    const hn_item items[3] = {
        first,
        {HN_VALUE_SEQUENCE, HN_DTYPE_NONE, {.rank = -1}, inner, n_inner},
        {HN_VALUE_TENSOR, HN_DTYPE_STRING, hn_shape_of(1, &two), text, n_text}};
    cr_assert(hn_list_bytes(items, 3, &n_block) && n_block <= ROOM);
    hn_list_write(items, 3, block);
    return n_block;
}

Test(list, items_come_out) {
    const uint64_t n_bytes = make_list();
    cr_assert(hn_list_is_sound(block, n_bytes, 1));
    cr_assert_not(hn_list_is_sound(block, n_bytes, 0));
    cr_assert_eq(hn_list_count(block), 3);
    const hn_item tensor = hn_list_item(block, 0), list = hn_list_item(block, 1);
    cr_assert(tensor.shape.rank == 2 && tensor.shape.dim[1] == 3 && tensor.n_bytes == 24);
    cr_assert_eq((uintptr_t)(tensor.bytes - block) % HN_LIST_ALIGN, 0);
    cr_assert_eq(hn_list_count(list.bytes), 1);
    uint64_t length = 0;
    const char *text = hn_string_at(hn_list_item(block, 2).bytes, 1, &length);
    cr_assert(length == 2 && memcmp(text, "23", 2) == 0);
}

/* Every bit of the offsets and heads, and every length. */
Test(list, changed_blocks_are_read_within_bounds) {
    const uint64_t n_bytes = make_list();
    uint64_t n_sound = 0;
    for (uint64_t n = 0; n < n_bytes; n++) cr_assert_not(hn_list_is_sound(block, n, 4));
    for (uint64_t bit = 0; bit < 8 * n_bytes; bit++) {
        block[bit / 8] = (uint8_t)(block[bit / 8] ^ 1u << bit % 8);
        if (hn_list_is_sound(block, n_bytes, 4)) {
            n_sound++;
            for (uint64_t i = 0; i < hn_list_count(block); i++) {
                const hn_item item = hn_list_item(block, i);
                cr_assert(item.bytes + item.n_bytes <= block + n_bytes);
            }
        }
        block[bit / 8] = (uint8_t)(block[bit / 8] ^ 1u << bit % 8);
    }
    cr_assert_gt(n_sound, 0);
}
