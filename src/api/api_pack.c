/* SPDX-License-Identifier: Apache-2.0
 * Pack files of a model: opened for its sessions, and written from what one of them runs. A file is
 * given by its path; what it must fit is the model's own bytes, so that weights which were trained
 * on since are told from those that were packed. */
#include <string.h>

#include "api/handles.h"

enum { ENGINE = HONE_VERSION_MAJOR << 16 | HONE_VERSION_MINOR << 8 | HONE_VERSION_PATCH };

/* The digest of the model's files is computed once, and only when a pack is given or made. */
const hn_digest *hn_model_digest(hone_model *m) {
    for (uint32_t i = 0; !m->has_digest && i < m->packs.n_files; i++) {
        hn_digest_add(&m->digest, m->packs.files[i].bytes, m->packs.files[i].size);
    }
    m->has_digest = true;
    return &m->digest;
}

static hn_pack_id id_of(hone_model *m, hn_isa isa) {
    return (hn_pack_id){*hn_model_digest(m), isa, ENGINE};
}

hone_status hn_model_pack(hone_model *m, const char *path, hn_isa isa, const hn_pack_file **file) {
    for (hn_pack_used *p = m->pack_files; p != NULL; p = p->next) {
        if (strcmp(p->path, path) != 0 || p->file.isa != isa) continue;
        *file = &p->file;
        return HONE_OK;
    }
    const size_t n_path = strlen(path);
    hn_pack_used *p = hn_alloc(&m->env, sizeof *p + n_path + 1);
    if (p == NULL) return hn_no_memory(&m->env);
    const hn_pack_id id = id_of(m, isa);
    const hone_status status = hn_pack_file_open(&m->env, path, &id, &p->file);
    if (status != HONE_OK) {
        hn_free(&m->env, p);
        return status;
    }
    p->path = memcpy(p + 1, path, n_path + 1);
    p->next = m->pack_files;
    m->pack_files = p;
    *file = &p->file;
    return HONE_OK;
}

void hn_model_packs_fini(hone_model *m) {
    while (m->pack_files != NULL) {
        hn_pack_used *p = m->pack_files;
        m->pack_files = p->next;
        hn_pack_file_close(&p->file);
        hn_free(&m->env, p);
    }
}

/* Plans once more, with a store of its own that keeps all that is made. */
static hone_status write_pack(hone_session *s, const char *path) {
    hone_model *m = s->model;
    const hn_plan_key *key = &s->planned->key;
    hn_plan_options options = hn_plan_options_of(m, key);
    hn_plan *plan = NULL;
    hn_pack_store store;
    hn_pack_store_init(&store, &m->env, m->packs.files, m->packs.n_files);
    store.keeps_all = true;
    options.input_shapes = s->planned->shapes;
    options.packs = &store;
    options.pack = NULL;
    hone_status status = hn_plan_new(&m->env, m->source, &options, &plan);
    if (status == HONE_OK) {
        const hn_pack_id id = id_of(m, key->isa);
        status = hn_pack_file_write(&m->env, path, &id, &store);
    }
    hn_plan_free(plan);
    hn_pack_store_fini(&store);
    return status;
}

hone_status hone_session_write_pack(hone_session *s, const char *path) {
    hone_model *m = s->model;
    pthread_mutex_lock(&m->lock);
    const hone_status status = write_pack(s, path);
    if (status != HONE_OK) hn_fail_from(&s->run->env, &m->env, status);
    pthread_mutex_unlock(&m->lock);
    return status;
}
