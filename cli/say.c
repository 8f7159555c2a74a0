/* SPDX-License-Identifier: Apache-2.0
 * Error lines, numbers with units, and the progress bar. */
#define _GNU_SOURCE
#include "say.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "hone/hone_tools.h"

enum { LINE_MAX_BYTES = 1024, BAR_WIDTH = 30 };

/* Length of the valid UTF-8 character at s, or 0; control characters are not valid here. */
static size_t character_length(const unsigned char *s) {
    if (s[0] >= 0x20 && s[0] < 0x7f) return 1;
    uint32_t code, least;
    size_t n;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        n = 2, code = s[0] & 0x1fu, least = 0xa0;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        n = 3, code = s[0] & 0x0fu, least = 0x800;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        n = 4, code = s[0] & 0x07u, least = 0x10000;
    } else {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0u) != 0x80u) return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    const int is_surrogate = code >= 0xd800 && code <= 0xdfff;
    const int is_steering = (code >= 0x200e && code <= 0x200f) ||
                            (code >= 0x2028 && code <= 0x202e) ||
                            (code >= 0x2066 && code <= 0x2069);
    return code >= least && code <= 0x10ffff && !is_surrogate && !is_steering ? n : 0;
}

static void clean(char *out, size_t size, const char *s) {
    size_t n = 0;
    while (s != NULL && *s != '\0') {
        const size_t length = character_length((const unsigned char *)s);
        const size_t add = length == 0 ? 1 : length;
        if (n + add + 1 > size) break;
        if (length == 0) {
            out[n] = '?';
        } else {
            memcpy(out + n, s, length);
        }
        n += add;
        s += add;
    }
    out[n] = '\0';
}

text text_clean(const char *s) {
    text t;
    clean(t.s, sizeof t.s, s);
    return t;
}

int say_failed(const char *what, const char *format, ...) {
    char why[LINE_MAX_BYTES], line[LINE_MAX_BYTES], name[LINE_MAX_BYTES];
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    clean(line, sizeof line, why);
    clean(name, sizeof name, what);
    fflush(stdout);
    if (name[0] == '\0' || strstr(line, name) != NULL) {
        fprintf(stderr, "hone: %s\n", line);
    } else {
        fprintf(stderr, "hone: %s: %s\n", name, line);
    }
    return CLI_FAILED;
}

int say_usage(const char *verb, const char *format, ...) {
    char why[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    clean(line, sizeof line, why);
    fprintf(stderr, "hone: %s (see: hone help%s%s)\n", line, verb[0] == '\0' ? "" : " ", verb);
    return CLI_USAGE;
}

void say_note(const char *format, ...) {
    char why[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof why, format, list);
    va_end(list);
    clean(line, sizeof line, why);
    fflush(stdout);
    fprintf(stderr, "hone: note: %s\n", line);
}

text text_number(uint64_t n) {
    char digits[32];
    text t;
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t to = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) t.s[to++] = ',';
        t.s[to++] = digits[i];
    }
    t.s[to] = '\0';
    return t;
}

/* Three digits and a unit. */
static text with_unit(double v, const char *unit) {
    text t;
    const int decimals = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
    snprintf(t.s, sizeof t.s, "%.*f %s", decimals, v, unit);
    return t;
}

text text_bytes(uint64_t n) {
    text t;
    if (n < 1024) {
        snprintf(t.s, sizeof t.s, "%" PRIu64 " B", n);
        return t;
    }
    const double kb = (double)n / 1024;
    if (kb < 1023.5) return with_unit(kb, "KB");
    return kb / 1024 < 1023.5 ? with_unit(kb / 1024, "MB") : with_unit(kb / 1048576, "GB");
}

text text_time(double ns) {
    if (ns < 999.5) return with_unit(ns, "ns");
    if (ns < 999.5e3) return with_unit(ns / 1e3, "us");
    return ns < 999.5e6 ? with_unit(ns / 1e6, "ms") : with_unit(ns / 1e9, "s");
}

text text_score(double v) {
    text t;
    snprintf(t.s, sizeof t.s, fabs(v) < 1000 ? "%.4f" : "%.5g", v);
    return t;
}

text text_shape(const int64_t *dim, uint32_t rank) {
    text t = {"["};
    size_t n = 1;
    for (uint32_t i = 0; i < rank && i < HONE_MAX_RANK; i++) {
        if (i > 0) t.s[n++] = ',';
        const int add = dim[i] < 0 ? snprintf(t.s + n, sizeof t.s - n, "?")
                                   : snprintf(t.s + n, sizeof t.s - n, "%" PRId64, dim[i]);
        n += (size_t)add;
    }
    snprintf(t.s + n, sizeof t.s - n, "]");
    return t;
}

size_t text_width(const char *s) {
    size_t n = 0;
    for (; *s != '\0'; s++) n += ((unsigned char)*s & 0xc0u) != 0x80u;
    return n;
}

int say_is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || value[0] == '\0') continue;
        return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
    }
    return 0;
}

uint32_t say_columns(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *value = getenv("COLUMNS");
    const long n = value == NULL ? 0 : strtol(value, NULL, 10);
    return n >= 40 && n <= 1000 ? (uint32_t)n : 100;
}

void *say_alloc(size_t n, size_t size) {
    void *block = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);
    if (block == NULL)
        exit(say_failed("memory", "none is left for %zu items of %zu bytes", n, size));
    return block;
}

static void progress_draw(const progress *p) {
    const uint64_t filled = p->n_total == 0 ? 0 : p->n_done * BAR_WIDTH / p->n_total;
    fprintf(stderr, "\r%s [", p->label);
    for (uint64_t i = 0; i < BAR_WIDTH; i++) fputc(i < filled ? '=' : ' ', stderr);
    fprintf(stderr, "] %" PRIu64 "/%" PRIu64, p->n_done, p->n_total);
    fflush(stderr);
}

void progress_begin(progress *p, const char *label, uint64_t n_total) {
    *p = (progress){0, n_total, hone_time_ns(), label, isatty(STDERR_FILENO)};
}

void progress_step(progress *p) {
    p->n_done++;
    if (!p->is_shown) return;
    const uint64_t now = hone_time_ns();
    if (now - p->last_ns < 100000000u) return;
    p->last_ns = now;
    progress_draw(p);
}

void progress_end(progress *p) {
    if (p->is_shown) fputs("\r\033[K", stderr);
    p->is_shown = 0;
}
