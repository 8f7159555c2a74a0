/* SPDX-License-Identifier: Apache-2.0
 * The names of a graph: a binary tree over the bits in which they differ. Finding or adding a name
 * costs time in proportion to its own length, whatever the file holds: there is no hash for a
 * hostile file to collide, and no rebalancing. A fork stands at the first bit that tells its two
 * sides apart, so the bits fall along every path:
 *
 *     fork(byte 4, bit 1) -+- "conv1"
 *                          +- fork(byte 5, bit 7) -+- "conv2"
 *                                                  +- "conv2_bias"     (beyond the end: 0)
 */
#include "formats/onnx_reader.h"

#include <string.h>

struct hn_onnx_fork {
    hn_onnx_link side[2];
    uint32_t byte;
    uint8_t mask; /* one bit */
};

static uint32_t side_of(hn_onnx_span text, uint32_t byte, uint8_t mask) {
    return byte < text.size && (text.bytes[byte] & mask) != 0;
}

/* The name that shares the most with `text`. */
static hn_onnx_name *nearest(const hn_onnx_names *names, hn_onnx_span text) {
    const hn_onnx_link *at = &names->root;
    while (at->fork != NULL) at = &at->fork->side[side_of(text, at->fork->byte, at->fork->mask)];
    return at->name;
}

/* The first byte and its highest bit in which they differ; false when they do not. */
static bool difference(const hn_onnx_name *name, hn_onnx_span text, uint32_t *byte, uint8_t *mask) {
    const uint32_t length = name->length;
    for (uint32_t i = 0; i < length || i < text.size; i++) {
        const uint32_t a = i < length ? (uint8_t)name->text[i] : 0;
        const uint32_t b = i < text.size ? text.bytes[i] : 0;
        if (a == b) continue;
        uint32_t bit = 0x80;
        while (((a ^ b) & bit) == 0) bit >>= 1;
        *byte = i;
        *mask = (uint8_t)bit;
        return true;
    }
    return false;
}

static hone_status name_new(hn_onnx_reader *r, hn_onnx_names *names, hn_onnx_span text,
                            hn_onnx_name **out) {
    hn_onnx_name *name = HN_NEW(&r->scratch, hn_onnx_name);
    if (name == NULL) return hn_no_memory(r->env);
    HN_TRY(hn_onnx_string(r, r->arena, text, &name->text));
    name->length = (uint32_t)text.size;
    if (names->last != NULL) {
        names->last->next = name;
    } else {
        names->first = name;
    }
    names->last = name;
    *out = name;
    return HONE_OK;
}

/* Puts a fork above the first link that stands at a later bit. */
static hone_status insert(hn_onnx_reader *r, hn_onnx_names *names, hn_onnx_span text,
                          const hn_onnx_fork *place, hn_onnx_name *name) {
    hn_onnx_fork *fork = HN_NEW(&r->scratch, hn_onnx_fork);
    if (fork == NULL) return hn_no_memory(r->env);
    hn_onnx_link *at = &names->root;
    while (at->fork != NULL) {
        hn_onnx_fork *next = at->fork;
        if (next->byte > place->byte) break;
        if (next->byte == place->byte && next->mask < place->mask) break;
        at = &next->side[side_of(text, next->byte, next->mask)];
    }
    const uint32_t side = side_of(text, place->byte, place->mask);
    *fork = *place;
    fork->side[side].name = name;
    fork->side[1 - side] = *at;
    at->fork = fork;
    at->name = NULL;
    return HONE_OK;
}

hone_status hn_onnx_names_at(hn_onnx_reader *r, hn_onnx_names *names, hn_onnx_span text,
                             hn_onnx_name **out) {
    if (text.size > INT32_MAX) return hn_fail(r->env, HONE_E_LIMIT, "a name of 2 GB or more");
    if (names->first == NULL) {
        HN_TRY(name_new(r, names, text, &names->root.name));
        *out = names->root.name;
        return HONE_OK;
    }
    hn_onnx_fork place = {0};
    hn_onnx_name *near = nearest(names, text);
    if (!difference(near, text, &place.byte, &place.mask)) {
        if (near->length != text.size) {
            return hn_fail(r->env, HONE_E_FORMAT, "a name with a zero byte in it");
        }
        *out = near;
        return HONE_OK;
    }
    hn_onnx_name *name;
    HN_TRY(name_new(r, names, text, &name));
    HN_TRY(insert(r, names, text, &place, name));
    *out = name;
    return HONE_OK;
}
