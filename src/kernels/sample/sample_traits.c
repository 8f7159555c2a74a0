/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of sampling: rows of the output, or whole regions, as units; no scratch. */
#include "kernels/kernels.h"

#include "core/taps.h"
#include "kernels/sample/sample.h"

static bool is_image(int64_t n, int64_t c, int64_t h, int64_t w) {
    if (n < 1 || c < 1 || h < 1 || w < 1 || h > 1 << 24 || w > 1 << 24) return false;
    return h * w <= INT32_MAX && n * c <= INT32_MAX && n * c * (h * w) <= INT32_MAX;
}

static bool grid_supports(const void *args) {
    const hn_gridsample_args *a = (const hn_gridsample_args *)args;
    if (a->mode < HN_SAMPLE_LINEAR || a->mode > HN_SAMPLE_CUBIC) return false;
    if (a->padding < HN_SAMPLE_ZEROS || a->padding > HN_SAMPLE_REFLECTION) return false;
    return is_image(a->n, a->c, a->in_h, a->in_w) && is_image(a->n, a->c, a->out_h, a->out_w);
}

static uint32_t grid_units(const void *args, const hn_tile *tile) {
    const hn_gridsample_args *a = (const hn_gridsample_args *)args;
    (void)tile;
    return (uint32_t)a->n * (uint32_t)a->out_h;
}

static uint64_t grid_cost(const void *args) {
    const hn_gridsample_args *a = (const hn_gridsample_args *)args;
    return (uint64_t)a->out_w * ((uint64_t)a->c * 8 + 40);
}

static bool roi_supports(const void *args) {
    const hn_roialign_args *a = (const hn_roialign_args *)args;
    if (a->ratio < 0 || a->ratio > HN_ROI_GRID) return false;
    return is_image(a->n, a->c, a->in_h, a->in_w) && is_image(a->rois, a->c, a->out_h, a->out_w);
}

static uint32_t roi_units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_roialign_args *)args)->rois;
}

static uint64_t roi_cost(const void *args) {
    const hn_roialign_args *a = (const hn_roialign_args *)args;
    return (uint64_t)a->c * (uint64_t)a->out_h * (uint64_t)a->out_w * 60;
}

const hn_traits hn_gridsample_traits = {
    .supports = grid_supports, .units = grid_units, .unit_cost = grid_cost, .inplace = -1};
const hn_traits hn_roialign_traits = {
    .supports = roi_supports, .units = roi_units, .unit_cost = roi_cost, .inplace = -1};
