/* SPDX-License-Identifier: Apache-2.0
 * FlexBuffers: the map that custom options are, and damaged ones. */
#include <criterion/criterion.h>
#include <string.h>

#include "formats/wire_flexbuffer.h"

/* {"a": 7, "f": 2.5 (indirect), "l": [1, -2], "t": "hi"} with widths of one byte. */
static const uint8_t sample[] = {
    'a', 0,          'f',     0,      'l', 0, 't', 0, /*  0: keys */
    0,   0,          32,      64,                     /*  8: 2.5 in four bytes */
    2,   1,          254,                             /* 12: two integers from 13 */
    2,   'h',        'i',     0,                      /* 15: a text from 16 */
    4,   20,         19,      18,     17,             /* 19: keys' places from 20 */
    4,   1,          4,                               /* 24: keys' distance, their width, entries */
    7,   20,         16,      14,                     /* 27: values */
    4,   8 << 2 | 2, 11 << 2, 5 << 2,                 /* 31: kinds and widths */
    8,   9 << 2,     1                                /* 35: the root */
};

static hn_flex_value entry(const hn_flex_map *map, uint32_t i, const char *key) {
    hn_flex_value v;
    const char *name;
    cr_assert(hn_flex_entry(map, i, &name, &v));
    cr_assert_str_eq(name, key);
    return v;
}

Test(flexbuffer, entries_of_a_map) {
    hn_flex_map map;
    cr_assert(hn_flex_root(sample, sizeof sample, &map));
    cr_assert_eq(map.n, 4);
    cr_assert_eq(entry(&map, 0, "a").integer, 7);
    const hn_flex_value f = entry(&map, 1, "f");
    cr_assert(f.kind == HN_FLEX_FLOAT && f.real == 2.5);
    const hn_flex_value list = entry(&map, 2, "l");
    int64_t item = 0;
    double real;
    cr_assert(list.kind == HN_FLEX_INTS && list.n == 2);
    cr_assert(hn_flex_item(&map, &list, 1, &item, &real) && item == -2);
    cr_assert(!hn_flex_item(&map, &list, 2, &item, &real));
    const hn_flex_value text = entry(&map, 3, "t");
    cr_assert(text.kind == HN_FLEX_TEXT && text.n == 2 && memcmp(sample + text.at, "hi", 2) == 0);
    hn_flex_value none;
    const char *key;
    cr_assert(!hn_flex_entry(&map, 4, &key, &none));
}

/* Every byte with every value, every length: entries are read or refused, never beyond the end. */
Test(flexbuffer, damaged_maps_stay_inside) {
    for (size_t n = 0; n <= sizeof sample; n++) {
        for (unsigned change = 0; change < 256 * sizeof sample; change++) {
            uint8_t bytes[sizeof sample];
            hn_flex_map map;
            memcpy(bytes, sample + (sizeof sample - n), n);
            if (change / 256 < n) bytes[change / 256] = (uint8_t)change;
            if (!hn_flex_root(bytes, n, &map)) continue;
            for (uint32_t i = 0; i < map.n; i++) {
                hn_flex_value v;
                const char *key;
                if (!hn_flex_entry(&map, i, &key, &v)) continue;
                int64_t item;
                double real;
                cr_assert(strlen(key) < n);
                for (uint32_t k = 0; k < v.n; k++) (void)hn_flex_item(&map, &v, k, &item, &real);
            }
        }
    }
}
