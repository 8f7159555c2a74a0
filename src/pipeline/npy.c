/* SPDX-License-Identifier: Apache-2.0
 * NumPy's .npy files. The header is a Python dictionary of three keys in any order:
 *
 *     \x93NUMPY | major minor | length of the text, 16 or 32 bits | {'descr': '<f4', ...} \n | data
 *
 * The parser knows just what such a dictionary may hold: quoted strings, True and False, and a
 * tuple of numbers. Elements are counted in checked arithmetic and must lie in the file. */
#include "pipeline/npy.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/element.h"
#include "base/file.h"

enum { PREFIX_BYTES = 10, HEADER_ALIGN = 64, MAX_TEXT = 1 << 16, WORD_BYTES = 24 };

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The text between at and end. */
typedef struct scanner {
    const char *at, *end;
} scanner;

/* The next character that is no space, without taking it; 0 at the end. */
static char peek(scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t')) s->at++;
    return s->at < s->end ? *s->at : '\0';
}

static bool accept(scanner *s, char wanted) {
    if (peek(s) != wanted || wanted == '\0') return false;
    s->at++;
    return true;
}

/* A quoted string without escapes, at most WORD_BYTES - 1 long. */
static bool scan_string(scanner *s, char word[WORD_BYTES]) {
    const char quote = peek(s);
    if ((quote != '\'' && quote != '"') || !accept(s, quote)) return false;
    size_t n = 0;
    while (s->at < s->end && *s->at != quote && n + 1 < WORD_BYTES) word[n++] = *s->at++;
    word[n] = '\0';
    return s->at < s->end && *s->at++ == quote;
}

static bool scan_bool(scanner *s, bool *value) {
    const bool is_true = peek(s) == 'T';
    const char *word = is_true ? "True" : "False";
    const size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
    s->at += n;
    *value = is_true;
    return true;
}

static bool scan_number(scanner *s, int64_t *value) {
    uint64_t number = 0;
    const char first = peek(s);
    if (first < '0' || first > '9') return false;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (!hn_mul_u64(number, 10, &number)) return false;
        if (!hn_add_u64(number, (uint64_t)(*s->at - '0'), &number)) return false;
    }
    if (number > INT64_MAX) return false;
    *value = (int64_t)number;
    return true;
}

/* (), (3,), (3, 4) or (3, 4,). A long tuple is read to HONE_MAX_RANK + 1. */
static bool scan_shape(scanner *s, hn_npy *array) {
    array->rank = 0;
    if (!accept(s, '(')) return false;
    while (!accept(s, ')')) {
        if (array->rank == HONE_MAX_RANK || !scan_number(s, &array->shape[array->rank])) {
            return false;
        }
        array->rank++;
        if (peek(s) != ')' && !accept(s, ',')) return false;
    }
    return true;
}

static hone_dtype dtype_of_descr(const char *descr) {
    const bool is_native = descr[0] == '<' || descr[0] == '|' || descr[0] == '=';
    for (int i = 1; i < HN_DTYPE_COUNT && is_native; i++) {
        const char *known = hn_dtype_numpy((hn_dtype)i);
        if (known[0] != '\0' && strcmp(known + 1, descr + 1) == 0) return (hone_dtype)i;
    }
    return HONE_DTYPE_NONE;
}

/* The dictionary; descr and is_fortran are as they stand there. */
static bool scan_header(scanner *s, hn_npy *array, char descr[WORD_BYTES], bool *is_fortran) {
    bool has_descr = false, has_order = false, has_shape = false;
    if (!accept(s, '{')) return false;
    while (!accept(s, '}')) {
        char key[WORD_BYTES];
        bool ok = scan_string(s, key) && accept(s, ':');
        if (ok && strcmp(key, "descr") == 0) {
            ok = has_descr = scan_string(s, descr);
        } else if (ok && strcmp(key, "fortran_order") == 0) {
            ok = has_order = scan_bool(s, is_fortran);
        } else if (ok && strcmp(key, "shape") == 0) {
            ok = has_shape = scan_shape(s, array);
        } else {
            ok = false;
        }
        if (!ok || (peek(s) != '}' && !accept(s, ','))) return false;
    }
    return has_descr && has_order && has_shape;
}

/* Bytes of the elements; false on overflow. */
static bool size_of(hn_npy *array) {
    uint64_t n = 1;
    for (uint32_t i = 0; i < array->rank; i++) {
        if (array->shape[i] < 0 || !hn_mul_u64(n, (uint64_t)array->shape[i], &n)) return false;
    }
    return hn_type_bytes((hn_dtype)array->dtype, n, &array->n_bytes);
}

static hone_status read_text(hn_env *env, hn_cursor *c, hn_npy *array) {
    const uint8_t *start = hn_cursor_take(c, sizeof magic);
    if (start == NULL || memcmp(start, magic, sizeof magic) != 0) {
        return hn_fail(env, HONE_E_FORMAT, "npy: not a .npy file");
    }
    const uint32_t major = hn_cursor_u8(c);
    hn_cursor_u8(c); /* minor */
    if (!c->bad && (major < 1 || major > 2)) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "npy: version %u", (unsigned)major);
    }
    const uint32_t length = major == 1 ? hn_cursor_u16(c) : hn_cursor_u32(c);
    if (length > MAX_TEXT) return hn_fail(env, HONE_E_LIMIT, "npy: the header is too long");
    const char *text = (const char *)hn_cursor_take(c, length);
    if (text == NULL) return hn_fail(env, HONE_E_FORMAT, "npy: the file ends early");
    scanner s = {text, text + length};
    char descr[WORD_BYTES];
    bool is_fortran = false;
    if (!scan_header(&s, array, descr, &is_fortran)) {
        return hn_fail(env, HONE_E_FORMAT, "npy: the header is not understood");
    }
    array->dtype = dtype_of_descr(descr);
    if (array->dtype == HONE_DTYPE_NONE) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "npy: elements of type '%s'", descr);
    }
    if (is_fortran && array->rank > 1) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "npy: Fortran order; save it in C order");
    }
    return HONE_OK;
}

hone_status hn_npy_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_npy *out) {
    hn_cursor c = hn_cursor_of(bytes, n_bytes);
    hn_npy array = {HONE_DTYPE_NONE, 0, {0}, NULL, 0};
    HN_TRY(read_text(env, &c, &array));
    if (!size_of(&array)) return hn_fail(env, HONE_E_LIMIT, "npy: the array is too large");
    array.data = hn_cursor_take(&c, array.n_bytes);
    if (array.data == NULL) {
        return hn_fail(env, HONE_E_FORMAT, "npy: the array needs %llu bytes, the file has %llu",
                       (unsigned long long)array.n_bytes, (unsigned long long)(c.size - c.at));
    }
    *out = array;
    return HONE_OK;
}

/* The text of the header with its newline, filled with spaces so that the data is aligned. */
static size_t print_header(const hn_npy *array, char *text, size_t room) {
    int n = snprintf(text, room, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     hn_dtype_numpy((hn_dtype)array->dtype));
    for (uint32_t i = 0; i < array->rank; i++) {
        const char *before = i > 0 ? " " : "";
        const char *after = i + 1 < array->rank || array->rank == 1 ? "," : "";
        n += snprintf(text + n, room - (size_t)n, "%s%lld%s", before, (long long)array->shape[i],
                      after);
    }
    n += snprintf(text + n, room - (size_t)n, "), }");
    size_t length = (size_t)n;
    while ((PREFIX_BYTES + length + 1) % HEADER_ALIGN != 0) text[length++] = ' ';
    text[length++] = '\n';
    return length;
}

hone_status hn_npy_write(hn_env *env, const char *path, const hn_npy *array) {
    hn_npy sized = *array;
    if (array->rank > HONE_MAX_RANK || hn_dtype_numpy((hn_dtype)array->dtype)[0] == '\0') {
        return hn_fail(env, HONE_E_UNSUPPORTED, "%s: NumPy has no type for %s of rank %u", path,
                       hone_dtype_name(array->dtype), (unsigned)array->rank);
    }
    if (!size_of(&sized) || sized.n_bytes > SIZE_MAX / 2) {
        return hn_fail(env, HONE_E_LIMIT, "%s: the array is too large", path);
    }
    char text[512];
    const size_t length = print_header(array, text, sizeof text - HEADER_ALIGN);
    const size_t n_bytes = PREFIX_BYTES + length + (size_t)sized.n_bytes;
    uint8_t *bytes = hn_alloc(env, n_bytes);
    if (bytes == NULL) return hn_no_memory(env);
    memcpy(bytes, magic, sizeof magic);
    bytes[6] = 1;
    bytes[8] = (uint8_t)(length & 0xff);
    bytes[9] = (uint8_t)(length >> 8);
    memcpy(bytes + PREFIX_BYTES, text, length);
    if (sized.n_bytes > 0) {
        memcpy(bytes + PREFIX_BYTES + length, array->data, (size_t)sized.n_bytes);
    }
    const hone_status status = hn_file_write(env, path, bytes, n_bytes);
    hn_free(env, bytes);
    return status;
}
