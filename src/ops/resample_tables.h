/* SPDX-License-Identifier: Apache-2.0
 * Resizing one axis: which elements of the input an output takes, and how much of each. The rules
 * of ONNX and of LiteRT become tables here; kernels only follow them. */
#ifndef HN_OPS_RESAMPLE_TABLES_H
#define HN_OPS_RESAMPLE_TABLES_H

#include "ops/lower.h"

typedef enum hn_resample_mode {
    HN_RESAMPLE_NEAREST,
    HN_RESAMPLE_LINEAR,
    HN_RESAMPLE_CUBIC
} hn_resample_mode;

/* What holds for all axes of a node. */
typedef struct hn_resample_rule {
    hn_resample_mode mode;
    const char *coordinates; /* coordinate_transformation_mode of ONNX; "tf_..." of LiteRT */
    const char *nearest;     /* nearest_mode of ONNX, "simple" before version 11 */
    float cubic_a;
    bool excludes_outside, has_antialias;
} hn_resample_rule;

typedef struct hn_resample_axis {
    int64_t in, out;
    float scale, start, end; /* out / in; the region of interest */
} hn_resample_axis;

/* Tables of one axis: `taps` entries for each output, to be freed with hn_resample_free. weight is
 * NULL where the mode is nearest; index -1 in the first entry marks an output outside. */
typedef struct hn_resample_table {
    int32_t taps;
    int32_t *index;
    float *weight;
    bool has_outside;
} hn_resample_table;

hone_status hn_resample_fill(hn_env *env, const hn_resample_rule *rule,
                             const hn_resample_axis *axis, hn_resample_table *out);
void hn_resample_free(hn_env *env, hn_resample_table *table);

/* The tables of LiteRT's kernels; fixed: linear weights in units of 1 / 1024. */
hone_status hn_resample_fill_tflite(hn_env *env, const hn_resample_rule *rule,
                                    const hn_resample_axis *axis, hn_resample_table *out,
                                    int32_t **fixed);

/* One step along rows and, where column is not NULL, columns of n images (ops/resizing.c). */
typedef struct hn_resample_pass {
    const hn_resample_table *row, *column;
    const int32_t *fixed[2]; /* weights of s8 and s16, instead of those of the tables */
    int64_t n, in_h, in_w, c, out_h, out_w;
    hn_types types;
    float fill;
} hn_resample_pass;

hone_status hn_resample_emit(hn_lower *L, const hn_resample_pass *p, hn_operand in, hn_operand out);

/* "nearest", "linear" or "cubic"; false for other names. */
bool hn_resample_mode_of(const char *name, hn_resample_mode *mode);

/* Copies keep the quantization; LiteRT also interpolates integers, in their own units. */
bool hn_resize_quantized(const hn_node *node);

#endif
