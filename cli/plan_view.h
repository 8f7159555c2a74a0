/* SPDX-License-Identifier: Apache-2.0
 * The memory plan as a picture: which bytes of the arena hold what, from which step to which. Once
 * as text that fits the terminal, once as a page with an SVG drawing. */
#ifndef CLI_PLAN_VIEW_H
#define CLI_PLAN_VIEW_H

#include "engine.h"

typedef struct plan_view {
    const char *path;          /* the model's */
    hone_plan_buffer *buffers; /* by offset, then by first step */
    uint32_t n_buffers, n_steps;
    uint64_t *live;        /* bytes in use at each step */
    uint64_t buffer_bytes; /* end of the highest buffer */
    uint32_t peak_step;
    hone_session_stats stats;
} plan_view;

int plan_view_open(plan_view *view, engine *e);
void plan_view_close(plan_view *view);

void plan_view_print(const plan_view *view, engine *e);
int plan_view_html(const plan_view *view, engine *e, const char *path);

#endif
