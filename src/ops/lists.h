/* SPDX-License-Identifier: Apache-2.0
 * What operators on lists (sequences and optionals, graph/list.h) share. They run on the host. */
#ifndef HN_OPS_LISTS_H
#define HN_OPS_LISTS_H

#include "graph/list.h"
#include "ops/lower.h"

/* Output 0 becomes a list of tensors of that type. */
void hn_node_set_list(hn_node *node, hn_value_kind kind, hn_dtype dtype);

/* Refuses operand `port` when it is no list (of this kind). */
hone_status hn_node_check_list(hn_graph *g, const hn_node *node, uint32_t port, hn_value_kind kind);

/* The block of a list. */
hone_status hn_host_list(hn_host_eval *H, const hn_value *v, const void **block);

/* A value as an item: a tensor, or a list. */
hone_status hn_host_item(hn_host_eval *H, const hn_value *v, hn_item *item);

/* Output 0 as a list of n items; or as one item's value. */
hone_status hn_host_give_list(hn_host_eval *H, hn_node *node, const hn_item *items, uint64_t n);
hone_status hn_host_give_item(hn_host_eval *H, hn_node *node, const hn_item *item);

/* The place that operand `port` names in a list of n items (`absent` where there is none), counted
 * from the end where negative; up to n where is_end. */
typedef struct hn_place {
    uint32_t port;
    int64_t absent;
    bool is_end;
} hn_place;
hone_status hn_host_place(hn_host_eval *H, const hn_node *node, const hn_place *p, uint64_t n,
                          uint64_t *out);

#endif
