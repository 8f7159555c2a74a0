/* SPDX-License-Identifier: Apache-2.0
 * What TensorFlow Lite's metadata says about inputs and outputs: the file of class names, and how
 * to normalise pixels. The graph is one that hn_tflite_read made; its file is still mapped. */
#ifndef HN_FORMATS_TFLITE_METADATA_H
#define HN_FORMATS_TFLITE_METADATA_H

#include "formats/format.h"

/* The label file of an output: text, one name per line. *bytes is NULL and *n_bytes 0 when the
 * model names none; the bytes live as long as `arena` and the mapped file. */
hone_status hn_tflite_labels(hn_arena *arena, const hn_graph *g, uint32_t output,
                             const uint8_t **bytes, uint64_t *n_bytes);

hone_status hn_tflite_normalization(hn_env *env, const hn_graph *g, uint32_t input,
                                    hn_normalization *out);

#endif
