/* SPDX-License-Identifier: Apache-2.0
 * The providers of one context: built-in ones and plug-ins, opened when first wanted. The CPU is
 * entry 0 and needs no opening. Not thread-safe by itself: the context locks. */
#ifndef HN_PROVIDERS_REGISTRY_H
#define HN_PROVIDERS_REGISTRY_H

#include "base/arena.h"
#include "hone/provider.h"

typedef struct hn_provider_entry {
    const char *name;
    const hone_provider *provider; /* NULL: the CPU, or a plug-in that could not be loaded */
    void *library, *device;
    bool is_tried, is_usable;
    char reason[256]; /* why it is not usable */
} hn_provider_entry;

typedef struct hn_registry {
    hn_arena arena;
    hn_provider_entry *entries;
    uint32_t n, capacity;
    hone_provider_host host;
} hn_registry;

/* Lists the built-in providers and the *.so files of `folder` (NULL: none). */
hone_status hn_registry_init(hn_registry *r, hn_env *env, const hone_graph_api *graph,
                             const char *folder);
void hn_registry_fini(hn_registry *r);

/* Opens entry i once; is_usable and reason tell the outcome. */
void hn_registry_open(hn_registry *r, uint32_t i);

/* The entry of that name, opened; NULL when there is none. */
hn_provider_entry *hn_registry_find(hn_registry *r, const char *name, size_t n_name);

#endif
