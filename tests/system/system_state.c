/* SPDX-License-Identifier: Apache-2.0
 * State of streaming models: answers depend on the runs before, a reset starts anew, and sessions
 * of one model do not know of each other. */
#include "system/system.h"

enum { RUNS = 8 };

static void stream(const char *path) {
    const hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    unsigned long long first[RUNS], again;
    hone_session *other = NULL;
    engine e;
    if (!engine_open(&e, path, NULL, NULL)) return;
    hone_status status = hone_session_new(e.model, &options, &other);
    expect(status == HONE_OK, "%s: %s", path, hone_model_message(e.model));
    bool has_memory = false;
    for (unsigned i = 0; i < RUNS; i++) {
        first[i] = run_hash(e.session, 7); /* the same input each time */
        has_memory = has_memory || first[i] != first[0];
    }
    expect(has_memory, "%s: eight runs on one input give the same", path);
    for (unsigned i = 0; status == HONE_OK && i < RUNS; i++) {
        again = run_hash(other, 7);
        expect(again == first[i], "%s: run %u of another session differs", path, i);
        (void)run_hash(e.session, i); /* in between */
    }
    expect(hone_session_reset(e.session) == HONE_OK, "%s", hone_session_message(e.session));
    for (unsigned i = 0; i < RUNS; i++) {
        again = run_hash(e.session, 7);
        expect(again == first[i], "%s: run %u after the reset differs", path, i);
    }
    hone_session_free(other);
    engine_close(&e);
}

void system_state(void) {
    static const char *const models[] = {"microvad_stream_i8.tflite", "mww_okay_nabu_i8.tflite",
                                         "mnist_lstm_f32.tflite"};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const char *path = shared_model(models[i]);
        if (path != NULL) stream(path);
    }
}
