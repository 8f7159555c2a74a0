/* SPDX-License-Identifier: Apache-2.0
 * The table of decoders and what they share. */
#include "pipeline/detector.h"

#include <math.h>
#include <string.h>

/* The first that fits is the guess, so the most particular shapes come first. */
const hn_detector hn_detectors[] = {
    {"yunet", 0.5f, 0.3f, true, false, 0.0f, 1.0f, hn_yunet_fits, hn_yunet_decode},
    {"blazeface", 0.5f, 0.3f, false, false, 127.5f, 127.5f, hn_blazeface_fits, hn_blazeface_decode},
    {"ultraface", 0.7f, 0.3f, false, false, 127.0f, 128.0f, hn_ultraface_fits, hn_ultraface_decode},
    {"ssd", 0.3f, 1.0f, false, false, 127.5f, 127.5f, hn_ssd_fits, hn_ssd_decode},
    {"yolox", 0.3f, 0.45f, true, true, 0.0f, 1.0f, hn_yolox_fits, hn_yolox_decode},
    {"fastestdet", 0.5f, 0.45f, true, false, 0.0f, 255.0f, hn_fastestdet_fits,
     hn_fastestdet_decode},
    {"fomo", 0.5f, 1.0f, false, false, 0.0f, 255.0f, hn_fomo_fits, hn_fomo_decode},
};

const uint32_t hn_n_detectors = sizeof hn_detectors / sizeof hn_detectors[0];

const hn_detector *hn_detector_of(const char *name) {
    for (uint32_t i = 0; i < hn_n_detectors; i++) {
        if (strcmp(hn_detectors[i].name, name) == 0) return &hn_detectors[i];
    }
    return NULL;
}

const hn_detector *hn_detector_guess(const hn_output_view *out, uint32_t n,
                                     const hn_detect_config *config) {
    for (uint32_t i = 0; i < hn_n_detectors; i++) {
        if (hn_detectors[i].fits(out, n, config)) return &hn_detectors[i];
    }
    return NULL;
}

void hn_detect_add(hn_detect_job *job, const hn_detection *d) {
    const bool is_finite =
        isfinite(d->x) && isfinite(d->y) && isfinite(d->w) && isfinite(d->h) && isfinite(d->score);
    if (!is_finite || d->score < job->min_score || job->n_found == HN_DETECT_MAX_FOUND) return;
    job->found[job->n_found++] = *d;
}

uint32_t hn_detect_best(const float *scores, uint32_t n, uint64_t stride) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        if (scores[i * stride] > scores[best * stride]) best = i;
    }
    return best;
}

hone_status hn_detect(hn_env *env, const hn_detector *detector, const hn_output_view *out,
                      uint32_t n_out, const hn_detect_config *config, uint32_t capacity,
                      hn_detection *found, uint32_t *n_found) {
    uint32_t n = 0;
    hn_detect_job job = {out, n_out, config, config->min_score, NULL, 0};
    if (!detector->fits(out, n_out, config)) {
        return hn_fail(env, HONE_E_SHAPE, "the outputs are not those of %s", detector->name);
    }
    if (job.min_score <= 0.0f) job.min_score = detector->min_score;
    job.found = hn_alloc(env, HN_DETECT_MAX_FOUND * sizeof *job.found);
    if (job.found == NULL) return hn_no_memory(env);
    detector->decode(&job);
    const float max_overlap =
        config->max_overlap > 0.0f ? config->max_overlap : detector->max_overlap;
    const hone_status status = hn_nms(env, job.found, job.n_found, max_overlap, &n);
    if (status == HONE_OK) {
        if (n > capacity) n = capacity;
        memcpy(found, job.found, n * sizeof *found);
        *n_found = n;
    }
    hn_free(env, job.found);
    return status;
}
