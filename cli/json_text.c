/* SPDX-License-Identifier: Apache-2.0
 * Building and printing JSON. */
#include "json_text.h"

#include <stdlib.h>

#include "say.h"

static cJSON *checked(cJSON *item) {
    if (item == NULL) exit(say_failed("JSON", "out of memory"));
    return item;
}

static void attach(cJSON *parent, const char *key, cJSON *item) {
    checked(item);
    const int is_added = cJSON_IsArray(parent) ? cJSON_AddItemToArray(parent, item)
                                               : cJSON_AddItemToObject(parent, key, item);
    checked(is_added ? item : NULL);
}

cJSON *json_object(cJSON *parent, const char *key) {
    cJSON *item = checked(cJSON_CreateObject());
    if (parent != NULL) attach(parent, key, item);
    return item;
}

cJSON *json_array(cJSON *parent, const char *key) {
    cJSON *item = checked(cJSON_CreateArray());
    attach(parent, key, item);
    return item;
}

cJSON *json_item(cJSON *array) {
    return json_object(array, "");
}

void json_text(cJSON *object, const char *key, const char *value) {
    const text t = text_clean(value);
    attach(object, key, cJSON_CreateString(t.s));
}

void json_number(cJSON *object, const char *key, double value) {
    attach(object, key, cJSON_CreateNumber(value));
}

void json_flag(cJSON *object, const char *key, int value) {
    attach(object, key, cJSON_CreateBool(value));
}

void json_shape(cJSON *object, const int64_t *dim, uint32_t rank) {
    cJSON *shape = json_array(object, "shape");
    for (uint32_t i = 0; i < rank; i++) json_number(shape, "", (double)dim[i]);
}

void json_tensor(cJSON *object, const hone_tensor *tensor) {
    json_text(object, "name", tensor->name);
    json_text(object, "dtype", hone_dtype_name(tensor->dtype));
    json_shape(object, tensor->dim, tensor->rank);
    if (tensor->scale == 0.0f) return;
    json_number(object, "scale", (double)tensor->scale);
    json_number(object, "zero_point", tensor->zero_point);
}

void json_precision(cJSON *object, const hone_session_stats *stats) {
    json_text(object, "precision", stats->precision == HONE_PRECISION_F16 ? "f16" : "default");
    json_number(object, "half_steps", stats->n_half_steps);
}

void json_print(cJSON *object) {
    char *printed = cJSON_Print(object);
    cJSON_Delete(object);
    if (printed == NULL) exit(say_failed("JSON", "out of memory"));
    puts(printed);
    cJSON_free(printed);
}

char *json_compact(cJSON *object) {
    char *printed = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (printed == NULL) exit(say_failed("JSON", "out of memory"));
    return printed;
}
