/* SPDX-License-Identifier: Apache-2.0
 * Decoders of face detectors. */
#include <string.h>

#include "core/math.h"
#include "pipeline/detector.h"

enum { BLAZE_VALUES = 16, BLAZE_POINTS = 6, BLAZE_ANCHORS = 896, YUNET_OUTPUTS = 12 };
enum { YUNET_POINTS = 5, ULTRA_SCALES = 4 };

static const uint32_t STRIDES[] = {8, 16, 32};

/* ---- yunet: outputs in groups of one kind, a stride each ---- */

static uint64_t yunet_cells(const hn_detect_config *config, uint32_t s) {
    return (uint64_t)(config->width / STRIDES[s]) * (config->height / STRIDES[s]);
}

bool hn_yunet_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    static const uint32_t values[4] = {1, 1, 4, 2 * YUNET_POINTS};
    if (n != YUNET_OUTPUTS) return false;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t n_cells = yunet_cells(config, i % 3);
        if (n_cells == 0 || out[i].n != n_cells * values[i / 3]) return false;
    }
    return true;
}

void hn_yunet_decode(hn_detect_job *job) {
    for (uint32_t s = 0; s < 3; s++) {
        const float stride = (float)STRIDES[s];
        const uint32_t across = job->config->width / STRIDES[s];
        for (uint64_t i = 0; i < yunet_cells(job->config, s); i++) {
            const float column = (float)(i % across), line = (float)(i / across);
            const float *box = job->out[6 + s].data + 4 * i;
            const float *points = job->out[9 + s].data + 2 * YUNET_POINTS * i;
            hn_detection d;
            memset(&d, 0, sizeof d);
            d.score = job->out[s].data[i] * job->out[3 + s].data[i];
            d.w = hn_exp(box[2]) * stride;
            d.h = hn_exp(box[3]) * stride;
            d.x = (column + box[0]) * stride - d.w / 2;
            d.y = (line + box[1]) * stride - d.h / 2;
            d.n_points = YUNET_POINTS;
            for (uint32_t p = 0; p < YUNET_POINTS; p++) {
                d.points[p][0] = (points[2 * p] + column) * stride;
                d.points[p][1] = (points[2 * p + 1] + line) * stride;
            }
            hn_detect_add(job, &d);
        }
    }
}

/* ---- ultraface: two outputs in either order ---- */

bool hn_ultraface_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    (void)config;
    if (n != 2 || out[0].rank != 2 || out[1].rank != 2 || out[0].dim[0] != out[1].dim[0]) {
        return false;
    }
    return (out[0].dim[1] == 2 && out[1].dim[1] == 4) || (out[0].dim[1] == 4 && out[1].dim[1] == 2);
}

/* Corners have left <= right and top <= bottom throughout; offsets of priors do not. */
static bool are_corners(const hn_output_view *boxes) {
    for (uint64_t i = 0; i < boxes->n; i += 4) {
        const float *box = boxes->data + i;
        if (!(box[0] <= box[2] && box[1] <= box[3])) return false;
    }
    return true;
}

static hn_detection ultra_box(float x0, float y0, float x1, float y1, const hn_detect_config *c) {
    hn_detection d;
    memset(&d, 0, sizeof d);
    d.x = x0 * (float)c->width;
    d.y = y0 * (float)c->height;
    d.w = (x1 - x0) * (float)c->width;
    d.h = (y1 - y0) * (float)c->height;
    return d;
}

/* Offsets are in tenths of a prior box, sizes in fifths of its logarithm. */
static void ultra_priors(hn_detect_job *job, const float *boxes, const float *scores, uint64_t n) {
    static const struct {
        uint32_t stride, n;
        float size[3];
    } scales[ULTRA_SCALES] = {
        {8, 3, {10, 16, 24}}, {16, 2, {32, 48}}, {32, 2, {64, 96}}, {64, 3, {128, 192, 256}}};
    const hn_detect_config *c = job->config;
    uint64_t i = 0;
    for (uint32_t s = 0; s < ULTRA_SCALES; s++) {
        const uint32_t stride = scales[s].stride;
        const uint32_t across = (c->width + stride - 1) / stride;
        const uint32_t down = (c->height + stride - 1) / stride;
        for (uint32_t k = 0; k < across * down * scales[s].n && i < n; k++, i++) {
            const uint32_t cell = k / scales[s].n;
            const float size = scales[s].size[k % scales[s].n], *box = boxes + 4 * i;
            const float w = size / (float)c->width, h = size / (float)c->height;
            const float x = ((float)(cell % across) + 0.5f) / ((float)c->width / (float)stride);
            const float y = ((float)(cell / across) + 0.5f) / ((float)c->height / (float)stride);
            const float half_w = hn_exp(box[2] * 0.2f) * w / 2,
                        half_h = hn_exp(box[3] * 0.2f) * h / 2;
            const float at_x = x + box[0] * 0.1f * w, at_y = y + box[1] * 0.1f * h;
            hn_detection d =
                ultra_box(at_x - half_w, at_y - half_h, at_x + half_w, at_y + half_h, c);
            d.score = scores[2 * i + 1];
            hn_detect_add(job, &d);
        }
    }
}

void hn_ultraface_decode(hn_detect_job *job) {
    const bool is_first = job->out[0].dim[1] == 2;
    const hn_output_view *scores = &job->out[is_first ? 0 : 1], *boxes = &job->out[is_first];
    const uint64_t n = (uint64_t)scores->dim[0];
    if (!are_corners(boxes)) {
        ultra_priors(job, boxes->data, scores->data, n);
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        const float *box = boxes->data + 4 * i;
        hn_detection d = ultra_box(box[0], box[1], box[2], box[3], job->config);
        d.score = scores->data[2 * i + 1];
        hn_detect_add(job, &d);
    }
}

/* ---- blazeface ---- */

bool hn_blazeface_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config) {
    const uint64_t n_anchors = config->anchors != NULL ? config->n_anchors : BLAZE_ANCHORS;
    return n == 2 && out[1].n == n_anchors && out[0].n == n_anchors * BLAZE_VALUES;
}

/* The usual anchors: two a cell of 8 pixels, then six a cell of 16, all of the whole picture's
 * size, for an input of 128 x 128. */
static void blaze_anchor(uint64_t i, float anchor[4]) {
    const bool is_fine = i < 512;
    const uint64_t across = is_fine ? 16 : 8, cell = is_fine ? i / 2 : (i - 512) / 6;
    anchor[0] = ((float)(cell % across) + 0.5f) / (float)across;
    anchor[1] = ((float)(cell / across) + 0.5f) / (float)across;
    anchor[2] = anchor[3] = 1.0f;
}

void hn_blazeface_decode(hn_detect_job *job) {
    const hn_detect_config *c = job->config;
    const float width = (float)c->width, height = (float)c->height;
    for (uint64_t i = 0; i < job->out[1].n; i++) {
        const float *values = job->out[0].data + BLAZE_VALUES * i;
        float anchor[4];
        hn_detection d;
        memset(&d, 0, sizeof d);
        d.score = hn_sigmoid(job->out[1].data[i]);
        if (d.score < job->min_score) continue;
        if (c->anchors != NULL) {
            memcpy(anchor, c->anchors + 4 * i, sizeof anchor);
        } else {
            blaze_anchor(i, anchor);
        }
        d.w = values[2] * anchor[2];
        d.h = values[3] * anchor[3];
        d.x = values[0] * anchor[2] + anchor[0] * width - d.w / 2;
        d.y = values[1] * anchor[3] + anchor[1] * height - d.h / 2;
        d.n_points = BLAZE_POINTS;
        for (uint32_t p = 0; p < BLAZE_POINTS; p++) {
            d.points[p][0] = values[4 + 2 * p] * anchor[2] + anchor[0] * width;
            d.points[p][1] = values[5 + 2 * p] * anchor[3] + anchor[1] * height;
        }
        hn_detect_add(job, &d);
    }
}
