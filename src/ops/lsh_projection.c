/* SPDX-License-Identifier: Apache-2.0
 * Locality-sensitive hashing: for each seed one bit, the sign of the weighted sum of hashes of
 * (seed, item) over the items. Dense: the bits; sparse: the bits of a row of seeds as one number,
 * behind the numbers of the rows before. The hash is the 64-bit fingerprint of FarmHash (Pike,
 * Google, 2014), as TensorFlow Lite's is; keys have a seed's four bytes at least, so that its form
 * for one to three bytes is not needed. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { SEEDS, ITEMS, WEIGHTS }; /* operands */

/* ---- the fingerprint ---- */

static const uint64_t prime_0 = UINT64_C(0xc3a5c85c97cb3127);
static const uint64_t prime_1 = UINT64_C(0xb492b66fbe98f273);
static const uint64_t prime_2 = UINT64_C(0x9ae16a3b2f90404f);

typedef struct pair {
    uint64_t a, b;
} pair;

static uint64_t word(const uint8_t *at) {
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t half_word(const uint8_t *at) {
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t turned(uint64_t v, unsigned n) {
    return v >> n | v << (64 - n);
}

static uint64_t mixed(uint64_t v) {
    return v ^ v >> 47;
}

static uint64_t joined(uint64_t a, uint64_t b, uint64_t factor) {
    const uint64_t first = mixed((a ^ b) * factor);
    return mixed((b ^ first) * factor) * factor;
}

/* 4 to 16 bytes. */
static uint64_t hash_few(const uint8_t *at, uint64_t n) {
    const uint64_t factor = prime_2 + 2 * n;
    if (n < 8) return joined(n + (half_word(at) << 3), half_word(at + n - 4), factor);
    const uint64_t a = word(at) + prime_2, b = word(at + n - 8);
    return joined(turned(b, 37) * factor + a, (turned(a, 25) + b) * factor, factor);
}

/* The two words that 32 bytes, the first and the last 16 of a key, come to. */
static pair ends(const uint8_t *at, uint64_t n, const uint64_t start) {
    const uint64_t factor = prime_2 + 2 * n;
    const uint64_t a = word(at) * start, b = word(at + 8), c = word(at + n - 8) * factor;
    const uint64_t d = word(at + n - 16) * prime_2;
    return (pair){turned(a + b, 43) + turned(c, 30) + d, a + turned(b + prime_2, 18) + c};
}

/* 33 to 64 bytes. */
static uint64_t hash_some(const uint8_t *at, uint64_t n) {
    const uint64_t factor = prime_2 + 2 * n;
    const pair outer = ends(at, n, prime_2);
    const uint64_t z = joined(outer.a, outer.b, factor);
    const uint64_t e = word(at + 16) * factor, f = word(at + 24);
    const uint64_t g = (outer.a + word(at + n - 32)) * factor;
    const uint64_t h = (z + word(at + n - 24)) * factor;
    const uint64_t first = word(at) * prime_2;
    return joined(turned(e + f, 43) + turned(g, 30) + h, e + turned(f + first, 18) + g, factor);
}

typedef struct state {
    uint64_t x, y, z;
    pair v, w;
} state;

static pair absorb(const uint8_t *at, uint64_t a, uint64_t b) {
    const uint64_t last = word(at + 24), first = a + word(at);
    const uint64_t sum = first + word(at + 8) + word(at + 16);
    return (pair){sum + last, turned(b + first + last, 21) + turned(sum, 44) + first};
}

/* 64 bytes into the state; the last block counts two words nine times. */
static void take_block(state *s, const uint8_t *at, uint64_t factor, uint64_t times) {
    s->x = turned(s->x + s->y + s->v.a + word(at + 8), 37) * factor;
    s->y = turned(s->y + s->v.b + word(at + 48), 42) * factor;
    s->x ^= s->w.b * times;
    s->y += s->v.a * times + word(at + 40);
    s->z = turned(s->z + s->w.a, 33) * factor;
    s->v = absorb(at, s->v.b * factor, s->x + s->w.a);
    s->w = absorb(at + 32, s->z + s->w.b, s->y + word(at + 16));
    const uint64_t x = s->x;
    s->x = s->z;
    s->z = x;
}

/* More than 64 bytes. */
static uint64_t hash_many(const uint8_t *at, uint64_t n) {
    const uint64_t seed = 81, y = seed * prime_1 + 113;
    const uint64_t n_blocks = (n - 1) / 64, rest = (n - 1) % 64;
    state s = {.x = seed * prime_2 + word(at), .y = y, .z = mixed(y * prime_2 + 113) * prime_2};
    for (uint64_t i = 0; i < n_blocks; i++) take_block(&s, at + i * 64, prime_1, 1);
    const uint64_t factor = prime_1 + ((s.z & 0xff) << 1);
    s.w.a += rest;
    s.v.a += s.w.a;
    s.w.a += s.v.a;
    take_block(&s, at + n - 64, factor, 9);
    return joined(joined(s.v.a, s.w.a, factor) + mixed(s.y) * prime_0 + s.z,
                  joined(s.v.b, s.w.b, factor) + s.x, factor);
}

static uint64_t fingerprint(const uint8_t *at, uint64_t n) {
    if (n <= 16) return hash_few(at, n);
    if (n > 64) return hash_many(at, n);
    if (n > 32) return hash_some(at, n);
    const pair p = ends(at, n, prime_1);
    return joined(p.a, p.b, prime_2 + 2 * n);
}

/* ---- the operator ---- */

static hone_status projection_shape(hn_graph *g, hn_node *node) {
    const hn_shape *seeds = &node->in[SEEDS]->shape, *items = &node->in[ITEMS]->shape;
    const hn_value *weights = hn_node_in(node, WEIGHTS);
    const bool is_dense = strcmp(hn_attr_string(node, "type", ""), "dense") == 0;
    hn_shape out = hn_shape_unknown(1);
    if (hn_attr_find(node, "type") == NULL) {
        return hn_fail(g->env, HONE_E_SHAPE, "a projection that is neither sparse nor dense");
    }
    if (node->in[SEEDS]->dtype != HN_DTYPE_F32) {
        return hn_fail(g->env, HONE_E_SHAPE, "the seeds are not f32");
    }
    if (!hn_shape_is_known(seeds) || !hn_shape_is_known(items)) {
        return hn_node_set_shape(g, node, HN_DTYPE_S32, &out);
    }
    if (seeds->rank != 2 || seeds->dim[1] > 32 || items->rank < 1 || items->dim[0] < 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "seeds are not [n, up to 32], or there is no item");
    }
    if (hn_dtype_bits(node->in[ITEMS]->dtype) % 8 != 0 ||
        node->in[ITEMS]->dtype == HN_DTYPE_STRING) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "items of type %s",
                       hn_dtype_name(node->in[ITEMS]->dtype));
    }
    if (weights != NULL && (weights->dtype != HN_DTYPE_F32 || weights->shape.rank != 1 ||
                            weights->shape.dim[0] != items->dim[0])) {
        return hn_fail(g->env, HONE_E_SHAPE, "the weights are no list of f32, one for each item");
    }
    out.dim[0] = is_dense ? seeds->dim[0] * seeds->dim[1] : seeds->dim[0];
    return hn_node_set_shape(g, node, HN_DTYPE_S32, &out);
}

typedef struct projection {
    const uint8_t *items;
    const float *weights; /* NULL: all 1 */
    uint8_t *key;         /* a seed and an item */
    uint64_t n_items, item_bytes;
} projection;

static uint32_t sign_bit(const projection *p, float seed) {
    double sum = 0;
    memcpy(p->key, &seed, sizeof seed);
    for (uint64_t i = 0; i < p->n_items; i++) {
        memcpy(p->key + sizeof seed, p->items + i * p->item_bytes, (size_t)p->item_bytes);
        const double v = (double)(int64_t)fingerprint(p->key, sizeof seed + p->item_bytes);
        sum += p->weights != NULL ? (double)p->weights[i] * v : v;
    }
    return sum > 0 ? 1 : 0;
}

static hone_status projection_host(hn_host_eval *H, hn_node *node) {
    const hn_value *items = node->in[ITEMS], *weights = hn_node_in(node, WEIGHTS);
    const bool is_dense = strcmp(hn_attr_string(node, "type", ""), "dense") == 0;
    const int64_t n = node->in[SEEDS]->shape.dim[0], n_bits = node->in[SEEDS]->shape.dim[1];
    const int64_t n_out = is_dense ? n * n_bits : n;
    const hn_shape shape = hn_shape_of(1, &n_out);
    const void *seeds = NULL, *bytes = NULL, *factors = NULL;
    void *key = NULL, *out = NULL;
    projection p = {.n_items = (uint64_t)items->shape.dim[0]};
    p.item_bytes = (uint64_t)hn_shape_product(&items->shape, 1, items->shape.rank) *
                   (hn_dtype_bits(items->dtype) / 8);
    HN_TRY(H->input(H, node->in[SEEDS], &seeds));
    HN_TRY(H->input(H, items, &bytes));
    if (weights != NULL) HN_TRY(H->input(H, weights, &factors));
    HN_TRY(H->temp(H, sizeof(float) + p.item_bytes, &key));
    HN_TRY(H->output(H, node, 0, &shape, &out));
    p.items = bytes;
    p.weights = factors;
    p.key = key;
    const float *seed = seeds;
    int32_t *to = out;
    for (int64_t row = 0; row < n; row++) {
        uint32_t number = 0;
        for (int64_t k = 0; k < n_bits; k++) {
            const uint32_t bit = sign_bit(&p, seed[row * n_bits + k]);
            if (is_dense) to[row * n_bits + k] = (int32_t)bit;
            number = number << 1 | bit;
        }
        if (!is_dense) to[row] = (int32_t)(number + (uint32_t)((uint64_t)row << n_bits));
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_lsh_projection = {
    .shape = projection_shape, .host = projection_host, .is_of_bytes = true};
