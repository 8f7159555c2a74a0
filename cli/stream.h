/* SPDX-License-Identifier: Apache-2.0
 * Models stepped over the windows of a long input. As a stream, the session's state stays from step
 * to step, and outputs that --feedback names become inputs of the next; the answer is a timeline:
 * the level of the first output at each step (a score, the best class's, or the mean), and the
 * stretches where it is above a threshold. Else each window is a run of its own; the answer is a
 * line each, and the class that most of them have. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include "class_names.h"
#include "feed.h"
#include "json_text.h"

typedef struct stream_options {
    int is_on;
    double threshold;
    uint32_t average;
} stream_options;

#define OPTIONS_STREAM(type, member)                                                               \
    OPTION_ROW(type, OPTION_FLAG, member.is_on, "stream", NULL,                                    \
               "step through the whole series, keeping the model's state"),                        \
        OPTION_ROW(type, OPTION_RATE, member.threshold, "threshold", "X",                          \
                   "score that counts as found (default: 0.5)"),                                   \
        OPTION_ROW(type, OPTION_POSITIVE, member.average, "average", "N",                          \
                   "steps over which scores are averaged first (default: 1)")

typedef struct stream_job {
    engine *e;
    const input_options *input;
    const stream_options *o;
    const labels *list;
    const char *out;  /* folder for all outputs of all steps, or NULL */
    uint32_t average; /* at least 1 */
    double threshold;
} stream_job;

/* Steps an open feed and prints, or adds to `object` when that is not NULL. */
int stream_run(const stream_job *job, feed *f, cJSON *object);

#endif
