/* SPDX-License-Identifier: Apache-2.0
 * Damaged copies of models: each is loaded, planned and run, and the process ends by itself with
 * exit 0 or 1 within ten seconds. A table has the kinds of damage, another the models. Copies run
 * in batches, one process each: the number of the copy at work is in shared memory, so that the
 * parent knows which one ended a batch, and goes on behind it. Meant for AddressSanitizer and
 * UndefinedBehaviorSanitizer builds, whose reports end a process otherwise. HONE_MUTATIONS=PERCENT
 * takes a part of the copies. */
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 100, SECONDS = 10, MOST_BYTES = 8 << 20, MEMORY_LIMIT = 64 << 20 };
enum { MOST_KB = 1 << 20 };               /* of a batch, what the sanitizer keeps included */
enum { MOST_MACS = 8000000, ONE_IN = 8 }; /* larger models run for one copy in eight */

/* A sanitizer's report must not look like a refusal, which is exit 1. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "exitcode=99";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
    return "exitcode=99";
}

static const char *const own_models[] = {"models/fashion_i8.tflite", "models/fashion_f32.onnx"};
static const char *const shared_models[] = {
    "mnist8.onnx",       "person_detect_i8.tflite",  "kws_i8.tflite",  "mnist_lstm_f32.tflite",
    "motion_dense.onnx", "mww_hey_jarvis_i8.tflite", "lgbm_wine.onnx", "hand_keypoints.tflite"};

static unsigned char original[MOST_BYTES], copy[MOST_BYTES];

static unsigned random_of(unsigned *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* ---- kinds of damage: copy i of n_copies of `bytes`; returns its size ---- */

typedef struct damage {
    const char *name;
    unsigned n_copies;
    size_t (*apply)(unsigned char *bytes, size_t n, unsigned i, unsigned n_copies);
} damage;

/* Half of the cuts are near the start, where the structure is. */
static size_t cut(unsigned char *bytes, size_t n, unsigned i, unsigned n_copies) {
    const size_t near = n < 4096 ? n : 4096;
    (void)bytes;
    return i % 2 == 0 ? n * i / n_copies : near * i / n_copies;
}

/* One to eight changes: bytes, or 32-bit words that look like sizes. */
static size_t change(unsigned char *bytes, size_t n, unsigned i, unsigned n_copies) {
    static const unsigned words[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 8, 255};
    unsigned state = (i + 1) * 2654435761u + 1;
    const unsigned n_changes = 1 + random_of(&state) % 8;
    (void)n_copies;
    if (random_of(&state) % 20 == 0) n = random_of(&state) % n;
    for (unsigned k = 0; k < n_changes && n > 4; k++) {
        /* half of the changes near the start or the end, where the structure is */
        size_t at = random_of(&state) % (n - 4);
        if (random_of(&state) % 2 == 0) at %= n < 8192 ? n : 8192;
        if (random_of(&state) % 4 == 0) at = n - 5 - at % (n < 8192 ? n - 4 : 8192);
        const unsigned word = words[random_of(&state) % 8];
        if (random_of(&state) % 2 == 0) {
            bytes[at] = (unsigned char)random_of(&state);
        } else {
            memcpy(bytes + at, &word, 4);
        }
    }
    return n;
}

static const damage damages[] = {{"cut", 200, cut}, {"changed", 2000, change}};

/* ---- one process ---- */

typedef struct shared_state {
    unsigned at; /* the copy at work */
    unsigned n_run, n_refused;
} shared_state;

static bool is_short(hone_session *session, unsigned i) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    return hone_session_query(session, &stats) == HONE_OK &&
           (stats.macs <= MOST_MACS || i % ONE_IN == 0);
}

/* True when it ran or was refused with a reason. */
static bool run_copy(const unsigned char *bytes, size_t n, unsigned i, shared_state *shared) {
    engine e = {NULL, NULL, NULL};
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    ctx.max_threads = 1;
    options.threads = 1;
    options.memory_limit = MEMORY_LIMIT;
    hone_status status = hone_ctx_new(&ctx, &e.ctx);
    if (status == HONE_OK) status = hone_model_load_memory(e.ctx, bytes, n, NULL, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &e.session);
    if (status == HONE_OK && is_short(e.session, i)) {
        fill_inputs(e.session, 1);
        status = hone_session_run(e.session);
    }
    const char *message = e.session != NULL ? hone_session_message(e.session)
                          : e.model != NULL ? hone_model_message(e.model)
                                            : hone_ctx_message(e.ctx);
    const bool says_why = status == HONE_OK || message[0] != 0;
    engine_close(&e);
    shared->n_run += status == HONE_OK;
    shared->n_refused += status != HONE_OK;
    return says_why;
}

static void run_batch(const damage *d, size_t n, unsigned end, shared_state *shared) {
    for (; shared->at < end; shared->at++) {
        alarm(SECONDS);
        memcpy(copy, original, n);
        const size_t size = d->apply(copy, n, shared->at, d->n_copies);
        if (!run_copy(copy, size, shared->at, shared)) exit(2);
    }
    exit(0); /* leaks are found here */
}

/* ---- all of them ---- */

static unsigned copies_of(const damage *d) {
    const char *percent = getenv("HONE_MUTATIONS");
    const unsigned n = percent != NULL ? (unsigned)strtoul(percent, NULL, 10) : 100;
    return d->n_copies * (n < 100 ? n : 100) / 100;
}

static void damage_model(const char *path, size_t n, const damage *d, shared_state *shared) {
    const unsigned n_copies = copies_of(d);
    const shared_state start = {0, 0, 0};
    *shared = start;
    while (shared->at < n_copies) {
        const unsigned end = shared->at + BATCH < n_copies ? shared->at + BATCH : n_copies;
        struct rusage usage;
        int state = 0;
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) run_batch(d, n, end, shared);
        const bool ended = child > 0 && wait4(child, &state, 0, &usage) == child;
        const bool is_good = ended && WIFEXITED(state) && WEXITSTATUS(state) == 0;
        expect(is_good, "%s %s: copy %u ends with %s %d", path, d->name, shared->at,
               WIFSIGNALED(state) ? "signal" : "exit",
               WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state));
        expect(!ended || usage.ru_maxrss < MOST_KB, "%s %s: %ld KB before copy %u", path, d->name,
               usage.ru_maxrss, shared->at);
        if (!is_good) shared->at++;
    }
    fprintf(stderr, "  %s %s: %u ran, %u were refused\n", path, d->name, shared->n_run,
            shared->n_refused);
}

static void mutate_model(const char *path, shared_state *shared) {
    FILE *f = fopen(path, "rb");
    const size_t n = f != NULL ? fread(original, 1, sizeof original, f) : 0;
    if (f != NULL) fclose(f);
    expect(n > 0, "%s cannot be read", path);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0] && n > 0; i++) {
        damage_model(path, n, &damages[i], shared);
        expect(shared->n_refused > 0, "%s %s: none was refused", path, damages[i].name);
    }
}

void system_mutation(void) {
    shared_state *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    expect(shared != MAP_FAILED, "no shared memory");
    if (shared == MAP_FAILED) return;
    for (size_t i = 0; i < sizeof own_models / sizeof own_models[0]; i++) {
        mutate_model(own_models[i], shared);
    }
    for (size_t i = 0; i < sizeof shared_models / sizeof shared_models[0]; i++) {
        const char *path = shared_model(shared_models[i]);
        if (path != NULL) mutate_model(path, shared);
    }
    munmap(shared, sizeof *shared);
}
