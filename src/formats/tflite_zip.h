/* SPDX-License-Identifier: Apache-2.0
 * The zip archive that TensorFlow Lite's metadata tools append to a model: label files and
 * vocabularies. As hostile as the model. */
#ifndef HN_FORMATS_TFLITE_ZIP_H
#define HN_FORMATS_TFLITE_ZIP_H

#include "base/arena.h"

/* Where an archive at the end of the file begins; false when there is none. */
bool hn_tflite_zip_find(const uint8_t *bytes, uint64_t size, uint64_t *start);

/* The bytes of entry `name` of an archive that begins and ends with `zip`: in place when they are
 * stored, else inflated into the arena (at most 16 times the archive and 16 MB). E_FILE when there
 * is no such entry; E_FORMAT when it is damaged; E_UNSUPPORTED for other methods of compression. */
hone_status hn_tflite_zip_entry(hn_arena *arena, const uint8_t *zip, uint64_t size,
                                const char *name, const uint8_t **bytes, uint64_t *n_bytes);

#endif
