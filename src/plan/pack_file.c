/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing pack files. Numbers are little-endian, as everywhere in this library. */
#include "plan/pack_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/element.h"

/* LAYOUT: of this file, and of whatever packed bytes or keys mean. It changes with either. */
enum { LAYOUT = 1, ALIGN = HN_KERNEL_ALIGN, MAX_ENTRIES = 1 << 22 };

static const char MAGIC[8] = "HONEPACK";

typedef struct hn_pack_entry {
    hn_digest key;
    uint64_t offset, n_bytes;
} hn_pack_entry;

typedef struct header {
    char magic[8];
    uint32_t layout, engine, n_entries, unused;
    char level[16]; /* name of the CPU level */
    hn_digest model, table;
    uint64_t file_bytes;
} header;

_Static_assert(sizeof(header) == 80 && sizeof(hn_pack_entry) == 32, "no padding in the file");

/* Of header and entries, with zeros for itself. */
static hn_digest table_digest(const header *h, const hn_pack_entry *entries) {
    header blank = *h;
    hn_digest d = {{0, 0}};
    memset(&blank.table, 0, sizeof blank.table);
    hn_digest_add(&d, &blank, sizeof blank);
    hn_digest_add(&d, entries, h->n_entries * sizeof *entries);
    return d;
}

/* ---- reading ---- */

static hone_status refuse(hn_env *env, const char *path, const char *why) {
    return hn_fail(env, HONE_E_ARGUMENT, "%s: %s: make it anew with hone optimize --pack", path,
                   why);
}

static hone_status check_header(hn_env *env, const char *path, const hn_map *map,
                                const hn_pack_id *id, header *h) {
    if (map->size < sizeof *h || memcmp(map->bytes, MAGIC, sizeof MAGIC) != 0) {
        return hn_fail(env, HONE_E_FORMAT, "%s: not a pack file", path);
    }
    memcpy(h, map->bytes, sizeof *h);
    if (h->layout != LAYOUT || h->engine != id->engine) {
        return refuse(env, path, "a pack of another version of hone");
    }
    if (h->file_bytes != map->size) {
        return hn_fail(env, HONE_E_FORMAT, "%s: damaged: it has %llu bytes instead of %llu", path,
                       (unsigned long long)map->size, (unsigned long long)h->file_bytes);
    }
    const uint64_t room = (map->size - sizeof *h) / sizeof(hn_pack_entry);
    if (h->n_entries > MAX_ENTRIES || h->n_entries > room) {
        return hn_fail(env, HONE_E_FORMAT, "%s: damaged: %u entries", path, h->n_entries);
    }
    const void *entries = map->bytes + sizeof *h;
    const hn_digest table = table_digest(h, entries);
    if (!hn_digest_equal(&table, &h->table)) {
        return hn_fail(env, HONE_E_FORMAT, "%s: damaged: its table is not what was written", path);
    }
    if (!hn_digest_equal(&h->model, &id->model)) {
        return refuse(env, path, "a pack of another model");
    }
    hn_isa level;
    if (memchr(h->level, 0, sizeof h->level) == NULL || !hn_isa_of_name(h->level, &level)) {
        return refuse(env, path, "a pack for a CPU level that is not known");
    }
    if (level == id->isa) return HONE_OK;
    return hn_fail(env, HONE_E_ARGUMENT, "%s: a pack for CPU level %s; the session runs at %s",
                   path, h->level, hn_isa_name(id->isa));
}

/* In order, each within the file and aligned. */
static bool are_entries_good(const hn_map *map, const hn_pack_entry *entries, uint32_t n) {
    const uint64_t first = sizeof(header) + n * sizeof *entries;
    for (uint32_t i = 0; i < n; i++) {
        const hn_pack_entry *e = &entries[i];
        if (i > 0 && hn_digest_compare(&entries[i - 1].key, &e->key) >= 0) return false;
        if (e->offset < first || e->offset > map->size || e->offset % ALIGN != 0) return false;
        if (e->n_bytes > map->size - e->offset) return false;
    }
    return true;
}

hone_status hn_pack_file_open(hn_env *env, const char *path, const hn_pack_id *id,
                              hn_pack_file *file) {
    hn_pack_file found = {.isa = id->isa};
    header h;
    HN_TRY(hn_map_open(env, path, &found.map));
    hone_status status = check_header(env, path, &found.map, id, &h);
    if (status == HONE_OK) {
        found.entries = (const hn_pack_entry *)(const void *)(found.map.bytes + sizeof h);
        found.n_entries = h.n_entries;
        if (!are_entries_good(&found.map, found.entries, found.n_entries)) {
            status = hn_fail(env, HONE_E_FORMAT, "%s: damaged: an entry lies outside", path);
        }
    }
    if (status != HONE_OK) {
        hn_map_close(&found.map);
        return status;
    }
    *file = found;
    return HONE_OK;
}

void hn_pack_file_close(hn_pack_file *file) {
    hn_map_close(&file->map);
    file->entries = NULL;
    file->n_entries = 0;
}

static int by_key(const void *a, const void *b) {
    return hn_digest_compare(&((const hn_pack_entry *)a)->key, &((const hn_pack_entry *)b)->key);
}

const uint8_t *hn_pack_file_find(const hn_pack_file *file, const hn_digest *key, uint64_t n_bytes) {
    const hn_pack_entry wanted = {.key = *key};
    const hn_pack_entry *e =
        bsearch(&wanted, file->entries, file->n_entries, sizeof *file->entries, by_key);
    return e != NULL && e->n_bytes == n_bytes ? file->map.bytes + e->offset : NULL;
}

/* ---- writing ---- */

/* Table and parts of a file that is being made; freed together. */
typedef struct draft {
    header head;
    hn_pack_entry *entries;
    hn_file_part *parts; /* header, entries, then gap and bytes of each */
} draft;

static void draft_free(draft *d, hn_env *env) {
    hn_free(env, d->entries);
    hn_free(env, d->parts);
}

static const hn_made *made_of(const hn_pack_store *store, const hn_digest *key) {
    const hn_made *m = store->lists[key->word[0] % HN_PACK_LISTS];
    while (!hn_digest_equal(&m->key, key)) m = m->next;
    return m;
}

static bool place_entries(draft *d, const hn_pack_store *store) {
    static const uint8_t zeros[ALIGN];
    uint32_t n = 0;
    for (uint32_t i = 0; i < HN_PACK_LISTS; i++) {
        for (const hn_made *m = store->lists[i]; m != NULL; m = m->next) {
            d->entries[n++] = (hn_pack_entry){m->key, 0, m->n_bytes};
        }
    }
    qsort(d->entries, n, sizeof *d->entries, by_key);
    uint64_t at = sizeof d->head + n * sizeof *d->entries;
    hn_file_part *part = d->parts;
    *part++ = (hn_file_part){&d->head, sizeof d->head};
    *part++ = (hn_file_part){d->entries, n * sizeof *d->entries};
    for (uint32_t i = 0; i < n; i++) {
        hn_pack_entry *e = &d->entries[i];
        const size_t gap = (size_t)((ALIGN - at % ALIGN) % ALIGN);
        e->offset = at + gap;
        if (!hn_add_u64(e->offset, e->n_bytes, &at)) return false;
        *part++ = (hn_file_part){zeros, gap};
        *part++ = (hn_file_part){made_of(store, &e->key)->bytes, (size_t)e->n_bytes};
    }
    d->head.n_entries = n;
    d->head.file_bytes = at;
    return true;
}

hone_status hn_pack_file_write(hn_env *env, const char *path, const hn_pack_id *id,
                               const hn_pack_store *store) {
    draft d = {.head = {.layout = LAYOUT, .engine = id->engine, .model = id->model}};
    const char *level = hn_isa_name(id->isa);
    memcpy(d.head.magic, MAGIC, sizeof MAGIC);
    memcpy(d.head.level, level, strlen(level) + 1);
    d.entries = hn_alloc(env, (size_t)store->n_made * sizeof *d.entries);
    d.parts = hn_alloc(env, (2 * (size_t)store->n_made + 2) * sizeof *d.parts);
    hone_status status = d.entries != NULL && d.parts != NULL ? HONE_OK : hn_no_memory(env);
    if (status == HONE_OK && !place_entries(&d, store)) {
        status = hn_fail(env, HONE_E_LIMIT, "%s: too large", path);
    }
    if (status == HONE_OK) {
        d.head.table = table_digest(&d.head, d.entries);
        status = hn_file_write_parts(env, path, d.parts, 2 * store->n_made + 2);
    }
    draft_free(&d, env);
    return status;
}
