/* SPDX-License-Identifier: Apache-2.0
 * What the system tests share: counting, the list of models, a loaded session, seeded inputs. Plain
 * programs, not Criterion, because they run under ThreadSanitizer and replace malloc. */
#ifndef TESTS_SYSTEM_H
#define TESTS_SYSTEM_H

#include <stdbool.h>

#include "hone/hone.h"
#include "hone/hone_tools.h"

#define X(name) void system_##name(void);
#include "system/system.def"
#undef X

/* Counts one check; prints the text when it failed. */
void expect(bool is_true, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Counts a skipped check: data beside the repository is absent. */
void skip(const char *what);

/* The n-th model of the spine, NULL after the last; the path is valid until the next call. Absent
 * ones are skipped (counted once). */
const char *spine_model(unsigned i);
/* "$HONE_SHARED/models/NAME", or NULL when it is absent (counted as skipped). */
const char *shared_model(const char *name);

typedef struct engine {
    hone_ctx *ctx;
    hone_model *model;
    hone_session *session;
} engine;

/* Loads and plans; a failure is counted and false. options NULL: the defaults, threads 1. */
bool engine_open(engine *e, const char *path, const hone_ctx_options *ctx,
                 const hone_session_options *options);
void engine_close(engine *e);

/* Seeded numbers into all inputs: integers over their whole range, floats in [0, 1). */
void fill_inputs(hone_session *session, unsigned seed);

/* FNV-1a over the bytes of all outputs. */
unsigned long long hash_outputs(hone_session *session);

/* fill_inputs, run, hash; a failed run is counted and gives 0. */
unsigned long long run_hash(hone_session *session, unsigned seed);

/* An allocator whose allocation number fail_at fails, and with `fails_on` all later ones too. */
typedef struct account {
    unsigned long n_made, fail_at, n_open;
    bool fails_on;
} account;
hone_allocator failing_allocator(account *a);

#endif
