/* SPDX-License-Identifier: Apache-2.0
 * A loop over a body with a plan of its own. Carried values lie twice: a trip reads one copy and
 * writes the other. Where everything lies: hn_plan_loop. */
#include <string.h>

#include "runtime/frame.h"

typedef struct looping {
    const hn_frame *frame;
    const hn_call *call;
    const hn_plan_loop *loop;
    hn_call_state *state;
    uint8_t *region;
    void *operands[HN_MAX_CALL_PORTS]; /* of the CALL */
    void *ports[HN_MAX_CALL_PORTS];    /* of the body */
    uint32_t now;                      /* which copy of the carried values is read */
} looping;

static hone_status run_body(const looping *l, uint32_t k, void *const *inputs,
                            void *const *outputs) {
    const hn_frame inner = {l->frame->session,
                            l->call->bodies[k],
                            l->region + l->loop->arena,
                            inputs,
                            outputs,
                            &l->state->bodies[k],
                            NULL};
    return hn_frame_walk(&inner);
}

static void **carried(looping *l, uint32_t copy, void **to) {
    for (uint32_t i = 0; i < l->loop->n_carried; i++) {
        *to++ = l->region + l->loop->offset[copy][i];
    }
    return to;
}

static int64_t load_s64(const void *from) {
    int64_t v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* Trips before the condition; INT64_MAX: no bound. */
static int64_t count_trips(const looping *l) {
    if (l->loop->trips >= 0) return l->loop->trips;
    if (l->loop->n_head > 0 && l->operands[0] != NULL) {
        const int64_t n = load_s64(l->operands[0]);
        return n > 0 ? n : 0;
    }
    return INT64_MAX;
}

/* Does another trip begin? While asks its condition, Loop has it from the trip before. */
static hone_status ask(looping *l, bool *goes_on) {
    uint8_t *flag = l->region + l->loop->condition;
    if (l->call->bodies[1] != NULL) {
        void *output[1] = {flag};
        (void)carried(l, l->now, l->ports);
        HN_TRY(run_body(l, 1, l->ports, output));
        *goes_on = *flag != 0;
    } else {
        *goes_on = l->loop->n_head == 0 || *flag != 0;
    }
    return HONE_OK;
}

/* Inputs: counter and condition, carried values, slices, captures. Outputs: the condition, carried
 * values, slices. */
static hone_status one_trip(looping *l, int64_t trip) {
    const hn_plan_loop *loop = l->loop;
    const uint64_t *sizes = loop->n_bytes + loop->n_carried;
    void **operand = l->operands + loop->n_head + loop->n_carried, **to = l->ports;
    if (loop->n_head > 0) {
        memcpy(l->region + loop->counter, &trip, sizeof trip);
        *to++ = l->region + loop->counter;
        *to++ = l->region + loop->condition;
    }
    to = carried(l, l->now, to);
    for (uint32_t i = 0; i < loop->n_scan_in; i++) {
        *to++ = (uint8_t *)*operand++ + (uint64_t)trip * sizes[i];
    }
    for (uint32_t i = 0; i < loop->n_captures; i++) *to++ = *operand++;
    void **const outputs = to;
    if (loop->n_head > 0) *to++ = l->region + loop->condition + 1;
    to = carried(l, 1 - l->now, to);
    operand += loop->n_carried; /* the finals */
    for (uint32_t i = 0; i < loop->n_scan_out; i++) {
        *to++ = (uint8_t *)*operand++ + (uint64_t)trip * sizes[loop->n_scan_in + i];
    }
    HN_TRY(run_body(l, 0, l->ports, outputs));
    l->region[loop->condition] = l->region[loop->condition + 1];
    l->now = 1 - l->now;
    return HONE_OK;
}

static hone_status all_trips(looping *l) {
    hn_session *s = l->frame->session;
    const int64_t trips = count_trips(l);
    bool goes_on = false;
    for (int64_t trip = 0; trip < trips; trip++) {
        HN_TRY(ask(l, &goes_on));
        if (!goes_on) break;
        if ((uint64_t)trip >= s->env.limits.max_trips) {
            return hn_fail(&s->env, HONE_E_LIMIT, "a loop runs more than %llu trips",
                           (unsigned long long)s->env.limits.max_trips);
        }
        HN_TRY(hn_session_check_cancel(s));
        HN_TRY(one_trip(l, trip));
    }
    return HONE_OK;
}

hone_status hn_frame_loop(const hn_frame *f, const hn_step *step) {
    looping l;
    l.frame = f;
    l.call = &f->plan->calls[step->call];
    l.loop = l.call->loop;
    l.state = &f->state->calls[step->call];
    l.now = 0;
    for (uint32_t i = 0; i < step->n_buf; i++) {
        l.operands[i] = hn_frame_address(f, &step->buf[i]);
    }
    l.region = l.operands[step->n_buf - 1];
    const hn_plan_loop *loop = l.loop;
    void **first = l.operands + loop->n_head;
    for (uint32_t i = 0; i < loop->n_carried; i++) {
        memcpy(l.region + loop->offset[0][i], first[i], loop->n_bytes[i]);
    }
    const uint8_t *given = loop->n_head > 0 ? l.operands[1] : NULL;
    l.region[loop->condition] = given == NULL || *given != 0 ? 1 : 0;
    HN_TRY(all_trips(&l));
    void **last = first + loop->n_carried + loop->n_scan_in + loop->n_captures;
    for (uint32_t i = 0; i < loop->n_carried; i++) {
        memcpy(last[i], l.region + loop->offset[l.now][i], loop->n_bytes[i]);
    }
    return HONE_OK;
}
