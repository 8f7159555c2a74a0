/* SPDX-License-Identifier: Apache-2.0
 * FlatBuffers, read in place from bytes that nobody vouches for. A table is looked at field by
 * field through its number in the schema; every offset is checked when it is followed, so there is
 * no separate pass of verification and nothing is read that was not checked. After the first bad
 * offset the buffer is `bad`, every read gives the default, and a reader checks once per group of
 * reads.
 *
 * Offsets point forward only, so nothing can go round in circles; but tables and vectors may be
 * shared, and a small file could name one big vector a million times. Each table and each vector
 * that is opened therefore costs some of a budget, which is a small multiple of the file's size. */
#ifndef HN_FORMATS_WIRE_FLATBUFFER_H
#define HN_FORMATS_WIRE_FLATBUFFER_H

#include "base/cursor.h"

enum {
    HN_FB_MAX_DEPTH = 64,
    HN_FB_TABLE_COST = 64,      /* bytes, for opening a table once */
    HN_FB_BUDGET_TIMES = 8,     /* of the file's size */
    HN_FB_FREE_BUDGET = 4 << 20 /* on top of that */
};

typedef struct hn_fb {
    hn_cursor bytes;
    uint64_t budget; /* cost of tables and vectors that may still be opened */
    bool bad;
    uint64_t bad_at; /* byte of the first fault */
    const char *why; /* what it is */
} hn_fb;

/* A table; one that is absent (fb NULL) gives the default for every field. */
typedef struct hn_fb_table {
    hn_fb *fb;
    uint64_t at, vtable;
    uint32_t depth;
    uint16_t n_vtable, n_table; /* bytes */
} hn_fb_table;

/* n items that lie in the buffer; an absent one has n 0. */
typedef struct hn_fb_vector {
    hn_fb *fb;
    uint64_t at;
    uint32_t n, item_bytes, depth;
} hn_fb_vector;

typedef struct hn_fb_string {
    const char *text; /* in the buffer, with a 0 at its end; "" when absent */
    uint32_t n;
} hn_fb_string;

/* The root table of a buffer that carries the 4-byte `identifier`; false when it does not or when
 * the root is damaged. `bytes` are borrowed by all that comes out of it. */
bool hn_fb_open(hn_fb *fb, const void *bytes, uint64_t size, const char *identifier,
                hn_fb_table *root);

/* Takes `cost` bytes from the budget, for work that a reader does itself; false when it is spent.
 */
bool hn_fb_spend(hn_fb *fb, uint64_t cost);

/* Records a fault; the first one stays. */
void hn_fb_fault(hn_fb *fb, uint64_t at, const char *why);

bool hn_fb_has(const hn_fb_table *t, uint32_t field);

/* Scalars, with the schema's default. */
bool hn_fb_bool(const hn_fb_table *t, uint32_t field, bool absent);
int8_t hn_fb_s8(const hn_fb_table *t, uint32_t field, int8_t absent);
uint8_t hn_fb_u8(const hn_fb_table *t, uint32_t field, uint8_t absent);
int32_t hn_fb_s32(const hn_fb_table *t, uint32_t field, int32_t absent);
uint32_t hn_fb_u32(const hn_fb_table *t, uint32_t field, uint32_t absent);
int64_t hn_fb_s64(const hn_fb_table *t, uint32_t field, int64_t absent);
uint64_t hn_fb_u64(const hn_fb_table *t, uint32_t field, uint64_t absent);
float hn_fb_f32(const hn_fb_table *t, uint32_t field, float absent);

/* A table that a field (or a union's value field) points to. */
hn_fb_table hn_fb_sub(const hn_fb_table *t, uint32_t field);
hn_fb_string hn_fb_text(const hn_fb_table *t, uint32_t field);

/* A vector of items of that size (4 for vectors of tables and strings). */
hn_fb_vector hn_fb_items(const hn_fb_table *t, uint32_t field, uint32_t item_bytes);

/* A vector of bytes that will be borrowed, not walked: costs no budget. */
hn_fb_vector hn_fb_blob(const hn_fb_table *t, uint32_t field);

/* Item i < n; beyond the end 0, absent or "". */
hn_fb_table hn_fb_table_at(const hn_fb_vector *v, uint32_t i);
hn_fb_string hn_fb_text_at(const hn_fb_vector *v, uint32_t i);
int32_t hn_fb_s32_at(const hn_fb_vector *v, uint32_t i);
int64_t hn_fb_s64_at(const hn_fb_vector *v, uint32_t i);
float hn_fb_f32_at(const hn_fb_vector *v, uint32_t i);

/* The bytes of a vector, unaligned; NULL when it is absent. */
const uint8_t *hn_fb_bytes(const hn_fb_vector *v);

#endif
