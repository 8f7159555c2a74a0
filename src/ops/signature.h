/* SPDX-License-Identifier: Apache-2.0
 * Signatures: what the format that a node came from says of its operands and outputs, as a text:
 * how many, of which types and ranks, which of them alike. formats/onnx_ops.def describes the
 * language and is where they stand. */
#ifndef HN_OPS_SIGNATURE_H
#define HN_OPS_SIGNATURE_H

#include "graph/graph.h"

/* The form of this version in a signature of several. */
const char *hn_signature_form(const char *signature, int32_t version);

/* Operands and outputs of the node against node->signature (NULL: anything goes), as far as their
 * types and ranks are known. Sets the types of outputs that have none yet, where it says them. */
hone_status hn_signature_check(hn_graph *g, hn_node *node);

/* All nodes of the graph, bodies included. */
hone_status hn_signature_check_all(hn_graph *g);

#endif
