/* SPDX-License-Identifier: Apache-2.0
 * Decoded answers. */
#include "decoded.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "say.h"

static const char *const POINT_NAMES[] = {
    "nose",           "left eye",   "right eye",   "left ear",   "right ear",   "left shoulder",
    "right shoulder", "left elbow", "right elbow", "left wrist", "right wrist", "left hip",
    "right hip",      "left knee",  "right knee",  "left ankle", "right ankle"};

enum { N_POINT_NAMES = sizeof POINT_NAMES / sizeof POINT_NAMES[0], WORD_AUTO = 0, WORD_NONE = 1 };

static const double POINT_SCORE = 0.3;

static int is_kind(const decoded *d, const char *name) {
    return d->name != NULL && strcmp(d->name, name) == 0;
}

const char *decoded_name(const decode_options *o, engine *e) {
    static text name;
    const char *word = DECODE_WORDS;
    if (o->decode == WORD_AUTO) return hone_session_decoder(e->session);
    if (o->decode == WORD_NONE) return NULL;
    for (int i = 0; i < o->decode; i++) word += strcspn(word, "|") + 1;
    snprintf(name.s, sizeof name.s, "%.*s", (int)strcspn(word, "|"), word);
    return name.s;
}

int decoded_read(decoded *d, engine *e, const decode_options *o) {
    hone_detect_options options = HONE_DETECT_OPTIONS_INIT;
    hone_status status = HONE_OK;
    options.min_score = (float)o->min_score;
    options.max_overlap = (float)o->overlap;
    options.anchors = o->anchors;
    d->n = DECODED_MAX;
    if (d->name == NULL || is_kind(d, "image")) {
        d->n = 0;
    } else if (is_kind(d, "segments")) {
        status = hone_session_segments(e->session, (float)o->min_score, &d->map);
    } else if (is_kind(d, "pose")) {
        status = hone_session_pose(e->session, d->points, &d->n);
    } else {
        status = hone_session_detect(e->session, d->name, &options, d->found, &d->n);
    }
    return status == HONE_OK ? CLI_DONE : engine_failed(e, NULL);
}

void decoded_free(decoded *d) {
    hone_class_map_free(&d->map);
}

/* ---- names ---- */

/* A detector's classes have no background of 1001. */
static const char *label_of(const labels *list, uint32_t label) {
    return labels_name(list, label, list->n);
}

static text caption_of(const labels *list, const hone_detection *f) {
    text t;
    const char *name = label_of(list, f->label);
    if (name[0] == '\0') {
        snprintf(t.s, sizeof t.s, "%u %.2f", f->label, (double)f->score);
    } else {
        snprintf(t.s, sizeof t.s, "%.40s %.2f", text_clean(name).s, (double)f->score);
    }
    return t;
}

/* Pixels of each class. */
static uint64_t *count_classes(const decoded *d) {
    uint64_t *counts = say_alloc(d->map.n_classes, sizeof *counts);
    const size_t n = (size_t)d->map.width * d->map.height;
    for (size_t i = 0; i < n; i++) counts[d->map.classes[i]]++;
    return counts;
}

static double share_of(const decoded *d, uint64_t count) {
    return (double)count / ((double)d->map.width * (double)d->map.height);
}

/* ---- tables ---- */

static void header(table *t, const char *align, const char *const *cells) {
    table_begin(t, align);
    for (; *cells != NULL; cells++) table_cell(t, "%s", *cells);
}

static void box_table(const decoded *d, const labels *list, table *t) {
    static const char *const cells[] = {"score", "index", "label", "x", "y", "w", "h", NULL};
    header(t, "rrlrrrr", cells);
    for (uint32_t i = 0; i < d->n; i++) {
        const hone_detection *f = &d->found[i];
        table_cell(t, "%s", text_score((double)f->score).s);
        table_cell(t, "%u", f->label);
        table_cell(t, "%s", label_of(list, f->label));
        table_cell(t, "%.0f", (double)f->x);
        table_cell(t, "%.0f", (double)f->y);
        table_cell(t, "%.0f", (double)f->w);
        table_cell(t, "%.0f", (double)f->h);
    }
}

static void pose_table(const decoded *d, table *t) {
    static const char *const cells[] = {"score", "point", "x", "y", NULL};
    header(t, "rlrr", cells);
    for (uint32_t i = 0; i < d->n; i++) {
        table_cell(t, "%s", text_score((double)d->points[i].score).s);
        table_cell(t, "%s", d->n == N_POINT_NAMES ? POINT_NAMES[i] : "");
        table_cell(t, "%.1f", (double)d->points[i].x);
        table_cell(t, "%.1f", (double)d->points[i].y);
    }
}

static void segment_table(const decoded *d, const labels *list, table *t) {
    static const char *const cells[] = {"share", "index", "label", NULL};
    uint64_t *counts = count_classes(d);
    header(t, "rrl", cells);
    for (uint32_t c = 0; c < d->map.n_classes; c++) {
        if (counts[c] == 0) continue;
        table_cell(t, "%.2f %%", 100.0 * share_of(d, counts[c]));
        table_cell(t, "%u", c);
        table_cell(t, "%s", label_of(list, c));
    }
    free(counts);
}

void decoded_table(const decoded *d, const labels *list, table *t) {
    if (is_kind(d, "segments")) {
        segment_table(d, list, t);
    } else if (is_kind(d, "pose")) {
        pose_table(d, t);
    } else {
        box_table(d, list, t);
    }
}

/* ---- JSON ---- */

static void box_json(const decoded *d, const labels *list, cJSON *object) {
    cJSON *list_json = json_array(object, "detections");
    for (uint32_t i = 0; i < d->n; i++) {
        const hone_detection *f = &d->found[i];
        cJSON *item = json_item(list_json);
        json_number(item, "index", f->label);
        json_text(item, "label", label_of(list, f->label));
        json_number(item, "score", (double)f->score);
        json_number(item, "x", (double)f->x);
        json_number(item, "y", (double)f->y);
        json_number(item, "w", (double)f->w);
        json_number(item, "h", (double)f->h);
        cJSON *points = json_array(item, "points");
        for (uint32_t k = 0; k < f->n_points; k++) {
            cJSON *point = json_item(points);
            json_number(point, "x", (double)f->points[k][0]);
            json_number(point, "y", (double)f->points[k][1]);
        }
    }
}

void decoded_json(const decoded *d, const labels *list, cJSON *object) {
    if (d->name == NULL || is_kind(d, "image")) return;
    json_text(object, "decoder", d->name);
    if (is_kind(d, "pose")) {
        cJSON *points = json_array(object, "points");
        for (uint32_t i = 0; i < d->n; i++) {
            cJSON *item = json_item(points);
            json_text(item, "name", d->n == N_POINT_NAMES ? POINT_NAMES[i] : "");
            json_number(item, "x", (double)d->points[i].x);
            json_number(item, "y", (double)d->points[i].y);
            json_number(item, "score", (double)d->points[i].score);
        }
    } else if (is_kind(d, "segments")) {
        cJSON *segments = json_array(object, "segments");
        uint64_t *counts = count_classes(d);
        for (uint32_t c = 0; c < d->map.n_classes; c++) {
            if (counts[c] == 0) continue;
            cJSON *item = json_item(segments);
            json_number(item, "index", c);
            json_text(item, "label", label_of(list, c));
            json_number(item, "share", share_of(d, counts[c]));
        }
        free(counts);
    } else {
        box_json(d, list, object);
    }
}

/* ---- drawings ---- */

static hone_status draw_boxes(const decoded *d, engine *e, const labels *list, const char *picture,
                              const char *out) {
    text *captions = say_alloc(d->n + 1, sizeof *captions);
    const char **at = say_alloc(d->n + 1, sizeof *at);
    for (uint32_t i = 0; i < d->n; i++) {
        captions[i] = caption_of(list, &d->found[i]);
        at[i] = captions[i].s;
    }
    const hone_status status =
        hone_session_draw_detections(e->session, picture, d->found, at, d->n, out);
    free(at);
    free(captions);
    return status;
}

static hone_status draw_segments(const decoded *d, engine *e, const labels *list,
                                 const char *picture, const char *out) {
    const char **names = say_alloc(d->map.n_classes + 1, sizeof *names);
    for (uint32_t c = 0; c < d->map.n_classes; c++) names[c] = label_of(list, c);
    for (uint32_t c = 0; c < d->map.n_classes; c++) {
        if (names[c][0] == '\0') names[c] = NULL;
    }
    const hone_status status =
        hone_session_draw_segments(e->session, picture, &d->map, names, d->map.n_classes, out);
    free(names);
    return status;
}

int decoded_draw(const decoded *d, engine *e, const labels *list, const char *picture,
                 const char *out) {
    hone_status status;
    if (d->name == NULL) return say_failed("--draw", "the answer is nothing to draw; see --decode");
    if (is_kind(d, "image")) {
        status = hone_session_write_picture(e->session, 0, picture, out);
    } else if (picture == NULL) {
        return say_failed("--draw", "needs a picture to draw on");
    } else if (is_kind(d, "segments")) {
        status = draw_segments(d, e, list, picture, out);
    } else if (is_kind(d, "pose")) {
        status =
            hone_session_draw_pose(e->session, picture, d->points, d->n, (float)POINT_SCORE, out);
    } else {
        status = draw_boxes(d, e, list, picture, out);
    }
    return status == HONE_OK ? CLI_DONE : engine_failed(e, out);
}
