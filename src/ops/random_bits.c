/* SPDX-License-Identifier: Apache-2.0
 * Random bits from a counter: number i is a function of the key and counter + i alone (Salmon,
 * Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3; 2011). Philox makes 4 words of
 * 32 bits from one count in 10 rounds, Threefry 2 words in 20. The state holds key and counter; the
 * first output is the state that the next call begins with. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { KEY_LOW, KEY_HIGH, COUNT_LOW, COUNT_HIGH, STATE_WORDS = 6 };
enum { MOST_WORDS = 4 }; /* of one count */

typedef uint32_t make_words(const uint32_t *state, bool has_tail, uint32_t *out);

/* ---- Philox ---- */

static uint32_t philox(const uint32_t *state, bool has_tail, uint32_t *out) {
    uint32_t key[2] = {state[KEY_LOW], state[KEY_HIGH]};
    const uint32_t *tail = has_tail ? state + 4 : state;
    out[0] = state[COUNT_LOW];
    out[1] = state[COUNT_HIGH];
    out[2] = tail[0];
    out[3] = tail[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t a = UINT64_C(0xd2511f53) * out[0], b = UINT64_C(0xcd9e8d57) * out[2];
        out[0] = (uint32_t)(b >> 32) ^ out[1] ^ key[0];
        out[1] = (uint32_t)b;
        out[2] = (uint32_t)(a >> 32) ^ out[3] ^ key[1];
        out[3] = (uint32_t)a;
        key[0] += 0x9e3779b9u;
        key[1] += 0xbb67ae85u;
    }
    return 4;
}

/* ---- Threefry ---- */

static uint32_t threefry(const uint32_t *state, bool has_tail, uint32_t *out) {
    static const uint8_t turns[8] = {13, 15, 26, 6, 17, 29, 16, 24};
    const uint32_t key[3] = {state[KEY_LOW], state[KEY_HIGH],
                             state[KEY_LOW] ^ state[KEY_HIGH] ^ 0x1bd11bdau};
    uint32_t a = state[COUNT_LOW] + key[0], b = state[COUNT_HIGH] + key[1];
    (void)has_tail;
    for (uint32_t round = 0; round < 20; round++) {
        const uint32_t turn = turns[round % 8];
        a += b;
        b = (b << turn | b >> (32 - turn)) ^ a;
        if (round % 4 != 3) continue;
        const uint32_t group = round / 4 + 1;
        a += key[group % 3];
        b += key[(group + 1) % 3] + group;
    }
    out[0] = a;
    out[1] = b;
    return 2;
}

/* ---- the operator ---- */

static bool is_threefry(const hn_node *node) {
    return strcmp(hn_attr_string(node, "algorithm", ""), "threefry") == 0;
}

static hone_status random_bits_shape(hn_graph *g, hn_node *node) {
    const hn_value *state = node->in[0];
    if (node->n_out != 2 || node->out[1] == NULL) {
        return hn_fail(g->env, HONE_E_SHAPE, "there must be two outputs");
    }
    const hn_dtype dtype = node->out[1]->dtype;
    const hn_shape shape = node->out[1]->shape; /* stated by the file */
    if (dtype != HN_DTYPE_S32 && dtype != HN_DTYPE_U32 && dtype != HN_DTYPE_S64 &&
        dtype != HN_DTYPE_U64) {
        return hn_fail(g->env, HONE_E_SHAPE, "bits of type %s", hn_dtype_name(dtype));
    }
    if (!hn_shape_is_known(&shape)) return hn_fail(g->env, HONE_E_SHAPE, "bits of an open shape");
    const int64_t n = state->shape.rank == 1 ? state->shape.dim[0] : 0;
    if (state->dtype != HN_DTYPE_U64 || (n != 2 && (n != 3 || is_threefry(node)))) {
        return hn_fail(g->env, HONE_E_SHAPE, "the state is not 2 (with Philox 2 or 3) u64");
    }
    HN_TRY(hn_node_set_shape(g, node, HN_DTYPE_U64, &state->shape));
    return hn_node_set_output(g, node, 1, dtype, &shape);
}

static hone_status random_bits_host(hn_host_eval *H, hn_node *node) {
    make_words *const make = is_threefry(node) ? threefry : philox;
    const hn_value *bits = node->out[1];
    const size_t state_bytes = (size_t)node->in[0]->shape.dim[0] * sizeof(uint64_t);
    const bool has_tail = node->in[0]->shape.dim[0] == 3;
    const hn_shape shape = bits->shape;
    uint32_t state[STATE_WORDS] = {0}, words[MOST_WORDS];
    const void *from = NULL;
    void *next = NULL, *out = NULL;
    uint64_t n = 0;
    if (!hn_shape_count(&shape, &n)) return hn_fail(H->env, HONE_E_SHAPE, "an open shape");
    n *= hn_dtype_bits(bits->dtype) / 32;
    HN_TRY(H->input(H, node->in[0], &from));
    HN_TRY(H->output(H, node, 0, &node->in[0]->shape, &next));
    HN_TRY(H->output(H, node, 1, &shape, &out));
    memcpy(state, from, state_bytes);
    for (uint64_t i = 0; i < n;) {
        const uint64_t made = make(state, has_tail, words);
        const uint64_t taken = made < n - i ? made : n - i;
        memcpy((uint32_t *)out + i, words, (size_t)taken * sizeof *words);
        i += taken;
        if (++state[COUNT_LOW] == 0) state[COUNT_HIGH]++;
    }
    memcpy(next, state, state_bytes);
    return HONE_OK;
}

const hn_op_hooks hn_hooks_random_bits = {
    .shape = random_bits_shape, .host = random_bits_host, .max_outputs = 2};
