/* SPDX-License-Identifier: Apache-2.0
 * Files of the command: whole reads with a limit, writes that are complete or absent (to a
 * temporary name beside the target, then renamed), folders, and parts of paths. Functions that can
 * fail print the error and return the exit code. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stddef.h>
#include <stdint.h>

/* A text file of at most 64 MB with a 0 at its end; freed with free(). */
int file_read_text(const char *path, char **bytes, size_t *n_bytes);
/* A file of exactly n_bytes into `to`. */
int file_read_exactly(const char *path, void *to, size_t n_bytes);
int file_write(const char *path, const char *bytes, size_t n_bytes);
/* Makes a folder and those above it. */
int folder_make(const char *path);

const char *path_name(const char *path);      /* after the last '/' */
const char *path_extension(const char *path); /* after the last '.' of the name, or "" */

/* "folder/name" + suffix, where / and : of name became _; freed with free(). */
char *path_join(const char *folder, const char *name, const char *suffix);

/* Cuts a text into lines in place (LF or CRLF); returns their starts, freed with free(). */
char **text_lines(char *bytes, size_t *n_lines);

#endif
