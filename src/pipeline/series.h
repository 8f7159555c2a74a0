/* SPDX-License-Identifier: Apache-2.0
 * A series: rows in time, each of the same number of columns, as 32-bit floats. Sound is a series
 * of one column, features of sound one of a column a bin, a sensor's recording one of a column an
 * axis. Windows of a series are what models are fed with. */
#ifndef HN_PIPELINE_SERIES_H
#define HN_PIPELINE_SERIES_H

#include "base/env.h"

enum { HN_SERIES_MAX_VALUES = 1 << 26, HN_SERIES_MAX_COLUMNS = 65536 };

typedef struct hn_series {
    float *values; /* [n_rows][n_columns]; owned; hn_series_free */
    uint64_t n_rows;
    uint32_t n_columns;
    double rate_hz; /* rows a second; 0 where it is not known */
} hn_series;

/* Zeros. E_LIMIT when it would be too large, E_FORMAT without columns. No rows are allowed. */
hone_status hn_series_new(hn_env *env, uint64_t n_rows, uint32_t n_columns, hn_series *out);

/* Frees the values and leaves an empty series; an empty one is allowed. */
void hn_series_free(hn_env *env, hn_series *series);

/* Sound at another rate, 100 to 768000 Hz: a windowed sinc of 16 zero crossings on each side (wider
 * by the ratio when the rate falls), so that nothing above half the lower rate passes. One column.
 * The same rate gives a copy. */
hone_status hn_series_resample(hn_env *env, const hn_series *in, double rate_hz, hn_series *out);

#endif
