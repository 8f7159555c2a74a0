/* SPDX-License-Identifier: Apache-2.0
 * Finding and opening providers. A plug-in that cannot be loaded stays in the list with the reason,
 * so that `hone devices` can say it. */
#include "providers/registry.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define X(name) const hone_provider *hn_provider_##name(void);
#include "providers/providers.def"
#undef X

enum { MAX_PROVIDERS = 64 };

static void *host_alloc(void *user, size_t n_bytes) {
    return hn_alloc(user, n_bytes);
}

static void host_free(void *user, void *block) {
    hn_free(user, block);
}

static hn_provider_entry *add(hn_registry *r, const char *name) {
    if (r->n >= MAX_PROVIDERS) return NULL;
    hn_provider_entry *grown =
        hn_arena_grow(&r->arena, r->entries, r->n, &r->capacity, sizeof *grown);
    const char *copy = hn_arena_string(&r->arena, name, strlen(name));
    if (grown == NULL || copy == NULL) return NULL;
    r->entries = grown;
    hn_provider_entry *e = &r->entries[r->n++];
    memset(e, 0, sizeof *e);
    e->name = copy;
    return e;
}

/* The table is taken only when it is of this ABI and complete. */
static bool accept(hn_provider_entry *e, const hone_provider *p) {
    const char *why = NULL;
    if (p == NULL || p->struct_size < sizeof *p || p->abi != HONE_PROVIDER_ABI) {
        why = "made for another version of hone";
    } else if (p->name == NULL || p->open == NULL || p->close == NULL || p->describe == NULL ||
               p->supports == NULL || p->compile == NULL || p->release == NULL ||
               p->submit == NULL || p->wait == NULL) {
        why = "its table lacks a function";
    }
    if (why != NULL) {
        snprintf(e->reason, sizeof e->reason, "%s", why);
        return false;
    }
    e->provider = p;
    return true;
}

static hone_status load_plugin(hn_registry *r, const char *folder, const char *file) {
    char path[1024];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file) >= sizeof path) return HONE_OK;
    hn_provider_entry *e = add(r, file);
    if (e == NULL) return hn_no_memory(r->arena.env);
    e->is_tried = true;
    e->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (e->library == NULL) {
        const char *why = dlerror();
        snprintf(e->reason, sizeof e->reason, "%.200s", why != NULL ? why : "cannot be loaded");
        return HONE_OK;
    }
    union { /* ISO C has no cast from an object pointer to a function pointer */
        void *object;
        hone_provider_entry_fn function;
    } entry = {dlsym(e->library, HONE_PROVIDER_ENTRY)};
    if (entry.object == NULL) {
        snprintf(e->reason, sizeof e->reason, "it exports no " HONE_PROVIDER_ENTRY);
        return HONE_OK;
    }
    if (accept(e, entry.function())) {
        e->name = e->provider->name;
        e->is_tried = false;
    }
    return HONE_OK;
}

static hone_status load_folder(hn_registry *r, const char *folder) {
    DIR *dir = opendir(folder);
    hone_status status = HONE_OK;
    if (dir == NULL) {
        return hn_fail(r->arena.env, HONE_E_FILE, "%s: the provider folder cannot be read", folder);
    }
    for (const struct dirent *d = readdir(dir); d != NULL && status == HONE_OK; d = readdir(dir)) {
        const size_t n = strlen(d->d_name);
        if (n > 3 && strcmp(d->d_name + n - 3, ".so") == 0) {
            status = load_plugin(r, folder, d->d_name);
        }
    }
    closedir(dir);
    return status;
}

hone_status hn_registry_init(hn_registry *r, hn_env *env, const hone_graph_api *graph,
                             const char *folder) {
    memset(r, 0, sizeof *r);
    hn_arena_init(&r->arena, env, 0);
    r->host = (hone_provider_host){sizeof r->host, host_alloc, host_free, env, graph};
    hn_provider_entry *cpu = add(r, "cpu");
    if (cpu == NULL) return hn_no_memory(env);
    cpu->is_tried = cpu->is_usable = true;
#define X(name)                                                                                    \
    {                                                                                              \
        hn_provider_entry *e = add(r, #name);                                                      \
        if (e == NULL) return hn_no_memory(env);                                                   \
        e->is_tried = !accept(e, hn_provider_##name());                                            \
    }
#include "providers/providers.def"
#undef X
    return folder != NULL ? load_folder(r, folder) : HONE_OK;
}

void hn_registry_fini(hn_registry *r) {
    for (uint32_t i = 0; i < r->n; i++) {
        hn_provider_entry *e = &r->entries[i];
        if (e->provider != NULL && e->is_usable) e->provider->close(e->device);
        if (e->library != NULL) dlclose(e->library);
    }
    hn_arena_fini(&r->arena);
}

void hn_registry_open(hn_registry *r, uint32_t i) {
    hn_provider_entry *e = &r->entries[i];
    if (e->is_tried) return;
    e->is_tried = true;
    e->is_usable = e->provider->open(&r->host, &e->device, e->reason, sizeof e->reason) == HONE_OK;
}

hn_provider_entry *hn_registry_find(hn_registry *r, const char *name, size_t n_name) {
    for (uint32_t i = 0; i < r->n; i++) {
        if (strlen(r->entries[i].name) != n_name || memcmp(r->entries[i].name, name, n_name) != 0) {
            continue;
        }
        hn_registry_open(r, i);
        return &r->entries[i];
    }
    return NULL;
}
