/* SPDX-License-Identifier: Apache-2.0
 * A zip archive is read from its end: the end record says where the directory lies, and the
 * directory where the entries lie. The tools that append one to a model write offsets that count
 * from the start of the file or of the archive; the difference between where the directory is and
 * where the record says it is corrects both. */
#include "formats/tflite_zip.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/cursor.h"

enum {
    END_MARK = 0x06054b50,
    END_BYTES = 22,
    MAX_COMMENT = 65535,
    ENTRY_MARK = 0x02014b50,
    ENTRY_BYTES = 46,
    LOCAL_MARK = 0x04034b50,
    LOCAL_BYTES = 30,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    FLAG_ENCRYPTED = 1,
    MAX_TIMES = 16,
    MAX_INFLATED = 16 << 20
};

typedef struct directory {
    hn_cursor zip;
    uint64_t at, end; /* of the directory */
    uint64_t shift;   /* to add to stored offsets; wraps */
    uint32_t n;
} directory;

typedef struct entry {
    const char *name;
    uint32_t n_name, flags, method;
    uint64_t n_packed, n_bytes, local;
} entry;

static bool end_at(hn_cursor *c, uint64_t at, directory *d) {
    if (hn_cursor_u32_at(c, at) != END_MARK) return false;
    if (at + END_BYTES + hn_cursor_u16_at(c, at + 20) != c->size) return false;
    const uint64_t n_bytes = hn_cursor_u32_at(c, at + 12);
    if (n_bytes > at) return false;
    d->n = hn_cursor_u16_at(c, at + 10);
    d->at = at - n_bytes;
    d->end = at;
    d->shift = d->at - hn_cursor_u32_at(c, at + 16);
    d->zip = *c;
    return true;
}

/* The last end record. Most files have none: only places that begin like one are looked at. */
static bool open_directory(const uint8_t *bytes, uint64_t size, directory *d) {
    hn_cursor c = hn_cursor_of(bytes, size);
    bool is_found = false;
    if (size < END_BYTES) return false;
    const uint64_t last = size - END_BYTES;
    uint64_t at = last > MAX_COMMENT ? last - MAX_COMMENT : 0;
    while (at <= last) {
        const uint8_t *mark = memchr(bytes + at, END_MARK & 0xff, (size_t)(last + 1 - at));
        if (mark == NULL) break;
        at = (uint64_t)(mark - bytes);
        is_found = end_at(&c, at, d) || is_found;
        at++;
    }
    return is_found;
}

/* The next entry of the directory, which moves past it. */
static bool next_entry(directory *d, entry *e) {
    hn_cursor *c = &d->zip;
    if (d->n == 0 || d->end - d->at < ENTRY_BYTES) return false;
    if (hn_cursor_u32_at(c, d->at) != ENTRY_MARK) return false;
    e->flags = hn_cursor_u16_at(c, d->at + 8);
    e->method = hn_cursor_u16_at(c, d->at + 10);
    e->n_packed = hn_cursor_u32_at(c, d->at + 20);
    e->n_bytes = hn_cursor_u32_at(c, d->at + 24);
    e->n_name = hn_cursor_u16_at(c, d->at + 28);
    const uint64_t n_rest =
        (uint64_t)hn_cursor_u16_at(c, d->at + 30) + hn_cursor_u16_at(c, d->at + 32);
    e->local = hn_cursor_u32_at(c, d->at + 42) + d->shift;
    e->name = (const char *)c->bytes + d->at + ENTRY_BYTES;
    const uint64_t n_all = ENTRY_BYTES + e->n_name + n_rest;
    if (n_all > d->end - d->at) return false;
    d->at += n_all;
    d->n--;
    return true;
}

bool hn_tflite_zip_find(const uint8_t *bytes, uint64_t size, uint64_t *start) {
    directory d;
    entry e;
    if (!open_directory(bytes, size, &d)) return false;
    uint64_t first = d.at;
    while (next_entry(&d, &e)) {
        if (e.local < first) first = e.local;
    }
    *start = first;
    return true;
}

static void *zlib_alloc(void *arena, unsigned n, unsigned item_bytes) {
    return hn_arena_array(arena, n, item_bytes);
}

static void zlib_free(void *arena, void *block) {
    (void)arena;
    (void)block;
}

static hone_status inflate_entry(hn_arena *arena, const uint8_t *packed, const entry *e,
                                 const uint8_t **bytes) {
    uint8_t *out = hn_arena_alloc(arena, (size_t)e->n_bytes);
    if (out == NULL) return hn_no_memory(arena->env);
    z_stream z;
    memset(&z, 0, sizeof z);
    z.zalloc = zlib_alloc;
    z.zfree = zlib_free;
    z.opaque = arena;
    z.next_in = packed;
    z.avail_in = (uInt)e->n_packed;
    z.next_out = out;
    z.avail_out = (uInt)e->n_bytes;
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return hn_no_memory(arena->env);
    const int ended = inflate(&z, Z_FINISH);
    const bool is_whole = ended == Z_STREAM_END && z.avail_out == 0;
    inflateEnd(&z);
    if (!is_whole) return hn_fail(arena->env, HONE_E_FORMAT, "a damaged zip entry");
    *bytes = out;
    return HONE_OK;
}

static hone_status read_entry(hn_arena *arena, hn_cursor *zip, const entry *e,
                              const uint8_t **bytes) {
    hn_env *env = arena->env;
    if (!hn_cursor_has(zip, e->local, LOCAL_BYTES) ||
        hn_cursor_u32_at(zip, e->local) != LOCAL_MARK) {
        return hn_fail(env, HONE_E_FORMAT, "a zip entry lies outside");
    }
    const uint64_t at = e->local + LOCAL_BYTES + hn_cursor_u16_at(zip, e->local + 26) +
                        hn_cursor_u16_at(zip, e->local + 28);
    if (!hn_cursor_has(zip, at, e->n_packed)) {
        return hn_fail(env, HONE_E_FORMAT, "a zip entry lies outside");
    }
    if ((e->flags & FLAG_ENCRYPTED) != 0) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "an encrypted zip entry");
    }
    if (e->method == METHOD_STORED && e->n_packed == e->n_bytes) {
        *bytes = zip->bytes + at;
        return HONE_OK;
    }
    if (e->method != METHOD_DEFLATED) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "zip method %u", (unsigned)e->method);
    }
    if (e->n_bytes > MAX_INFLATED || e->n_bytes / MAX_TIMES > zip->size) {
        return hn_fail(env, HONE_E_LIMIT, "a zip entry of %llu bytes",
                       (unsigned long long)e->n_bytes);
    }
    return inflate_entry(arena, zip->bytes + at, e, bytes);
}

hone_status hn_tflite_zip_entry(hn_arena *arena, const uint8_t *zip, uint64_t size,
                                const char *name, const uint8_t **bytes, uint64_t *n_bytes) {
    directory d;
    entry e;
    if (!open_directory(zip, size, &d)) {
        return hn_fail(arena->env, HONE_E_FORMAT, "no zip archive");
    }
    while (next_entry(&d, &e)) {
        if (e.n_name != strlen(name) || memcmp(e.name, name, e.n_name) != 0) continue;
        HN_TRY(read_entry(arena, &d.zip, &e, bytes));
        *n_bytes = e.n_bytes;
        return HONE_OK;
    }
    return hn_fail(arena->env, HONE_E_FILE, "no '%.128s' in the archive", name);
}
