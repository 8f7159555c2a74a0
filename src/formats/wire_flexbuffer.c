/* SPDX-License-Identifier: Apache-2.0
 * FlexBuffers: see wire_flexbuffer.h. A value's byte of type holds the kind and the width of what
 * it points to; numbers are stored in the width of the vector that they are in.
 *
 *     ... | keys' distance | keys' width | n | value 0 .. n-1 | type 0 .. n-1 | ... | root's value,
 *     type, width */
#include "formats/wire_flexbuffer.h"

#include <string.h>

enum { /* kinds of the format */
       TYPE_INT = 1,
       TYPE_UINT,
       TYPE_FLOAT,
       TYPE_KEY,
       TYPE_STRING,
       TYPE_INDIRECT_INT,
       TYPE_INDIRECT_UINT,
       TYPE_INDIRECT_FLOAT,
       TYPE_MAP,
       TYPE_VECTOR_INT = 11,
       TYPE_VECTOR_UINT,
       TYPE_VECTOR_FLOAT,
       TYPE_BOOL = 26
};

static bool read_uint(const hn_flex *f, uint64_t at, uint8_t width, uint64_t *out) {
    if (at > f->n_bytes || width > f->n_bytes - at) return false;
    uint64_t v = 0;
    memcpy(&v, f->bytes + at, width);
    *out = v;
    return true;
}

static bool read_int(const hn_flex *f, uint64_t at, uint8_t width, int64_t *out) {
    uint64_t v;
    if (!read_uint(f, at, width, &v)) return false;
    const uint64_t sign = UINT64_C(1) << (8 * width - 1);
    *out = (int64_t)((v ^ sign) - sign);
    return true;
}

static bool read_float(const hn_flex *f, uint64_t at, uint8_t width, double *out) {
    uint64_t v;
    float narrow;
    if ((width != 4 && width != 8) || !read_uint(f, at, width, &v)) return false;
    if (width == 8) {
        memcpy(out, &v, sizeof *out);
        return true;
    }
    const uint32_t low = (uint32_t)v;
    memcpy(&narrow, &low, sizeof narrow);
    *out = (double)narrow;
    return true;
}

/* Follows the distance that is stored at a position. */
static bool follow(const hn_flex *f, uint64_t at, uint8_t width, uint64_t *to) {
    uint64_t distance;
    if (!read_uint(f, at, width, &distance) || distance == 0 || distance > at) return false;
    *to = at - distance;
    return true;
}

/* The number of elements before the vector at a position. */
static bool read_size(const hn_flex *f, uint64_t at, uint8_t width, uint32_t *n) {
    uint64_t size;
    if (at < width || !read_uint(f, at - width, width, &size)) return false;
    if (size > (f->n_bytes - at) / width) return false;
    *n = (uint32_t)size;
    return size <= UINT32_MAX;
}

static uint8_t width_of(uint8_t packed) {
    return (uint8_t)(1u << (packed & 3u));
}

bool hn_flex_root(const void *bytes, uint64_t n_bytes, hn_flex_map *out) {
    hn_flex_map m = {.flex = {bytes, n_bytes}};
    if (n_bytes < 3) return false;
    const uint8_t root_width = m.flex.bytes[n_bytes - 1], packed = m.flex.bytes[n_bytes - 2];
    const bool is_width = root_width == 1 || root_width == 2 || root_width == 4 || root_width == 8;
    uint64_t keys_width, n_keys;
    if (!is_width || packed >> 2 != TYPE_MAP || n_bytes - 2 < root_width) return false;
    m.width = width_of(packed);
    if (!follow(&m.flex, n_bytes - 2 - root_width, root_width, &m.values)) return false;
    if (!read_size(&m.flex, m.values, m.width, &m.n) || m.values < 3u * m.width) return false;
    if (!follow(&m.flex, m.values - 3u * m.width, m.width, &m.keys)) return false;
    if (!read_uint(&m.flex, m.values - 2u * m.width, m.width, &keys_width)) return false;
    if (keys_width != 1 && keys_width != 2 && keys_width != 4 && keys_width != 8) return false;
    m.key_width = (uint8_t)keys_width;
    uint32_t n;
    if (!read_size(&m.flex, m.keys, m.key_width, &n)) return false;
    n_keys = n;
    /* the types follow the values, a byte each */
    const uint64_t room = n_bytes - m.values - (uint64_t)m.n * m.width;
    if (n_keys != m.n || room < m.n) return false;
    *out = m;
    return true;
}

static bool read_value(const hn_flex_map *m, uint64_t at, uint8_t packed, hn_flex_value *v) {
    const hn_flex *f = &m->flex;
    uint64_t number;
    v->type = packed >> 2;
    v->width = width_of(packed);
    switch (v->type) {
    case TYPE_INT:
    case TYPE_UINT:
    case TYPE_BOOL:
        v->kind = HN_FLEX_INT;
        if (v->type == TYPE_INT) return read_int(f, at, m->width, &v->integer);
        if (!read_uint(f, at, m->width, &number)) return false;
        v->integer = (int64_t)number;
        return number <= INT64_MAX;
    case TYPE_FLOAT:
        v->kind = HN_FLEX_FLOAT;
        return read_float(f, at, m->width, &v->real);
    case TYPE_INDIRECT_INT:
    case TYPE_INDIRECT_UINT:
        v->kind = HN_FLEX_INT;
        return follow(f, at, m->width, &v->at) && read_int(f, v->at, v->width, &v->integer);
    case TYPE_INDIRECT_FLOAT:
        v->kind = HN_FLEX_FLOAT;
        return follow(f, at, m->width, &v->at) && read_float(f, v->at, v->width, &v->real);
    case TYPE_STRING:
        v->kind = HN_FLEX_TEXT;
        return follow(f, at, m->width, &v->at) && read_size(f, v->at, v->width, &v->n);
    case TYPE_VECTOR_INT:
    case TYPE_VECTOR_UINT:
    case TYPE_VECTOR_FLOAT:
        v->kind = v->type == TYPE_VECTOR_FLOAT ? HN_FLEX_FLOATS : HN_FLEX_INTS;
        return follow(f, at, m->width, &v->at) && read_size(f, v->at, v->width, &v->n);
    default:
        return true;
    }
}

bool hn_flex_entry(const hn_flex_map *map, uint32_t i, const char **key, hn_flex_value *out) {
    const hn_flex *f = &map->flex;
    uint64_t name;
    if (i >= map->n) return false;
    if (!follow(f, map->keys + (uint64_t)i * map->key_width, map->key_width, &name)) return false;
    if (memchr(f->bytes + name, 0, (size_t)(f->n_bytes - name)) == NULL) return false;
    const uint8_t packed = f->bytes[map->values + (uint64_t)map->n * map->width + i];
    hn_flex_value v = {HN_FLEX_NONE, 0, 0.0, 0, 0, 0, 0};
    if (!read_value(map, map->values + (uint64_t)i * map->width, packed, &v)) return false;
    *key = (const char *)f->bytes + name;
    *out = v;
    return true;
}

bool hn_flex_item(const hn_flex_map *map, const hn_flex_value *list, uint32_t i, int64_t *integer,
                  double *real) {
    if (i >= list->n) return false;
    const uint64_t at = list->at + (uint64_t)i * list->width;
    if (list->kind == HN_FLEX_FLOATS) return read_float(&map->flex, at, list->width, real);
    return list->kind == HN_FLEX_INTS && read_int(&map->flex, at, list->width, integer);
}
