/* SPDX-License-Identifier: Apache-2.0
 * 500 mutated copies of each of four models: each is loaded, planned and run in a process of its
 * own and ends by itself with exit 0 or 1 within ten seconds. Meant for AddressSanitizer and
 * UndefinedBehaviorSanitizer builds, whose reports end a process otherwise. */
#include "system/system.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COPIES = 500, SECONDS = 10, MOST_BYTES = 8 << 20 };

/* A sanitizer's report must not look like a refusal, which is exit 1. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "exitcode=99";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
    return "exitcode=99";
}

static unsigned char original[MOST_BYTES], copy[MOST_BYTES];

static unsigned random_of(unsigned *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* One to eight changes: bytes, 32-bit words that look like sizes, or a cut. */
static size_t mutate(unsigned char *bytes, size_t n, unsigned seed) {
    static const unsigned words[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 8, 255};
    unsigned state = seed * 2654435761u + 1;
    const unsigned n_changes = 1 + random_of(&state) % 8;
    if (random_of(&state) % 10 == 0) n = random_of(&state) % n;
    for (unsigned i = 0; i < n_changes && n > 4; i++) {
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

/* In the child: exit 0 when the model ran, 1 when it was refused. */
static void run_copy(const unsigned char *bytes, size_t n) {
    engine e = {NULL, NULL, NULL};
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = 1;
    options.memory_limit = (uint64_t)1 << 30;
    alarm(SECONDS);
    hone_status status = hone_ctx_new(NULL, &e.ctx);
    if (status == HONE_OK) status = hone_model_load_memory(e.ctx, bytes, n, NULL, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &e.session);
    if (status == HONE_OK) {
        fill_inputs(e.session, 1);
        status = hone_session_run(e.session);
    }
    const char *message = e.session != NULL ? hone_session_message(e.session)
                          : e.model != NULL ? hone_model_message(e.model)
                                            : hone_ctx_message(e.ctx);
    const bool says_why = status == HONE_OK || message[0] != 0;
    engine_close(&e);
    exit(!says_why ? 2 : status == HONE_OK ? 0 : 1);
}

static void mutate_model(const char *path) {
    size_t n_run = 0, n_refused = 0;
    FILE *f = fopen(path, "rb");
    const size_t n = f != NULL ? fread(original, 1, sizeof original, f) : 0;
    if (f != NULL) fclose(f);
    expect(n > 0, "%s cannot be read", path);
    for (unsigned i = 1; i <= COPIES && n > 0; i++) {
        int state = 0;
        memcpy(copy, original, n);
        const size_t size = mutate(copy, n, i);
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) run_copy(copy, size);
        const bool ended = child > 0 && waitpid(child, &state, 0) == child;
        const bool is_good = ended && WIFEXITED(state) && WEXITSTATUS(state) <= 1;
        expect(is_good, "%s: copy %u ends with %s %d", path, i,
               WIFSIGNALED(state) ? "signal" : "exit",
               WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state));
        n_run += is_good && WEXITSTATUS(state) == 0;
        n_refused += is_good && WEXITSTATUS(state) == 1;
    }
    expect(n_run > 0 && n_refused > 0, "%s: %zu ran, %zu were refused", path, n_run, n_refused);
    fprintf(stderr, "  %s: %zu ran, %zu were refused\n", path, n_run, n_refused);
}

void system_mutation(void) {
    static const char *const shared[] = {"mnist8.onnx", "person_detect_i8.tflite"};
    mutate_model("models/fashion_i8.tflite");
    mutate_model("models/fashion_f32.onnx");
    for (unsigned i = 0; i < 2; i++) {
        const char *path = shared_model(shared[i]);
        if (path != NULL) mutate_model(path);
    }
}
