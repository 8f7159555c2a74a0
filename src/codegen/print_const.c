/* SPDX-License-Identifier: Apache-2.0
 * Constants and literals. An array is printed in its element type; floats with nine significant
 * digits, which read back as the same float. What has no literal (a NaN, an infinity, a half,
 * packed bits) is printed as bytes, which C lets any pointer read. Megabytes of weights go through
 * a small buffer and not through a format string. */
#include <stdio.h>
#include <string.h>

#include "codegen/program.h"

enum { LINE_COLUMNS = 96, CHUNK_BYTES = 4096, LITERAL_BYTES = 48, COMMENT_BYTES = 60 };

const char *hn_c_type(hn_dtype dtype) {
    switch (dtype) {
    case HN_DTYPE_F32:
        return "float";
    case HN_DTYPE_F64:
        return "double";
    case HN_DTYPE_S8:
        return "int8_t";
    case HN_DTYPE_U8:
    case HN_DTYPE_BOOL:
        return "uint8_t";
    case HN_DTYPE_S16:
        return "int16_t";
    case HN_DTYPE_U16:
        return "uint16_t";
    case HN_DTYPE_S32:
        return "int32_t";
    case HN_DTYPE_U32:
        return "uint32_t";
    case HN_DTYPE_S64:
        return "int64_t";
    case HN_DTYPE_U64:
        return "uint64_t";
    default:
        return NULL;
    }
}

static uint32_t bits_of(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static bool is_finite(float v) {
    return (bits_of(v) & 0x7f800000u) != 0x7f800000u;
}

/* A finite float: the locale's decimal point, whatever it is, becomes a point. */
static size_t format_f32(char out[LITERAL_BYTES], float v) {
    char digits[LITERAL_BYTES];
    size_t n = 0;
    bool is_real = false, in_point = false;
    snprintf(digits, sizeof digits, "%.9g", (double)v);
    for (const char *c = digits; *c != '\0'; c++) {
        const bool is_plain = strchr("0123456789+-e", *c) != NULL;
        if (is_plain) out[n++] = *c;
        if (!is_plain && !in_point) out[n++] = '.';
        in_point = !is_plain;
        is_real |= in_point || *c == 'e';
    }
    if (!is_real) {
        out[n++] = '.';
        out[n++] = '0';
    }
    out[n++] = 'f';
    return n;
}

static size_t format_u64(char *out, uint64_t v) {
    char reversed[24];
    size_t n = 0, at = 0;
    do {
        reversed[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0) out[at++] = reversed[--n];
    return at;
}

/* C has no negative literals: the least value is written as the next one minus 1. */
static size_t format_s64(char *out, int64_t v) {
    static const char least[] = "(-9223372036854775807LL - 1)";
    if (v == INT64_MIN) {
        memcpy(out, least, sizeof least - 1);
        return sizeof least - 1;
    }
    size_t n = 0;
    if (v < 0) out[n++] = '-';
    return n + format_u64(out + n, (uint64_t)(v < 0 ? -v : v));
}

static size_t suffix(char *out, size_t n, const char *text) {
    memcpy(out + n, text, strlen(text));
    return n + strlen(text);
}

/* The element at `bytes` as a literal; returns its length. */
static size_t format_element(char out[LITERAL_BYTES], hn_dtype dtype, const uint8_t *bytes) {
    union {
        float f;
        int16_t s16;
        uint16_t u16;
        int32_t s32;
        uint32_t u32;
        int64_t s64;
        uint64_t u64;
    } v = {.u64 = 0};
    memcpy(&v, bytes, hn_dtype_bits(dtype) / 8);
    switch (dtype) {
    case HN_DTYPE_F32:
        return format_f32(out, v.f);
    case HN_DTYPE_S8:
        return format_s64(out, (int8_t)*bytes);
    case HN_DTYPE_S16:
        return format_s64(out, v.s16);
    case HN_DTYPE_U16:
        return format_u64(out, v.u16);
    case HN_DTYPE_S32:
        return format_s64(out, v.s32);
    case HN_DTYPE_U32:
        return suffix(out, format_u64(out, v.u32), "u");
    case HN_DTYPE_S64:
        return v.s64 == INT64_MIN ? format_s64(out, v.s64)
                                  : suffix(out, format_s64(out, v.s64), "LL");
    case HN_DTYPE_U64:
        return suffix(out, format_u64(out, v.u64), "ULL");
    default:
        return format_u64(out, *bytes);
    }
}

/* The type to print as: U8 where elements have no literals or the sizes do not agree. */
static hn_dtype printed_type(const hn_plan_const *c) {
    const uint32_t size = hn_dtype_bits(c->dtype) / 8;
    if (hn_c_type(c->dtype) == NULL || c->dtype == HN_DTYPE_F64 || c->n_bytes % size != 0) {
        return HN_DTYPE_U8;
    }
    if (c->dtype != HN_DTYPE_F32) return c->dtype;
    for (uint64_t at = 0; at < c->n_bytes; at += sizeof(float)) {
        float v;
        memcpy(&v, c->bytes + at, sizeof v);
        if (!is_finite(v)) return HN_DTYPE_U8;
    }
    return HN_DTYPE_F32;
}

static void print_elements(hn_text *text, hn_dtype dtype, const hn_plan_const *c) {
    const uint32_t size = hn_dtype_bits(dtype) / 8;
    char chunk[CHUNK_BYTES];
    size_t n = 0, column = LINE_COLUMNS;
    for (uint64_t at = 0; at < c->n_bytes; at += size) {
        char literal[LITERAL_BYTES];
        const size_t length = format_element(literal, dtype, c->bytes + at);
        if (n + length + 8 > sizeof chunk) {
            hn_text_add_bytes(text, chunk, n);
            n = 0;
        }
        if (column + length + 1 > LINE_COLUMNS) {
            memcpy(chunk + n, "\n    ", 5);
            n += 5;
            column = 4;
        }
        memcpy(chunk + n, literal, length);
        n += length;
        chunk[n++] = ',';
        column += length + 1;
    }
    hn_text_add_bytes(text, chunk, n);
    if (c->n_bytes == 0) hn_text_add(text, "\n    0");
}

void hn_print_const(hn_text *text, uint32_t number, const hn_plan_const *constant) {
    const hn_dtype dtype = printed_type(constant);
    const uint64_t n = constant->n_bytes / (hn_dtype_bits(dtype) / 8);
    hn_text_add(text, "static const HONE_ALIGNED(HONE_CONST_ALIGN) %s const_%u[%llu] = {",
                hn_c_type(dtype), number, (unsigned long long)(n > 0 ? n : 1));
    if (constant->name != NULL && constant->name[0] != '\0') {
        hn_text_add(text, " /* ");
        hn_print_comment(text, constant->name);
        hn_text_add(text, " */");
    }
    print_elements(text, dtype, constant);
    hn_text_add(text, "\n};\n\n");
}

void hn_print_f32(hn_text *text, float v) {
    char literal[LITERAL_BYTES];
    const char *sign = (bits_of(v) & 0x80000000u) != 0 ? "-" : "";
    if (is_finite(v)) {
        hn_text_add_bytes(text, literal, format_f32(literal, v));
    } else if (v != v) {
        hn_text_add(text, "%sHONE_NAN", sign);
    } else {
        hn_text_add(text, "%sHONE_INFINITY", sign);
    }
}

void hn_print_s32(hn_text *text, int32_t v) {
    hn_text_add(text, v == INT32_MIN ? "(-2147483647 - 1)" : "%d", v);
}

void hn_print_comment(hn_text *text, const char *name) {
    const size_t n = strlen(name);
    for (const char *c = name; c < name + n && c < name + COMMENT_BYTES; c++) {
        const unsigned char byte = (unsigned char)*c;
        const bool is_plain = byte >= 0x20 && byte < 0x7f && strchr("*\\?\"", *c) == NULL;
        hn_text_add_bytes(text, is_plain ? c : "_", 1);
    }
    if (n > COMMENT_BYTES) hn_text_add(text, "...");
}
