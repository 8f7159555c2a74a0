/* SPDX-License-Identifier: Apache-2.0
 * Outputs of detectors as boxes. A decoder is a row: its name, what the outputs must look like, and
 * a function that turns them into detections in pixels of the model's input. A new one is a
 * function and a row. Outputs come as floats, whatever the model's types are.
 *
 *   ssd         boxes [n,4] (top left bottom right, 0..1), labels [n], scores [n], count [1]
 *   yolox       [n,5+c]: centre, log size, objectness, classes; cells of 8, 16, 32 pixels in turn
 *   yunet       for cells of 8, 16, 32: classes, objectness, boxes [n,4], five points [n,10]
 *   ultraface   scores [n,2], boxes [n,4]: corners 0..1, or offsets of prior boxes
 *   blazeface   offsets of anchors with six points [896,16], logits [896,1]
 *   fastestdet  [5+c,h,w]: objectness, offset, size, classes
 *   fomo        [h,w,c]: probabilities of cells, class 0 is background; a box joins its cells */
#ifndef HN_PIPELINE_DETECTOR_H
#define HN_PIPELINE_DETECTOR_H

#include "pipeline/nms.h"

enum { HN_DETECT_MAX_OUTPUTS = 16, HN_DETECT_MAX_FOUND = 65536 };

/* One output: row-major, without leading dimensions of 1. */
typedef struct hn_output_view {
    const float *data;
    uint64_t n;
    uint32_t rank;
    int64_t dim[HONE_MAX_RANK];
} hn_output_view;

typedef struct hn_detect_config {
    uint32_t width, height; /* of the model's input */
    float min_score;        /* 0: the decoder's own */
    float max_overlap;      /* 0: the decoder's own */
    const float *anchors;   /* blazeface: [n_anchors][4] x y w h; NULL: the usual ones */
    uint64_t n_anchors;
} hn_detect_config;

/* What a decoder is given, and where it adds what it finds. */
typedef struct hn_detect_job {
    const hn_output_view *out;
    uint32_t n_out;
    const hn_detect_config *config;
    float min_score;
    hn_detection *found; /* [HN_DETECT_MAX_FOUND] */
    uint32_t n_found;
} hn_detect_job;

typedef struct hn_detector {
    const char *name;
    float min_score, max_overlap; /* defaults */
    bool is_bgr, is_cornered;     /* how it was trained to see pictures */
    float mean, std;              /* of pixels 0..255, when the input is float */
    bool (*fits)(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
    void (*decode)(hn_detect_job *job);
} hn_detector;

extern const hn_detector hn_detectors[];
extern const uint32_t hn_n_detectors;

/* The row of a name, or NULL. */
const hn_detector *hn_detector_of(const char *name);

/* The first row that the outputs fit, or NULL. */
const hn_detector *hn_detector_guess(const hn_output_view *out, uint32_t n,
                                     const hn_detect_config *config);

/* At most `capacity` of the best detections after suppression. E_SHAPE when the outputs are not
 * what the decoder takes. */
hone_status hn_detect(hn_env *env, const hn_detector *detector, const hn_output_view *out,
                      uint32_t n_out, const hn_detect_config *config, uint32_t capacity,
                      hn_detection *found, uint32_t *n_found);

/* For decoders: adds one when its score is enough, its numbers are finite and there is room. */
void hn_detect_add(hn_detect_job *job, const hn_detection *d);

/* Index of the greatest of n scores that are `stride` apart. */
uint32_t hn_detect_best(const float *scores, uint32_t n, uint64_t stride);

/* decode_*.c */
bool hn_yolox_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_yolox_decode(hn_detect_job *job);
bool hn_ssd_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_ssd_decode(hn_detect_job *job);
bool hn_fastestdet_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_fastestdet_decode(hn_detect_job *job);
bool hn_fomo_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_fomo_decode(hn_detect_job *job);
bool hn_yunet_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_yunet_decode(hn_detect_job *job);
bool hn_ultraface_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_ultraface_decode(hn_detect_job *job);
bool hn_blazeface_fits(const hn_output_view *out, uint32_t n, const hn_detect_config *config);
void hn_blazeface_decode(hn_detect_job *job);

#endif
