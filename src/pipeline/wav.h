/* SPDX-License-Identifier: Apache-2.0
 * RIFF/WAVE files as sound: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64 bits, plain or
 * extensible headers, 1 to 8 channels mixed to one by their mean. Samples become -1 to 1. Every
 * byte is hostile: the header is checked against the file's size before anything is allocated. */
#ifndef HN_PIPELINE_WAV_H
#define HN_PIPELINE_WAV_H

#include "pipeline/series.h"

enum { HN_WAV_MAX_CHANNELS = 8 };

/* One column; the caller frees it. Errors: FORMAT, UNSUPPORTED for other codings, LIMIT, MEMORY. */
hone_status hn_wav_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_series *out);

/* The same from a file; the message names the path. */
hone_status hn_wav_load(hn_env *env, const char *path, hn_series *out);

#endif
