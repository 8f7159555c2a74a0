/* SPDX-License-Identifier: Apache-2.0
 * Blocks of strings and of tensors: see list.h. Offsets are read by memcpy, because a block may lie
 * anywhere in a file. */
#include "graph/list.h"

#include <string.h>

typedef struct item_head {
    int64_t kind, dtype, rank, n_bytes;
    int64_t dim[HN_MAX_RANK];
} item_head;

enum { HEAD_BYTES = 128 };
_Static_assert(sizeof(item_head) <= HEAD_BYTES, "the head of an item");

bool hn_value_is_block(const hn_value *v) {
    if (v->kind == HN_VALUE_SEQUENCE || v->kind == HN_VALUE_OPTIONAL) return true;
    return v->kind == HN_VALUE_TENSOR && v->dtype == HN_DTYPE_STRING;
}

static uint64_t number_at(const void *block, uint64_t i) {
    uint64_t v;
    memcpy(&v, (const uint8_t *)block + 8 * i, sizeof v);
    return v;
}

static void set_number(void *block, uint64_t i, uint64_t v) {
    memcpy((uint8_t *)block + 8 * i, &v, sizeof v);
}

static bool round_up(uint64_t v, uint64_t *out) {
    if (!hn_add_u64(v, HN_LIST_ALIGN - 1, &v)) return false;
    *out = v / HN_LIST_ALIGN * HN_LIST_ALIGN;
    return true;
}

/* ---- reading ---- */

uint64_t hn_list_count(const void *block) {
    return number_at(block, 0);
}

hn_item hn_list_item(const void *block, uint64_t i) {
    const uint8_t *at = (const uint8_t *)block + number_at(block, 1 + i);
    item_head head;
    memcpy(&head, at, sizeof head);
    hn_item item = {(hn_value_kind)head.kind,
                    (hn_dtype)head.dtype,
                    {.rank = -1},
                    at + HEAD_BYTES,
                    (uint64_t)head.n_bytes};
    if (head.rank >= 0) item.shape = hn_shape_of((int32_t)head.rank, head.dim);
    return item;
}

const char *hn_string_at(const void *block, uint64_t i, uint64_t *length) {
    const uint64_t begin = number_at(block, 1 + i);
    *length = number_at(block, 2 + i) - begin;
    return (const char *)block + begin;
}

/* ---- checking ---- */

/* Offsets that grow, within the block, behind themselves. */
static bool are_offsets_sound(const void *block, uint64_t n_bytes) {
    if (n_bytes < 16) return false;
    const uint64_t n = number_at(block, 0);
    if (n > n_bytes / 8 - 2) return false;
    uint64_t at = 8 * (n + 2);
    for (uint64_t i = 0; i <= n; i++) {
        const uint64_t next = number_at(block, 1 + i);
        if (next < at || next > n_bytes) return false;
        at = next;
    }
    return at == n_bytes;
}

bool hn_strings_are_sound(const void *block, uint64_t n_bytes, uint64_t n) {
    return are_offsets_sound(block, n_bytes) && number_at(block, 0) == n;
}

static bool is_item_sound(const uint8_t *at, uint64_t room, uint32_t depth) {
    item_head head;
    uint64_t n = 1, n_bytes;
    if (room < HEAD_BYTES) return false;
    memcpy(&head, at, sizeof head);
    if (head.n_bytes < 0 || (uint64_t)head.n_bytes > room - HEAD_BYTES) return false;
    if (head.kind == HN_VALUE_SEQUENCE) {
        return head.rank == -1 && depth > 0 &&
               hn_list_is_sound(at + HEAD_BYTES, (uint64_t)head.n_bytes, depth - 1);
    }
    if (head.kind != HN_VALUE_TENSOR || head.rank < 0 || head.rank > HN_MAX_RANK) return false;
    for (int64_t d = 0; d < head.rank; d++) {
        if (head.dim[d] < 0 || !hn_mul_u64(n, (uint64_t)head.dim[d], &n)) return false;
    }
    if (head.dtype == HN_DTYPE_STRING) {
        return hn_strings_are_sound(at + HEAD_BYTES, (uint64_t)head.n_bytes, n);
    }
    return head.dtype > 0 && head.dtype < HN_DTYPE_COUNT &&
           hn_type_bytes((hn_dtype)head.dtype, n, &n_bytes) && n_bytes == (uint64_t)head.n_bytes;
}

bool hn_list_is_sound(const void *block, uint64_t n_bytes, uint32_t depth) {
    if (!are_offsets_sound(block, n_bytes)) return false;
    const uint64_t n = number_at(block, 0);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t begin = number_at(block, 1 + i), end = number_at(block, 2 + i);
        if (begin % HN_LIST_ALIGN != 0) return false;
        if (!is_item_sound((const uint8_t *)block + begin, end - begin, depth)) return false;
    }
    return true;
}

/* ---- making ---- */

static bool begin_bytes(uint64_t n, uint64_t *n_bytes) {
    uint64_t count;
    return hn_add_u64(n, 2, &count) && hn_mul_u64(count, 8, n_bytes);
}

bool hn_list_bytes(const hn_item *items, uint64_t n, uint64_t *n_bytes) {
    uint64_t sum;
    if (!begin_bytes(n, &sum) || !round_up(sum, &sum)) return false;
    for (uint64_t i = 0; i < n; i++) {
        if (!hn_add_u64(sum, HEAD_BYTES, &sum) || !hn_add_u64(sum, items[i].n_bytes, &sum) ||
            !round_up(sum, &sum)) {
            return false;
        }
    }
    *n_bytes = sum;
    return true;
}

void hn_list_write(const hn_item *items, uint64_t n, void *block) {
    uint64_t at = 8 * (n + 2);
    (void)round_up(at, &at);
    set_number(block, 0, n);
    set_number(block, 1, at);
    for (uint64_t i = 0; i < n; i++) {
        const hn_item *item = &items[i];
        item_head head = {(int64_t)item->kind,
                          (int64_t)item->dtype,
                          item->shape.rank,
                          (int64_t)item->n_bytes,
                          {0}};
        for (int32_t d = 0; d < item->shape.rank; d++) head.dim[d] = item->shape.dim[d];
        uint8_t *to = (uint8_t *)block + at;
        memset(to, 0, HEAD_BYTES);
        memcpy(to, &head, sizeof head);
        if (item->n_bytes > 0) memcpy(to + HEAD_BYTES, item->bytes, (size_t)item->n_bytes);
        at += HEAD_BYTES + item->n_bytes;
        (void)round_up(at, &at);
        set_number(block, 2 + i, at);
    }
}

bool hn_strings_bytes(uint64_t n, uint64_t n_chars, uint64_t *n_bytes) {
    return begin_bytes(n, n_bytes) && hn_add_u64(*n_bytes, n_chars, n_bytes);
}

void hn_strings_begin(void *block, uint64_t n) {
    set_number(block, 0, n);
    set_number(block, 1, 8 * (n + 2));
}

void hn_strings_put(void *block, uint64_t i, const char *text, uint64_t length) {
    const uint64_t begin = number_at(block, 1 + i);
    if (length > 0) memcpy((uint8_t *)block + begin, text, (size_t)length);
    set_number(block, 2 + i, begin + length);
}

uint8_t *hn_strings_block(hn_arena *arena, const hn_chars *texts, uint64_t n, uint64_t *n_bytes) {
    uint64_t n_chars = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (!hn_add_u64(n_chars, texts[i].length, &n_chars)) return NULL;
    }
    if (!hn_strings_bytes(n, n_chars, n_bytes) || *n_bytes > SIZE_MAX) return NULL;
    uint8_t *block = hn_arena_alloc_aligned(arena, (size_t)*n_bytes, HN_LIST_ALIGN);
    if (block == NULL) return NULL;
    hn_strings_begin(block, n);
    for (uint64_t i = 0; i < n; i++) hn_strings_put(block, i, texts[i].at, texts[i].length);
    return block;
}
