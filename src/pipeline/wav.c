/* SPDX-License-Identifier: Apache-2.0
 * Reading RIFF/WAVE.
 *
 *     "RIFF" size "WAVE" | "fmt " n ... | any chunks | "data" n samples ...
 *
 * Chunks begin at even places. A data chunk of length 0 or 2^32 - 1 reaches to the end of the file:
 * programs that write to a pipe leave it so. */
#include "pipeline/wav.h"

#include <math.h>
#include <string.h>

#include "base/cursor.h"
#include "base/file.h"

enum { CODING_PCM = 1, CODING_FLOAT = 3, CODING_EXTENSIBLE = 0xfffe };
enum { PLAIN_BYTES = 16, EXTENSIBLE_BYTES = 40 };

typedef struct wav_header {
    uint32_t coding, n_channels, rate, frame_bytes, bits;
    const uint8_t *data;
    uint64_t n_frames;
} wav_header;

/* The part of an extensible sub-format after its coding. */
static const uint8_t GUID_TAIL[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};

static hone_status cut_off(hn_env *env) {
    return hn_fail(env, HONE_E_FORMAT, "wav: the file ends early");
}

static hone_status read_format(hn_env *env, hn_cursor *c, uint32_t n_bytes, wav_header *h) {
    if (n_bytes < PLAIN_BYTES) return hn_fail(env, HONE_E_FORMAT, "wav: the header is too short");
    h->coding = hn_cursor_u16(c);
    h->n_channels = hn_cursor_u16(c);
    h->rate = hn_cursor_u32(c);
    hn_cursor_u32(c); /* bytes a second */
    h->frame_bytes = hn_cursor_u16(c);
    h->bits = hn_cursor_u16(c);
    if (h->coding == CODING_EXTENSIBLE && n_bytes >= EXTENSIBLE_BYTES) {
        hn_cursor_take(c, 8); /* size of the rest, valid bits, places of the channels */
        h->coding = hn_cursor_u16(c);
        const uint8_t *tail = hn_cursor_take(c, sizeof GUID_TAIL);
        if (tail != NULL && memcmp(tail, GUID_TAIL, sizeof GUID_TAIL) != 0) h->coding = 0;
    }
    return c->bad ? cut_off(env) : HONE_OK;
}

static hone_status check_format(hn_env *env, const wav_header *h) {
    const bool is_pcm =
        h->coding == CODING_PCM && h->bits >= 8 && h->bits <= 32 && h->bits % 8 == 0;
    const bool is_float = h->coding == CODING_FLOAT && (h->bits == 32 || h->bits == 64);
    if (!is_pcm && !is_float) {
        return hn_fail(env, HONE_E_UNSUPPORTED,
                       "wav: coding %u with %u bits; PCM and floats are read", (unsigned)h->coding,
                       (unsigned)h->bits);
    }
    if (h->n_channels == 0 || h->n_channels > HN_WAV_MAX_CHANNELS) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "wav: %u channels", (unsigned)h->n_channels);
    }
    if (h->rate == 0 || h->frame_bytes != h->n_channels * h->bits / 8) {
        return hn_fail(env, HONE_E_FORMAT, "wav: %u Hz, %u bytes a frame", (unsigned)h->rate,
                       (unsigned)h->frame_bytes);
    }
    return HONE_OK;
}

static hone_status read_header(hn_env *env, const void *bytes, uint64_t n_bytes, wav_header *h) {
    hn_cursor c = hn_cursor_of(bytes, n_bytes);
    const uint8_t *riff = hn_cursor_take(&c, 12);
    if (riff == NULL || memcmp(riff, "RIFF", 4) != 0 || memcmp(riff + 8, "WAVE", 4) != 0) {
        return hn_fail(env, HONE_E_FORMAT, "is no wav file");
    }
    for (;;) {
        const uint8_t *id = hn_cursor_take(&c, 4);
        const uint32_t size = hn_cursor_u32(&c);
        if (c.bad) return hn_fail(env, HONE_E_FORMAT, "wav: has no samples");
        if (memcmp(id, "data", 4) == 0) {
            const uint64_t left = n_bytes - c.at;
            const uint64_t n = size == 0 || size == UINT32_MAX ? left : size;
            HN_TRY(check_format(env, h));
            if (n > left) return cut_off(env);
            h->data = (const uint8_t *)bytes + c.at;
            h->n_frames = n / h->frame_bytes;
            return HONE_OK;
        }
        hn_cursor part = c;
        if (memcmp(id, "fmt ", 4) == 0) HN_TRY(read_format(env, &part, size, h));
        hn_cursor_take(&c, (uint64_t)size + size % 2);
        if (c.bad) return cut_off(env);
    }
}

static double sample_of(const uint8_t *at, const wav_header *h) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < h->bits / 8; i++) bits |= (uint64_t)at[i] << (8 * i);
    if (h->coding == CODING_FLOAT) {
        const uint32_t low = (uint32_t)bits;
        float single;
        double wide;
        memcpy(&single, &low, sizeof single);
        memcpy(&wide, &bits, sizeof wide);
        return h->bits == 32 ? (double)single : wide;
    }
    if (h->bits == 8) return ((double)bits - 128.0) / 128.0;
    const int32_t value = (int32_t)(uint32_t)(bits << (32 - h->bits));
    return (double)value / 2147483648.0;
}

hone_status hn_wav_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_series *out) {
    wav_header h;
    hn_series made;
    memset(&h, 0, sizeof h);
    HN_TRY(read_header(env, bytes, n_bytes, &h));
    HN_TRY(hn_series_new(env, h.n_frames, 1, &made));
    made.rate_hz = h.rate;
    const uint8_t *at = h.data;
    for (uint64_t i = 0; i < h.n_frames; i++) {
        double sum = 0.0;
        for (uint32_t c = 0; c < h.n_channels; c++, at += h.bits / 8) sum += sample_of(at, &h);
        const double mean = sum / h.n_channels;
        if (!isfinite(mean) || fabs(mean) > 1e30) {
            hn_series_free(env, &made);
            return hn_fail(env, HONE_E_FORMAT, "wav: sample %llu is no number",
                           (unsigned long long)i);
        }
        made.values[i] = (float)mean;
    }
    *out = made;
    return HONE_OK;
}

hone_status hn_wav_load(hn_env *env, const char *path, hn_series *out) {
    hn_map map;
    HN_TRY(hn_map_open(env, path, &map));
    const hone_status status = hn_wav_read(env, map.bytes, map.size, out);
    hn_map_close(&map);
    return status == HONE_OK ? HONE_OK : hn_fail_at(env, status, path);
}
