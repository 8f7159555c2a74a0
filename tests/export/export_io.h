/* SPDX-License-Identifier: Apache-2.0
 * What the test program needs of a machine: files in the working folder and a counter. The host
 * has them by stdio, the board by semihosting and a timer. */
#ifndef EXPORT_IO_H
#define EXPORT_IO_H

#include <stdint.h>

/* 1 when exactly n bytes were read (and the file has no more) or written. */
int io_read(const char *path, void *bytes, uint32_t n_bytes);
int io_write(const char *path, const void *bytes, uint32_t n_bytes);

/* Counts up; IO_TICK_INSTRUCTIONS instructions a tick on the board, stands still on the host. */
uint32_t io_ticks(void);
enum { IO_TICK_INSTRUCTIONS = 40 };

#endif
