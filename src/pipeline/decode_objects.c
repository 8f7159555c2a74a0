/* SPDX-License-Identifier: Apache-2.0
 * Decoders of object detectors. */
#include <math.h>
#include <string.h>

#include "core/math.h"
#include "pipeline/detector.h"

enum { MAX_LABELS = 65536, FOMO_CELL = 8, FOMO_MAX_CELLS = 1 << 16 };

static const uint32_t STRIDES[] = {8, 16, 32};

/* ---- ssd ---- */

bool hn_ssd_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    (void)config;
    if (n != 4 || out[0].n % 4 != 0 || out[3].n != 1) return false;
    const uint64_t n_boxes = out[0].n / 4;
    return n_boxes > 0 && out[1].n == n_boxes && out[2].n == n_boxes;
}

void hn_ssd_decode(hn_detect_job *job) {
    const float count = job->out[3].data[0];
    const float width = (float)job->config->width, height = (float)job->config->height;
    for (uint64_t i = 0; i < job->out[1].n && (float)i < count; i++) {
        const float *box = job->out[0].data + 4 * i, label = job->out[1].data[i];
        if (!(label >= 0.0f && label < (float)MAX_LABELS)) continue;
        hn_detection d;
        memset(&d, 0, sizeof d);
        d.score = job->out[2].data[i];
        d.label = (uint32_t)label;
        d.x = box[1] * width;
        d.y = box[0] * height;
        d.w = (box[3] - box[1]) * width;
        d.h = (box[2] - box[0]) * height;
        hn_detect_add(job, &d);
    }
}

/* ---- yolox ---- */

bool hn_yolox_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    uint64_t n_cells = 0;
    if (n != 1 || out[0].rank != 2 || out[0].dim[1] < 6) return false;
    for (size_t s = 0; s < sizeof STRIDES / sizeof STRIDES[0]; s++) {
        n_cells += (uint64_t)(config->width / STRIDES[s]) * (config->height / STRIDES[s]);
    }
    return n_cells > 0 && (uint64_t)out[0].dim[0] == n_cells;
}

static void yolox_cell(hn_detect_job *job, const float *row, float column, float line,
                       float stride) {
    const uint32_t n_classes = (uint32_t)job->out[0].dim[1] - 5;
    hn_detection d;
    memset(&d, 0, sizeof d);
    d.label = hn_detect_best(row + 5, n_classes, 1);
    d.score = row[4] * row[5 + d.label];
    if (d.score < job->min_score) return;
    d.w = hn_exp(row[2]) * stride;
    d.h = hn_exp(row[3]) * stride;
    d.x = (row[0] + column) * stride - d.w / 2;
    d.y = (row[1] + line) * stride - d.h / 2;
    hn_detect_add(job, &d);
}

void hn_yolox_decode(hn_detect_job *job) {
    const float *row = job->out[0].data;
    for (size_t s = 0; s < sizeof STRIDES / sizeof STRIDES[0]; s++) {
        const uint32_t across = job->config->width / STRIDES[s];
        const uint32_t down = job->config->height / STRIDES[s];
        for (uint32_t i = 0; i < across * down; i++, row += job->out[0].dim[1]) {
            yolox_cell(job, row, (float)(i % across), (float)(i / across), (float)STRIDES[s]);
        }
    }
}

/* ---- fastestdet ---- */

bool hn_fastestdet_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    if (n != 1 || out[0].rank != 3 || out[0].dim[0] < 6) return false;
    return out[0].dim[1] * 16 == config->height && out[0].dim[2] * 16 == config->width;
}

void hn_fastestdet_decode(hn_detect_job *job) {
    const hn_output_view *out = &job->out[0];
    const uint32_t n_classes = (uint32_t)out->dim[0] - 5, across = (uint32_t)out->dim[2];
    const uint64_t n_cells = (uint64_t)out->dim[1] * across;
    const float width = (float)job->config->width, height = (float)job->config->height;
    for (uint64_t i = 0; i < n_cells; i++) {
        const float *cell = out->data + i;
        hn_detection d;
        memset(&d, 0, sizeof d);
        d.label = hn_detect_best(cell + 5 * n_cells, n_classes, n_cells);
        d.score = hn_pow(cell[0], 0.6f) * hn_pow(cell[(5 + d.label) * n_cells], 0.4f);
        d.w = hn_sigmoid(cell[3 * n_cells]) * width;
        d.h = hn_sigmoid(cell[4 * n_cells]) * height;
        d.x = (hn_tanh(cell[n_cells]) + (float)(i % across)) / (float)across * width - d.w / 2;
        d.y = (hn_tanh(cell[2 * n_cells]) + (float)(i / across)) / (float)out->dim[1] * height -
              d.h / 2;
        hn_detect_add(job, &d);
    }
}

/* ---- fomo ---- */

bool hn_fomo_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    if (n != 1 || out[0].rank != 3 || out[0].dim[2] < 2 || out[0].n > FOMO_MAX_CELLS) return false;
    return out[0].dim[0] * FOMO_CELL == config->height &&
           out[0].dim[1] * FOMO_CELL == config->width;
}

/* Neighbouring cells of one label become one box, which reaches over them and has their best score:
 * a cell joins the box that touches it. */
static bool fomo_join(hn_detect_job *job, const hn_detection *cell) {
    for (uint32_t i = 0; i < job->n_found; i++) {
        hn_detection *d = &job->found[i];
        const bool touches = cell->x <= d->x + d->w && cell->x + cell->w >= d->x &&
                             cell->y <= d->y + d->h && cell->y + cell->h >= d->y;
        if (d->label != cell->label || !touches) continue;
        const float right = fmaxf(d->x + d->w, cell->x + cell->w);
        const float bottom = fmaxf(d->y + d->h, cell->y + cell->h);
        d->x = fminf(d->x, cell->x);
        d->y = fminf(d->y, cell->y);
        d->w = right - d->x;
        d->h = bottom - d->y;
        d->score = fmaxf(d->score, cell->score);
        return true;
    }
    return false;
}

void hn_fomo_decode(hn_detect_job *job) {
    const hn_output_view *out = &job->out[0];
    const uint32_t n_classes = (uint32_t)out->dim[2], across = (uint32_t)out->dim[1];
    for (uint64_t i = 0; i < (uint64_t)out->dim[0] * across; i++) {
        const float *scores = out->data + i * n_classes;
        hn_detection d;
        memset(&d, 0, sizeof d);
        d.label = 1 + hn_detect_best(scores + 1, n_classes - 1, 1);
        d.score = scores[d.label];
        d.x = (float)(i % across * FOMO_CELL);
        d.y = (float)(i / across * FOMO_CELL);
        d.w = d.h = FOMO_CELL;
        if (d.score >= job->min_score && !fomo_join(job, &d)) hn_detect_add(job, &d);
    }
}
