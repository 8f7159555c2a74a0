/* SPDX-License-Identifier: Apache-2.0
 * The operator table: what a node means. An operator is one file (its hooks) and one row in ops.def
 * (its facts), because layout, tiling, pruning, quantization and writing all need the same facts.
 * Nothing outside src/ops and src/formats switches over operators. */
#ifndef HN_OPS_OP_H
#define HN_OPS_OP_H

#include "graph/graph.h"

typedef struct hn_lower hn_lower;         /* ops/lower.h */
typedef struct hn_host_eval hn_host_eval; /* ops/lower.h */

/* Access map of a row: how an output dimension depends on the dimensions of an input. With the
 * node's attributes it gives, per output dimension, one hn_access (ops/access.c). */
typedef enum hn_access_rule {
    HN_ACCESS_ALL,     /* every output element may read every input element */
    HN_ACCESS_SAME,    /* elementwise, with NumPy broadcasting */
    HN_ACCESS_WINDOW,  /* convolution and pooling: batch same, space windowed, channels by op */
    HN_ACCESS_AXIS,    /* same, but along attribute `axis` everything (softmax) */
    HN_ACCESS_REDUCE,  /* attributes `axes`, `keepdims` */
    HN_ACCESS_PERMUTE, /* attribute `perm` */
    HN_ACCESS_CONCAT,  /* same, split along attribute `axis` */
    HN_ACCESS_RESHAPE, /* merged and split */
    HN_ACCESS_SLICE,   /* same with an offset and step per dimension */
    HN_ACCESS_GEMM,    /* rows same, columns all */
    HN_ACCESS_BLOCK,   /* an image whose blocks and channels change places */
    HN_ACCESS_FOLLOW,  /* dimensions same, taken by index, new or gone: see hn_node_access */
    HN_ACCESS_STRETCH  /* same rank; a dimension is the input's, or resampled from all of it */
} hn_access_rule;

/* Quantization rule of a row: where the output's scale comes from when the node is quantized. */
typedef enum hn_quant_rule {
    HN_QUANT_NONE,   /* has no integer form: Q/DQ stay as written */
    HN_QUANT_FREE,   /* output scale is free; inputs have their own */
    HN_QUANT_SAME,   /* output scale equals the input's (pooling by maximum, reshape, transpose) */
    HN_QUANT_FIXED,  /* fixed by the operator (softmax, sigmoid) */
    HN_QUANT_PRODUCT /* free, and operand 2 is a bias with scale in * weights, s32 */
} hn_quant_rule;

enum { /* hn_op.effects */
       HN_EFFECT_NONE = 0,
       HN_EFFECT_STATE_READ = 1,
       HN_EFFECT_STATE_WRITE = 2,
       HN_EFFECT_RANDOM = 4,
       HN_EFFECT_HOST = 8,    /* runs on the host through ops/node_eval.c, never as kernel steps */
       HN_EFFECT_CONTROL = 16 /* has bodies: a CALL of sub-plans */
};

/* Functions of an operator. shape is required; lower, expand or host as well. */
typedef struct hn_op_hooks {
    /* Checks operands and attributes (a hostile file made them) and sets dtype and shape of every
     * output, as far as the inputs' shapes are known. E_SHAPE or E_UNSUPPORTED with a reason; the
     * caller adds the node's name. */
    hone_status (*shape)(hn_graph *g, hn_node *node);
    /* Emits the steps of this node (all shapes known, layout resolved). */
    hone_status (*lower)(hn_lower *L, const hn_node *node);
    /* Replaces the node by simpler ones (appended to g; the node is killed by the caller). */
    hone_status (*expand)(hn_graph *g, hn_node *node);
    /* Rewrites attributes when the dimensions of all permutable operands and outputs are
     * re-ordered: new dimension i is old dimension perm[i]. Operands have their new shapes
     * already, outputs their old ones. NULL: the rule in the access map suffices. */
    hone_status (*permute)(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank);
    /* Multiply-accumulates of one run; NULL: none. */
    uint64_t (*macs)(const hn_node *node);
    /* True when `lower` has an integer form for the types and quantization of the node's operands
     * and outputs under node->arith. NULL: there is none. Asked through hn_node_is_quantized. */
    bool (*quantized)(const hn_node *node);
    /* Runs the node on the host in place of `lower`: for shapes that depend on elements. */
    hone_status (*host)(hn_host_eval *H, hn_node *node);
    /* Outputs that a node may have; 0: one, HN_NO_OUTPUT: none. The first must be there, others may
     * be NULL. Operators with bodies check their own. */
    uint32_t max_outputs;
    /* The result follows from the operands' shapes alone: `lower` reads no operand's elements, so
     * the node is folded as soon as those shapes are known. */
    bool is_of_shapes;
    /* `host` takes elements of any type as bytes: pass widen leaves such a node as it is. */
    bool is_of_bytes;
} hn_op_hooks;

enum { HN_NO_OUTPUT = 0x7fffffff };

struct hn_op {
    const char *name;      /* "conv" */
    const char *operands;  /* names, "?" after an optional one, "*" after a variadic one, "#" after
                              one  whose value is needed to know shapes: "x w b?" */
    uint32_t n_min, n_max; /* operand counts, read off `operands` */
    hn_access_rule access;
    hn_quant_rule quant;
    uint32_t effects;
    const hn_op_hooks *hooks;
};

extern const hn_op hn_ops[];
extern const uint32_t hn_n_ops;

typedef enum hn_op_id {
#define X(name, operands, access, quant, effects) HN_OP_##name,
#include "ops/ops.def"
#undef X
    HN_OP_COUNT
} hn_op_id;

static inline const hn_op *hn_op_at(hn_op_id id) {
    return &hn_ops[id];
}
const hn_op *hn_op_find(const char *name); /* NULL when there is none */

/* Operand k is marked "#" in the operator's row. */
bool hn_op_needs_elements(const hn_op *op, uint32_t k);

/* Checks the operand count and runs the shape hook; the message names op and node. */
hone_status hn_node_infer(hn_graph *g, hn_node *node);

/* A failure as it passes a node: "NAME (op): " before the message, or "#id (op): " where the node
 * has no name. */
hone_status hn_node_fail(hn_env *env, const hn_node *node, hone_status status);

/* hn_node_infer over all nodes in order, bodies included. */
hone_status hn_graph_infer(hn_graph *g);

/* Fills map[d] for output dimension d: the input's dimension it follows and how. */
typedef enum hn_access_kind {
    HN_DIM_SAME,
    HN_DIM_BROADCAST,
    HN_DIM_WINDOW,
    HN_DIM_ALL,
    HN_DIM_OFFSET,
    HN_DIM_MERGED
} hn_access_kind;
typedef struct hn_access {
    hn_access_kind kind;
    int32_t dim;                           /* of the input; -1: none */
    int32_t kernel, stride, dilation, pad; /* of a window */
} hn_access;
hone_status hn_node_access(const hn_node *node, uint32_t input, hn_access map[HN_MAX_RANK]);

/* True when the node has an integer kernel for its operands' types and arithmetic. */
bool hn_node_is_quantized(const hn_node *node);

#endif
