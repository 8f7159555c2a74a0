/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the reader of tune files. What is read must say what a plan can do: rows of the
 * level, tilings of something, lists in order and without twins. */
#include <stdlib.h>

#include "fuzz.h"
#include "plan/tuning.h"

static void check(const hn_tuning *t, const hn_tuning_id *id) {
    for (uint32_t i = 0; i < t->n_steps; i++) {
        const hn_tuned_step *s = &t->steps[i];
        if (s->kernel >= hn_n_kernels) abort();
        if (!hn_kernel_is_within(&hn_kernels[s->kernel], id->isa)) abort();
        if (hn_tuning_step(t, &s->problem) != s) abort();
    }
    for (uint32_t i = 0; i < t->n_loops; i++) {
        const hn_tuned_loop *l = &t->loops[i];
        if (l->n_steps < 2 || l->n_steps > HN_TUNED_CHAIN || l->n_rows == 0) abort();
        if (hn_tuning_loop(t, &l->chain) != l) abort();
    }
}

int fuzz_tune(const uint8_t *bytes, size_t n) {
    static const hn_tuning_id id = {{{1, 2}}, HN_ISA_C, 2, "1"};
    const hn_tuning_text text = {"fuzz", bytes, n};
    hn_env env;
    hn_arena arena;
    hn_tuning tuning;
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 1 << 26);
    if (hn_tuning_read(&env, &arena, &text, &id, &tuning) == HONE_OK) {
        check(&tuning, &id);
    } else if (env.message[0] == 0) {
        abort(); /* refused without a reason */
    }
    hn_arena_fini(&arena);
    return 0;
}
