/* SPDX-License-Identifier: Apache-2.0
 * The memory plan as a page that needs nothing but a browser: an SVG with steps to the right and
 * addresses upwards, a rectangle for each buffer, and the bytes in use below. Titles of the shapes
 * are shown by the browser as tooltips. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "files.h"
#include "plan_view.h"
#include "say.h"

enum {
    WIDTH = 1180,
    MAP_TOP = 16,
    MAP_HEIGHT = 460,
    LEFT = 84,
    RIGHT = 16,
    USE_TOP = MAP_TOP + MAP_HEIGHT + 60,
    USE_HEIGHT = 110,
    HEIGHT = USE_TOP + USE_HEIGHT + 52,
    LETTER = 7
};

static const char style[] =
    "<style>:root{--ink:#1c2733;--soft:#64748b;--line:#e2e8f0;--page:#fbfcfd;--text:#0f172a}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e5edf5;--soft:#94a3b8;--line:#263241;"
    "--page:#10161d}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);"
    "max-width:1180px;margin:2rem auto;padding:0 1rem}h1{font-size:1.3rem;margin:0 0 .2rem}"
    "p{color:var(--soft);margin:.2rem 0 1.2rem}svg{width:100%;height:auto}"
    "text{font:12px system-ui,sans-serif;fill:var(--soft)}.name{fill:var(--text);font-size:11px}"
    ".grid{stroke:var(--line)}.box{stroke:var(--page);stroke-width:1}"
    ".box:hover{stroke:var(--ink);stroke-width:2}.use{fill:#0ea5a4;opacity:.75}"
    ".use:hover{opacity:1}.limit{stroke:#e11d48;stroke-dasharray:5 4}"
    "table{border-collapse:collapse;width:100%;margin-top:1.5rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right}"
    "th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}</style>";

static void put_escaped(FILE *out, const char *s) {
    const text t = text_clean(s);
    for (const char *c = t.s; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*c, out);
        }
    }
}

static double x_of(const plan_view *view, double step) {
    return LEFT + (WIDTH - LEFT - RIGHT) * step / (view->n_steps == 0 ? 1 : view->n_steps);
}

static double y_of(const plan_view *view, double address) {
    const double whole = view->buffer_bytes == 0 ? 1 : (double)view->buffer_bytes;
    return MAP_TOP + MAP_HEIGHT * (1 - address / whole);
}

/* A round distance of grid lines, for about `n` of them. */
static double grid_distance(double range, double n) {
    const double rough = range / n, base = pow(10, floor(log10(rough > 0 ? rough : 1)));
    return rough / base < 1.5   ? base
           : rough / base < 3.5 ? 2 * base
           : rough / base < 7   ? 5 * base
                                : 10 * base;
}

static void put_axes(FILE *out, const plan_view *view) {
    const double kb = (double)view->buffer_bytes / 1024, d = grid_distance(kb, 8);
    for (double v = 0; v <= kb; v += d) {
        const double y = y_of(view, v * 1024);
        fprintf(out,
                "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g KB</text>\n",
                LEFT, WIDTH - RIGHT, y, y, LEFT - 8, y + 4, v);
    }
    double every = grid_distance(view->n_steps, 12);
    if (every < 1) every = 1;
    for (double s = 0; s < view->n_steps; s += every) {
        const double x = x_of(view, s);
        fprintf(out,
                "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                "<text x=\"%.1f\" y=\"%d\">%g</text>\n",
                x, x, MAP_TOP, USE_TOP + USE_HEIGHT, x + 2, USE_TOP + USE_HEIGHT + 16, s);
    }
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n"
            "<text x=\"%d\" y=\"%d\">bytes in use at each step</text>\n"
            "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">"
            "address in the arena</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, LEFT, USE_TOP - 10, MAP_TOP + MAP_HEIGHT / 2);
}

static void put_buffer(FILE *out, const plan_view *view, uint32_t i) {
    const hone_plan_buffer *b = &view->buffers[i];
    const double x = x_of(view, b->first_step), w = x_of(view, b->last_step + 1.0) - x;
    const double y = y_of(view, (double)(b->offset + b->n_bytes));
    const double h = y_of(view, (double)b->offset) - y;
    const text name = text_clean(b->name);
    fprintf(out,
            "<g><rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" "
            "fill=\"hsl(%.0f 62%% 72%%)\"/><title>",
            x, y, w, h < 1 ? 1 : h, fmod(i * 137.508, 360));
    put_escaped(out, b->name);
    fprintf(out, "\n%s bytes (%s) at %s\nsteps %" PRIu32 " to %" PRIu32 "</title>",
            text_number(b->n_bytes).s, text_bytes(b->n_bytes).s, text_number(b->offset).s,
            b->first_step, b->last_step);
    const size_t fits = w > 2 * LETTER ? (size_t)(w / LETTER) - 1 : 0;
    if (h >= 13 && fits >= 3) {
        char shown[TEXT_MAX];
        const int is_cut = text_width(name.s) > fits;
        snprintf(shown, sizeof shown, "%.*s", is_cut ? (int)fits - 1 : TEXT_MAX - 1, name.s);
        fprintf(out, "<text class=\"name\" pointer-events=\"none\" x=\"%.1f\" y=\"%.1f\">", x + 4,
                y + h / 2 + 4);
        put_escaped(out, shown);
        fprintf(out, "%s</text>", is_cut ? "…" : "");
    }
    fputs("</g>\n", out);
}

static void put_use(FILE *out, const plan_view *view, engine *e) {
    const double whole = view->buffer_bytes == 0 ? 1 : (double)view->buffer_bytes;
    for (uint32_t s = 0; s < view->n_steps; s++) {
        const double h = USE_HEIGHT * (double)view->live[s] / whole, x = x_of(view, s);
        hone_step_info step = HONE_STEP_INFO_INIT;
        fprintf(out,
                "<rect class=\"use\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"><title>"
                "step %" PRIu32,
                x, USE_TOP + USE_HEIGHT - h, x_of(view, s + 1.0) - x, h, s);
        if (hone_session_step(e->session, s, &step) == HONE_OK) {
            fputs("\n", out);
            put_escaped(out, step.kernel);
            fputs("\n", out);
            put_escaped(out, step.node[0] == '\0' ? step.op : step.node);
        }
        fprintf(out, "\n%s bytes in use</title></rect>\n", text_number(view->live[s]).s);
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s bytes hold all buffers</text>\n",
            WIDTH - RIGHT, USE_TOP - 10, text_number(view->buffer_bytes).s);
    fprintf(out, "<line class=\"limit\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT,
            WIDTH - RIGHT, USE_TOP, USE_TOP);
}

static void put_table(FILE *out, const plan_view *view) {
    fputs("<table><tr><th>buffer<th>offset<th>bytes<th>first step<th>last step</tr>\n", out);
    for (uint32_t i = 0; i < view->n_buffers; i++) {
        const hone_plan_buffer *b = &view->buffers[i];
        fputs("<tr><td>", out);
        put_escaped(out, b->name);
        fprintf(out, "<td>%s<td>%s<td>%" PRIu32 "<td>%" PRIu32 "</tr>\n", text_number(b->offset).s,
                text_number(b->n_bytes).s, b->first_step, b->last_step);
    }
    fputs("</table>\n", out);
}

static void put_page(FILE *out, const plan_view *view, engine *e) {
    fputs("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\"><title>Memory plan of ",
          out);
    put_escaped(out, path_name(view->path));
    fprintf(out, "</title>%s\n<h1>Memory plan of ", style);
    put_escaped(out, path_name(view->path));
    fprintf(out,
            "</h1><p>Arena %s bytes (%s): %" PRIu32 " buffers in %s bytes, %s bytes of scratch. "
            "%" PRIu32 " steps. A box is a buffer: as high as its size, as wide as its life.</p>\n"
            "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n",
            text_number(view->stats.arena_bytes).s, text_bytes(view->stats.arena_bytes).s,
            view->n_buffers, text_number(view->buffer_bytes).s,
            text_number(view->stats.scratch_bytes).s, view->n_steps, WIDTH, HEIGHT);
    put_axes(out, view);
    for (uint32_t i = 0; i < view->n_buffers; i++) put_buffer(out, view, i);
    put_use(out, view, e);
    fputs("</svg>\n", out);
    put_table(out, view);
    fputs("</html>\n", out);
}

int plan_view_html(const plan_view *view, engine *e, const char *path) {
    char *page = NULL;
    size_t n_bytes = 0;
    FILE *out = open_memstream(&page, &n_bytes);
    if (out == NULL) return say_failed(path, "out of memory");
    put_page(out, view, e);
    const int is_whole = fclose(out) == 0;
    const int code = is_whole ? file_write(path, page, n_bytes) : say_failed(path, "out of memory");
    free(page);
    return code;
}
