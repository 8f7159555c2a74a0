/* SPDX-License-Identifier: Apache-2.0
 * Operators that are functions of others: an `expand` hook spells the formula, and the rest follows
 * from it. The shape is what the formula gives (hn_compose_shape); where shapes depend on data the
 * formula is run on the host (hn_compose_host). A first failure is kept and everything after it
 * makes nothing, so that a hook reads like the formula and asks for the status once. */
#ifndef HN_OPS_COMPOSE_H
#define HN_OPS_COMPOSE_H

#include "ops/lower.h"

enum { HN_COMPOSE_ATTRS = 24 };

typedef struct hn_compose {
    hn_graph *g;
    hone_status status; /* of the first failure, whose message g->env has */
    hn_node *node;      /* the last one made */
    uint32_t first;     /* id of the first node */
    hn_attr attrs[HN_COMPOSE_ATTRS];
    hn_graph **bodies;
    uint32_t n_attrs, n_out, n_bodies; /* of the next node, as attrs and bodies are */
    hn_arith arith;                    /* of all nodes */
} hn_compose;

hn_compose hn_compose_begin(hn_graph *g);

/* Attributes and outputs of the node that is made next (its operands come before); texts are
 * borrowed until the graph dies. */
void hn_with_int(hn_compose *c, const char *name, int64_t v);
void hn_with_float(hn_compose *c, const char *name, float v);
void hn_with_text(hn_compose *c, const char *name, const char *v);
void hn_with_ints(hn_compose *c, const char *name, const int64_t *v, uint32_t n);
/* Any other one; its list is borrowed too. */
void hn_with_attr(hn_compose *c, const hn_attr *attr);
/* All attributes of that node but the one of that name, in place of others. */
void hn_with_node(hn_compose *c, const hn_node *node, const char *but);
void hn_with_outputs(hn_compose *c, uint32_t n);
/* Its bodies: the list, in the graph's arena, becomes the node's. */
void hn_with_bodies(hn_compose *c, hn_graph **bodies, uint32_t n);

/* A node with that operator and its first output, of which type and shape are inferred at once.
 * NULL operands are absent ones, NULL results failures. */
hn_value *hn_make(hn_compose *c, hn_op_id op, hn_value *const *in, uint32_t n);
#define HN_MAKE(c, op, ...)                                                                        \
    hn_make((c), HN_OP_##op, (hn_value *const[]){__VA_ARGS__},                                     \
            (uint32_t)(sizeof((hn_value *const[]){__VA_ARGS__}) / sizeof(hn_value *)))
/* Another output of the last node. */
hn_value *hn_make_output(const hn_compose *c, uint32_t port);

/* Constants: a number of any type, a vector, numbers of a shape. */
hn_value *hn_make_number(hn_compose *c, hn_dtype dtype, double v);
hn_value *hn_make_vector(hn_compose *c, const int64_t *v, uint32_t n);
hn_value *hn_make_floats(hn_compose *c, const hn_shape *shape, const float *v);

/* Common forms: a new shape, another order of dimensions, another type (none where v has it), a
 * range of one dimension. */
hn_value *hn_make_reshape(hn_compose *c, hn_value *v, const int64_t *dim, int32_t rank);
hn_value *hn_make_transpose(hn_compose *c, hn_value *v, const int64_t *perm, int32_t rank);
hn_value *hn_make_cast(hn_compose *c, hn_value *v, hn_dtype dtype);
hn_value *hn_make_slice(hn_compose *c, hn_value *v, int32_t axis, const int64_t range[2]);

/* The nodes of a copy of `body`, whose inputs become `operands`. Its outputs are values of the
 * graph; NULL: a failure. */
const hn_graph *hn_make_body(hn_compose *c, const hn_graph *body, hn_value *const *operands);

/* Refuses the node: the first failure. Returns NULL. */
hn_value *hn_compose_fail(hn_compose *c, hone_status status, const char *why);

/* v becomes output `port` of the node that is expanded, where it has one. */
void hn_compose_give(hn_compose *c, hn_value *v, hn_node *node, uint32_t port);
/* The same for output 0, and the status of the whole. */
hone_status hn_compose_end(hn_compose *c, hn_value *v, hn_node *node);

/* The node alone in g, with copies of its values; and where the outputs of nodes of g are kept when
 * they are run: in its arena. */
hone_status hn_node_copy_apart(hn_graph *g, const hn_node *node, hn_node **out);
hn_eval_target hn_target_apart(hn_graph *g, const hn_eval_target *of);

/* True when operands' shapes are known and those that the row marks "#" are constant. */
bool hn_compose_is_ready(const hn_node *node);
/* A `shape` hook: types and shapes as the expansion gives them; unknown ranks until it is ready. */
hone_status hn_compose_shape(hn_graph *g, hn_node *node);
/* Runs the expansion of a node whose operands are constant. */
hone_status hn_compose_host(hn_host_eval *H, hn_node *node);

#endif
