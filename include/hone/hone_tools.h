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

/* ---- what cannot run or be written ---- */
typedef enum hone_target {
    HONE_TARGET_RUN,    /* run here, on the CPU */
    HONE_TARGET_TFLITE, /* be written as TensorFlow Lite */
    HONE_TARGET_ONNX,   /* be written as ONNX */
    HONE_TARGET_C       /* be exported as C */
} hone_target;

typedef struct hone_problem {
    const char *node;        /* its name, or "#12"; "" when it is the model as a whole */
    const char *op;          /* the file's name of the operator */
    const char *reason;      /* why it cannot */
    const char *replacement; /* what to use instead, "" when none is near */
} hone_problem;

/* All problems, in the order of the nodes; freed with hone_problems_free. */
typedef struct hone_problems {
    const hone_problem *items;
    uint32_t n;
    void *owner;
} hone_problems;
#define HONE_PROBLEMS_INIT                                                                         \
    { NULL, 0, NULL }

/* Looks at every node, not only at the first that fails. OK with n 0 when nothing is in the way. A
 * node that hangs on one with a problem is passed over where its shapes follow from it. Errors, on
 * the model: MEMORY, ARGUMENT. */
hone_status hone_model_check(hone_model *model, hone_target target, hone_problems *problems);
void hone_problems_free(hone_problems *problems);

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
    uint64_t bytes; /* of its operands, constants too: what it must move at least */
} hone_step_info;
#define HONE_STEP_INFO_INIT                                                                        \
    { sizeof(hone_step_info), NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0 }
uint32_t hone_session_step_count(hone_session *session);
hone_status hone_session_step(hone_session *session, uint32_t i, hone_step_info *info);
void hone_session_profile(hone_session *session, int on);

/* ---- packed weights ---- */

/* Writes the weights of this session's plan as its kernels take them to `path`, through a temporary
 * name: what hone_session_options.pack takes for the same model, CPU level and version of the
 * library. Other shapes of inputs find most of what they need in it. Errors, on the session: FILE,
 * MEMORY, LIMIT. */
hone_status hone_session_write_pack(hone_session *session, const char *path);

/* ---- tuning ---- */

/* Is told of each race between two plans: the stage's name, and how many of how many are over. */
typedef void (*hone_tune_progress)(void *user, const char *stage, uint32_t n_done,
                                   uint32_t n_total);
typedef struct hone_tune_options {
    size_t struct_size;
    hone_tune_progress progress; /* may be NULL */
    void *user;
    uint32_t seconds; /* after which no race begins; what was found by then is kept */
} hone_tune_options;
#define HONE_TUNE_OPTIONS_INIT                                                                     \
    { sizeof(hone_tune_options), NULL, NULL, 60 }

typedef struct hone_tune_report {
    size_t struct_size;
    double before_us, after_us; /* a run as planned without the file, and with it */
    uint32_t n_kernels;         /* problems for which another kernel or thread count is better */
    uint32_t n_tilings;         /* chains of steps that run in row strips */
} hone_tune_report;
#define HONE_TUNE_REPORT_INIT                                                                      \
    { sizeof(hone_tune_report), 0, 0, 0, 0 }

/* Measures which kernels, threads and row strips are faster on this machine than those that the
 * planner takes for this session, on what its inputs hold now, and writes a text to `path`, through
 * a temporary name: what hone_session_options.tune takes for the same model, CPU level, number of
 * threads and version of the library. Takes the time of some thousand runs, or `seconds`, in which
 * nobody else can use the model; the session itself does not change. Errors, on the session:
 * FILE, MEMORY, LIMIT, ARGUMENT (inputs without a fixed size), and those of a run. */
hone_status hone_session_tune(hone_session *session, const char *path,
                              const hone_tune_options *options, hone_tune_report *report);

/* ---- operators ---- */

/* An operator that a format names. Strings are constant. */
typedef struct hone_operator_info {
    size_t struct_size;
    const char *format;   /* "tflite", "onnx" */
    const char *name;     /* as files have it */
    const char *versions; /* of the operator sets that changed it; "custom"; "" */
    const char *runs_as; /* name in docs/operators.md; NULL: known, but refused when it is to run */
} hone_operator_info;
#define HONE_OPERATOR_INFO_INIT                                                                    \
    { sizeof(hone_operator_info), NULL, NULL, NULL, NULL }

/* The i-th of all formats' operators, from the tables that readers use. Errors: ARGUMENT past the
 * last one. */
hone_status hone_operator_at(uint32_t i, hone_operator_info *info);

/* ---- pictures in ---- */
typedef enum hone_resize {
    HONE_RESIZE_STRETCH,
    HONE_RESIZE_CROP,
    HONE_RESIZE_LETTERBOX,
    HONE_RESIZE_CORNER /* letterbox with the picture at the top left, as YOLOX does */
} hone_resize;

/* Bilinear takes the four nearest pixels, as OpenCV and TensorFlow do; antialias widens the filter
 * when shrinking, as Pillow and torchvision do. */
typedef enum hone_filter { HONE_FILTER_BILINEAR, HONE_FILTER_ANTIALIAS } hone_filter;

typedef struct hone_picture_options {
    size_t struct_size;
    hone_resize resize;
    hone_filter filter;
    int is_bgr;
    int has_norm; /* mean, std, scale below are used; else the model's metadata, else by type:
                     u8 and s8 pixels as they are, float pixels / 255 */
    float mean[3], std[3], scale; /* value = (pixel * scale - mean) / std */
} hone_picture_options;
#define HONE_PICTURE_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(hone_picture_options), HONE_RESIZE_STRETCH, HONE_FILTER_BILINEAR, 0, 0, {0, 0, 0},  \
            {1, 1, 1}, 1.0f                                                                        \
    }

/* Reads a JPEG, PNG, BMP or PNM file (EXIF orientation applied), fits it to input i of the session
 * (NHWC or NCHW, 1 or 3 channels) and writes the tensor; options NULL: the defaults. Errors, on the
 * session: FILE, FORMAT, LIMIT, SHAPE when the input is no picture. */
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

/* ---- series in: sound, features of sound, recordings of sensors ---- */
/* Rows in time. Sound has one column, -1 to 1. Freed with hone_series_free. */
typedef struct hone_series {
    size_t struct_size;
    float *values; /* [n_rows][n_columns] */
    size_t n_rows;
    uint32_t n_columns;
    double rate_hz; /* rows a second, 0 where it is not known */
    void *owner;
} hone_series;
#define HONE_SERIES_INIT                                                                           \
    { sizeof(hone_series), NULL, 0, 0, 0.0, NULL }
void hone_series_free(hone_series *series);

/* A RIFF/WAVE file (PCM of 8 to 32 bits, floats), mixed to one channel and, when rate_hz is not 0,
 * resampled. Errors, on the context: FILE, FORMAT, UNSUPPORTED, LIMIT. */
hone_status hone_sound_read(hone_ctx *ctx, const char *path, double rate_hz, hone_series *sound);

/* A recording: CSV, or Edge Impulse's JSON or CBOR (told by the content). Errors as above. */
hone_status hone_sensor_read(hone_ctx *ctx, const char *path, hone_series *recording);

typedef enum hone_feature_kind {
    HONE_FEATURES_SPECTRUM, /* magnitudes of a frame's bins 0 to n_fft / 2 */
    HONE_FEATURES_MEL,      /* logs of mel bands */
    HONE_FEATURES_MFCC,     /* the cosine transform of these */
    HONE_FEATURES_MICRO     /* the fixed-point front end of TensorFlow Lite Micro, / 25.6 */
} hone_feature_kind;

typedef enum hone_feature_log {
    HONE_LOG_NATURAL,
    HONE_LOG_10,
    HONE_LOG_DB, /* 10 log10 of squares, 20 log10 of magnitudes */
    HONE_LOG_NONE
} hone_feature_log;

/* What is 0 takes its default: frames of 30 ms every 20 ms, a transform of the next power of two,
 * 40 bands from 20 to 4000 Hz (micro: 125 to 7500), 10 coefficients, magnitudes, an offset of 1e-6
 * before the log. Bands are TensorFlow's (HTK mel scale, periodic Hann window). */
typedef struct hone_feature_options {
    size_t struct_size;
    hone_feature_kind kind;
    double frame_ms, step_ms;
    uint32_t n_fft, n_bins, n_coefficients;
    double low_hz, high_hz;
    uint32_t power; /* 1 magnitudes, 2 their squares */
    hone_feature_log log;
    double log_offset;
} hone_feature_options;
#define HONE_FEATURE_OPTIONS_INIT                                                                  \
    { sizeof(hone_feature_options), HONE_FEATURES_MEL, 0, 0, 0, 0, 0, 0, 0, 0, HONE_LOG_NATURAL, 0 }

/* A row a frame that lies wholly in the sound. Errors, on the context: ARGUMENT, LIMIT. */
hone_status hone_sound_features(hone_ctx *ctx, const hone_series *sound,
                                const hone_feature_options *options, hone_series *features);

/* Real numbers into input i: quantized where the input is, else rounded for integers; zeros follow
 * when there are fewer than elements. Errors, on the session: SHAPE when there are more, ARGUMENT,
 * UNSUPPORTED for types other than f32 and integers. */
hone_status hone_session_write_values(hone_session *session, uint32_t i, const float *values,
                                      size_t n_values);

/* ---- texts in ---- */
typedef struct hone_tokens_options {
    size_t struct_size;
    const char *vocabulary;   /* a file: a word and its number a line; NULL: bytes are tokens */
    uint32_t n_first, n_last; /* bytes: of the text's begin and end; both 0: as many as fit */
    int32_t pad;              /* bytes: fills what is left */
    uint32_t block;           /* bytes: blanks at the outer ends of blocks of this many bytes are
                                 trimmed first; 0: none are */
} hone_tokens_options;
#define HONE_TOKENS_OPTIONS_INIT                                                                   \
    { sizeof(hone_tokens_options), NULL, 0, 0, 0, 0 }

/* A text into input i, an integer or float tensor of tokens. Words of a vocabulary come after
 * <START> and before <PAD>, and <UNKNOWN> stands for others, where the file has these entries.
 * Errors, on the session: FILE, FORMAT, SHAPE, DATA when a token does not fit the type. */
hone_status hone_session_write_text(hone_session *session, uint32_t i, const char *text,
                                    size_t n_bytes, const hone_tokens_options *options);

/* ---- boxes, maps and poses out ---- */
enum { HONE_DETECTION_POINTS = 6 };

/* In pixels of the picture that hone_session_read_picture read last (of the input, when none was).
 * (x, y) is the top left corner; points are landmarks. */
typedef struct hone_detection {
    float score;
    uint32_t label;
    float x, y, w, h;
    uint32_t n_points;
    float points[HONE_DETECTION_POINTS][2];
} hone_detection;

typedef struct hone_keypoint {
    float x, y, score;
} hone_keypoint;

/* How outputs are read. Detectors: "ssd", "yolox", "yunet", "ultraface", "blazeface", "fastestdet",
 * "fomo"; the others: "segments", "pose". NULL when i is out of range. */
const char *hone_decoder_name(uint32_t i);
/* The decoder that the shapes of the session's outputs ask for, or NULL. Maps of classes are told
 * only where their sides are a quarter to all of the input's. */
const char *hone_session_decoder(hone_session *session);
/* How models of this decoder see pictures: sets resize, is_bgr, and for float inputs the
 * normalisation. Errors, on the session: ARGUMENT for an unknown name. */
hone_status hone_session_decoder_picture(hone_session *session, const char *decoder,
                                         hone_picture_options *options);

typedef struct hone_detect_options {
    size_t struct_size;
    float min_score;     /* 0: the decoder's */
    float max_overlap;   /* intersection over union within a label; 0: the decoder's */
    const char *anchors; /* blazeface: .npy of [n][4] x y w h, 0..1; NULL: the usual ones */
} hone_detect_options;
#define HONE_DETECT_OPTIONS_INIT                                                                   \
    { sizeof(hone_detect_options), 0.0f, 0.0f, NULL }

/* After a run: at most *n detections, best first; *n becomes how many. Errors, on the session:
 * SHAPE when the outputs are not the decoder's, ARGUMENT, FILE. */
hone_status hone_session_detect(hone_session *session, const char *decoder,
                                const hone_detect_options *options, hone_detection *found,
                                uint32_t *n);
/* After a run: the points of an output [1,1,n,3] of y, x (0..1) and score. *n as above. */
hone_status hone_session_pose(hone_session *session, hone_keypoint *points, uint32_t *n);

/* A class for each pixel of the output; freed with hone_class_map_free. */
typedef struct hone_class_map {
    size_t struct_size;
    const uint16_t *classes; /* [height][width] */
    uint32_t width, height, n_classes;
    void *owner;
} hone_class_map;
#define HONE_CLASS_MAP_INIT                                                                        \
    { sizeof(hone_class_map), NULL, 0, 0, 0, NULL }
/* After a run, from the first output: class numbers, scores of classes, or one score a pixel (class
 * 1 from min_score on; 0: one half). Errors, on the session: SHAPE, DATA. */
hone_status hone_session_segments(hone_session *session, float min_score, hone_class_map *map);
void hone_class_map_free(hone_class_map *map);

/* The picture at `picture` with answers drawn on it, written as PNG. Captions and names may be
 * NULL, and each of them too. Errors, on the session: FILE, FORMAT. */
hone_status hone_session_draw_detections(hone_session *session, const char *picture,
                                         const hone_detection *found, const char *const *captions,
                                         uint32_t n, const char *out_path);
hone_status hone_session_draw_segments(hone_session *session, const char *picture,
                                       const hone_class_map *map, const char *const *names,
                                       uint32_t n_names, const char *out_path);
hone_status hone_session_draw_pose(hone_session *session, const char *picture,
                                   const hone_keypoint *points, uint32_t n, float min_score,
                                   const char *out_path);
/* An output that is a picture ([h,w], [h,w,c] or [c,h,w] with c 1 or 3, ahead of it ones): floats
 * are 0..1, u8 pixels, s8 pixels - 128. One of a channel takes its colours from `picture` (NULL:
 * grey), fitted as the input was. */
hone_status hone_session_write_picture(hone_session *session, uint32_t i, const char *picture,
                                       const char *out_path);

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

/* What the processor reaches at best, per second: [0] on one thread, [1] on all of `threads`. */
typedef struct hone_peak {
    size_t struct_size;
    uint32_t threads;
    double f32_macs[2];   /* multiplications of float32, each with an addition */
    double s8_macs[2];    /* of 8-bit integers, summed in 32 bits; 0: not measured here */
    double read_bytes[2]; /* of memory outside of the caches */
} hone_peak;
#define HONE_PEAK_INIT                                                                             \
    {                                                                                              \
        sizeof(hone_peak), 0, {0, 0}, {0, 0}, {                                                    \
            0, 0                                                                                   \
        }                                                                                          \
    }

/* Measures them, in about a tenth of a second. threads 0: as many as the context's pool has. No
 * session may run meanwhile. Errors, on the context: ARGUMENT, LIMIT, MEMORY. */
hone_status hone_ctx_peak(hone_ctx *ctx, uint32_t threads, hone_peak *peak);

#ifdef __cplusplus
}
#endif

#endif
