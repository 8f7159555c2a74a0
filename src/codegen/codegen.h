/* SPDX-License-Identifier: Apache-2.0
 * A plan as C99: the same steps that the runtime walks, printed as calls beside the same kernel
 * sources. What is written compiles alone: no malloc, no libm, no operating system. */
#ifndef HN_CODEGEN_CODEGEN_H
#define HN_CODEGEN_CODEGEN_H

#include "plan/plan.h"

/* Writes NAME.h, NAME.c and the sources that they include (below hone/) to `folder`, which is made
 * when absent; files of an earlier export are replaced. On failure nothing is left behind. The plan
 * must have been made for portable kernels (HN_ISA_C). Errors: ARGUMENT when `name` is no C
 * identifier; UNSUPPORTED names the step that runs elsewhere than on the CPU; FILE. */
hone_status hn_codegen_write(hn_env *env, const hn_plan *plan, const char *name,
                             const char *folder);

/* UNSUPPORTED when hn_codegen_write would refuse the plan for what is in it. */
hone_status hn_codegen_check(hn_env *env, const hn_plan *plan);

#endif
