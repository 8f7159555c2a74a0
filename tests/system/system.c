/* SPDX-License-Identifier: Apache-2.0
 * Runs the system tests named as arguments, or all; closes with `N passed, N failed, N skipped`. */
#include "system/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned n_passed, n_failed, n_skipped;

static const char *const models[] = {
    "mobilenet_v1_025_128_u8.tflite",
    "mobilenet_v1_025_224_u8.tflite",
    "resnet8_cifar10_f32.tflite",
    "resnet8_cifar10_i8.tflite",
    "resnet8_cifar10.onnx",
    "mnist8.onnx",
    "kws_f32.tflite",
    "kws_i8.tflite",
    "fan_f32.tflite",
    "person_detect_i8.tflite",
    "mobilenet_v2_qdq.onnx",
};

void expect(bool is_true, const char *format, ...) {
    if (is_true) {
        n_passed++;
        return;
    }
    va_list list;
    va_start(list, format);
    fputs("FAILED: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    n_failed++;
}

void skip(const char *what) {
    fprintf(stderr, "skipped: %s is absent\n", what);
    n_skipped++;
}

const char *shared_model(const char *name) {
    static char path[1024];
    const char *shared = getenv("HONE_SHARED");
    snprintf(path, sizeof path, "%s/models/%s", shared != NULL ? shared : "../shared", name);
    if (access(path, R_OK) == 0) return path;
    skip(name);
    return NULL;
}

/* The project's own two come first, so that something runs without the data beside it. */
const char *spine_model(unsigned i) {
    const unsigned n = sizeof models / sizeof models[0];
    if (i == 0) return "models/fashion_i8.tflite";
    if (i == 1) return "models/fashion_f32.onnx";
    if (i - 2 >= n) return NULL;
    const char *path = shared_model(models[i - 2]);
    return path != NULL ? path : "";
}

bool engine_open(engine *e, const char *path, const hone_ctx_options *ctx_options,
                 const hone_session_options *options) {
    hone_session_options defaults = HONE_SESSION_OPTIONS_INIT;
    defaults.threads = 1;
    memset(e, 0, sizeof *e);
    hone_status status = hone_ctx_new(ctx_options, &e->ctx);
    if (status == HONE_OK) status = hone_model_load(e->ctx, path, NULL, &e->model);
    if (status == HONE_OK) {
        status = hone_session_new(e->model, options != NULL ? options : &defaults, &e->session);
    }
    if (status == HONE_OK) return true;
    expect(false, "%s: %s", path,
           e->model != NULL ? hone_model_message(e->model) : hone_ctx_message(e->ctx));
    engine_close(e);
    return false;
}

void engine_close(engine *e) {
    hone_session_free(e->session);
    hone_model_free(e->model);
    hone_ctx_free(e->ctx);
    memset(e, 0, sizeof *e);
}

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

void fill_inputs(hone_session *session, unsigned seed) {
    hone_tensor t = HONE_TENSOR_INIT;
    for (uint32_t i = 0; hone_session_input(session, i, &t) == HONE_OK; i++) {
        if (t.dtype == HONE_DTYPE_F32) {
            float *data = t.data;
            for (size_t k = 0; k < t.n_bytes / 4; k++) {
                data[k] = (float)(next_random(&seed) & 0xffff) / 65536.0f;
            }
            continue;
        }
        unsigned char *data = t.data;
        for (size_t k = 0; k < t.n_bytes; k++) data[k] = (unsigned char)next_random(&seed);
        if (t.dtype == HONE_DTYPE_BOOL) data[0] &= 1;
    }
}

unsigned long long hash_outputs(hone_session *session) {
    hone_tensor t = HONE_TENSOR_INIT;
    unsigned long long h = 14695981039346656037ull;
    for (uint32_t i = 0; hone_session_output(session, i, &t) == HONE_OK; i++) {
        const unsigned char *data = t.data;
        for (size_t k = 0; k < t.n_bytes; k++) h = (h ^ data[k]) * 1099511628211ull;
    }
    return h;
}

unsigned long long run_hash(hone_session *session, unsigned seed) {
    fill_inputs(session, seed);
    const hone_status status = hone_session_run(session);
    expect(status == HONE_OK, "run: %s", hone_session_message(session));
    return status == HONE_OK ? hash_outputs(session) : 0;
}

static void *failing_alloc(void *user, size_t n) {
    account *a = user;
    const unsigned long i = ++a->n_made;
    if (i == a->fail_at || (a->fails_on && a->fail_at > 0 && i > a->fail_at)) return NULL;
    void *block = aligned_alloc(64, (n / 64 + 1) * 64);
    if (block != NULL) a->n_open++;
    return block;
}

static void counted_free(void *user, void *block) {
    if (block != NULL) ((account *)user)->n_open--;
    free(block);
}

hone_allocator failing_allocator(account *a) {
    return (hone_allocator){failing_alloc, counted_free, a};
}

typedef struct system_test {
    const char *name;
    void (*run)(void);
} system_test;

static const system_test tests[] = {
#define X(name) {#name, system_##name},
#include "system/system.def"
#undef X
};

static bool is_wanted(const char *name, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) return true;
    }
    return argc < 2;
}

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (!is_wanted(tests[i].name, argc, argv)) continue;
        const unsigned before = n_passed + n_failed;
        tests[i].run();
        fprintf(stderr, "%-12s %u checks\n", tests[i].name, n_passed + n_failed - before);
    }
    printf("%u passed, %u failed, %u skipped\n", n_passed, n_failed, n_skipped);
    return n_failed > 0 ? 1 : 0;
}
