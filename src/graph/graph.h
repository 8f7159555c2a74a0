/* SPDX-License-Identifier: Apache-2.0
 * The IR: one type for both forms of a model. A *source* graph is what a reader made: one node per
 * node of the file, the file's dimension order, names, metadata and Q/DQ kept. A *lowered* graph is
 * a clone that the passes worked on; every node and value keeps its origin (ids in the source).
 *
 * Ownership: everything lives in the graph's arena and dies with it. Constants borrow their bytes
 * from the mapped model file, which outlives all graphs, or from the arena.
 * Order: nodes[] is in topological order at all times (hn_graph_verify checks it); removed nodes
 * are marked dead and swept by hn_graph_compact. All passes are linear or n log n. */
#ifndef HN_GRAPH_GRAPH_H
#define HN_GRAPH_GRAPH_H

#include "base/arena.h"
#include "base/element.h"
#include "base/file.h"
#include "core/fixed.h"

typedef struct hn_op hn_op; /* ops/op.h: a row of the operator table */
typedef struct hn_graph hn_graph;
typedef struct hn_node hn_node;
typedef struct hn_value hn_value;

enum {
    HN_MAX_RANK = 8,
    HN_MAX_VALUES = 1 << 22,
    HN_MAX_NODES = 1 << 20,
    HN_MAX_NODE_PORTS = 65535,
    HN_MAX_BODY_DEPTH = 16
};

/* rank -1: unknown. dim -1: unknown; sym then names it, or is NULL. */
typedef struct hn_shape {
    int32_t rank;
    int64_t dim[HN_MAX_RANK];
    const char *sym[HN_MAX_RANK];
} hn_shape;

typedef enum hn_value_kind {
    HN_VALUE_TENSOR,
    HN_VALUE_SEQUENCE,
    HN_VALUE_OPTIONAL,
    HN_VALUE_MAP,
    HN_VALUE_RESOURCE
} hn_value_kind;

/* Affine quantization: real = scale * (q - zero_point), per tensor (axis -1, one scale) or along
 * `axis`. Scales and zero points are constant values, so that formats can share and keep them;
 * scale is f32 [n], zero_point s32 [n] (NULL: all zero), both contiguous. */
typedef struct hn_quant {
    hn_value *scale, *zero_point;
    int32_t axis, block;
} hn_quant;

/* Large floats that are worked out when their elements are first read (hn_constant_need): those of
 * `from` as float32, times factor[i / inner % n_factor] (NULL: as they are). Weights that are found
 * packed never are. */
typedef struct hn_later {
    const hn_value *from; /* a constant of floats, of the same shape */
    const float *factor;
    uint64_t inner, n_factor;
    uint8_t *bytes; /* their place in the arena */
    uint32_t depth; /* how many wait for each other */
    bool is_made;
} hn_later;

/* The bytes of a constant, seen through strides (in elements): layout passes change the view, never
 * the bytes. Sub-byte constants are always contiguous; strings are one block (graph/list.h). */
typedef struct hn_constant {
    const uint8_t *bytes;
    uint64_t n_bytes; /* reachable through bytes */
    int64_t stride[HN_MAX_RANK];
    bool is_borrowed; /* from the model's file, not from an arena */
    uint8_t flip;     /* of a view: bits that a copy of each byte has changed */
    hn_later *later;  /* NULL: the bytes are there */
} hn_constant;

/* Ids of source nodes (or values), sorted, unique; unions on fusion. */
typedef struct hn_origin {
    const uint32_t *ids;
    uint32_t n;
} hn_origin;

struct hn_value {
    uint32_t id; /* index in graph->values */
    hn_value_kind kind;
    hn_dtype dtype;
    const char *name; /* as in the file; "" when it has none */
    hn_shape shape;
    hn_quant *quant;       /* NULL: not quantized */
    hn_constant *constant; /* NULL: computed, an input, or state */
    hn_node *producer;     /* NULL: input, constant, state, or captured */
    uint32_t n_uses;       /* by nodes and as outputs; hn_graph_count_uses refreshes it */
    bool is_state;         /* a session slot (variable tensor, resource) */
    bool holds_lists;      /* an optional of a sequence */
    hn_origin origin;
};

typedef enum hn_attr_kind {
    HN_ATTR_INT,
    HN_ATTR_FLOAT,
    HN_ATTR_STRING,
    HN_ATTR_INTS,
    HN_ATTR_FLOATS,
    HN_ATTR_STRINGS,
    HN_ATTR_TENSOR
} hn_attr_kind;

typedef struct hn_attr {
    const char *name;
    hn_attr_kind kind;
    uint32_t n; /* of ints, floats, strings */
    union {
        int64_t i;
        float f;
        const char *s; /* with a 0 at its end; n is its length */
        const int64_t *ints;
        const float *floats;
        const char *const *strings;
        hn_value *tensor; /* a constant */
    } v;
} hn_attr;

struct hn_node {
    uint32_t id; /* unique in the graph */
    const hn_op *op;
    const char *name;    /* as in the file; "" when it has none */
    const char *foreign; /* the file's name of the op, such as "CONV_2D" or "Conv" */
    const char
        *signature;  /* what the format says of operands and outputs (ops/signature.h), or NULL;
                        for a reader's nodes until shapes are bound, not kept by passes */
    int32_t version; /* since-version (ONNX opset, TFLite op version) */
    hn_value **in;   /* NULL entries: absent optional operands */
    hn_value **out;
    hn_attr *attrs;
    hn_graph **bodies; /* If: then, else; While: condition, body */
    uint32_t n_in, n_out, n_attrs, n_bodies;
    hn_arith arith;       /* of a quantized node */
    const char *provider; /* who runs it; NULL: the CPU */
    hn_origin origin;
    bool is_dead;
};

typedef struct hn_metadata {
    const char *key;
    const void *bytes;
    uint64_t n_bytes;
} hn_metadata;

struct hn_graph {
    hn_arena *arena; /* of the whole model: bodies share it */
    hn_env *env;
    const char *name, *format; /* "tflite", "onnx" */
    hn_graph *parent;
    hn_value **values;
    hn_node **nodes;
    hn_value **inputs, **outputs;
    hn_metadata *metadata;
    uint32_t n_values, n_nodes, n_inputs, n_outputs, n_metadata;
    uint32_t capacity_values, capacity_nodes, next_node_id;
    const char *broken; /* of a branch of an If: why it cannot be taken; NULL: it can */
    hn_map *maps; /* files that a source graph's constants borrow from, besides the model's own;
                     whoever frees the arena closes them (hn_map_close). Clones have none. */
    uint32_t n_maps;
};

/* ---- building: NULL (with the message recorded in graph->env) when memory or a limit is out ----
 */

hn_graph *hn_graph_new(hn_env *env, hn_arena *arena);
hn_value *hn_graph_value(hn_graph *g, const char *name, hn_dtype dtype, const hn_shape *shape);

/* A contiguous constant over borrowed bytes (is_borrowed true), or a copy of them in the arena. */
hn_value *hn_graph_constant(hn_graph *g, const char *name, hn_dtype dtype, const hn_shape *shape,
                            const void *bytes);
hn_value *hn_graph_constant_borrowed(hn_graph *g, const char *name, hn_dtype dtype,
                                     const hn_shape *shape, const void *bytes);

/* A constant of float32 that is worked out when it is read; `bytes` and what follows them in the
 * recipe are set here. Small ones are made at once. */
hn_value *hn_graph_later(hn_graph *g, const char *name, const hn_shape *shape,
                         const hn_later *recipe);

/* Small constants for passes. */
hn_value *hn_graph_scalar_f32(hn_graph *g, float v);
hn_value *hn_graph_vector_s64(hn_graph *g, const int64_t *v, uint32_t n);

/* A node at the end of nodes[], with n_in and n_out NULL ports; its origin is empty. The caller
 * sets ports with hn_node_set_out (which sets producer) and node->in[i]. */
hn_node *hn_graph_node(hn_graph *g, const hn_op *op, uint32_t n_in, uint32_t n_out);
/* A node of g with the operator, counts, names, attributes and bodies of another one, all of them
 * shared with it; no operands yet. */
hn_node *hn_graph_node_like(hn_graph *g, const hn_node *node);

/* Sets a port and the value's producer. Nodes made by passes are appended; hn_graph_compact puts
 * them where the topological order wants them. */
void hn_node_set_out(hn_node *node, uint32_t port, hn_value *value);

/* ---- attributes: lookup by name, with a default ---- */
const hn_attr *hn_attr_find(const hn_node *node, const char *name);
int64_t hn_attr_int(const hn_node *node, const char *name, int64_t absent);
float hn_attr_float(const hn_node *node, const char *name, float absent);
const char *hn_attr_string(const hn_node *node, const char *name, const char *absent);
/* Fills out[0..n) from ints; returns false when absent or of another length (out untouched). */
bool hn_attr_ints(const hn_node *node, const char *name, int64_t *out, uint32_t n);
/* Setting replaces; false when memory is out. */
bool hn_attr_set_int(hn_graph *g, hn_node *node, const char *name, int64_t v);
bool hn_attr_set_float(hn_graph *g, hn_node *node, const char *name, float v);
bool hn_attr_set_string(hn_graph *g, hn_node *node, const char *name, const char *v);
bool hn_attr_set_ints(hn_graph *g, hn_node *node, const char *name, const int64_t *v, uint32_t n);

/* ---- changing ---- */

/* Every use of `from` (node inputs in this graph, graph outputs) becomes `to`. Linear. Passes that
 * replace many values collect them in a map and call hn_graph_replace_all once. */
void hn_graph_replace(hn_graph *g, hn_value *from, hn_value *to);
/* map[id] is the replacement of value id, or NULL; chains are followed. */
void hn_graph_replace_all(hn_graph *g, hn_value *const *map);
void hn_node_kill(hn_node *node);
/* Sweeps dead nodes, restores topological order (E_FORMAT on a cycle), refreshes n_uses. */
hone_status hn_graph_compact(hn_graph *g);
void hn_graph_count_uses(hn_graph *g);

/* origin(into) becomes the union of both. False when memory is out. */
bool hn_origin_add(hn_graph *g, hn_origin *into, const hn_origin *from);

/* A deep copy of structure in `arena`; constants' bytes stay borrowed from the source's owner.
 * Values keep their ids as origin when `new_origin` is set (source -> lowered). */
hone_status hn_graph_clone(hn_env *env, hn_arena *arena, const hn_graph *g, bool new_origin,
                           hn_graph **out);

/* Moves the values and nodes of `body`, whose inputs become `operands`, into g: values at the end,
 * with new ids; nodes get ids and stay in body->nodes for the caller to place. The body is used up.
 */
hone_status hn_graph_splice(hn_graph *g, hn_graph *body, hn_value *const *operands);

/* Checks everything that later code relies on: ids, order, ports, producers, shapes of constants
 * against their bytes, quantization sizes, limits. For a fresh source graph a failure is E_FORMAT.
 */
hone_status hn_graph_verify(const hn_graph *g);

/* ---- shapes (graph/shape.c) ---- */
bool hn_shape_is_known(const hn_shape *s);                 /* rank and all dims */
bool hn_shape_equal(const hn_shape *a, const hn_shape *b); /* ranks and dims, symbols apart */
bool hn_shape_count(const hn_shape *s, uint64_t *n);       /* false: unknown or overflow */
hn_shape hn_shape_of(int32_t rank, const int64_t *dim);
void hn_shape_strides(const hn_shape *s, int64_t *stride); /* row-major, elements */
bool hn_shape_broadcast(const hn_shape *a, const hn_shape *b, hn_shape *out); /* NumPy's rule */
int hn_shape_text(const hn_shape *s, char *text, size_t n_bytes); /* "1x3x224x224", "?x10", "" */
bool hn_value_bytes(const hn_value *v, uint64_t *n_bytes);

/* ---- constants (graph/constant.c, graph/later.c) ---- */
/* Before constant->bytes are read directly: works out what is worked out later. The functions below
 * do it themselves. */
void hn_constant_need(const hn_value *v);
/* All of a graph: somebody may read them when the graph belongs to several threads. */
void hn_graph_need_all(const hn_graph *g);
bool hn_constant_is_contiguous(const hn_value *v);
/* Elements in row-major order of v->shape, converted; n is the count asked for and checked. */
hone_status hn_constant_read_s64(const hn_graph *g, const hn_value *v, int64_t *out, uint64_t n);
hone_status hn_constant_read_f32(const hn_graph *g, const hn_value *v, float *out, uint64_t n);
/* The same for a constant of numbers that is known to have n elements. */
void hn_constant_read_floats(const hn_value *v, float *out, uint64_t n);
/* Copies the view's elements, row-major, to `out` (hn_value_bytes of room). */
void hn_constant_copy(const hn_value *v, void *out);
/* The quantization of v: channels (1: per tensor), scale and zero point of channel c. */
uint32_t hn_quant_channels(const hn_value *v);
float hn_quant_scale(const hn_value *v, uint32_t c);
int32_t hn_quant_zero(const hn_value *v, uint32_t c);

#endif
