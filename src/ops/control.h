/* SPDX-License-Identifier: Apache-2.0
 * Operators with bodies: how operands and outputs of a node belong to those of its bodies. */
#ifndef HN_OPS_CONTROL_H
#define HN_OPS_CONTROL_H

#include "ops/op.h"

/* A loop of any kind. The body's inputs are: a counter and a condition (ONNX's Loop), the carried
 * values, slices of the scanned inputs, captures; its outputs: the next condition (Loop), the
 * carried values, slices of the scanned outputs. The node's operands: trip count and condition
 * (Loop, each may be absent), carried values, scanned inputs, captures. TensorFlow Lite's While has
 * a second body that gives the condition from the carried values. */
typedef struct hn_loop_ports {
    const hn_graph *body, *condition; /* condition: While's; NULL: none */
    uint32_t n_head;                  /* 2 for Loop, else 0 */
    uint32_t n_carried, n_scan_in, n_captures, n_scan_out;
} hn_loop_ports;

/* False when the node is no loop, or its bodies do not fit it. */
bool hn_loop_ports_read(const hn_node *node, hn_loop_ports *out);

/* A body takes carried value `in` as an optional and gives `out`, what it holds: from trip to trip
 * it is wrapped, and the loop's result is what is inside. */
bool hn_loop_wraps(const hn_value *in, const hn_value *out);

/* Axis and direction of scanned input or output i (attributes of Scan; 0 and forward for Loop). */
bool hn_scan_is_plain(const hn_node *node);

/* E_SHAPE when v, a condition or a count, is not one element of that type; NULL, absent, is. */
hone_status hn_control_number(const hn_graph *g, const hn_value *v, hn_dtype dtype);

/* Trips that are known before the loop runs; -1: they are not. */
int64_t hn_loop_trips(const hn_node *node, const hn_loop_ports *ports);

/* True for operators with bodies that run while the node runs (if, while, loop, scan, call). */
bool hn_node_is_control(const hn_node *node);

/* The function (an operator of two operands) that the node's body computes of its two inputs; false
 * when it is no single one, or another than sums, products, minima, maxima, and, or. */
bool hn_body_function(const hn_node *node, hn_op_id *op);

/* True when the node, or one in its bodies, changes state. */
bool hn_node_has_writes(const hn_node *node);

#endif
