/* SPDX-License-Identifier: Apache-2.0
 * The exact number of transposes that layout leaves in each model of tests/layout.def. */
#include "system/system.h"

typedef struct layout_row {
    const char *model;
    uint32_t n_transposes, n_at_borders;
} layout_row;

static const layout_row rows[] = {
#define X(model, n, borders) {model, n, borders},
#include "layout.def"
#undef X
};

void system_layout(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        engine e;
        hone_session_stats stats = HONE_SESSION_STATS_INIT;
        const char *path = shared_model(rows[i].model);
        if (path == NULL || !engine_open(&e, path, NULL, NULL)) continue;
        hone_session_query(e.session, &stats);
        expect(stats.n_transposes == rows[i].n_transposes, "%s: %u transposes are left, not %u",
               path, stats.n_transposes, rows[i].n_transposes);
        expect(rows[i].n_at_borders <= rows[i].n_transposes, "%s: its row", path);
        engine_close(&e);
    }
}
