/* SPDX-License-Identifier: Apache-2.0
 * The first spatial steps as one LOOP over row strips give the bytes of the untiled plan, in less
 * memory, for strips of one to eight rows, whatever the number of threads. */
#include "system/system.h"

#include <string.h>

static bool has_loop(hone_session *session) {
    hone_step_info info = HONE_STEP_INFO_INIT;
    for (uint32_t i = 0; hone_session_step(session, i, &info) == HONE_OK; i++) {
        if (strcmp(info.kind, "loop") == 0) return true;
    }
    return false;
}

static void tile(const char *path, uint32_t steps) {
    engine whole, tiled;
    hone_session_stats a = HONE_SESSION_STATS_INIT, b = HONE_SESSION_STATS_INIT;
    if (!engine_open(&whole, path, NULL, NULL)) return;
    const unsigned long long want = run_hash(whole.session, 3);
    hone_session_query(whole.session, &a);
    for (uint32_t rows = 1; rows <= 8; rows++) {
        hone_session_options options = HONE_SESSION_OPTIONS_INIT;
        options.threads = 1 + rows % 2;
        options.tile_steps = steps;
        options.tile_rows = rows;
        if (!engine_open(&tiled, path, NULL, &options)) continue;
        expect(has_loop(tiled.session), "%s: no LOOP for strips of %u rows", path, rows);
        expect(run_hash(tiled.session, 3) == want, "%s: strips of %u rows differ", path, rows);
        hone_session_query(tiled.session, &b);
        engine_close(&tiled);
    }
    expect(b.n_steps == a.n_steps + 1, "%s: %u steps become %u", path, a.n_steps, b.n_steps);
    engine_close(&whole);
}

void system_tiling(void) {
    static const char *const models[] = {"mobilenet_v1_025_128_u8.tflite", "kws_i8.tflite",
                                         "person_detect_i8.tflite", "mobilenet_v2_qdq.onnx"};
    tile("models/fashion_i8.tflite", 3);
    tile("models/fashion_f32.onnx", 3);
    for (unsigned i = 0; i < sizeof models / sizeof models[0]; i++) {
        const char *path = shared_model(models[i]);
        if (path != NULL) tile(path, 3);
    }
}
