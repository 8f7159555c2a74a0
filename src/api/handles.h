/* SPDX-License-Identifier: Apache-2.0
 * What the public handles are inside. Messages: a call that may run on several threads at once
 * (loading on a context, new sessions of a model) works in an environment of its own and stores its
 * message under the owner's lock. */
#ifndef HN_API_HANDLES_H
#define HN_API_HANDLES_H

#include <pthread.h>

#include "base/file.h"
#include "formats/format.h"
#include "hone/hone.h"
#include "hone/hone_tools.h"
#include "pipeline/overlay.h"
#include "pipeline/picture_tensor.h"
#include "plan/pack_file.h"
#include "providers/registry.h"
#include "runtime/session.h"

struct hone_ctx {
    hn_env env;
    pthread_mutex_t lock; /* env's message, registry */
    hn_pool *pool;
    hn_registry registry;
    uint32_t max_threads;
};

/* What makes two plans of one model different. */
typedef struct hn_plan_key {
    hn_isa isa;
    uint32_t level, workers, keep_inputs, tile_steps, tile_rows, align, strict, n_providers;
    uint64_t memory_bytes;
    const hone_provider *providers[8];
    void *devices[8];
    const hn_pack_file *pack; /* NULL: none */
    const hn_tuning *tuning;  /* NULL: none */
    uint32_t is_half, pad;
} hn_plan_key;

/* A plan that is kept (plan_cache.c), the most recently used one first. */
typedef struct hn_planned {
    hn_plan_key key;
    hn_shape *shapes; /* of source inputs; rank -1: as the file has it */
    hn_plan *plan;
    uint32_t n_users;
    struct hn_planned *next;
} hn_planned;

/* A pack file that a session was given (api_pack.c); it stays open as long as the model. */
typedef struct hn_pack_used {
    hn_pack_file file;
    const char *path;
    struct hn_pack_used *next;
} hn_pack_used;

/* A tune file that a session was given (api_tune.c), by what it says and what it was read for. */
typedef struct hn_tuning_used {
    hn_arena arena;
    hn_tuning tuning;
    hn_digest text;
    hn_isa isa;
    uint32_t threads;
    struct hn_tuning_used *next;
} hn_tuning_used;

typedef struct hn_op_count {
    const char *name;
    uint32_t n;
} hn_op_count;

struct hone_model {
    hn_env env;
    hone_ctx *ctx;
    pthread_mutex_t lock; /* env's message, plans */
    hn_map map;           /* of a file; bytes NULL: memory of the caller */
    const uint8_t *bytes;
    uint64_t n_bytes;
    hn_arena arena;
    const hn_format *format;
    hn_graph *source;
    hn_shape *input_shapes; /* of source inputs; rank -1: as the file has it */
    hn_planned *plans;
    hn_pack_store packs; /* weights that the plans borrow */
    hn_pack_used *pack_files;
    hn_tuning_used *tunings;
    hn_digest digest; /* of all files; has_digest false: not computed yet */
    bool has_digest;
    hn_op_count *ops;
    uint32_t n_ops;
};

struct hone_session {
    hone_model *model;
    hn_session *run;
    hn_planned *planned; /* what it runs */
    uint32_t seed;       /* of the order of units */
    bool wants_half;
    char note[128];         /* why half precision is not what it computes in */
    hn_placement placement; /* of the picture read last; picture_width 0: none was */
};

/* The plan for a key and shapes of the inputs (NULL: the model's), made when there is none. The
 * caller holds the model's lock, here and in _release, which ends the use. Message on the model. */
hone_status hn_model_plan(hone_model *model, const hn_plan_key *key, const hn_shape *shapes,
                          hn_planned **planned);
void hn_model_plan_release(hone_model *model, hn_planned *planned);

/* Frees all plans; nobody uses one any more. */
void hn_model_plans_fini(hone_model *model);

/* Checks shapes that a caller gives, and puts them over those of the array, which has one for each
 * input. */
hone_status hn_model_shapes(hn_env *env, const hone_model *model, const hone_input_shape *given,
                            uint32_t n_given, hn_shape *shapes);

/* The part of the key that session options decide, with HONE_CPU where they leave it open. */
hone_status hn_plan_key_of(hone_model *model, const hone_session_options *options,
                           hn_plan_key *key);

/* The pack file at a path, checked against the model and the level; opened once. The caller holds
 * the model's lock. Message on the model. */
hone_status hn_model_pack(hone_model *model, const char *path, hn_isa isa,
                          const hn_pack_file **file);
void hn_model_packs_fini(hone_model *model);

/* Of all bytes of the model's files. */
const hn_digest *hn_model_digest(hone_model *model);

/* The tune file at a path, for a key's level and threads. The caller holds the model's lock.
 * Message on the model; the tuning lives as long as that. */
hone_status hn_model_tuning(hone_model *model, const char *path, const hn_plan_key *key,
                            const hn_tuning **tuning);
void hn_model_tunings_fini(hone_model *model);

/* What the planner is told for a key. */
hn_plan_options hn_plan_options_of(const hone_model *model, const hn_plan_key *key);

/* The type of an input or output: that of its elements, or a list. */
hone_dtype hn_io_dtype(const hn_value *v);
void hn_io_of(const hn_value *v, hone_io_info *info);

/* Sides and order of an input that takes pictures: NHWC, NCHW, HWC, CHW or HW. False for others. */
bool hn_picture_shape(const hone_tensor *tensor, hn_picture_format *format);

#endif
