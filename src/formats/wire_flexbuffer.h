/* SPDX-License-Identifier: Apache-2.0
 * FlexBuffers, the schemaless relative of FlatBuffers in which TensorFlow Lite's custom operators
 * keep their options: a map of names to numbers, texts and short lists. Everything lies at offsets
 * that point backwards from the end; each read is checked against the buffer. */
#ifndef HN_FORMATS_WIRE_FLEXBUFFER_H
#define HN_FORMATS_WIRE_FLEXBUFFER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct hn_flex {
    const uint8_t *bytes;
    uint64_t n_bytes;
} hn_flex;

typedef enum hn_flex_kind {
    HN_FLEX_NONE, /* null, or a kind that options do not have */
    HN_FLEX_INT,  /* also bool */
    HN_FLEX_FLOAT,
    HN_FLEX_TEXT,
    HN_FLEX_INTS,
    HN_FLEX_FLOATS
} hn_flex_kind;

typedef struct hn_flex_value {
    hn_flex_kind kind;
    int64_t integer;
    double real;
    uint64_t at; /* of a text's or list's first byte */
    uint32_t n;  /* elements, or characters */
    uint8_t type, width;
} hn_flex_value;

typedef struct hn_flex_map {
    hn_flex flex;
    uint64_t keys, values; /* positions of the first elements */
    uint32_t n;
    uint8_t key_width, width;
} hn_flex_map;

/* The map that the whole buffer is; false when it is none, or broken. */
bool hn_flex_root(const void *bytes, uint64_t n_bytes, hn_flex_map *out);

/* Entry i < map->n: its key, with a 0 at its end inside the buffer, and its value. */
bool hn_flex_entry(const hn_flex_map *map, uint32_t i, const char **key, hn_flex_value *out);

/* Element i of a list of integers or floats. */
bool hn_flex_item(const hn_flex_map *map, const hn_flex_value *list, uint32_t i, int64_t *integer,
                  double *real);

#endif
