/* SPDX-License-Identifier: Apache-2.0
 * Names of classes. */
#include "class_names.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "files.h"
#include "say.h"

enum { IMAGENET = 1000 };

int labels_open(labels *list, const char *path, engine *e) {
    size_t n_bytes;
    hone_text own = HONE_TEXT_INIT;
    *list = (labels){NULL, NULL, 0};
    if (path != NULL) {
        if (file_read_text(path, &list->bytes, &n_bytes) != CLI_DONE) return CLI_FAILED;
    } else if (hone_model_labels(e->model, &own) == HONE_OK) {
        list->bytes = say_alloc(own.n_bytes + 1, 1);
        memcpy(list->bytes, own.bytes, own.n_bytes);
        hone_text_free(&own);
    } else {
        return CLI_DONE;
    }
    list->line = text_lines(list->bytes, &list->n);
    return CLI_DONE;
}

void labels_take(labels *list, char *lines) {
    labels_close(list);
    list->bytes = lines;
    list->line = text_lines(list->bytes, &list->n);
}

void labels_close(labels *list) {
    free(list->line);
    free(list->bytes);
    *list = (labels){NULL, NULL, 0};
}

const char *labels_name(const labels *list, uint32_t index, size_t n_classes) {
    const int is_shifted = n_classes == IMAGENET + 1 && list->n == IMAGENET;
    if (is_shifted && index == 0) return "background";
    const size_t i = is_shifted ? (size_t)index - 1 : index;
    return i < list->n ? list->line[i] : "";
}
