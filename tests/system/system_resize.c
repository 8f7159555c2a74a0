/* SPDX-License-Identifier: Apache-2.0
 * One model, many shapes: a session that is given other input shapes answers as a new session for
 * those shapes does, a plan is made once for each of them, and a shape that does not fit leaves the
 * session as it was. */
#include "system/system.h"

#include <string.h>

/* The answer of a session that never had other shapes. */
static unsigned long long fresh_hash(const char *path, const hone_input_shape *shape) {
    engine e = {NULL, NULL, NULL};
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    options.input_shapes = shape;
    options.n_input_shapes = 1;
    hone_status status = hone_ctx_new(NULL, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, path, &options, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, NULL, &e.session);
    expect(status == HONE_OK, "%s with the shape from the start", path);
    const unsigned long long hash = status == HONE_OK ? run_hash(e.session, 7) : 0;
    engine_close(&e);
    return hash;
}

static bool has_shape(hone_session *session, const hone_input_shape *shape) {
    hone_tensor t = HONE_TENSOR_INIT;
    if (hone_session_input(session, 0, &t) != HONE_OK || t.rank != shape->rank) return false;
    return memcmp(t.dim, shape->dim, shape->rank * sizeof t.dim[0]) == 0;
}

static void walk_shapes(const char *path, const hone_input_shape *shapes, unsigned n) {
    engine e;
    if (!engine_open(&e, path, NULL, NULL)) return;
    for (unsigned i = 0; i < 2 * n; i++) { /* the second round takes the plans of the first */
        const hone_input_shape *shape = &shapes[i % n];
        expect(hone_session_resize_inputs(e.session, shape, 1) == HONE_OK, "%s, shape %u: %s", path,
               i % n, hone_session_message(e.session));
        expect(has_shape(e.session, shape), "%s: the input has another shape than %u", path, i % n);
        expect(run_hash(e.session, 7) == fresh_hash(path, shape), "%s: another answer for shape %u",
               path, i % n);
    }
    engine_close(&e);
}

static void keeps_what_it_had(const char *path, const hone_input_shape *good,
                              const hone_input_shape *bad) {
    engine e;
    if (!engine_open(&e, path, NULL, NULL)) return;
    expect(hone_session_resize_inputs(e.session, good, 1) == HONE_OK, "%s", path);
    const unsigned long long before = run_hash(e.session, 7);
    expect(hone_session_resize_inputs(e.session, bad, 1) != HONE_OK, "%s: a bad shape", path);
    expect(hone_session_message(e.session)[0] != '\0', "%s: no message", path);
    expect(has_shape(e.session, good), "%s: the shape went", path);
    expect(run_hash(e.session, 7) == before, "%s: the answer changed", path);
    engine_close(&e);
}

/* More shapes than plans are kept. */
static void forgets_old_plans(const char *path) {
    engine e;
    if (!engine_open(&e, path, NULL, NULL)) return;
    for (int64_t n = 1; n <= 40; n++) {
        const hone_input_shape shape = {"x", 1, {n}};
        expect(hone_session_resize_inputs(e.session, &shape, 1) == HONE_OK, "length %d", (int)n);
        expect(hone_session_run(e.session) == HONE_OK, "length %d", (int)n);
    }
    engine_close(&e);
}

void system_resize(void) {
    const char *own = "tests/data/onnx/if_captures.onnx";
    const hone_input_shape lengths[] = {
        {"x", 1, {5}}, {"x", 1, {64}}, {"x", 1, {0}}, {NULL, 1, {3}}};
    const hone_input_shape rank_2 = {"x", 2, {2, 2}}, nobody = {"nobody", 1, {2}};
    walk_shapes(own, lengths, sizeof lengths / sizeof lengths[0]);
    keeps_what_it_had(own, &lengths[0], &rank_2);
    keeps_what_it_had(own, &lengths[1], &nobody);
    forgets_old_plans(own);
    const char *pictures = shared_model("ppocr_v3_det.onnx");
    if (pictures == NULL) return;
    const hone_input_shape sides[] = {{"x", 4, {1, 3, 64, 96}}, {"x", 4, {1, 3, 128, 32}}};
    walk_shapes(pictures, sides, 2);
}
