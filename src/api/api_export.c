/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: export as C. The plan is made as for a microcontroller: portable kernels, one
 * worker, input memory reused, offsets aligned to 16. */
#include <ctype.h>
#include <string.h>

#include "api/handles.h"
#include "codegen/codegen.h"

enum { MAX_NAME = 64, MCU_ALIGN = 16 };

/* A C identifier from the last part of a path. */
static void name_of_folder(const char *folder, char name[MAX_NAME]) {
    size_t end = strlen(folder);
    while (end > 1 && folder[end - 1] == '/') end--;
    size_t begin = end;
    while (begin > 0 && folder[begin - 1] != '/') begin--;
    size_t n = 0;
    if (begin < end && isdigit((unsigned char)folder[begin])) name[n++] = 'm';
    for (size_t i = begin; i < end && n + 1 < MAX_NAME; i++) {
        const unsigned char c = (unsigned char)folder[i];
        name[n++] = isalnum(c) && c < 128 ? (char)c : '_';
    }
    name[n] = 0;
}

hone_status hone_model_export(hone_model *m, const char *folder,
                              const hone_export_options *options) {
    static const hone_export_options defaults = HONE_EXPORT_OPTIONS_INIT;
    if (options == NULL) options = &defaults;
    hn_plan_key key;
    hn_planned *planned = NULL;
    char name[MAX_NAME];
    name_of_folder(folder, name);
    memset(&key, 0, sizeof key);
    key.isa = HN_ISA_C;
    key.level = 1;
    key.workers = 1;
    key.tile_steps = options->tile_steps;
    key.tile_rows = options->tile_rows;
    key.align = MCU_ALIGN;
    pthread_mutex_lock(&m->lock);
    hone_status status = hn_model_plan(m, &key, NULL, &planned);
    if (status == HONE_OK) {
        status = hn_codegen_write(&m->env, planned->plan,
                                  options->name != NULL ? options->name : name, folder);
        hn_model_plan_release(m, planned);
    }
    pthread_mutex_unlock(&m->lock);
    return status;
}
