/* SPDX-License-Identifier: Apache-2.0
 * Where a run's time goes, step by step, beside what the processor could do. `step_ns` holds a sum
 * over n_runs for each step of the session. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "engine.h"
#include "json_text.h"

void profile_print(engine *e, const double *step_ns, uint32_t n_runs);
void profile_json(cJSON *root, engine *e, const double *step_ns, uint32_t n_runs);

#endif
