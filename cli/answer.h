/* SPDX-License-Identifier: Apache-2.0
 * What one run of a model answered, for people and as JSON: the best classes when the model has one
 * output and it is a vector of scores, else a line about each output. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "engine.h"
#include "json_text.h"
#include "class_names.h"
#include "table.h"

enum { ANSWER_MAX_TOP = 1000 };

typedef struct answer {
    uint32_t n_outputs, n_top;
    size_t n_classes;               /* 0: the answer is no class vector */
    hone_class top[ANSWER_MAX_TOP]; /* greatest first */
} answer;

/* Looks at the session's outputs after a run. */
int answer_read(answer *a, engine *e, uint32_t n_top);
/* Fills a table (begun here) with the answer. */
void answer_table(const answer *a, engine *e, const labels *list, table *t);
void answer_json(const answer *a, engine *e, const labels *list, cJSON *object);

#endif
