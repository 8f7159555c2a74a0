/* SPDX-License-Identifier: Apache-2.0
 * The audio front end of TensorFlow Lite Micro ("microfrontend"), by which micro_speech and
 * microWakeWord models were trained: integers throughout, so that a microcontroller and this give
 * the same numbers.
 *
 *     16-bit samples -> window -> transform -> energies -> mel channels -> square root
 *       -> noise estimate taken off -> gain by the estimate (PCAN) -> log -> 16-bit features
 *
 * The estimate is smoothed from frame to frame: features of a frame depend on all before it. */
#ifndef HN_PIPELINE_MICRO_FRONT_H
#define HN_PIPELINE_MICRO_FRONT_H

#include "pipeline/features.h"

/* frame, step, n_bins, low_hz and high_hz of the options are used (30 ms, 20 or 10 ms, 40, 125 and
 * 7500 in known models), the rest are fixed. A value is a feature / 25.6. */
hone_status hn_micro_features(hn_env *env, const hn_series *sound,
                              const hn_feature_options *options, hn_series *out);

#endif
