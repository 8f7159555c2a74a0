/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's HASHTABLE_LOOKUP: rows of a table by rising keys beside it. A key that there is
 * not gives a row of zeros (of empty strings), and 0 in the second output, which says what was
 * found. The search halves the keys as the C library's does, so that keys out of order give the
 * same answer, right or wrong. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

enum { ASKED, KEYS, ROWS }; /* operands */

static hone_status keyed_rows_shape(hn_graph *g, hn_node *node) {
    const hn_value *rows = node->in[ROWS];
    const hn_shape *asked = &node->in[ASKED]->shape, *keys = &node->in[KEYS]->shape;
    for (uint32_t i = ASKED; i <= KEYS; i++) {
        const bool is_list = node->in[i]->shape.rank == 1 || node->in[i]->shape.rank < 0;
        if (is_list && node->in[i]->dtype == HN_DTYPE_S32) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "operand %u is no list of s32", i);
    }
    hn_shape out = rows->shape;
    if (out.rank < 0 || asked->rank < 0 || keys->rank < 0) {
        out = hn_shape_unknown(-1);
    } else if (out.rank == 0 || (out.rank > 1 && rows->dtype == HN_DTYPE_STRING)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the table has no rows, or rows of strings");
    } else if (out.dim[0] != keys->dim[0] && out.dim[0] >= 0 && keys->dim[0] >= 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "there must be one key for each row");
    } else {
        hn_shape_take(&out, 0, asked, 0);
    }
    HN_TRY(hn_node_set_output(g, node, 1, HN_DTYPE_U8, asked));
    return hn_node_set_shape(g, node, rows->dtype, &out);
}

/* The place of a key; -1: it is not there. */
static int64_t find(const int32_t *keys, int64_t n, int32_t key) {
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (keys[middle] == key) return middle;
        if (keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return -1;
}

static hone_status give_texts(hn_host_eval *H, hn_node *node, const int64_t *found, int64_t n) {
    const hn_shape shape = hn_shape_of(1, &n);
    hn_texts rows;
    hn_chars *out = NULL;
    HN_TRY(hn_host_texts(H, node->in[ROWS], &rows));
    HN_TRY(hn_host_chars(H, (uint64_t)n, &out));
    for (int64_t i = 0; i < n; i++) {
        out[i] = found[i] < 0 ? (hn_chars){"", 0} : hn_text_at(&rows, (uint64_t)found[i]);
    }
    return hn_host_give_texts(H, node, 0, &shape, out);
}

static hone_status give_rows(hn_host_eval *H, hn_node *node, const int64_t *found, int64_t n) {
    const hn_value *rows = node->in[ROWS];
    hn_shape shape = rows->shape;
    const void *from = NULL;
    void *to = NULL;
    const uint64_t piece =
        (uint64_t)hn_shape_product(&shape, 1, shape.rank) * (hn_dtype_bits(rows->dtype) / 8);
    shape.dim[0] = n;
    HN_TRY(H->input(H, rows, &from));
    HN_TRY(H->output(H, node, 0, &shape, &to));
    for (int64_t i = 0; i < n && piece > 0; i++) {
        uint8_t *row = (uint8_t *)to + (uint64_t)i * piece;
        if (found[i] < 0) {
            memset(row, 0, (size_t)piece);
        } else {
            memcpy(row, (const uint8_t *)from + (uint64_t)found[i] * piece, (size_t)piece);
        }
    }
    return HONE_OK;
}

static hone_status keyed_rows_host(hn_host_eval *H, hn_node *node) {
    const hn_value *rows = node->in[ROWS];
    const int64_t n = node->in[ASKED]->shape.dim[0], n_keys = node->in[KEYS]->shape.dim[0];
    const void *asked = NULL, *keys = NULL;
    void *memory = NULL;
    if (hn_dtype_bits(rows->dtype) % 8 != 0) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "rows of type %s", hn_dtype_name(rows->dtype));
    }
    if (rows->shape.dim[0] != n_keys) {
        return hn_fail(H->env, HONE_E_SHAPE, "there must be one key for each row");
    }
    HN_TRY(H->input(H, node->in[ASKED], &asked));
    HN_TRY(H->input(H, node->in[KEYS], &keys));
    HN_TRY(H->temp(H, ((uint64_t)n + 1) * sizeof(int64_t), &memory));
    int64_t *found = memory;
    for (int64_t i = 0; i < n; i++) found[i] = find(keys, n_keys, ((const int32_t *)asked)[i]);
    if (node->n_out > 1 && node->out[1] != NULL) {
        HN_TRY(H->output(H, node, 1, &node->in[ASKED]->shape, &memory));
        for (int64_t i = 0; i < n; i++) ((uint8_t *)memory)[i] = found[i] >= 0 ? 1 : 0;
    }
    return rows->dtype == HN_DTYPE_STRING ? give_texts(H, node, found, n)
                                          : give_rows(H, node, found, n);
}

const hn_op_hooks hn_hooks_keyed_rows = {
    .shape = keyed_rows_shape, .host = keyed_rows_host, .max_outputs = 2, .is_of_bytes = true};
