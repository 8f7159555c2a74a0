/* SPDX-License-Identifier: Apache-2.0
 * Values whose elements have no common size travel as one block of bytes, so that whoever moves
 * tensors moves them too: a tensor of strings, and a list of tensors (a sequence, or an optional,
 * which is a list of one or none). A block is not changed once it is made.
 *
 *     strings   n, offset[0..n], characters            (offsets from the block's start; the last
 *     list      n, offset[0..n], {head, bytes} ...      is the end of the block)
 *
 * All numbers are 64 bits; items of a list and their bytes begin at multiples of 64. */
#ifndef HN_GRAPH_LIST_H
#define HN_GRAPH_LIST_H

#include "graph/graph.h"

enum { HN_LIST_ALIGN = 64 };

/* One item: a tensor, or a list again (kind HN_VALUE_SEQUENCE, without a shape). */
typedef struct hn_item {
    hn_value_kind kind;
    hn_dtype dtype;
    hn_shape shape;
    const uint8_t *bytes; /* borrowed from the block */
    uint64_t n_bytes;
} hn_item;

/* True for values that are such blocks. */
bool hn_value_is_block(const hn_value *v);

/* ---- reading a sound block ---- */
uint64_t hn_list_count(const void *block);
hn_item hn_list_item(const void *block, uint64_t i);
const char *hn_string_at(const void *block, uint64_t i, uint64_t *length);

/* True when the block is one that this file could have made, items and all; `depth` lists may lie
 * in each other. */
bool hn_list_is_sound(const void *block, uint64_t n_bytes, uint32_t depth);
bool hn_strings_are_sound(const void *block, uint64_t n_bytes, uint64_t n);

/* A string that lies somewhere. */
typedef struct hn_chars {
    const char *at;
    uint64_t length;
} hn_chars;
/* The block of those strings in `arena`; NULL when memory is out. */
uint8_t *hn_strings_block(hn_arena *arena, const hn_chars *texts, uint64_t n, uint64_t *n_bytes);

/* ---- making: bytes that it takes (false: too many), then the block ---- */
bool hn_list_bytes(const hn_item *items, uint64_t n, uint64_t *n_bytes);
void hn_list_write(const hn_item *items, uint64_t n, void *block);
/* Strings are put in order; n_chars is the sum of all lengths. */
bool hn_strings_bytes(uint64_t n, uint64_t n_chars, uint64_t *n_bytes);
void hn_strings_begin(void *block, uint64_t n);
void hn_strings_put(void *block, uint64_t i, const char *text, uint64_t length);

#endif
