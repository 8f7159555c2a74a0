/* SPDX-License-Identifier: Apache-2.0
 * The same bytes for 1, 2 and 5 threads and for 20 shuffled orders of units. */
#include "system/system.h"

typedef struct setting {
    uint32_t threads, seed;
} setting;

static bool open_with(engine *e, const char *path, const setting *s) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    ctx.max_threads = 5;
    options.threads = s->threads;
    options.schedule_seed = s->seed;
    return engine_open(e, path, &ctx, &options);
}

static unsigned long long hash_with(const char *path, uint32_t threads, uint32_t seed) {
    engine e;
    const setting s = {threads, seed};
    if (!open_with(&e, path, &s)) return 0;
    const unsigned long long h = run_hash(e.session, 7);
    engine_close(&e);
    return h;
}

void system_schedule(void) {
    const char *path = NULL;
    for (unsigned i = 0; (path = spine_model(i)) != NULL; i++) {
        if (path[0] == 0) continue;
        const unsigned long long want = hash_with(path, 1, 0);
        expect(hash_with(path, 2, 0) == want, "%s: 2 threads give other bytes", path);
        expect(hash_with(path, 5, 0) == want, "%s: 5 threads give other bytes", path);
        for (uint32_t seed = 1; seed <= 20; seed++) {
            expect(hash_with(path, 1 + seed % 5, seed) == want, "%s: order %u differs", path, seed);
        }
    }
}
