/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's operators as tables: names, canonical operators, and how the fields of their
 * options become attributes. The reader interprets them; it has no switch over operators. */
#ifndef HN_FORMATS_TFLITE_OPS_H
#define HN_FORMATS_TFLITE_OPS_H

#include "ops/op.h"

typedef enum hn_tflite_options {
#define T(options, number) HN_TFLITE_##options = (number),
#include "formats/tflite_options.def"
    HN_TFLITE_SECOND_UNION = 256 /* added to the numbers of the second union */
} hn_tflite_options;

/* How a field becomes an attribute. */
typedef enum hn_tflite_kind {
    HN_TFLITE_BOOL,   /* int 0 or 1 */
    HN_TFLITE_FLAG,   /* the same, left out when it has the schema's default */
    HN_TFLITE_S8,     /* int */
    HN_TFLITE_S32,    /* int */
    HN_TFLITE_U32,    /* int */
    HN_TFLITE_S64,    /* int */
    HN_TFLITE_F32,    /* float */
    HN_TFLITE_ENUM8,  /* string of `values`; left out when that is "" */
    HN_TFLITE_ENUM32, /* the same */
    HN_TFLITE_DTYPE,  /* string: the type's name; left out when the field is absent */
    HN_TFLITE_S32S,   /* ints, one from each of the fields */
    HN_TFLITE_LIST32, /* ints; left out when the field is absent, as all lists and texts are */
    HN_TFLITE_LIST64, /* ints */
    HN_TFLITE_FLOATS, /* floats */
    HN_TFLITE_TEXT,   /* string */
    HN_TFLITE_BODY,   /* index of a subgraph, which becomes a body of the node */
    HN_TFLITE_BODIES  /* indices of subgraphs */
} hn_tflite_kind;

enum { HN_TFLITE_MAX_FIELDS = 3 };

typedef struct hn_tflite_field {
    uint16_t options;
    uint8_t kind;
    int8_t field[HN_TFLITE_MAX_FIELDS]; /* -1: none */
    const char *name;
    const char *const *values; /* NULL at its end; "!x" is known, but not supported */
    int32_t absent;            /* the schema's default */
} hn_tflite_field;

extern const hn_tflite_field hn_tflite_fields[];
extern const uint32_t hn_n_tflite_fields;

/* An attribute that every node of an operator gets; "@operands" gives the operands another order;
 * "@raw": it computes on the numbers of a tensor, whatever they stand for. */
typedef struct hn_tflite_fixed {
    const char *name; /* NULL: the end of the list */
    hn_attr_kind kind;
    const char *text; /* HN_ATTR_STRING */
    float number;     /* HN_ATTR_FLOAT, HN_ATTR_INT */
} hn_tflite_fixed;

typedef struct hn_tflite_op {
    int32_t code;
    const char *name; /* "CONV_2D" */
    const hn_op *op;  /* NULL: no canonical operator */
    uint16_t options; /* hn_tflite_options; 0: none */
    const hn_tflite_fixed *fixed;
} hn_tflite_op;

/* The row of a builtin operator; false for a code that is not in the schema. */
bool hn_tflite_op_of(int32_t code, hn_tflite_op *row);

/* What is wrong with how many operands and outputs a builtin operator has; NULL: nothing. */
const char *hn_tflite_bad_ports(int32_t code, uint32_t n_in, uint32_t n_out);

/* The type of a tensor; HN_DTYPE_NONE with *kind set for resources and variants. False for a number
 * that is not in the schema or has no type here. */
bool hn_tflite_dtype(int8_t type, hn_dtype *dtype, hn_value_kind *kind);

enum { HN_TFLITE_CUSTOM = 32 }; /* the code of custom operators */

#endif
