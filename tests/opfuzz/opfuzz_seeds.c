/* SPDX-License-Identifier: Apache-2.0
 * Seeds in memory, and which operators they have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "opfuzz.h"

enum { ARENA_BYTES = 64 << 20 };

void *keep_bytes(const void *bytes, size_t n_bytes) {
    void *copy = aligned_alloc(64, (n_bytes + 64) / 64 * 64);
    if (copy == NULL) abort();
    if (n_bytes > 0) memcpy(copy, bytes, n_bytes);
    return copy;
}

seed *seed_add(seed_list *list, const char *name, const void *bytes, size_t n_bytes,
               uint32_t n_in) {
    if (list->n == list->capacity) {
        list->capacity = list->capacity * 2 + 256;
        list->seeds = realloc(list->seeds, list->capacity * sizeof *list->seeds);
        if (list->seeds == NULL) abort();
    }
    seed *s = &list->seeds[list->n++];
    snprintf(s->name, sizeof s->name, "%s", name);
    s->bytes = keep_bytes(bytes, n_bytes);
    s->n_bytes = n_bytes;
    s->in = calloc(n_in + 1, sizeof *s->in);
    s->n_in = n_in;
    if (s->in == NULL) abort();
    return s;
}

static uint32_t add_ops(const hn_graph *g, const hn_op **ops, uint32_t n, uint32_t room) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        uint32_t k = 0;
        while (k < n && ops[k] != node->op) k++;
        if (node->op != NULL && k == n && n < room) ops[n++] = node->op;
        for (uint32_t b = 0; b < node->n_bodies; b++) n = add_ops(node->bodies[b], ops, n, room);
    }
    return n;
}

uint32_t seed_ops(const seed *s, const hn_op **ops, uint32_t room) {
    hn_env env;
    hn_arena arena;
    hn_graph *g = NULL;
    const hn_format *format = NULL;
    uint32_t n = 0;
    hn_env_init(&env);
    hn_arena_init(&arena, &env, ARENA_BYTES);
    if (hn_format_detect(&env, s->bytes, s->n_bytes, &format) == HONE_OK &&
        format->read(&env, &arena, s->bytes, s->n_bytes, NULL, &g) == HONE_OK) {
        n = add_ops(g, ops, 0, room);
    }
    hn_arena_fini(&arena);
    return n;
}
