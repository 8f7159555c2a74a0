/* SPDX-License-Identifier: Apache-2.0
 * What the files of the TensorFlow Lite reader share. Subgraph 0 becomes the graph; subgraphs that
 * an operator names become its bodies, each a graph of its own for every node that names it.
 * Messages say the subgraph, and the number and operator of the node; the entry adds "tflite: ". */
#ifndef HN_FORMATS_TFLITE_READER_H
#define HN_FORMATS_TFLITE_READER_H

#include "formats/format.h"
#include "formats/tflite_ops.h"
#include "formats/wire_flatbuffer.h"

typedef struct hn_tflite {
    hn_env *env;
    hn_arena *arena;
    const uint8_t *bytes; /* the whole file */
    uint64_t size;
    hn_fb fb;
    hn_fb_table model;
    hn_fb_vector codes, subgraphs, buffers;
    uint32_t path[HN_MAX_BODY_DEPTH + 1]; /* subgraphs that are being read, outermost first */
    uint32_t depth;                       /* of path */
    uint32_t n_tensors;                   /* of the innermost one */
} hn_tflite;

/* E_FORMAT with the place when the buffer is damaged, else HONE_OK. */
hone_status hn_tflite_sound(hn_tflite *r);

/* Sparse bytes of v (tflite_sparse.c) become all of its elements, in the arena. */
hone_status hn_tflite_densify(hn_tflite *r, const hn_fb_table *sparsity, const hn_value *v,
                              const uint8_t **bytes, uint64_t *n_bytes);

/* The bytes of a buffer; n 0 for the empty one. They are borrowed from the file. */
hone_status hn_tflite_buffer(hn_tflite *r, uint32_t index, const uint8_t **bytes, uint64_t *n);

/* The value of tensor `index` of the subgraph that is being read; NULL when there is none. */
hn_value *hn_tflite_value(const hn_tflite *r, const hn_graph *g, int32_t index);

/* A graph of subgraph `index`, with its bodies. */
hone_status hn_tflite_subgraph(hn_tflite *r, uint32_t index, hn_graph *parent, hn_graph **out);

/* Adds a value for each tensor of the subgraph: value i is tensor i. Values that hold scales and
 * zero points follow behind the last tensor. */
hone_status hn_tflite_tensors(hn_tflite *r, hn_graph *g, const hn_fb_table *subgraph);

/* Adds the nodes. */
hone_status hn_tflite_nodes(hn_tflite *r, hn_graph *g, const hn_fb_table *subgraph);

/* Turns the options of an operator into attributes and bodies of the node. `number` is the options
 * type, with HN_TFLITE_SECOND_UNION added for the second union. */
hone_status hn_tflite_attributes(hn_tflite *r, hn_graph *g, hn_node *node, uint32_t number,
                                 const hn_fb_table *options);

/* Custom operators (tflite_custom.c): the canonical operator and fixed attributes of a name, false
 * where it has none; and the options, which the node holds as bytes, as attributes. */
bool hn_tflite_custom_of(const char *name, hn_tflite_op *row);

/* Row i of the custom operators; false past the last one. */
bool hn_tflite_custom_at(uint32_t i, hn_format_op *out);
hone_status hn_tflite_custom_options(hn_tflite *r, hn_graph *g, hn_node *node, const char *name);

/* Description, metadata, signatures and the zip behind the file, as metadata of the graph. */
hone_status hn_tflite_extras(hn_tflite *r, hn_graph *g);

#endif
