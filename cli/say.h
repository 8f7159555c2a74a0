/* SPDX-License-Identifier: Apache-2.0
 * How the command speaks: error lines, notes, numbers with units, and a progress bar on stderr that
 * is drawn only on a terminal. Text that comes from models and files may be hostile: it passes
 * text_clean before it is printed, so that no escape sequence reaches the terminal. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if defined(__GNUC__)
#define SAY_FORMAT(f, a) __attribute__((format(printf, f, a)))
#else
#define SAY_FORMAT(f, a)
#endif

/* `hone: what: why` on stderr; returns the exit code 1. `what` may be NULL, and is left out when
 * the reason names it already. */
int say_failed(const char *what, const char *format, ...) SAY_FORMAT(2, 3);
/* `hone: why` and where help is; returns the exit code 2. */
int say_usage(const char *verb, const char *format, ...) SAY_FORMAT(2, 3);
/* `hone: note: ...` on stderr. */
void say_note(const char *format, ...) SAY_FORMAT(1, 2);

enum { TEXT_MAX = 256 };
typedef struct text {
    char s[TEXT_MAX];
} text;

/* Valid UTF-8 without control characters, cut at TEXT_MAX - 1 bytes. */
text text_clean(const char *s);
text text_number(uint64_t n); /* 1,234,567 */
text text_bytes(uint64_t n);  /* 812 B, 79.5 KB, 1.20 MB */
text text_time(double ns);    /* 812 ns, 79.5 us, 1.20 ms, 3.20 s */
text text_score(double v);    /* 0.9961 */
/* [1,28,28,1], with ? where a dimension is open. */
text text_shape(const int64_t *dim, uint32_t rank);

/* Characters of a UTF-8 text. */
size_t text_width(const char *s);
/* Whether the locale's character set is UTF-8. */
int say_is_utf8(void);
/* Columns of the terminal, or $COLUMNS, or 100. */
uint32_t say_columns(void);

/* Memory for the command; ends it with an error line when there is none. */
void *say_alloc(size_t n, size_t size);

typedef struct progress {
    uint64_t n_done, n_total, last_ns;
    const char *label;
    int is_shown;
} progress;
void progress_begin(progress *p, const char *label, uint64_t n_total);
void progress_step(progress *p);
void progress_end(progress *p);

#endif
