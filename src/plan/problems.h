/* SPDX-License-Identifier: Apache-2.0
 * Everything that keeps a model from running, not only the first thing: for `hone check`. */
#ifndef HN_PLAN_PROBLEMS_H
#define HN_PLAN_PROBLEMS_H

#include "plan/plan.h"

/* Told of each problem: the node of the source or lowered graph (NULL: the model as a whole) and
 * the reason, borrowed during the call. */
typedef struct hn_problem_sink {
    hone_status (*add)(void *user, const hn_node *node, const char *why);
    void *user;
} hn_problem_sink;

/* Operators without a meaning here, shapes that do not fit, nodes without a kernel. What hangs on a
 * node with a problem is passed over where its shapes are not known without it. `arena` holds the
 * graphs that the nodes belong to. Fails only when memory is out or the sink fails. */
hone_status hn_plan_problems(hn_env *env, hn_arena *arena, const hn_graph *source,
                             const hn_plan_options *options, const hn_problem_sink *sink);

#endif
