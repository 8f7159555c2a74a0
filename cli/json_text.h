/* SPDX-License-Identifier: Apache-2.0
 * JSON answers, built with cJSON. Strings are cleaned, 64-bit counts are exact to 2^53, and running
 * out of memory ends the command with an error line. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "hone/hone_tools.h"

cJSON *json_object(cJSON *parent, const char *key); /* parent NULL: a root */
cJSON *json_array(cJSON *parent, const char *key);
/* A new object at the end of an array. */
cJSON *json_item(cJSON *array);
void json_text(cJSON *object, const char *key, const char *value);
void json_number(cJSON *object, const char *key, double value);
void json_flag(cJSON *object, const char *key, int value);
/* "shape": [1, 28, 28, 1]; open dimensions are -1. */
void json_shape(cJSON *object, const int64_t *dim, uint32_t rank);
/* name, dtype, shape, and scale and zero_point when quantized. */
void json_tensor(cJSON *object, const hone_tensor *tensor);

/* precision: "default" or "f16"; half_steps. */
void json_precision(cJSON *object, const hone_session_stats *stats);

/* Prints the object on stdout and frees it. */
void json_print(cJSON *object);
/* The object as text without spaces, freed with cJSON_free; frees the object. */
char *json_compact(cJSON *object);

#endif
