/* SPDX-License-Identifier: Apache-2.0
 * A plan as text: every step with its arguments and buffers, so that two plans can be compared with
 * diff. A refactor leaves it identical. */
#ifndef HN_PLAN_PLAN_DUMP_H
#define HN_PLAN_PLAN_DUMP_H

#include "base/text.h"
#include "plan/plan.h"

hone_status hn_plan_dump(const hn_plan *plan, hn_text *text);

/* "conv_s8_c", "loop", "if", or a provider's name. */
const char *hn_step_name(const hn_plan *plan, const hn_step *step);

/* The lowered node that a step comes from; NULL for copies at the end. */
const hn_node *hn_step_node(const hn_plan *plan, const hn_step *step);

#endif
