/* SPDX-License-Identifier: Apache-2.0
 * A context, a model and a session made from the options, in this order. Each step prints the
 * library's message when it fails and returns the exit code. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "hone/hone_tools.h"
#include "options.h"
#include "say.h"

typedef struct engine {
    const char *path;
    hone_ctx *ctx;
    hone_model *model;
    hone_session *session;
    uint64_t load_ns; /* model and session */
} engine;

/* What an option that is given as [NAME=]1x28x28x1, once or more often, says. */
typedef struct shape_list {
    hone_input_shape shapes[OPTION_LIST_MAX];
    text names[OPTION_LIST_MAX];
} shape_list;
int engine_shapes(const option_list *words, const char *option, shape_list *list);

int engine_open_ctx(engine *e, const common_options *common);
int engine_open_model(engine *e, const char *path, const plan_options *plan);
int engine_open_session(engine *e, const common_options *common, const plan_options *plan);
/* All three. */
int engine_open(engine *e, const char *path, const common_options *common,
                const plan_options *plan);
void engine_close(engine *e);

/* Prints the session's message about `what` (the model's path when NULL); returns 1. */
int engine_failed(const engine *e, const char *what);
/* Prints an error about the model. */
int engine_model_failed(const engine *e);

#endif
