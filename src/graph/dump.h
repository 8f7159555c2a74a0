/* SPDX-License-Identifier: Apache-2.0
 * A graph as text, for `info --dump` and for comparing graphs in tests: one line for each input,
 * node and output, in order, columns aligned; the nodes of bodies are indented below theirs. */
#ifndef HN_GRAPH_DUMP_H
#define HN_GRAPH_DUMP_H

#include "base/text.h"
#include "graph/graph.h"

/* Adds the graph to `text`. `op_name` names an operator (this layer does not know the table); where
 * it is NULL, or the node has no operator, the file's own name stands. E_MEMORY when memory is out.
 */
hone_status hn_graph_dump(const hn_graph *g, const char *(*op_name)(const hn_op *op),
                          hn_text *text);

#endif
