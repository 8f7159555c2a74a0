/* SPDX-License-Identifier: Apache-2.0
 * hone's tools: what the command is made of. Analysis, plans, pictures in, export. Rules of hone.h
 * hold: statuses, messages on the failing object, structs that start with their size. */
#ifndef HONE_HONE_TOOLS_H
#define HONE_HONE_TOOLS_H

#include "hone/hone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A text made by the library; freed with hone_text_free. */
typedef struct hone_text {
    char *bytes; /* with a 0 at the end */
    size_t n_bytes;
    void *owner;
} hone_text;
#define HONE_TEXT_INIT                                                                             \
    { NULL, 0, NULL }
void hone_text_free(hone_text *text);

/* ---- analysis of the source graph ---- */
typedef struct hone_model_facts {
    size_t struct_size;
    const char *format; /* "TensorFlow Lite" */
    uint64_t file_bytes, weights_bytes, params,
        macs; /* macs at the model's input shapes; 0: open */
    uint32_t n_nodes, n_values;
} hone_model_facts;
#define HONE_MODEL_FACTS_INIT                                                                      \
    { sizeof(hone_model_facts), NULL, 0, 0, 0, 0, 0, 0 }
hone_status hone_model_query(hone_model *model, hone_model_facts *facts);

/* Operators by the file's names, most frequent first. Errors: ARGUMENT when i is out of range. */
uint32_t hone_model_op_count(hone_model *model);
hone_status hone_model_op(hone_model *model, uint32_t i, const char **name, uint32_t *count);

/* Metadata by key, borrowed from the model; E_ARGUMENT when absent. Labels and normalisation are
 * found where the format keeps them (TFLite metadata). */
hone_status hone_model_metadata(hone_model *model, const char *key, const void **bytes,
                                size_t *n_bytes);
hone_status hone_model_labels(hone_model *model, hone_text *labels);
/* Up to 3 channels: mean and std of input 0 in pixels (0..255); E_ARGUMENT when it has none. */
hone_status hone_model_normalization(hone_model *model, float mean[3], float std[3]);

/* The source graph as text, one line per node. */
hone_status hone_model_dump(hone_model *model, hone_text *text);

/* ---- plans ---- */
hone_status hone_session_dump(hone_session *session, hone_text *text); /* the steps */

/* One buffer of the memory plan, for pictures of the arena. */
typedef struct hone_plan_buffer {
    size_t struct_size;
    const char *name;
    uint64_t offset, n_bytes;
    uint32_t first_step, last_step;
} hone_plan_buffer;
#define HONE_PLAN_BUFFER_INIT                                                                      \
    { sizeof(hone_plan_buffer), NULL, 0, 0, 0, 0 }
uint32_t hone_session_buffer_count(hone_session *session);
hone_status hone_session_buffer(hone_session *session, uint32_t i, hone_plan_buffer *buffer);

/* One step, with its time in the last run when profiling is on (hone_session_profile). */
typedef struct hone_step_info {
    size_t struct_size;
    const char *kind;      /* "kernel", "loop", "call", "wait" */
    const char *kernel;    /* "conv_s8_c", or what is called */
    const char *node;      /* name of the first source node it comes from */
    const char *op;        /* the file's name of its operator */
    uint32_t units, depth; /* depth 1: inside a loop */
    uint64_t macs, time_ns;
} hone_step_info;
#define HONE_STEP_INFO_INIT                                                                        \
    { sizeof(hone_step_info), NULL, NULL, NULL, NULL, 0, 0, 0, 0 }
uint32_t hone_session_step_count(hone_session *session);
hone_status hone_session_step(hone_session *session, uint32_t i, hone_step_info *info);
void hone_session_profile(hone_session *session, int on);

/* ---- pictures in ---- */
typedef enum hone_resize {
    HONE_RESIZE_STRETCH,
    HONE_RESIZE_CROP,
    HONE_RESIZE_LETTERBOX
} hone_resize;

typedef struct hone_picture_options {
    size_t struct_size;
    hone_resize resize;
    int is_bgr;
    int has_norm; /* mean, std, scale below are used; else the model's metadata, else by type:
                     u8 and s8 pixels as they are, float pixels / 255 */
    float mean[3], std[3], scale; /* value = (pixel * scale - mean) / std */
} hone_picture_options;
#define HONE_PICTURE_OPTIONS_INIT                                                                  \
    { sizeof(hone_picture_options), HONE_RESIZE_STRETCH, 0, 0, {0, 0, 0}, {1, 1, 1}, 1.0f }

/* Reads a JPEG, PNG or BMP file (EXIF orientation applied), fits it to input i of the session (NHWC
 * or NCHW, 1 or 3 channels) and writes the tensor. Errors, on the session: FILE, FORMAT, LIMIT,
 * SHAPE when the input is no picture. */
hone_status hone_session_read_picture(hone_session *session, uint32_t i, const char *path,
                                      const hone_picture_options *options);

/* A picture for the terminal (half blocks, 24-bit colour), at most `columns` wide. */
hone_status hone_picture_ansi(hone_ctx *ctx, const char *path, uint32_t columns, hone_text *text);
/* A contact sheet of n pictures with captions, `columns` a row, each `cell` pixels, as PNG. */
hone_status hone_picture_sheet(hone_ctx *ctx, const char *const *paths, const char *const *captions,
                               uint32_t n, uint32_t columns, uint32_t cell, const char *out_path);

/* ---- .npy ---- */
/* Reads an array into input i (type and element count must agree). */
hone_status hone_session_read_npy(hone_session *session, uint32_t i, const char *path);
/* Writes a tensor; the message of a failure is on the context. */
hone_status hone_tensor_write_npy(hone_ctx *ctx, const hone_tensor *tensor, const char *path);

/* ---- answers ---- */
typedef struct hone_class {
    uint32_t index;
    float score; /* dequantized */
} hone_class;
/* The k (at most 128) greatest elements of a tensor of f32, u8, s8 or s16, greatest first, ties by
 * lower index; returns how many, 0 for other types. */
uint32_t hone_tensor_top(const hone_tensor *tensor, hone_class *top, uint32_t k);

/* ---- export ---- */
typedef struct hone_export_options {
    size_t struct_size;
    const char *name; /* C identifier that names come from; NULL: from the folder's name */
    uint32_t tile_steps, tile_rows; /* as in hone_session_options */
} hone_export_options;
#define HONE_EXPORT_OPTIONS_INIT                                                                   \
    { sizeof(hone_export_options), NULL, 0, 0 }

/* Writes the model as C99 into `folder` (made when absent): NAME.h, NAME.c, and the kernel sources
 * that it needs. No malloc, no libm. Errors, on the model: UNSUPPORTED names what cannot be
 * exported; FILE. */
hone_status hone_model_export(hone_model *model, const char *folder,
                              const hone_export_options *options);

/* ---- the machine ---- */
uint64_t hone_time_ns(void);     /* monotonic */
uint64_t hone_cpu_time_ns(void); /* of this process */
uint64_t hone_rss_bytes(void);   /* resident memory of this process */
uint32_t hone_cpu_count(void);

#ifdef __cplusplus
}
#endif

#endif
