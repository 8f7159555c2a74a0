/* SPDX-License-Identifier: Apache-2.0
 * Names of classes: a line each, from a file or from the model's metadata. Where a model has 1001
 * classes and the list 1000 names, class 0 is the background that ImageNet models add. */
#ifndef CLI_CLASS_NAMES_H
#define CLI_CLASS_NAMES_H

#include "engine.h"

typedef struct labels {
    char *bytes;
    char **line;
    size_t n;
} labels;

/* From the file, or from the model when path is NULL; without either the list is empty. */
int labels_open(labels *list, const char *path, engine *e);
/* From lines in memory of malloc, which the list takes over. */
void labels_take(labels *list, char *lines);
void labels_close(labels *list);
/* The name of class `index` of n_classes, or "". */
const char *labels_name(const labels *list, uint32_t index, size_t n_classes);

#endif
