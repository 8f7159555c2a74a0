/* SPDX-License-Identifier: Apache-2.0
 * A frame is one activation of a plan: where its arena, inputs and outputs are. */
#ifndef HN_RUNTIME_FRAME_H
#define HN_RUNTIME_FRAME_H

#include "runtime/session.h"

typedef struct hn_frame {
    hn_session *session;
    const hn_plan *plan;
    uint8_t *arena;
    void *const *inputs, *const *outputs;
    hn_plan_state *state;
    uint64_t *step_ns; /* NULL: not measured */
} hn_frame;

/* NULL for an absent operand. */
void *hn_frame_address(const hn_frame *f, const hn_bufref *ref);

/* All steps, in order (runtime/exec.c). */
hone_status hn_frame_walk(const hn_frame *f);

/* E_CANCELLED when the run was cancelled, which is then forgotten. */
hone_status hn_session_check_cancel(hn_session *session);

/* A CALL of a loop (runtime/loop_call.c), of a host segment (runtime/host_call.c). */
hone_status hn_frame_loop(const hn_frame *f, const hn_step *step);
hone_status hn_frame_host(const hn_frame *f, const hn_step *step);

#endif
