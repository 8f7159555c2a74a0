/* SPDX-License-Identifier: Apache-2.0
 * The exact number of transposes that layout leaves in each model of tests/layout.def. */
#include <stdlib.h>
#include <string.h>

#include "system/system.h"

enum { MAX_INPUTS = 4 };

typedef struct layout_row {
    const char *model, *shapes;
    uint32_t n_transposes, n_at_borders;
} layout_row;

static const layout_row rows[] = {
#define X(model, n, borders, shapes) {model, shapes, n, borders},
#include "layout.def"
#undef X
};

/* "1x512 2x1x128": the shapes of the first inputs. */
static uint32_t read_shapes(const char *text, hone_input_shape *shapes) {
    uint32_t n = 0;
    while (*text != '\0' && n < MAX_INPUTS) {
        hone_input_shape *shape = &shapes[n++];
        memset(shape, 0, sizeof *shape);
        while (*text >= '0' && *text <= '9' && shape->rank < HONE_MAX_RANK) {
            char *end = NULL;
            shape->dim[shape->rank++] = (int64_t)strtol(text, &end, 10);
            text = *end == 'x' ? end + 1 : end;
        }
        while (*text == ' ') text++;
    }
    return n;
}

/* Plans for the shapes of the row, and tells how many transposes are left. */
static hone_status count_transposes(hone_ctx *ctx, const char *path, const layout_row *row,
                                    uint32_t *n) {
    hone_input_shape shapes[MAX_INPUTS];
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    hone_model *model = NULL;
    hone_session *session = NULL;
    options.input_shapes = shapes;
    options.n_input_shapes = read_shapes(row->shapes, shapes);
    hone_status status = hone_model_load(ctx, path, &options, &model);
    if (status == HONE_OK) status = hone_session_new(model, NULL, &session);
    if (status == HONE_OK) status = hone_session_query(session, &stats);
    *n = stats.n_transposes;
    hone_session_free(session);
    hone_model_free(model);
    return status;
}

void system_layout(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hone_ctx *ctx = NULL;
        uint32_t n = 0;
        const char *path = shared_model(rows[i].model);
        if (path == NULL) continue;
        expect(hone_ctx_new(NULL, &ctx) == HONE_OK, "no context");
        if (ctx == NULL) return;
        const hone_status status = count_transposes(ctx, path, &rows[i], &n);
        expect(status == HONE_OK, "%s: cannot be planned", path);
        if (status == HONE_OK) {
            expect(n == rows[i].n_transposes, "%s: %u transposes are left, not %u", path, n,
                   rows[i].n_transposes);
        }
        expect(rows[i].n_at_borders <= rows[i].n_transposes, "%s: its row", path);
        hone_ctx_free(ctx);
    }
}
