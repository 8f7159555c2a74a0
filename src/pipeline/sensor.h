/* SPDX-License-Identifier: Apache-2.0
 * Recordings of sensors as series: CSV, and the JSON and CBOR files of Edge Impulse's acquisition
 * format, whose `payload` has `interval_ms` and `values`, rows of one number an axis. The form is
 * told by the content.
 *
 * Of a CSV file the columns are taken whose first value is a number; a header, texts, dates and
 * columns called time or timestamp are passed over. */
#ifndef HN_PIPELINE_SENSOR_H
#define HN_PIPELINE_SENSOR_H

#include "pipeline/series.h"

/* The caller frees the series. E_FORMAT names the line or row that is wrong. */
hone_status hn_sensor_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_series *out);

/* The same from a file; the message names the path. */
hone_status hn_sensor_load(hn_env *env, const char *path, hn_series *out);

/* CSV alone, for hn_sensor_read. */
hone_status hn_sensor_csv(hn_env *env, const char *bytes, uint64_t n_bytes, hn_series *out);

#endif
