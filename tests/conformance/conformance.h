/* SPDX-License-Identifier: Apache-2.0
 * ONNX's backend vectors: a case is a folder with model.onnx and test_data_set_*, each with the
 * inputs and the expected outputs as TensorProto files. What the files of this test share. */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hone/hone.h"

enum { MAX_CASES = 4096, NAME_BYTES = 128, FAMILY_BYTES = 48, REASON_BYTES = 120 };

/* What became of one case; the child that runs it sends this to its parent. */
typedef struct outcome {
    bool is_passed, with_constants; /* with_constants: only after an input was made a constant */
    char reason[REASON_BYTES];      /* why not, without names of nodes */
} outcome;

typedef struct conform_case {
    char category[NAME_BYTES]; /* "node" */
    char name[NAME_BYTES];     /* "test_abs" */
    char family[FAMILY_BYTES]; /* its operator, "Abs" */
    outcome result;
} conform_case;

/* ---- conform_case.c: in the child ---- */

/* The operator that a case is about: of the standard operator's single node, else by its name. */
void case_family(const char *folder, const char *category, const char *name, char *family);

/* Loads the model of the folder, runs every data set and compares. */
void case_run(const char *folder, outcome *result);

/* ---- conform_tensor.c ---- */

/* snprintf where what does not fit may be lost. */
void put_text(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

typedef struct array { /* a tensor of a file, or a list of such (sequence or optional) */
    char name[NAME_BYTES];
    struct array *items; /* of a list */
    uint32_t n_items;
    hone_dtype dtype;
    uint32_t rank;
    int64_t dim[HONE_MAX_RANK];
    uint8_t *bytes; /* freed with array_free */
    size_t n_bytes;
    bool is_there;
} array;

/* Reads a TensorProto, SequenceProto or OptionalProto file with the library's reader; the latter
 * two have dtype HONE_DTYPE_LIST. False, with a reason, when it is none. */
bool array_read(const char *path, array *a, char *reason);
void array_free(array *a);

/* The reason that array_agrees gives where only elements differ. */
extern const char *const differs;

/* True for equal types; the suite stores bf16 as u16. */
bool is_same_type(hone_dtype file, hone_dtype model);

/* True when `got` is what the suite wants: floats within rtol 1e-3 and atol 1e-7, anything else
 * exactly. Else the reason. */
bool array_agrees(const array *want, const hone_tensor *got, char *reason);

/* The array as a tensor for the API; the data of lists (and theirs) is to be freed. */
bool array_tensor(hone_ctx *ctx, const array *a, hone_tensor *out);

/* ---- conform_report.c ---- */

/* The reason under which a case is known to fail, or NULL. The list is read on the first call. */
const char *gap_reason(const char *list_path, const conform_case *c);
/* Names in the list that no case has; prints them and returns how many. */
unsigned gap_unknown(const char *list_path, const conform_case *cases, unsigned n);

/* A case's reason becomes what the list says of it where only elements differ. */
bool write_gaps(const char *list_path, conform_case *cases, unsigned n);
bool write_report(const char *path, const conform_case *cases, unsigned n);

#endif
