/* SPDX-License-Identifier: Apache-2.0
 * Tensors of strings on the host: read as blocks (graph/list.h), given as lists of characters. */
#ifndef HN_OPS_TEXTS_H
#define HN_OPS_TEXTS_H

#include "graph/list.h"
#include "ops/lower.h"

typedef struct hn_texts {
    const void *block;
    uint64_t n;
} hn_texts;

/* Operand v, which must be of strings. */
hone_status hn_host_texts(hn_host_eval *H, const hn_value *v, hn_texts *out);
hn_chars hn_text_at(const hn_texts *t, uint64_t i);

/* Output `port` as strings of that shape; `chars` are as many. */
hone_status hn_host_give_texts(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                               const hn_chars *chars);

/* Memory until the hook returns. */
hone_status hn_host_chars(hn_host_eval *H, uint64_t n, hn_chars **out);

/* White space of ASCII. */
static inline bool hn_is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool hn_chars_equal(hn_chars a, hn_chars b);

/* Whether the node moves strings as any other elements, and what runs it then (texts_moved.c). */
bool hn_node_moves_texts(const hn_node *node);
hone_status hn_host_move_texts(hn_host_eval *H, hn_node *node);

/* E_SHAPE when operand `port` is not of strings. */
hone_status hn_node_check_texts(hn_graph *g, const hn_node *node, uint32_t port);

#endif
