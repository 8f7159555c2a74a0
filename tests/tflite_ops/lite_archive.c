/* SPDX-License-Identifier: Apache-2.0
 * Archives: a count, a size, and deflated bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lite_case.h"

enum { MOST_BYTES = 1 << 28 };

const uint8_t *take(source *s, size_t n) {
    static const uint8_t nothing[16];
    const uint8_t *at = s->at;
    if (s->bad || (size_t)(s->end - s->at) < n) {
        s->bad = true;
        return nothing;
    }
    s->at += n;
    return at;
}

static uint64_t take_bytes(source *s, size_t n) {
    uint64_t v = 0;
    memcpy(&v, take(s, n), n);
    return v;
}

uint8_t take_u8(source *s) {
    return (uint8_t)take_bytes(s, 1);
}

uint16_t take_u16(source *s) {
    return (uint16_t)take_bytes(s, 2);
}

uint32_t take_u32(source *s) {
    return (uint32_t)take_bytes(s, 4);
}

uint64_t take_u64(source *s) {
    return take_bytes(s, 8);
}

float take_f32(source *s) {
    const uint32_t bits = take_u32(s);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

double take_f64(source *s) {
    const uint64_t bits = take_u64(s);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint8_t *read_file(const char *path, size_t *n_bytes) {
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;
    if (f == NULL) return NULL;
    const long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    if (size > 8 && size < MOST_BYTES) bytes = malloc((size_t)size);
    rewind(f);
    if (bytes != NULL && fread(bytes, 1, (size_t)size, f) != (size_t)size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(f);
    *n_bytes = (size_t)size;
    return bytes;
}

uint8_t *archive_open(const char *path, uint32_t *n_cases, size_t *n_bytes, const char **reason) {
    size_t n_packed = 0;
    uint8_t *packed = read_file(path, &n_packed), *bytes = NULL;
    *reason = "it cannot be read";
    if (packed == NULL) return NULL;
    source s = {packed, packed + n_packed, false};
    *n_cases = take_u32(&s);
    *n_bytes = take_u32(&s);
    uLongf n = *n_bytes;
    *reason = "it is damaged";
    if (n > 0 && n < MOST_BYTES) bytes = malloc(n);
    if (bytes != NULL && (uncompress(bytes, &n, s.at, n_packed - 8) != Z_OK || n != *n_bytes)) {
        free(bytes);
        bytes = NULL;
    }
    free(packed);
    return bytes;
}
