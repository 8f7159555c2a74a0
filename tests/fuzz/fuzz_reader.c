/* SPDX-License-Identifier: Apache-2.0
 * What the targets of the two readers share: read, verify, lower, under the limits of a model
 * load. The bytes are copied to a 64-byte boundary, as a mapped file has it. */
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "fuzz.h"
#include "passes/pass.h"

enum { MEMORY = 64 << 20 };

static const hn_format *format_of(const char *name) {
    for (uint32_t i = 0; i < hn_n_formats; i++) {
        if (strcmp(hn_formats[i].name, name) == 0) return &hn_formats[i];
    }
    return NULL;
}

static void lower(hn_env *env, const hn_graph *source) {
    hn_arena arena;
    hn_graph *lowered = NULL;
    const hn_lower_options options = {0};
    hn_arena_init(&arena, env, 0);
    if (hn_graph_lower(env, &arena, source, &options, &lowered) == HONE_OK) {
        if (hn_graph_verify(lowered) != HONE_OK) abort(); /* a pass broke the graph */
    }
    hn_arena_fini(&arena);
}

void fuzz_read_and_lower(const char *format, const uint8_t *bytes, size_t n) {
    const hn_format *f = format_of(format);
    hn_env env;
    hn_arena arena;
    hn_graph *g = NULL;
    uint8_t *copy = aligned_alloc(64, (n + 64) / 64 * 64);
    if (copy == NULL || f == NULL) abort();
    if (n > 0) memcpy(copy, bytes, n);
    hn_env_init(&env);
    env.limits.memory_bytes = MEMORY;
    hn_arena_init(&arena, &env, 4 * (uint64_t)n + (16 << 20));
    if (f->detect(copy, n) && f->read(&env, &arena, copy, n, NULL, &g) == HONE_OK) {
        if (hn_graph_verify(g) == HONE_OK) lower(&env, g);
        for (uint32_t i = 0; i < g->n_maps; i++) hn_map_close(&g->maps[i]);
    }
    hn_arena_fini(&arena);
    free(copy);
}
