/* SPDX-License-Identifier: Apache-2.0
 * The layout that is checked here:
 *
 *     root    u32 offset of the root table, then the 4-byte identifier
 *     table   s32 distance back to its vtable, then its fields
 *     vtable  u16 its bytes, u16 the table's bytes, u16 for each field: place in the table, 0
 * absent vector  u32 number of items, then the items; a string has a 0 after its bytes
 *
 * Offsets (u32) count from where they stand. Numbers may be unaligned: nothing here depends on it.
 */
#include "formats/wire_flatbuffer.h"

#include <string.h>

void hn_fb_fault(hn_fb *fb, uint64_t at, const char *why) {
    if (fb->bad) return;
    fb->bad = true;
    fb->bad_at = at;
    fb->why = why;
}

static bool spend(hn_fb *fb, uint64_t at, uint64_t cost) {
    if (fb->bad) return false;
    if (cost > fb->budget) {
        hn_fb_fault(fb, at, "more is shared than its size allows");
        return false;
    }
    fb->budget -= cost;
    return true;
}

/* The place that the offset at `at` leads to; 0 when it leads outside. */
static uint64_t follow(hn_fb *fb, uint64_t at) {
    if (fb->bad) return 0;
    if (!hn_cursor_has(&fb->bytes, at, 4)) {
        hn_fb_fault(fb, at, "an offset lies outside");
        return 0;
    }
    const uint32_t offset = hn_cursor_u32_at(&fb->bytes, at);
    if (offset < 4 || !hn_cursor_has(&fb->bytes, at + offset, 4)) {
        hn_fb_fault(fb, at, "an offset leads outside");
        return 0;
    }
    return at + offset;
}

bool hn_fb_spend(hn_fb *fb, uint64_t cost) {
    return spend(fb, 0, cost);
}

static const hn_fb_table no_table;
static const hn_fb_vector no_vector;

static hn_fb_table table_at(hn_fb *fb, uint64_t at, uint32_t depth) {
    if (depth > HN_FB_MAX_DEPTH) hn_fb_fault(fb, at, "tables nest too deep");
    if (!spend(fb, at, HN_FB_TABLE_COST)) return no_table;
    if (!hn_cursor_has(&fb->bytes, at, 4)) {
        hn_fb_fault(fb, at, "a table lies outside");
        return no_table;
    }
    const int32_t back = (int32_t)hn_cursor_u32_at(&fb->bytes, at);
    const uint64_t vtable = at - (uint64_t)(int64_t)back; /* wraps when it lies before the start */
    if (!hn_cursor_has(&fb->bytes, vtable, 4)) {
        hn_fb_fault(fb, at, "a table's field list lies outside");
        return no_table;
    }
    const uint16_t n_vtable = hn_cursor_u16_at(&fb->bytes, vtable);
    const uint16_t n_table = hn_cursor_u16_at(&fb->bytes, vtable + 2);
    const bool is_sane = n_vtable >= 4 && n_vtable % 2 == 0 && n_table >= 4 &&
                         hn_cursor_has(&fb->bytes, vtable, n_vtable) &&
                         hn_cursor_has(&fb->bytes, at, n_table);
    if (!is_sane) {
        hn_fb_fault(fb, at, "a table's field list is damaged");
        return no_table;
    }
    const hn_fb_table t = {fb, at, vtable, depth, n_vtable, n_table};
    return t;
}

bool hn_fb_open(hn_fb *fb, const void *bytes, uint64_t size, const char *identifier,
                hn_fb_table *root) {
    const hn_fb start = {hn_cursor_of(bytes, size), 0, false, 0, ""};
    *fb = start;
    fb->budget = size < UINT64_MAX / 16 ? HN_FB_BUDGET_TIMES * size + HN_FB_FREE_BUDGET : size;
    if (!hn_cursor_has(&fb->bytes, 0, 8)) {
        hn_fb_fault(fb, 0, "it is too short");
        return false;
    }
    if (memcmp(fb->bytes.bytes + 4, identifier, 4) != 0) {
        hn_fb_fault(fb, 4, "it has another identifier");
        return false;
    }
    const hn_fb_table t = table_at(fb, follow(fb, 0), 0);
    if (fb->bad) return false;
    *root = t;
    return true;
}

/* Where the field's `width` bytes lie; 0 when it is absent or damaged. */
static uint64_t place(const hn_fb_table *t, uint32_t field, uint32_t width) {
    if (t->fb == NULL || t->fb->bad) return 0;
    const uint64_t entry = 4 + 2 * (uint64_t)field;
    if (entry + 2 > t->n_vtable) return 0;
    const uint32_t offset = hn_cursor_u16_at(&t->fb->bytes, t->vtable + entry);
    if (offset == 0) return 0;
    if (offset < 4 || offset + width > t->n_table) {
        hn_fb_fault(t->fb, t->at, "a field lies outside its table");
        return 0;
    }
    return t->at + offset;
}

bool hn_fb_has(const hn_fb_table *t, uint32_t field) {
    return place(t, field, 1) != 0;
}

/* ---- scalars ---- */

uint8_t hn_fb_u8(const hn_fb_table *t, uint32_t field, uint8_t absent) {
    const uint64_t at = place(t, field, 1);
    return at != 0 ? t->fb->bytes.bytes[at] : absent;
}

int8_t hn_fb_s8(const hn_fb_table *t, uint32_t field, int8_t absent) {
    return (int8_t)hn_fb_u8(t, field, (uint8_t)absent);
}

bool hn_fb_bool(const hn_fb_table *t, uint32_t field, bool absent) {
    return hn_fb_u8(t, field, absent ? 1 : 0) != 0;
}

uint32_t hn_fb_u32(const hn_fb_table *t, uint32_t field, uint32_t absent) {
    const uint64_t at = place(t, field, 4);
    return at != 0 ? hn_cursor_u32_at(&t->fb->bytes, at) : absent;
}

int32_t hn_fb_s32(const hn_fb_table *t, uint32_t field, int32_t absent) {
    return (int32_t)hn_fb_u32(t, field, (uint32_t)absent);
}

uint64_t hn_fb_u64(const hn_fb_table *t, uint32_t field, uint64_t absent) {
    const uint64_t at = place(t, field, 8);
    return at != 0 ? hn_cursor_u64_at(&t->fb->bytes, at) : absent;
}

int64_t hn_fb_s64(const hn_fb_table *t, uint32_t field, int64_t absent) {
    return (int64_t)hn_fb_u64(t, field, (uint64_t)absent);
}

static float float_of(uint32_t bits) {
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

float hn_fb_f32(const hn_fb_table *t, uint32_t field, float absent) {
    const uint64_t at = place(t, field, 4);
    return at != 0 ? float_of(hn_cursor_u32_at(&t->fb->bytes, at)) : absent;
}

/* ---- what fields point to ---- */

hn_fb_table hn_fb_sub(const hn_fb_table *t, uint32_t field) {
    const uint64_t at = place(t, field, 4);
    const uint64_t to = at != 0 ? follow(t->fb, at) : 0;
    return to != 0 ? table_at(t->fb, to, t->depth + 1) : no_table;
}

static hn_fb_vector vector_at(hn_fb *fb, uint64_t at, uint32_t item_bytes, uint32_t depth) {
    const uint32_t n = hn_cursor_u32_at(&fb->bytes, at);
    if (!hn_cursor_has(&fb->bytes, at + 4, (uint64_t)n * item_bytes)) {
        hn_fb_fault(fb, at, "a vector reaches beyond the end");
        return no_vector;
    }
    const hn_fb_vector v = {fb, at + 4, n, item_bytes, depth};
    return v;
}

static hn_fb_vector vector_of(const hn_fb_table *t, uint32_t field, uint32_t item_bytes) {
    const uint64_t at = place(t, field, 4);
    const uint64_t to = at != 0 ? follow(t->fb, at) : 0;
    return to != 0 ? vector_at(t->fb, to, item_bytes, t->depth) : no_vector;
}

hn_fb_vector hn_fb_items(const hn_fb_table *t, uint32_t field, uint32_t item_bytes) {
    const hn_fb_vector v = vector_of(t, field, item_bytes);
    if (v.fb == NULL || !spend(v.fb, v.at, (uint64_t)v.n * item_bytes)) return no_vector;
    return v;
}

hn_fb_vector hn_fb_blob(const hn_fb_table *t, uint32_t field) {
    return vector_of(t, field, 1);
}

static hn_fb_string string_of(const hn_fb_vector *v) {
    const hn_fb_string none = {"", 0};
    if (v->fb == NULL || !spend(v->fb, v->at, v->n)) return none;
    const uint64_t end = v->at + v->n;
    if (!hn_cursor_has(&v->fb->bytes, end, 1) || v->fb->bytes.bytes[end] != 0) {
        hn_fb_fault(v->fb, v->at, "a string has no end");
        return none;
    }
    const hn_fb_string s = {(const char *)v->fb->bytes.bytes + v->at, v->n};
    return s;
}

hn_fb_string hn_fb_text(const hn_fb_table *t, uint32_t field) {
    const hn_fb_vector v = vector_of(t, field, 1);
    return string_of(&v);
}

/* ---- items ---- */

/* Where item i lies; 0 when there is none. */
static uint64_t item(const hn_fb_vector *v, uint32_t i, uint32_t width) {
    if (v->fb == NULL || v->fb->bad || i >= v->n || v->item_bytes != width) return 0;
    return v->at + (uint64_t)i * width;
}

hn_fb_table hn_fb_table_at(const hn_fb_vector *v, uint32_t i) {
    const uint64_t at = item(v, i, 4);
    const uint64_t to = at != 0 ? follow(v->fb, at) : 0;
    return to != 0 ? table_at(v->fb, to, v->depth + 1) : no_table;
}

hn_fb_string hn_fb_text_at(const hn_fb_vector *v, uint32_t i) {
    const uint64_t at = item(v, i, 4);
    const uint64_t to = at != 0 ? follow(v->fb, at) : 0;
    const hn_fb_vector text = to != 0 ? vector_at(v->fb, to, 1, v->depth) : no_vector;
    return string_of(&text);
}

int32_t hn_fb_s32_at(const hn_fb_vector *v, uint32_t i) {
    const uint64_t at = item(v, i, 4);
    return at != 0 ? (int32_t)hn_cursor_u32_at(&v->fb->bytes, at) : 0;
}

int64_t hn_fb_s64_at(const hn_fb_vector *v, uint32_t i) {
    const uint64_t at = item(v, i, 8);
    return at != 0 ? (int64_t)hn_cursor_u64_at(&v->fb->bytes, at) : 0;
}

float hn_fb_f32_at(const hn_fb_vector *v, uint32_t i) {
    const uint64_t at = item(v, i, 4);
    return at != 0 ? float_of(hn_cursor_u32_at(&v->fb->bytes, at)) : 0.0f;
}

const uint8_t *hn_fb_bytes(const hn_fb_vector *v) {
    return v->fb != NULL ? v->fb->bytes.bytes + v->at : NULL;
}
