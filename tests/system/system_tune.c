/* SPDX-License-Identifier: Apache-2.0
 * Tune files: a session that is given one answers as without it, byte for byte where the model is
 * one of integers, and the same each time; one of another model, level or number of threads is
 * refused with a message, and so is one that was cut; one whose bytes were changed is refused or
 * does no harm; nothing is left behind where writing or memory fails. */
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20, N_CUTS = 200, N_CHANGES = 400 };

static char folder[64], file[80], other[80];
static char bytes[MOST_BYTES], changed[MOST_BYTES];

static hone_session_options options_with(const char *path, uint32_t threads) {
    hone_session_options o = HONE_SESSION_OPTIONS_INIT;
    o.threads = threads;
    o.tune = path;
    return o;
}

static size_t read_text(const char *path) {
    FILE *f = fopen(path, "rb");
    const size_t n = f != NULL ? fread(bytes, 1, MOST_BYTES - 1, f) : 0;
    if (f != NULL) fclose(f);
    bytes[n] = 0;
    return n;
}

static void write_text(const char *path, const char *from, size_t n) {
    FILE *f = fopen(path, "wb");
    expect(f != NULL && fwrite(from, 1, n, f) == n, "%s cannot be written", path);
    if (f != NULL) fclose(f);
}

/* ---- the same answer ---- */

static void count_races(void *user, const char *stage, uint32_t n_done, uint32_t n_total) {
    unsigned *n = user;
    expect(stage[0] != 0 && n_done <= n_total, "%u of %u: %s", n_done, n_total, stage);
    ++*n;
}

static bool make_file(const char *model, uint32_t threads, unsigned long long *hash) {
    const hone_session_options options = options_with(NULL, threads);
    hone_tune_options how = HONE_TUNE_OPTIONS_INIT;
    hone_tune_report report = HONE_TUNE_REPORT_INIT;
    unsigned n_told = 0;
    engine e;
    if (!engine_open(&e, model, NULL, &options)) return false;
    *hash = run_hash(e.session, 5);
    how.progress = count_races;
    how.user = &n_told;
    const hone_status status = hone_session_tune(e.session, file, &how, &report);
    expect(status == HONE_OK, "%s: %s", model, hone_session_message(e.session));
    expect(report.before_us > 0 && report.after_us <= report.before_us, "%s: %f us, then %f", model,
           report.before_us, report.after_us);
    expect(n_told > 0, "%s: nobody told of the progress", model);
    expect(hash_outputs(e.session) == *hash, "%s: measuring changed the session's outputs", model);
    expect(run_hash(e.session, 5) == *hash, "%s: measuring changed the session", model);
    engine_close(&e);
    return status == HONE_OK;
}

static unsigned long long hash_with(const char *model, uint32_t threads) {
    const hone_session_options options = options_with(file, threads);
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    engine e;
    if (!engine_open(&e, model, NULL, &options)) return 0;
    const unsigned long long hash = run_hash(e.session, 5);
    expect(hone_session_query(e.session, &stats) == HONE_OK, "%s", model);
    expect(stats.n_tuned > 0 && stats.n_untuned == 0, "%s: %u choices fit, %u do not", model,
           stats.n_tuned, stats.n_untuned);
    engine_close(&e);
    return hash;
}

static void answers_the_same(const char *model, uint32_t threads, bool is_integer) {
    unsigned long long hash = 0;
    if (!make_file(model, threads, &hash)) return;
    const unsigned long long once = hash_with(model, threads);
    expect(once == hash || !is_integer, "%s: another answer, tuned", model);
    expect(hash_with(model, threads) == once, "%s: two answers by one file", model);
}

/* ---- refusals ---- */

/* The status of a session with this file; it runs when there is one, and answers as it should. */
static hone_status open_with(const char *model, const char *path, uint32_t threads, const char *cpu,
                             unsigned long long want) {
    engine e = {NULL, NULL, NULL};
    hone_session_options options = options_with(path, threads);
    options.cpu = cpu;
    hone_status status = hone_ctx_new(NULL, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, model, NULL, &e.model);
    expect(status == HONE_OK, "%s", model);
    if (status == HONE_OK) {
        status = hone_session_new(e.model, &options, &e.session);
        const char *message = hone_model_message(e.model);
        expect(status == HONE_OK || strlen(message) > 10, "the message is '%s'", message);
    }
    if (status == HONE_OK) expect(run_hash(e.session, 5) == want, "%s: another answer", model);
    engine_close(&e);
    return status;
}

static void refuses_what_is_not_its_own(const char *model, const char *stranger) {
    unsigned long long hash;
    if (!make_file(model, 1, &hash)) return;
    expect(open_with(model, file, 1, NULL, hash) == HONE_OK, "its own file is refused");
    expect(open_with(stranger, file, 1, NULL, 0) == HONE_E_ARGUMENT, "another model's is taken");
    expect(open_with(model, file, 2, NULL, 0) == HONE_E_ARGUMENT, "another number of threads");
    expect(open_with(model, file, 1, "ref", 0) == HONE_E_ARGUMENT, "another level's is taken");
    expect(open_with(model, model, 1, NULL, 0) == HONE_E_FORMAT, "a model is taken for a text");
    expect(open_with(model, folder, 1, NULL, 0) == HONE_E_FILE, "a folder is taken for a text");
    expect(open_with(model, other, 1, NULL, 0) == HONE_E_FILE, "a text that is not there is taken");
}

static void survives_damage(const char *model) {
    unsigned long long hash;
    unsigned state = 88172645u;
    if (!make_file(model, 1, &hash)) return;
    const size_t n = read_text(file);
    const size_t n_needed = (size_t)(strstr(bytes, "\nend ") - bytes) + 5;
    for (size_t i = 0; i < N_CUTS; i++) {
        write_text(other, bytes, n_needed * i / N_CUTS);
        expect(open_with(model, other, 1, NULL, hash) != HONE_OK, "cut number %zu is taken", i);
    }
    for (size_t i = 0; i < N_CHANGES; i++) {
        memcpy(changed, bytes, n);
        for (size_t k = 0; k <= i % 3; k++) {
            state = state * 1664525u + 1013904223u;
            changed[(state >> 8) % n] = (char)(i % 2 == 0 ? '0' + (state >> 4) % 10 : state >> 3);
        }
        write_text(other, changed, n);
        (void)open_with(model, other, 1, NULL, hash);
    }
    unlink(other);
}

/* A text may be edited by hand: here every step runs on one thread. */
static void follows_an_editor(const char *model) {
    unsigned long long hash;
    if (!make_file(model, 2, &hash)) return;
    const size_t n = read_text(file);
    memcpy(changed, bytes, n + 1);
    for (char *at = changed; (at = strstr(at, " threads 2 ")) != NULL;) at[9] = '1';
    write_text(file, changed, n);
    expect(hash_with(model, 2) == hash, "%s: another answer where one thread does all", model);
}

/* ---- memory runs out ---- */

static hone_status tune_and_read(const char *model, account *a, uint32_t seconds) {
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    hone_session_options options = options_with(seconds > 0 ? NULL : file, 1);
    hone_tune_options how = HONE_TUNE_OPTIONS_INIT;
    hone_tune_report report = HONE_TUNE_REPORT_INIT;
    engine e = {NULL, NULL, NULL};
    ctx.allocator = failing_allocator(a);
    ctx.max_threads = 1;
    how.seconds = seconds;
    hone_status status = hone_ctx_new(&ctx, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, model, NULL, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &e.session);
    if (status == HONE_OK && seconds > 0) {
        status = hone_session_tune(e.session, other, &how, &report);
    }
    engine_close(&e);
    return status;
}

/* Every allocation of a session with a file fails in turn; and some of those of a tuning. */
static void leaves_nothing(const char *model) {
    for (uint32_t seconds = 0; seconds < 2; seconds++) {
        account a = {0, 0, 0, false};
        expect(tune_and_read(model, &a, seconds) == HONE_OK && a.n_open == 0, "%s", model);
        const unsigned long n = a.n_made, by = seconds > 0 ? n / 20 + 1 : 1;
        for (unsigned long i = 1; i <= n; i += by) {
            account once = {0, i, 0, true};
            (void)tune_and_read(model, &once, seconds);
            expect(once.n_open == 0, "allocation %lu of %lu failing: %lu blocks open", i, n,
                   once.n_open);
        }
    }
    unlink(other);
}

static void writes_whole_files_only(const char *model) {
    hone_tune_report report = HONE_TUNE_REPORT_INIT;
    engine e;
    if (!engine_open(&e, model, NULL, NULL)) return;
    expect(hone_session_tune(e.session, "/nowhere/x.tune", NULL, &report) == HONE_E_FILE,
           "no such folder");
    expect(hone_session_message(e.session)[0] != '\0', "no message");
    engine_close(&e);
}

void system_tune(void) {
    const char *temp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/hone_tune_XXXXXX", temp != NULL ? temp : "/tmp");
    expect(mkdtemp(folder) != NULL, "no temporary folder");
    snprintf(file, sizeof file, "%s/model.tune", folder);
    snprintf(other, sizeof other, "%s/other.tune", folder);
    answers_the_same("models/fashion_i8.tflite", 1, true);
    answers_the_same("models/fashion_f32.onnx", 1, false);
    const char *words = shared_model("kws_i8.tflite");
    if (words != NULL) answers_the_same(words, 2, true);
    follows_an_editor("models/fashion_i8.tflite");
    refuses_what_is_not_its_own("models/fashion_i8.tflite", "models/fashion_f32.onnx");
    survives_damage("models/fashion_i8.tflite");
    leaves_nothing("models/fashion_i8.tflite");
    writes_whole_files_only("models/fashion_i8.tflite");
    unlink(file);
    expect(rmdir(folder) == 0, "something was left in %s", folder);
}
