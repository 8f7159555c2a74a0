/* SPDX-License-Identifier: Apache-2.0
 * Cases of one TensorFlow Lite operator each: what the files of this test share. An archive
 * (FAMILY.cases, written by make_lite_cases.py; lite_archive.py describes it) holds models without
 * their weights, how seeds make weights and inputs, and what LiteRT answered. */
#ifndef TESTS_TFLITE_OPS_LITE_CASE_H
#define TESTS_TFLITE_OPS_LITE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hone/hone.h"

enum { NAME_BYTES = 96, REASON_BYTES = 160, MAX_INPUTS = 64, MAX_RANK = 8 };

/* ---- lite_archive.c: bytes in order ---- */

/* Reads behind the end give zero and set `bad`. */
typedef struct source {
    const uint8_t *at, *end;
    bool bad;
} source;

const uint8_t *take(source *s, size_t n);
uint8_t take_u8(source *s);
uint16_t take_u16(source *s);
uint32_t take_u32(source *s);
uint64_t take_u64(source *s);
float take_f32(source *s);
double take_f64(source *s);

/* An archive in memory, freed by the caller; NULL with *reason when it cannot be had. */
uint8_t *archive_open(const char *path, uint32_t *n_cases, size_t *n_bytes, const char **reason);

/* ---- lite_fill.c ---- */

typedef struct fill {
    uint8_t kind, type;
    uint32_t seed;
    double low, high, step;
} fill;

fill take_fill(source *s);

/* n_bytes of elements; the seed is raised by seed_add. */
void fill_bytes(const fill *f, uint32_t seed_add, void *bytes, size_t n_bytes);

/* ---- lite_run.c ---- */

typedef struct input {
    bool is_filled, is_text; /* text: data holds strings, each behind its u32 length */
    fill fill;
    const uint8_t *data;
    uint32_t n_bytes;
    hone_input_shape shape;
} input;

typedef struct lite_case {
    char name[NAME_BYTES];
    bool is_refused, fails;
    uint32_t n_runs, n_inputs;
    uint8_t *file; /* freed with the case */
    uint32_t n_file;
    input in[MAX_INPUTS];
    source answers;
    const uint8_t *end; /* of its answers */
} lite_case;

/* The next case of the archive; false when the archive is damaged. */
bool case_read(source *s, lite_case *c);
void case_free(lite_case *c);

/* True when the model does what LiteRT does; else the reason. */
bool case_run(const lite_case *c, char *reason);

/* ---- lite_compare.c ---- */

/* Compares one output with what comes next of the answers, which is read in any case. */
bool output_agrees(source *answers, const hone_tensor *y, char *reason);
/* Reads over the answer to one output. */
void output_skip(source *answers);

#endif
