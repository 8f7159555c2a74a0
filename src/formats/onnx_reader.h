/* SPDX-License-Identifier: Apache-2.0
 * What the files of the ONNX reader share. nanopb walks the messages over the mapped bytes; the
 * callbacks of onnx_wire.c turn its streams into spans of the file, and everything above works on
 * spans and statuses. A graph is read in one walk: a name that is mentioned gets a value at once,
 * and whoever defines it (an initializer, an input, a node, in any order) fills it in; what is
 * left undefined at the end of a body is captured from the graph around it.
 *
 * Memory: what lasts is in the graph's arena, what only the reading needs is in `scratch`. Both are
 * bounded, together to four times the file and 16 MB. */
#ifndef HN_FORMATS_ONNX_READER_H
#define HN_FORMATS_ONNX_READER_H

#include <pb_decode.h>

#include "base/file.h"
#include "formats/onnx_subset.pb.h"
#include "graph/graph.h"
#include "ops/op.h"

enum {
    HN_ONNX_MAX_OPSETS = 64,
    HN_ONNX_MAX_BODIES = 16, /* of one node */
    HN_ONNX_MAX_FILES = 256, /* of external data */
    HN_ONNX_MAX_METADATA = 4096
};

/* Bytes of the model's file. */
typedef struct hn_onnx_span {
    const uint8_t *bytes;
    uint64_t size;
} hn_onnx_span;

typedef struct hn_onnx_opset {
    hn_onnx_span domain;
    int32_t version;
} hn_onnx_opset;

/* Where a message's fields are in its struct, by tag (formats/onnx_walk.c). */
enum { HN_ONNX_TAGS = 32, HN_ONNX_MESSAGES = 16 };
typedef enum hn_onnx_kind {
    HN_ONNX_ABSENT,
    HN_ONNX_CALLBACK,
    HN_ONNX_INT32,
    HN_ONNX_INT64,
    HN_ONNX_FLOAT
} hn_onnx_kind;
typedef struct hn_onnx_place {
    uint16_t offset, has; /* has: of the flag of a number */
    hn_onnx_kind kind;
} hn_onnx_place;
typedef struct hn_onnx_message {
    const pb_msgdesc_t *fields;
    hn_onnx_place at[HN_ONNX_TAGS];
    uint8_t numbers[HN_ONNX_TAGS]; /* tags of those that are numbers */
    uint32_t n_numbers;
} hn_onnx_message;

typedef struct hn_onnx_reader {
    hn_env *env;
    hn_arena *arena, scratch;
    const uint8_t *bytes;
    uint64_t size;
    const char *folder;
    hone_status status; /* of the first failure inside a callback */
    hn_onnx_opset opsets[HN_ONNX_MAX_OPSETS];
    uint32_t n_opsets;
    hn_map *maps; /* files of external data, with their names inside the folder */
    const char **map_names;
    uint32_t n_maps, capacity_maps, capacity_map_names;
    hn_onnx_message messages[HN_ONNX_MESSAGES]; /* those met so far */
    uint32_t n_messages;
} hn_onnx_reader;

/* For a failed request of n_bytes from the arena: E_LIMIT when it is the bound that is reached. */
hone_status hn_onnx_no_room(const hn_onnx_reader *r, uint64_t n_bytes);

/* ---- onnx_wire.c: fields of a message ---- */

/* Keeps the last occurrence of a string, bytes or message. */
typedef struct hn_onnx_field {
    hn_onnx_reader *r;
    hn_onnx_span span;
    uint32_t n; /* occurrences */
} hn_onnx_field;

/* Calls `fn` for every occurrence, in order; counts them, only that when fn is NULL. */
typedef struct hn_onnx_each {
    hn_onnx_reader *r;
    hone_status (*fn)(void *user, hn_onnx_span item);
    void *user;
    uint32_t n;
} hn_onnx_each;

/* Numbers of a repeated field, packed or not. Set by the caller: the bytes of one number in the
 * file (0: varint) and in `out`, and the room of `out` in numbers (0: only count them). */
typedef struct hn_onnx_numbers {
    hn_onnx_reader *r;
    uint32_t bytes_in, bytes_out;
    void *out;
    uint64_t room, n;
    hn_onnx_span chunk; /* the last packed run; bytes NULL when it was not packed */
    uint32_t n_chunks;
} hn_onnx_numbers;

pb_callback_t hn_onnx_on_field(hn_onnx_field *field);
pb_callback_t hn_onnx_on_each(hn_onnx_each *each);
pb_callback_t hn_onnx_on_numbers(hn_onnx_numbers *numbers);

/* The number at *at, which moves behind it; false where it does not end before `end` or has more
 * than 64 bits. */
bool hn_onnx_varint(const uint8_t **at, const uint8_t *end, uint64_t *out);

/* Walks one message and calls the callbacks in `message`. E_FORMAT where the bytes are none. */
hone_status hn_onnx_decode(hn_onnx_reader *r, hn_onnx_span span, const pb_msgdesc_t *fields,
                           void *message);

/* A string of the file in `arena`, ended with 0. E_FORMAT when it holds a 0 itself. */
hone_status hn_onnx_string(hn_onnx_reader *r, hn_arena *arena, hn_onnx_span span,
                           const char **text);
bool hn_onnx_is(hn_onnx_span span, const char *text);

/* Both of a StringStringEntryProto. */
hone_status hn_onnx_entry(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_span *key,
                          hn_onnx_span *value);

/* ---- onnx_names.c: the names of one graph ---- */

/* hn_onnx_name.defined: by whom. */
enum { HN_ONNX_INPUT = 1, HN_ONNX_CONSTANT = 2, HN_ONNX_COMPUTED = 4 };

typedef struct hn_onnx_name {
    struct hn_onnx_name *next; /* in order of first mention */
    const char *text;          /* in the graph's arena */
    uint32_t length;
    uint32_t defined;
    hn_value *value;
    const hn_node *reader; /* the first node that reads it */
    uint32_t stamp, index; /* of the capture by a node's bodies */
} hn_onnx_name;

typedef struct hn_onnx_fork hn_onnx_fork;

typedef struct hn_onnx_link { /* at most one of them */
    hn_onnx_fork *fork;
    hn_onnx_name *name;
} hn_onnx_link;

typedef struct hn_onnx_names {
    hn_onnx_link root;
    hn_onnx_name *first, *last;
} hn_onnx_names;

/* The entry of that name, made (without a value) where there is none. The text holds no 0. */
hone_status hn_onnx_names_at(hn_onnx_reader *r, hn_onnx_names *names, hn_onnx_span text,
                             hn_onnx_name **out);

/* ---- onnx_graph.c: one graph and what it has seen so far ---- */

typedef struct hn_onnx_list {
    hn_value **items;
    uint32_t n, capacity;
} hn_onnx_list;

typedef struct hn_onnx_scope {
    hn_onnx_reader *r;
    hn_graph *g;
    hn_onnx_names names;
    hn_onnx_list inputs, outputs;
    uint32_t depth, n_nodes; /* n_nodes: read so far */
} hn_onnx_scope;

/* Reads a GraphProto into a new graph; names that it does not define stay so in scope->names. */
hone_status hn_onnx_graph_read(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_scope *parent,
                               hn_onnx_scope **out);
/* The entry of a name with its value; `text` is not empty. */
hone_status hn_onnx_mention(hn_onnx_scope *scope, hn_onnx_span text, hn_onnx_name **out);
/* Notes who defines the name; E_FORMAT when something else does already. */
hone_status hn_onnx_define(hn_onnx_scope *scope, hn_onnx_name *name, uint32_t by);
hone_status hn_onnx_list_add(hn_onnx_reader *r, hn_onnx_list *list, hn_value *value);

/* ---- onnx_types.c: element types, ValueInfoProto ---- */

typedef struct hn_onnx_type {
    int32_t number; /* TensorProto.DataType */
    hn_dtype dtype;
    uint32_t field;     /* of TensorProto that holds its elements as numbers */
    uint32_t bytes_out; /* that one such number stands for */
} hn_onnx_type;

const hn_onnx_type *hn_onnx_type_of(int32_t number); /* NULL: none */

/* A TypeProto; fills dtype, kind and shape of `like`. */
hone_status hn_onnx_type_read(hn_onnx_reader *r, hn_onnx_span span, hn_value *like);

/* The name and the type of an input or output; fills dtype, kind and shape of `like`. */
hone_status hn_onnx_value_info(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_span *name,
                               hn_value *like);

/* ---- onnx_tensor.c, onnx_external.c: TensorProto ---- */

typedef struct hn_onnx_tensor {
    hn_onnx_span name;
    hn_dtype dtype;
    hn_shape shape;
    hn_constant constant;
} hn_onnx_tensor;

hone_status hn_onnx_tensor_read(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_tensor *out);
/* Makes `value` the constant that the tensor describes. */
hone_status hn_onnx_tensor_set(hn_onnx_reader *r, const hn_onnx_tensor *tensor, hn_value *value);

/* n_bytes at `offset` of a file inside the model's folder, mapped until r->maps are closed. */
hone_status hn_onnx_external(hn_onnx_reader *r, const char *location, uint64_t offset,
                             uint64_t n_bytes, const uint8_t **bytes);

/* ---- onnx_attrs.c: AttributeProto ---- */

typedef struct hn_onnx_op hn_onnx_op;

/* What the attributes of a node become. */
typedef struct hn_onnx_attrs {
    hn_onnx_scope *scope;
    const hn_onnx_op *op; /* or NULL */
    hn_value *target;     /* what a tensor is put into; NULL: a new value */
    hn_attr *items;
    uint32_t n, room;
    hn_onnx_scope *bodies[HN_ONNX_MAX_BODIES];
    const char *body_names[HN_ONNX_MAX_BODIES]; /* of the attributes that hold them */
    uint32_t n_bodies;
} hn_onnx_attrs;

/* For hn_onnx_each; `user` is hn_onnx_attrs with room for one more. */
hone_status hn_onnx_attr_read(void *user, hn_onnx_span span);

/* What is wrong with an attribute of the standard's own domains, by onnx_attributes.def; NULL:
 * nothing. `op` is the operator's name, "" where it is not of the standard domain. */
const char *hn_onnx_attr_problem(const char *op, const hn_attr *attr);

/* ---- onnx_nodes.c ---- */

/* For hn_onnx_each; `user` is the scope that the node is in. */
hone_status hn_onnx_node_read(void *user, hn_onnx_span span);

/* ---- onnx_ops.c, onnx_upgrade.c: operators ---- */

/* Brings a node of an older version to what the canonical operator means, or sets node->op to NULL
 * where that has no such form. All operands, attributes and uses are known. */
typedef hone_status (*hn_onnx_upgrade)(hn_graph *g, hn_node *node);

struct hn_onnx_op {
    const char *name;
    int32_t op;        /* hn_op_id, or HN_OP_COUNT: none */
    const char *since; /* versions, ascending: "1 6 13" */
    hn_arith arith;
    const char *signature, *attributes; /* see onnx_ops.def */
    hn_onnx_upgrade upgrade;
};

extern const hn_onnx_op hn_onnx_ops[];
extern const uint32_t hn_n_onnx_ops;

const hn_onnx_op *hn_onnx_op_find(const char *name, size_t length); /* NULL: none */
/* The newest version of the operator that is in the opset; 0: the operator is younger. */
int32_t hn_onnx_op_since(const hn_onnx_op *op, int32_t opset);
/* The place of the body that this attribute holds; -1: in order of the file. */
int32_t hn_onnx_op_body(const hn_onnx_op *op, hn_onnx_span attribute);
/* Canonical operator, attributes and arithmetic of every node of the graph; bodies have theirs. */
hone_status hn_onnx_translate(hn_graph *g);

/* Broadcasting before version 7: the second operand's dimensions begin at `axis` of the first. */
hone_status hn_onnx_place_operand(hn_graph *g, hn_node *node, int64_t axis);

#define UPGRADE(name) hone_status hn_onnx_upgrade_##name(hn_graph *g, hn_node *node)
UPGRADE(none);
UPGRADE(resize);
UPGRADE(roi_align);
UPGRADE(window);
UPGRADE(pool);
UPGRADE(grid_sample);
UPGRADE(bit_cast);
UPGRADE(binary);
UPGRADE(variadic);
UPGRADE(mod);
UPGRADE(bit_shift);
UPGRADE(prelu);
UPGRADE(cast);
UPGRADE(softmax);
UPGRADE(recurrent);
UPGRADE(scan);
UPGRADE(flex_attention);
UPGRADE(integer_product);
UPGRADE(label_encoder);
UPGRADE(clip);
UPGRADE(concat);
UPGRADE(pad);
UPGRADE(dropout);
UPGRADE(out_type);
UPGRADE(dft);
UPGRADE(quantize);
#undef UPGRADE

#endif
