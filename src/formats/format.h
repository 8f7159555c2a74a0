/* SPDX-License-Identifier: Apache-2.0
 * The formats. A reader turns the bytes of a file into a lossless source graph; it sees neither
 * kernels nor plans. A format is a row in formats.def with its reader (and later writer); its
 * operators are rows in <format>_ops.def, one row per operator, with the attributes' names on both
 * sides, so that a reader has no switch over operators. */
#ifndef HN_FORMATS_FORMAT_H
#define HN_FORMATS_FORMAT_H

#include "graph/graph.h"

enum { HN_MAX_CHANNELS = 16 };

/* value = (pixel - mean) / std, with one number for all channels (n 1) or one for each. */
typedef struct hn_normalization {
    uint32_t n; /* 0: the model does not say */
    float mean[HN_MAX_CHANNELS], std[HN_MAX_CHANNELS];
} hn_normalization;

/* A row of a format's operators, as support tables show it. */
typedef struct hn_format_op {
    const char *name;     /* as files have it */
    const char *versions; /* of operator sets in which its definition changed; "": not versioned */
    const char *runs_as;  /* canonical operator; NULL: known by name, refused when it is to run */
} hn_format_op;

typedef struct hn_format {
    const char *name;      /* "tflite" */
    const char *title;     /* "TensorFlow Lite" */
    const char *extension; /* ".tflite" */
    /* True when the bytes look like this format; reads only a few of them. */
    bool (*detect)(const uint8_t *bytes, uint64_t size);
    /* The source graph in `arena`. `bytes` outlive it: constants borrow from them. `folder` is
     * where external data may lie, or NULL. The message starts with the format's name. */
    hone_status (*read)(hn_env *env, hn_arena *arena, const uint8_t *bytes, uint64_t size,
                        const char *folder, hn_graph **out);
    /* Row i; false past the last one. */
    bool (*op_at)(uint32_t i, hn_format_op *out);
    /* The label file of an output, where the format has such a thing, else NULL: text, one name per
     * line. *bytes is NULL when the model names none; they live as long as arena and file. */
    hone_status (*labels)(hn_arena *arena, const hn_graph *g, uint32_t output,
                          const uint8_t **bytes, uint64_t *n_bytes);
    /* How pixels become the values of an input, where the format can say it, else NULL. */
    hone_status (*normalization)(hn_env *env, const hn_graph *g, uint32_t input,
                                 hn_normalization *out);
} hn_format;

/* detect, read and op_at of every row of formats.def, each defined in its reader. */
#define X(name, title, extension, labels, normalization)                                           \
    bool hn_##name##_detect(const uint8_t *bytes, uint64_t size);                                  \
    hone_status hn_##name##_read(hn_env *env, hn_arena *arena, const uint8_t *bytes,               \
                                 uint64_t size, const char *folder, hn_graph **out);               \
    bool hn_##name##_op_at(uint32_t i, hn_format_op *out);
#include "formats/formats.def"
#undef X

extern const hn_format hn_formats[];
extern const uint32_t hn_n_formats;

/* The format of these bytes by content (never by name alone), or E_FORMAT saying what the file
 * looks like and what is supported. */
hone_status hn_format_detect(hn_env *env, const uint8_t *bytes, uint64_t size,
                             const hn_format **out);

#endif
