/* SPDX-License-Identifier: Apache-2.0
 * hone: load a TensorFlow Lite or ONNX model and run it.
 *
 *     hone_ctx *ctx; hone_model *model; hone_session *session;
 *     hone_ctx_new(NULL, &ctx);
 *     hone_model_load(ctx, "mobilenet.tflite", NULL, &model);
 *     hone_session_new(model, NULL, &session);
 *     hone_tensor in = HONE_TENSOR_INIT, out = HONE_TENSOR_INIT;
 *     hone_session_input(session, 0, &in);  memcpy(in.data, pixels, in.n_bytes);
 *     hone_session_run(session);            hone_session_output(session, 0, &out);
 *
 * Every fallible function returns a hone_status; results come through the last pointers, which are
 * untouched on failure. The message of a failure belongs to the object that the call was made on,
 * and lives until the next call on it. Structs start with their own size, are initialised by their
 * HONE_..._INIT macro and only ever grow at the end.
 *
 * Threads: a context and a model may be used from several threads at once; a session belongs to one
 * thread at a time (hone_session_cancel alone may come from another). */
#ifndef HONE_HONE_H
#define HONE_HONE_H

#include <stddef.h>
#include <stdint.h>

#include "hone/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_VERSION_MAJOR 0
#define HONE_VERSION_MINOR 1
#define HONE_VERSION_PATCH 0

/* "0.1.0" of the library that is running. */
const char *hone_version(void);

typedef struct hone_ctx hone_ctx;
typedef struct hone_model hone_model;
typedef struct hone_session hone_session;

/* ---------------------------------------------------------------- context */

/* Where the library's memory comes from. alloc returns NULL on failure and blocks aligned to 64
 * bytes; both functions may be called from several threads at once. */
typedef struct hone_allocator {
    void *(*alloc)(void *user, size_t n_bytes);
    void (*free)(void *user, void *block);
    void *user;
} hone_allocator;

typedef struct hone_ctx_options {
    size_t struct_size;
    hone_allocator allocator;  /* alloc NULL: the system's */
    uint32_t max_threads;      /* of the one pool that all sessions share; 0: one per processor */
    const char *provider_path; /* folder with provider plug-ins (*.so), or NULL */
} hone_ctx_options;
#define HONE_CTX_OPTIONS_INIT                                                                      \
    { sizeof(hone_ctx_options), {NULL, NULL, NULL}, 0, NULL }

/* A context: the thread pool and the providers. options NULL: the defaults. Freed with
 * hone_ctx_free (NULL is allowed) after all models of it. Errors: MEMORY, ARGUMENT, FILE. */
hone_status hone_ctx_new(const hone_ctx_options *options, hone_ctx **ctx);
void hone_ctx_free(hone_ctx *ctx);

/* The message of the last failure on this context: one line, "" when there was none. Borrowed until
 * the next call on the context. NULL is allowed (a failed hone_ctx_new) and gives a fixed text. */
const char *hone_ctx_message(const hone_ctx *ctx);

/* One provider of the context, for `hone devices`. Strings are borrowed until hone_ctx_free. */
typedef struct hone_provider_info {
    size_t struct_size;
    const char *name;   /* "cpu" */
    const char *device; /* "AMD EPYC, avx512vnni, 2 processors" */
    int is_usable;
    const char *reason; /* why it is not usable, "" otherwise */
} hone_provider_info;
#define HONE_PROVIDER_INFO_INIT                                                                    \
    { sizeof(hone_provider_info), NULL, NULL, 0, NULL }

uint32_t hone_ctx_provider_count(const hone_ctx *ctx);
/* Errors: ARGUMENT when i is out of range. */
hone_status hone_ctx_provider(hone_ctx *ctx, uint32_t i, hone_provider_info *info);

/* ---------------------------------------------------------------- model */

/* A fixed shape for an input whose file leaves dimensions open. */
typedef struct hone_input_shape {
    const char *name; /* of the input; NULL: by position in the array */
    uint32_t rank;
    int64_t dim[HONE_MAX_RANK];
} hone_input_shape;

typedef struct hone_model_options {
    size_t struct_size;
    const hone_input_shape *input_shapes; /* borrowed during the call; open dimensions that are
                                             named by none become 1 */
    uint32_t n_input_shapes;
    const char *entry;                   /* signature or method; NULL: the default one */
    const char *data_folder;             /* for external data; NULL: the model file's own folder */
    const struct hone_tensor *constants; /* inputs, by name, that become constants of the model and
                                            are no inputs any more: those that shapes follow from.
                                            Borrowed during the call */
    uint32_t n_constants;
} hone_model_options;
#define HONE_MODEL_OPTIONS_INIT                                                                    \
    { sizeof(hone_model_options), NULL, 0, NULL, NULL, NULL, 0 }

/* Loads a model file, whose format is told by its content. The file is mapped and must stay
 * unchanged until hone_model_free. The model may be shared by sessions and threads.
 * Errors: FILE, FORMAT, UNSUPPORTED, SHAPE, LIMIT, MEMORY; the message, on the context, names file,
 * node and reason. */
hone_status hone_model_load(hone_ctx *ctx, const char *path, const hone_model_options *options,
                            hone_model **model);

/* The same from n_bytes of memory, borrowed until hone_model_free. External data is refused unless
 * options name its folder. */
hone_status hone_model_load_memory(hone_ctx *ctx, const void *bytes, size_t n_bytes,
                                   const hone_model_options *options, hone_model **model);

/* After all its sessions. NULL is allowed. */
void hone_model_free(hone_model *model);

/* An input or output as the file states it. dim is -1 where the file leaves it open. Quantized when
 * scale is not 0: real = scale * (value - zero_point). Strings are borrowed from the model. */
typedef struct hone_io_info {
    size_t struct_size;
    const char *name;
    hone_dtype dtype;
    uint32_t rank;
    int64_t dim[HONE_MAX_RANK];
    float scale;
    int32_t zero_point;
} hone_io_info;
#define HONE_IO_INFO_INIT                                                                          \
    { sizeof(hone_io_info), NULL, HONE_DTYPE_NONE, 0, {0}, 0.0f, 0 }

uint32_t hone_model_input_count(const hone_model *model);
uint32_t hone_model_output_count(const hone_model *model);
/* Errors: ARGUMENT. */
hone_status hone_model_input(hone_model *model, uint32_t i, hone_io_info *info);
hone_status hone_model_output(hone_model *model, uint32_t i, hone_io_info *info);

/* The message of the last failure on this model. */
const char *hone_model_message(const hone_model *model);

/* ---------------------------------------------------------------- session */

/* What floats are computed in. */
typedef enum hone_precision {
    HONE_PRECISION_DEFAULT, /* as the model says; float32 also for tensors that a file keeps in f16
                             */
    HONE_PRECISION_F16 /* products and sums of convolutions and matrices in half precision, where
                          the processor can and a kernel does; all else as by default. Inputs and
                          outputs keep their types. Never chosen unasked */
} hone_precision;

typedef struct hone_session_options {
    size_t struct_size;
    uint32_t threads;      /* that take part in a run, the caller included; 0: one per processor */
    const char *providers; /* comma-separated, tried in order before the CPU; NULL: none */
    int strict_providers;  /* 1: a node that no named provider takes is an error */
    uint64_t memory_limit; /* bytes of arena and scratch; 0: half of physical memory. A contract:
                              met, or refused with the number needed and the step that needs it */
    int keep_inputs;       /* 1 (default): input memory is not reused during a run */
    uint32_t tile_steps;   /* the first n spatial steps run as one loop over row strips; 0: none */
    uint32_t tile_rows;    /* rows of the last of them per strip */
    int plan_level;        /* 0 quick, 1 (default) */
    const char *cpu;       /* "ref", "c", "avx2", ...; NULL: environment HONE_CPU, else the best */
    uint32_t
        schedule_seed; /* != 0 shuffles the order of units; 0: environment HONE_SCHED, else off */
    const char *pack;  /* a pack file of this model and CPU level (hone_session_write_pack): weights
                          are used where they lie in it. Mapped: it must stay unchanged until
                          hone_model_free. One of another model, level or version is refused; what
                          it lacks is packed as without it. NULL: none */
    const char *tune;  /* a tune file of this model, CPU level and number of threads
                          (hone_session_tune): which kernels run which steps, and what runs in row
                          strips. The answers of integer models stay the same, byte for byte. One of
                          another model, level or version is refused; choices that fit no step are
                          counted (hone_session_stats). NULL: none */
    hone_precision precision; /* F16: a wish; hone_session_query tells what became of it. With the
                                 levels "ref" and "c", named by `cpu` or HONE_CPU, half precision is
                                 computed by the portable definition, slowly, on any machine */
} hone_session_options;
#define HONE_SESSION_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(hone_session_options), 0, NULL, 0, 0, 1, 0, 0, 1, NULL, 0, NULL, NULL,              \
            HONE_PRECISION_DEFAULT                                                                 \
    }

/* A session: a plan made for the model's input shapes, its arena, and the state of streaming
 * models. options NULL: the defaults. All memory that a run needs is had here. Errors: UNSUPPORTED,
 * SHAPE, LIMIT, MEMORY, PROVIDER; FILE, FORMAT, ARGUMENT for a pack or tune file that cannot be
 * read, is damaged or belongs to something else. The message is on the model. */
hone_status hone_session_new(hone_model *model, const hone_session_options *options,
                             hone_session **session);
/* NULL is allowed. */
void hone_session_free(hone_session *session);

/* Gives inputs other shapes; those that are not named keep theirs. The session is planned anew, or
 * takes a plan that its model made for these shapes before (the last 16 are kept). Memory of inputs
 * and outputs moves, bindings end, and state is what the model starts with; where all shapes are
 * those that the session has, nothing changes. Not during a run or a cancel. Errors: ARGUMENT, and
 * those of hone_session_new; the session then stays as it was. */
hone_status hone_session_resize_inputs(hone_session *session, const hone_input_shape *shapes,
                                       uint32_t n_shapes);

/* A tensor of a session: row-major, n_bytes at data, in the file's order of dimensions. */
typedef struct hone_tensor {
    size_t struct_size;
    const char *name; /* borrowed from the model */
    hone_dtype dtype;
    uint32_t rank;
    int64_t dim[HONE_MAX_RANK];
    void *data; /* borrowed from the session, or what was bound */
    size_t n_bytes;
    float scale;
    int32_t zero_point;
} hone_tensor;
#define HONE_TENSOR_INIT                                                                           \
    { sizeof(hone_tensor), NULL, HONE_DTYPE_NONE, 0, {0}, NULL, 0, 0.0f, 0 }

/* The i-th input or output. An input's data may be written until the run, an output's read after it
 * and until the next one. An output whose shape depends on data has its dimensions and data only
 * after a run (before: NULL, and -1 where the dimension is open), cannot be bound, and is to be
 * asked for after each run. Errors: ARGUMENT. */
hone_status hone_session_input(hone_session *session, uint32_t i, hone_tensor *tensor);
hone_status hone_session_output(hone_session *session, uint32_t i, hone_tensor *tensor);

/* Zero-copy binding: runs read input i from, or write output i to, the caller's memory, which must
 * hold the tensor's n_bytes, be aligned to its element and live until another is bound or the
 * session is freed. data NULL: back to the session's own memory. Errors: ARGUMENT. */
hone_status hone_session_bind_input(hone_session *session, uint32_t i, const void *data,
                                    size_t n_bytes);
hone_status hone_session_bind_output(hone_session *session, uint32_t i, void *data, size_t n_bytes);

/* Strings and lists. Tensors of strings, sequences and optionals (lists of one item or none, both
 * of type HONE_DTYPE_LIST) have no fixed size: an input of theirs has no memory to write to but is
 * copied from a tensor that the caller makes, and an output is read as one whose shape depends on
 * data. Their data is a block of bytes that these functions make and read. Errors: ARGUMENT (no
 * such input, a block that is none), MEMORY, LIMIT. */
hone_status hone_session_set_input(hone_session *session, uint32_t i, const hone_tensor *tensor);

/* Items of a list, strings of a tensor. What they point at lives as long as the list's data. */
uint64_t hone_list_count(const hone_tensor *list);
hone_status hone_list_item(const hone_tensor *list, uint64_t i, hone_tensor *item);
const char *hone_string_at(const hone_tensor *strings, uint64_t i, size_t *length);

/* Makes the data of a list from its items, or of a tensor of strings (with dimensions set by the
 * caller) from n texts; hone_list_free frees it. */
hone_status hone_list_make(hone_ctx *ctx, const hone_tensor *items, uint64_t n, hone_tensor *list);
hone_status hone_strings_make(hone_ctx *ctx, const char *const *texts, const size_t *lengths,
                              uint64_t n, hone_tensor *strings);
void hone_list_free(hone_ctx *ctx, hone_tensor *list);

/* Runs the model once. Allocates nothing, but where shapes depend on data: there it takes memory
 * within memory_limit (hone_session_stats names the node). Errors: DATA (the message names the
 * node), PROVIDER, CANCELLED, LIMIT. */
hone_status hone_session_run(hone_session *session);

/* From any thread: the run in progress, or the next one, stops between two steps with CANCELLED. */
void hone_session_cancel(hone_session *session);

/* Sets state (variable tensors, streaming buffers) back to what the model starts with. */
hone_status hone_session_reset(hone_session *session);

/* What one session holds and costs. */
typedef struct hone_session_stats {
    size_t struct_size;
    uint64_t arena_bytes;   /* activations, scratch of all workers included */
    uint64_t scratch_bytes; /* of it, scratch of all workers */
    uint64_t state_bytes;
    uint64_t weights_bytes;  /* constants in all */
    uint64_t borrowed_bytes; /* of them, used where they lie in the file */
    uint64_t copied_bytes;   /* copied for alignment or order */
    uint64_t packed_bytes;   /* packed for kernels */
    uint64_t macs;
    uint32_t n_steps;
    uint32_t n_transposes; /* left after layout */
    uint32_t threads;
    const char *dynamic_node;   /* the first node whose shapes depend on data; NULL: there is none.
                                   Such nodes take memory while they run. Borrowed from the model */
    uint64_t dynamic_bytes;     /* most memory that they have taken so far */
    uint64_t mapped_bytes;      /* of the packed bytes, those that lie in a pack file */
    uint32_t n_tuned;           /* choices of the tune file that this plan has */
    uint32_t n_untuned;         /* and those that fit no step of it */
    hone_precision precision;   /* what it computes in: F16 where that was asked for and is done */
    uint32_t n_half_steps;      /* steps that compute in half precision */
    const char *precision_note; /* one line: why F16 was asked for and is not what it computes in;
                                   "" otherwise. Borrowed until hone_session_free */
} hone_session_stats;
#define HONE_SESSION_STATS_INIT                                                                    \
    {                                                                                              \
        sizeof(hone_session_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0,             \
            HONE_PRECISION_DEFAULT, 0, ""                                                          \
    }

hone_status hone_session_query(hone_session *session, hone_session_stats *stats);

/* The message of the last failure on this session. */
const char *hone_session_message(const hone_session *session);

#ifdef __cplusplus
}
#endif

#endif
