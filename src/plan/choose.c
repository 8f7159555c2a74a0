/* SPDX-License-Identifier: Apache-2.0
 * Which kernel a step gets. Without a tuning it is the best row of the plan's level: a pure
 * function of family, types and arguments. A tuning knows some of these problems by their digest
 * and says which row, which of its ways, and how many threads; what it says must fit, or the plan
 * is refused. While somebody measures, problems that it does not name are tried as one likes. */
#include "plan/build.h"

#include <string.h>

/* What a choice depends on. The names, not numbers, of family and types: those of a row. */
static hn_digest problem_of(const hn_step_request *request, uint32_t fixed, const hn_kernel *row) {
    const hn_family_info *family = hn_family_of(request->family);
    const uint32_t facts[2] = {(uint32_t)request->types, fixed};
    hn_digest d = {{0, 0}};
    hn_digest_add(&d, row->name, strlen(row->name));
    hn_digest_add(&d, facts, sizeof facts);
    hn_digest_add(&d, request->args, family->args_bytes);
    return d;
}

static hone_status take_way(hn_build *b, const hn_step_request *request, uint32_t way,
                            hn_chosen *out) {
    if (way == 0) return HONE_OK;
    const uint32_t n_bytes = hn_family_of(request->family)->args_bytes;
    void *args = hn_arena_copy(&b->plan->arena, request->args, n_bytes);
    if (args == NULL) return hn_no_memory(b->env);
    out->row->traits->take_way(args, way);
    out->args = args;
    return HONE_OK;
}

static uint32_t ways_of(const hn_kernel *row, const void *args) {
    return row->traits->n_ways != NULL ? row->traits->n_ways(args) : 1;
}

static hone_status take_choice(hn_build *b, const hn_step_request *request, uint32_t fixed,
                               const hn_tuned_step *said, hn_chosen *out) {
    const hn_kernel *row = &hn_kernels[said->kernel];
    if (row->family != request->family || row->types != request->types ||
        !hn_kernel_is_within(row, b->options->isa) || !hn_kernel_takes(row, request->args, fixed) ||
        said->way >= ways_of(row, request->args)) {
        return hn_fail(b->env, HONE_E_ARGUMENT,
                       "the tune file says %s way %u, which cannot do this", row->name, said->way);
    }
    out->row = row;
    out->is_alone = said->is_alone;
    return take_way(b, request, said->way, out);
}

static hone_status take_trial(hn_build *b, const hn_step_request *request, uint32_t fixed,
                              hn_chosen *out) {
    const hn_trial *trial = &b->options->tuning->trial;
    const hn_kernel *row =
        hn_kernel_choose_packed(request->family, request->types, trial->isa, request->args, fixed);
    if (row == NULL) return HONE_OK;
    out->row = row;
    return trial->way < ways_of(row, request->args) ? take_way(b, request, trial->way, out)
                                                    : HONE_OK;
}

hone_status hn_build_choose(hn_build *b, const hn_step_request *request, uint32_t fixed,
                            hn_chosen *out) {
    const hn_tuning *tuning = b->options->tuning;
    memset(out, 0, sizeof *out);
    out->args = request->args;
    out->row = hn_kernel_choose_packed(request->family, request->types, b->options->isa,
                                       request->args, fixed);
    if (tuning == NULL || out->row == NULL) return HONE_OK;
    out->problem = problem_of(request, fixed, out->row);
    const hn_tuned_step *said = hn_tuning_step(tuning, &out->problem);
    if (said != NULL) {
        HN_TRY(take_choice(b, request, fixed, said, out));
    } else if (tuning->trial.is_on) {
        HN_TRY(take_trial(b, request, fixed, out));
    }
    out->is_alone |= tuning->trial.is_alone;
    return HONE_OK;
}

/* ---- which choices were of use ---- */

hone_status hn_tuning_expect(hn_state *state, const hn_tuning *t) {
    if (t == NULL) return HONE_OK;
    const uint64_t n = (uint64_t)t->n_steps + t->n_loops;
    state->is_tuned = HN_NEW_N(&state->plan->arena, bool, n);
    return state->is_tuned != NULL ? HONE_OK : hn_no_memory(&state->plan->env);
}

void hn_tuning_mark(hn_build *b) {
    const hn_tuning *t = b->options->tuning;
    for (uint32_t i = 0; t != NULL && i < b->n_steps; i++) {
        if (b->steps[i].step.kind != HN_STEP_KERNEL) continue;
        const hn_tuned_step *said = hn_tuning_step(t, &b->steps[i].problem);
        if (said != NULL) b->state->is_tuned[said - t->steps] = true;
    }
}

void hn_tuning_mark_loop(hn_build *b, const hn_tuned_loop *loop) {
    const hn_tuning *t = b->options->tuning;
    b->state->is_tuned[t->n_steps + (size_t)(loop - t->loops)] = true;
}

void hn_tuning_count(hn_state *state, const hn_tuning *t) {
    const uint32_t n = t != NULL ? t->n_steps + t->n_loops : 0;
    for (uint32_t i = 0; i < n; i++) state->plan->n_tuned += state->is_tuned[i];
    state->plan->n_untuned = n - state->plan->n_tuned;
}
