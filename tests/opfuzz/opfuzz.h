/* SPDX-License-Identifier: Apache-2.0
 * Operators under random attributes, shapes, types, operands and constants: what the files of this
 * test share. A seed is a small model of a test suite of this repository; a mutant is a seed whose
 * source graph was changed after reading, so that one mutator serves both formats. Everything about
 * mutant number N follows from N. */
#ifndef TESTS_OPFUZZ_H
#define TESTS_OPFUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hone/hone.h"
#include "ops/op.h"

enum { SEED_NAME_BYTES = 128, MOST_BYTES_KEPT = 4096 };

/* What a seed's case feeds to an input. */
typedef struct seed_input {
    bool has_shape;
    uint32_t rank;
    int64_t dim[HN_MAX_RANK];
    const uint8_t *data; /* NULL: random elements do */
    size_t n_bytes;
    const void *list; /* of opfuzz_onnx.c: a sequence, an optional or strings */
} seed_input;

typedef struct seed {
    char name[SEED_NAME_BYTES];
    const uint8_t *bytes;
    size_t n_bytes;
    seed_input *in;
    uint32_t n_in;
} seed;

typedef struct seed_list {
    seed *seeds;
    uint32_t n, capacity;
} seed_list;

/* ---- opfuzz_seeds.c; memory is kept until the process ends ---- */

/* A new seed with room for n_in inputs and a copy of the model's bytes. */
seed *seed_add(seed_list *list, const char *name, const void *bytes, size_t n_bytes, uint32_t n_in);
void *keep_bytes(const void *bytes, size_t n_bytes);

/* The operators of its source graph, bodies included, each once; 0 where it cannot be read. */
uint32_t seed_ops(const seed *s, const hn_op **ops, uint32_t room);

/* ---- opfuzz_lite.c, opfuzz_onnx.c: where seeds come from ---- */

void lite_seeds(seed_list *list);
void onnx_seeds(seed_list *list);
/* Gives input i the list or the strings of `in`. */
void onnx_set_list(hone_ctx *ctx, hone_session *session, uint32_t i, const seed_input *in);

/* ---- opfuzz_random.c ---- */

typedef struct dice {
    uint64_t state;
} dice;

dice dice_of(uint64_t number);
uint32_t roll(dice *d, uint32_t n);      /* in [0, n) */
bool one_in(dice *d, uint32_t n);        /* true once in n times */
int64_t roll_extent(dice *d);            /* of a dimension: mostly small, sometimes odd */
int64_t roll_int(dice *d, int64_t near); /* an attribute or an element; maybe near one */
float roll_float(dice *d);
void roll_elements(dice *d, hn_dtype dtype, void *bytes, size_t n_bytes);

/* ---- opfuzz_mutate.c ---- */

/* A source graph that is changed, and what its inputs are fed, by value id. */
typedef struct mutant {
    hn_graph *g;
    const seed_input **feeds;
    uint32_t n_feeds;
    dice dice;
} mutant;

/* Changes one to four things about a node of the operator. */
void mutate(mutant *m, const hn_op *op);

/* ---- opfuzz_nodes.c, opfuzz_values.c: kinds of change; false when it does not apply ---- */

typedef bool (*change)(mutant *m, hn_graph *g, hn_node *node);

extern const change node_changes[];
extern const uint32_t n_node_changes;
extern const change value_changes[];
extern const uint32_t n_value_changes;

/* ---- opfuzz_run.c ---- */

typedef enum fate { FATE_UNREAD, FATE_REFUSED, FATE_FAILED, FATE_RAN, FATE_COUNT } fate;

extern bool mutant_is_shown; /* its graph and plan are written to stderr */

/* Loads the seed, changes it, plans and runs it. */
fate mutant_run(const seed *s, const hn_op *op, uint64_t number);

#endif
