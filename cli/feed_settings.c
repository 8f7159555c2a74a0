/* SPDX-License-Identifier: Apache-2.0
 * Settings that models' makers put beside them as JSON. Known keys, at the top or in an object
 * named "micro": those of microWakeWord (feature_step_size, probability_cutoff,
 * sliding_window_size), of Magika (beg_size, end_size, block_size, padding_token,
 * target_labels_space), and the names of options (features, rate_hz, frame_ms, step_ms, bins,
 * coefficients, low_hz, high_hz). Other keys are passed over. An option that was given wins. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "feed.h"
#include "files.h"
#include "json_text.h"
#include "say.h"

/* A number of the file, or `otherwise`. */
static double number_of(const cJSON *root, const char *key, double otherwise) {
    const cJSON *micro = cJSON_GetObjectItemCaseSensitive(root, "micro");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (item == NULL) item = cJSON_GetObjectItemCaseSensitive(micro, key);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : otherwise;
}

static uint32_t count_of(const cJSON *root, const char *key) {
    const double v = number_of(root, key, 0);
    return v >= 1 && v <= 1e9 ? (uint32_t)v : 0;
}

static void take_real(const cJSON *root, const char *key, double *to) {
    const double v = number_of(root, key, 0);
    if (*to <= 0 && v > 0) *to = v;
}

static void take_count(const cJSON *root, const char *key, uint32_t *to) {
    if (*to == 0) *to = count_of(root, key);
}

static void take_features(const cJSON *root, feed_options *o) {
    static const char *const names[] = {"raw", "spectrum", "mel", "mfcc", "micro"};
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "features");
    if (!cJSON_IsString(item)) item = cJSON_GetObjectItemCaseSensitive(root, "type");
    for (int i = 1; o->features == 0 && cJSON_IsString(item) && i < 5; i++) {
        if (strcmp(item->valuestring, names[i]) == 0) o->features = i;
    }
    take_real(root, "rate_hz", &o->rate_hz);
    take_real(root, "frame_ms", &o->frame_ms);
    take_real(root, "step_ms", &o->step_ms);
    take_real(root, "feature_step_size", &o->step_ms);
    take_real(root, "low_hz", &o->low_hz);
    take_real(root, "high_hz", &o->high_hz);
    take_count(root, "bins", &o->n_bins);
    take_count(root, "coefficients", &o->n_coefficients);
}

/* Texts of a list as lines. */
static char *lines_of(const cJSON *list) {
    const cJSON *item;
    size_t n = 1;
    cJSON_ArrayForEach(item, list) n += cJSON_IsString(item) ? strlen(item->valuestring) + 1 : 1;
    char *lines = say_alloc(n, 1), *at = lines;
    cJSON_ArrayForEach(item, list) {
        if (cJSON_IsString(item)) {
            const size_t length = strlen(item->valuestring);
            memcpy(at, item->valuestring, length);
            at += length;
        }
        *at++ = '\n';
    }
    return lines;
}

int feed_settings_read(feed_options *o, feed_settings *s) {
    char *bytes;
    size_t n;
    memset(s, 0, sizeof *s);
    if (o->settings == NULL) return CLI_DONE;
    if (file_read_text(o->settings, &bytes, &n) != CLI_DONE) return CLI_FAILED;
    cJSON *root = cJSON_ParseWithLength(bytes, n);
    free(bytes);
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return say_failed(o->settings, "is no JSON object");
    }
    take_features(root, o);
    const double pad = number_of(root, "padding_token", 0),
                 cutoff = number_of(root, "probability_cutoff", 0);
    s->n_first = count_of(root, "beg_size");
    s->n_last = count_of(root, "end_size");
    s->block = count_of(root, "block_size");
    s->pad = fabs(pad) < 1e9 ? (int32_t)pad : 0;
    s->cutoff = cutoff > 0 ? cutoff : 0;
    s->average = count_of(root, "sliding_window_size");
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(root, "target_labels_space");
    if (cJSON_IsArray(labels)) s->labels = lines_of(labels);
    cJSON_Delete(root);
    return CLI_DONE;
}

void feed_settings_free(feed_settings *s) {
    free(s->labels);
    s->labels = NULL;
}
