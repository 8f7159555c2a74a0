/* SPDX-License-Identifier: Apache-2.0
 * The table of formats, and telling them apart. A file that no reader knows is compared with the
 * first bytes of other common files, so that the message can say what was given instead. */
#include "formats/format.h"

#include <stdio.h>
#include <string.h>

#include "formats/tflite_metadata.h"

const hn_format hn_formats[] = {
#define X(name, title, extension, labels, normalization)                                           \
    {#name,  title,        extension, hn_##name##_detect, hn_##name##_read, hn_##name##_op_at,     \
     labels, normalization},
#include "formats/formats.def"
#undef X
};
const uint32_t hn_n_formats = sizeof hn_formats / sizeof hn_formats[0];

typedef struct signature {
    uint8_t at, n;
    const char *bytes;
    const char *what;
} signature;

static const signature signatures[] = {
    {4, 4, "ORTM", "an ONNX Runtime flatbuffer (.ort); convert the ONNX model it came from"},
    {4, 2, "ET", "an ExecuTorch program (.pte)"},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes (.h5)"},
    {0, 4, "PK\x03\x04", "a zip archive, as PyTorch (.pt) and Keras (.keras) write"},
    {0, 2, "\x80\x02", "a pickle, as old PyTorch writes"},
    {0, 4, "GGUF", "a GGUF file"},
    {0, 8, "\x89PNG\r\n\x1a\n", "a PNG picture"},
    {0, 3, "\xff\xd8\xff", "a JPEG picture"},
    {0, 4, "GIF8", "a GIF picture"},
    {8, 4, "WEBP", "a WebP picture"},
    {0, 2, "BM", "a BMP picture"},
    {8, 4, "WAVE", "a WAV recording"},
    {4, 4, "ftyp", "a video or HEIF picture"},
    {0, 6, "\x93NUMPY", "a NumPy array"},
    {0, 2, "\x1f\x8b", "a gzip file"},
    {0, 4, "\177ELF", "a program or library"},
    {0, 4, "%PDF", "a PDF document"},
};

static bool is_text(const uint8_t *bytes, uint64_t size) {
    const uint64_t n = size < 256 ? size : 256;
    for (uint64_t i = 0; i < n; i++) {
        const bool is_space = bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t';
        if (!is_space && (bytes[i] < 0x20 || bytes[i] == 0x7f)) return false;
    }
    return true;
}

static const char *looks_like(const uint8_t *bytes, uint64_t size) {
    if (size == 0) return "the file is empty";
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const signature *s = &signatures[i];
        if (size >= (uint64_t)s->at + s->n && memcmp(bytes + s->at, s->bytes, s->n) == 0) {
            return s->what;
        }
    }
    if (is_text(bytes, size)) return "text";
    return "no format that is known here";
}

hone_status hn_format_detect(hn_env *env, const uint8_t *bytes, uint64_t size,
                             const hn_format **out) {
    char supported[256] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < hn_n_formats; i++) {
        const hn_format *f = &hn_formats[i];
        if (size > 0 && f->detect(bytes, size)) {
            *out = f;
            return HONE_OK;
        }
        const int length = snprintf(supported + n, sizeof supported - n, "%s%s (%s)",
                                    i > 0 ? ", " : "", f->title, f->extension);
        if (length > 0 && (size_t)length < sizeof supported - n) n += (size_t)length;
    }
    return hn_fail(env, HONE_E_FORMAT, "not a model that can be read: %s; supported: %s",
                   looks_like(bytes, size), supported);
}
