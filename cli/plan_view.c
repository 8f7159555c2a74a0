/* SPDX-License-Identifier: Apache-2.0
 * The memory plan as text: a row for each buffer, a column for each step, or for several where the
 * terminal is narrow. The last row is the part of the arena that is in use. */
#include "plan_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "say.h"

enum { LEFT_WIDTH = 55, NAME_WIDTH = 20, MAX_CELL = 3, MIN_CHART = 16 };

static int by_offset(const void *a, const void *b) {
    const hone_plan_buffer *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    if (x->first_step != y->first_step) return x->first_step < y->first_step ? -1 : 1;
    return 0;
}

int plan_view_open(plan_view *view, engine *e) {
    *view = (plan_view){e->path, NULL, 0, 0, NULL, 0, 0, HONE_SESSION_STATS_INIT};
    if (hone_session_query(e->session, &view->stats) != HONE_OK) return engine_failed(e, NULL);
    view->n_buffers = hone_session_buffer_count(e->session);
    view->n_steps = hone_session_step_count(e->session);
    view->buffers = say_alloc(view->n_buffers, sizeof *view->buffers);
    for (uint32_t i = 0; i < view->n_buffers; i++) {
        hone_plan_buffer *b = &view->buffers[i];
        *b = (hone_plan_buffer)HONE_PLAN_BUFFER_INIT;
        if (hone_session_buffer(e->session, i, b) != HONE_OK) return engine_failed(e, NULL);
        if (b->last_step >= view->n_steps) view->n_steps = b->last_step + 1;
        const uint64_t end = b->offset + b->n_bytes;
        if (end > view->buffer_bytes) view->buffer_bytes = end;
    }
    qsort(view->buffers, view->n_buffers, sizeof *view->buffers, by_offset);
    view->live = say_alloc(view->n_steps, sizeof *view->live);
    for (uint32_t i = 0; i < view->n_buffers; i++) {
        const hone_plan_buffer *b = &view->buffers[i];
        for (uint32_t s = b->first_step; s <= b->last_step; s++) view->live[s] += b->n_bytes;
    }
    for (uint32_t s = 1; s < view->n_steps; s++) {
        if (view->live[s] > view->live[view->peak_step]) view->peak_step = s;
    }
    return CLI_DONE;
}

void plan_view_close(plan_view *view) {
    free(view->buffers);
    free(view->live);
}

/* Columns of the chart and how steps fall on them: `cell` columns a step, or `group` steps a
 * column; one of the two is 1. */
typedef struct chart {
    uint32_t n_columns, cell, group;
    int is_utf8;
} chart;

static chart chart_fit(uint32_t n_steps) {
    const uint32_t columns = say_columns();
    const uint32_t space = columns > LEFT_WIDTH + MIN_CHART ? columns - LEFT_WIDTH : MIN_CHART;
    chart c = {0, 1, 1, say_is_utf8()};
    if (n_steps > space) c.group = (n_steps + space - 1) / space;
    while (c.group == 1 && c.cell < MAX_CELL && n_steps * (c.cell + 1) <= space) c.cell++;
    c.n_columns = (n_steps + c.group - 1) / c.group * c.cell;
    return c;
}

static uint32_t column_first(const chart *c, uint32_t step) {
    return step / c->group * c->cell;
}

/* Step numbers above the chart, where there is room for them. */
static void print_axis(const chart *c, uint32_t n_steps) {
    uint32_t at = 0;
    for (uint32_t step = 0; step < n_steps; step++) {
        const uint32_t column = column_first(c, step);
        if (step % 5 != 0 || column < at) continue;
        at += (uint32_t)printf("%*s%" PRIu32, (int)(column - at), "", step);
        at++;
        putchar(' ');
    }
    putchar('\n');
}

static void print_bar(const chart *c, const hone_plan_buffer *b) {
    const uint32_t first = column_first(c, b->first_step);
    const uint32_t last = column_first(c, b->last_step) + c->cell - 1;
    printf("%*s", (int)first, "");
    for (uint32_t i = first; i <= last; i++) fputs(c->is_utf8 ? "█" : "#", stdout);
    putchar('\n');
}

/* Bytes in use at each step, in eighths or tenths of the whole. */
static void print_use(const chart *c, const plan_view *view) {
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    for (uint32_t column = 0; column < c->n_columns; column += c->cell) {
        const uint32_t first = column / c->cell * c->group;
        uint64_t most = 0;
        for (uint32_t s = first; s < first + c->group && s < view->n_steps; s++) {
            if (view->live[s] > most) most = view->live[s];
        }
        const uint32_t parts = c->is_utf8 ? 8 : 9;
        const double share = (double)most / (double)(view->buffer_bytes + !view->buffer_bytes);
        uint32_t level = (uint32_t)(share * parts + 0.5);
        if (level > parts) level = parts;
        for (uint32_t i = 0; i < c->cell; i++) {
            if (c->is_utf8) {
                fputs(eighths[level], stdout);
            } else {
                putchar((int)('0' + level));
            }
        }
    }
    putchar('\n');
}

/* The arena's parts, exactly. */
static void print_sum(const plan_view *view) {
    const hone_session_stats *s = &view->stats;
    printf("arena %s bytes (%s) = buffers %s", text_number(s->arena_bytes).s,
           text_bytes(s->arena_bytes).s, text_number(view->buffer_bytes).s);
    const uint64_t known = view->buffer_bytes + s->scratch_bytes;
    if (s->scratch_bytes > 0) {
        printf(" + scratch of %" PRIu32 " worker%s %s", s->threads, s->threads == 1 ? "" : "s",
               text_number(s->scratch_bytes).s);
    }
    if (s->arena_bytes > known) printf(" + alignment %s", text_number(s->arena_bytes - known).s);
    putchar('\n');
    if (s->state_bytes > 0) printf("state %s bytes besides\n", text_number(s->state_bytes).s);
}

void plan_view_print(const plan_view *view, engine *e) {
    const chart c = chart_fit(view->n_steps);
    print_sum(view);
    putchar('\n');
    printf("%10s %10s  %9s  %-*s ", "offset", "size", "steps", NAME_WIDTH, "buffer");
    print_axis(&c, view->n_steps);
    for (uint32_t i = 0; i < view->n_buffers; i++) {
        const hone_plan_buffer *b = &view->buffers[i];
        text name = text_clean(b->name);
        char steps[32];
        if (text_width(name.s) > NAME_WIDTH) {
            const size_t n = strlen(name.s);
            memmove(name.s + 2, name.s + n - (NAME_WIDTH - 2), NAME_WIDTH - 1);
            memcpy(name.s, "..", 2);
            name = text_clean(name.s);
        }
        snprintf(steps, sizeof steps, "%" PRIu32 "-%" PRIu32, b->first_step, b->last_step);
        const size_t width = text_width(name.s);
        printf("%10s %10s  %9s  %s%*s ", text_bytes(b->offset).s, text_bytes(b->n_bytes).s, steps,
               name.s, (int)(width < NAME_WIDTH ? NAME_WIDTH - width : 0), "");
        print_bar(&c, b);
    }
    printf("%*s", LEFT_WIDTH - 1, c.is_utf8 ? "in use" : "in use, tenths");
    putchar(' ');
    print_use(&c, view);
    if (view->n_steps == 0) return;
    hone_step_info step = HONE_STEP_INFO_INIT;
    printf("\nmost in use: %s bytes at step %" PRIu32, text_number(view->live[view->peak_step]).s,
           view->peak_step);
    if (hone_session_step(e->session, view->peak_step, &step) == HONE_OK) {
        const char *name = step.node[0] == '\0' ? step.op : step.node;
        printf(" (%s, %s)", text_clean(step.kernel).s, text_clean(name).s);
    }
    putchar('\n');
}
