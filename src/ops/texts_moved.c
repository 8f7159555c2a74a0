/* SPDX-License-Identifier: Apache-2.0
 * Strings through operators that only move elements: the node is run on the numbers of its strings
 * in their place, and the numbers that come out name the strings of the result. They count from 1
 * through all operands; 0, what such operators put where nothing lies, is the empty string. */
#include "ops/compose.h"
#include "ops/texts.h"

/* Every element of their outputs is one of an operand, or 0. */
static const hn_op_id movers[] = {
    HN_OP_reshape,
    HN_OP_flatten,
    HN_OP_transpose,
    HN_OP_concat,
    HN_OP_pad,
    HN_OP_slice,
    HN_OP_strided_slice,
    HN_OP_gather,
    HN_OP_gather_nd,
    HN_OP_gather_elements,
    HN_OP_squeeze,
    HN_OP_unsqueeze,
    HN_OP_expand,
    HN_OP_tile,
    HN_OP_split,
    HN_OP_unpack,
    HN_OP_pack,
    HN_OP_reverse,
    HN_OP_space_to_depth,
    HN_OP_depth_to_space,
    HN_OP_where,
    HN_OP_select,
    HN_OP_fill,
    HN_OP_reverse_sequence,
    HN_OP_identity,
};

bool hn_node_moves_texts(const hn_node *node) {
    bool has_texts = false, is_mover = false;
    for (uint32_t i = 0; i < node->n_in; i++) {
        has_texts = has_texts || (node->in[i] != NULL && node->in[i]->dtype == HN_DTYPE_STRING);
    }
    for (size_t i = 0; i < sizeof movers / sizeof movers[0]; i++) {
        is_mover = is_mover || node->op == hn_op_at(movers[i]);
    }
    return has_texts && is_mover;
}

/* The strings of the operands, one list after the other. */
typedef struct moving {
    hn_texts *of; /* by operand; n 0: it has none */
    uint32_t n_in;
} moving;

static hn_chars text_of(const moving *m, int64_t number) {
    uint64_t at = (uint64_t)number - 1;
    for (uint32_t i = 0; number > 0 && i < m->n_in; i++) {
        if (at < m->of[i].n) return hn_text_at(&m->of[i], at);
        at -= m->of[i].n;
    }
    return (hn_chars){"", 0};
}

/* v becomes a constant of the numbers from `first` on. */
static hone_status number(hn_graph *g, hn_value *v, uint64_t n, int64_t first) {
    int64_t *numbers = HN_NEW_N(g->arena, int64_t, n + 1);
    hn_constant *constant = HN_NEW(g->arena, hn_constant);
    if (numbers == NULL || constant == NULL) return hn_no_memory(g->env);
    for (uint64_t i = 0; i < n; i++) numbers[i] = first + (int64_t)i;
    constant->bytes = (uint8_t *)numbers;
    constant->n_bytes = n * sizeof *numbers;
    hn_shape_strides(&v->shape, constant->stride);
    v->dtype = HN_DTYPE_S64;
    v->constant = constant;
    return HONE_OK;
}

/* The node again, in g, on numbers. */
static hone_status copy_on_numbers(hn_host_eval *H, hn_graph *g, const hn_node *node, moving *m,
                                   hn_node **out) {
    hn_node *copy = NULL;
    int64_t next = 1;
    HN_TRY(hn_node_copy_apart(g, node, &copy));
    for (uint32_t i = 0; i < node->n_in; i++) {
        hn_value *v = copy->in[i];
        if (v == NULL || v->dtype != HN_DTYPE_STRING) continue;
        HN_TRY(hn_host_texts(H, node->in[i], &m->of[i]));
        HN_TRY(number(g, v, m->of[i].n, next));
        next += (int64_t)m->of[i].n;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *v = copy->out[i];
        if (v != NULL && v->dtype == HN_DTYPE_STRING) v->dtype = HN_DTYPE_S64;
    }
    *out = copy;
    return HONE_OK;
}

static hone_status give(hn_host_eval *H, hn_node *node, uint32_t port, const moving *m,
                        const hn_value *moved) {
    hn_chars *texts = NULL;
    uint64_t n = 0;
    if (moved->dtype != HN_DTYPE_S64 || !hn_shape_count(&moved->shape, &n)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "output %u is not of strings", port);
    }
    const int64_t *numbers = (const void *)moved->constant->bytes;
    HN_TRY(hn_host_chars(H, n, &texts));
    for (uint64_t i = 0; i < n; i++) texts[i] = text_of(m, numbers[i]);
    return hn_host_give_texts(H, node, port, &moved->shape, texts);
}

static hone_status move(hn_host_eval *H, hn_node *node, hn_arena *arena) {
    hn_graph *g = hn_graph_new(H->env, arena);
    hn_node *copy = NULL;
    moving m = {HN_NEW_N(arena, hn_texts, (uint64_t)node->n_in + 1), node->n_in};
    if (g == NULL || m.of == NULL) return hn_no_memory(H->env);
    HN_TRY(copy_on_numbers(H, g, node, &m, &copy));
    const hn_eval_target target = hn_target_apart(g, H->target);
    HN_TRY(hn_node_infer(g, copy));
    HN_TRY(hn_node_eval_to(g, copy, &target));
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] != NULL) HN_TRY(give(H, node, i, &m, copy->out[i]));
    }
    return HONE_OK;
}

hone_status hn_host_move_texts(hn_host_eval *H, hn_node *node) {
    hn_arena arena;
    hn_arena_init(&arena, H->env, H->env->limits.memory_bytes);
    const hone_status status = move(H, node, &arena);
    hn_arena_fini(&arena);
    return status;
}
