/* SPDX-License-Identifier: Apache-2.0
 * Strings and lists as tensors of the API: their blocks (graph/list.h) made, checked and read. */
#include <string.h>

#include "api/handles.h"
#include "graph/list.h"

enum { MOST_DEPTH = 4 }; /* lists inside each other */

static bool is_list_sound(const hone_tensor *t) {
    return t->dtype == HONE_DTYPE_LIST && t->data != NULL &&
           hn_list_is_sound(t->data, t->n_bytes, MOST_DEPTH);
}

/* ---- reading ---- */

uint64_t hone_list_count(const hone_tensor *list) {
    return is_list_sound(list) ? hn_list_count(list->data) : 0;
}

static void tensor_of_item(const hn_item *item, hone_tensor *t) {
    const bool is_list = item->kind != HN_VALUE_TENSOR;
    t->dtype = is_list ? HONE_DTYPE_LIST : (hone_dtype)item->dtype;
    t->rank = item->shape.rank > 0 ? (uint32_t)item->shape.rank : 0;
    for (uint32_t d = 0; d < t->rank; d++) t->dim[d] = item->shape.dim[d];
    memcpy(&t->data, &item->bytes, sizeof t->data);
    t->n_bytes = (size_t)item->n_bytes;
}

hone_status hone_list_item(const hone_tensor *list, uint64_t i, hone_tensor *item) {
    if (i >= hone_list_count(list)) return HONE_E_ARGUMENT;
    const hn_item found = hn_list_item(list->data, i);
    tensor_of_item(&found, item);
    return HONE_OK;
}

const char *hone_string_at(const hone_tensor *strings, uint64_t i, size_t *length) {
    uint64_t n = 1, n_chars = 0;
    for (uint32_t d = 0; d < strings->rank; d++) n *= (uint64_t)strings->dim[d];
    const bool is_sound = strings->dtype == HONE_DTYPE_STRING && strings->data != NULL && i < n &&
                          hn_strings_are_sound(strings->data, strings->n_bytes, n);
    if (!is_sound) return NULL;
    const char *text = hn_string_at(strings->data, i, &n_chars);
    *length = (size_t)n_chars;
    return text;
}

/* ---- making ---- */

static hn_item item_of_tensor(const hone_tensor *t) {
    const bool is_list = t->dtype == HONE_DTYPE_LIST;
    hn_item item = {.kind = is_list ? HN_VALUE_SEQUENCE : HN_VALUE_TENSOR,
                    .dtype = is_list ? HN_DTYPE_NONE : (hn_dtype)t->dtype,
                    .shape = {.rank = -1},
                    .bytes = t->data,
                    .n_bytes = t->n_bytes};
    if (!is_list && t->rank <= HN_MAX_RANK) item.shape = hn_shape_of((int32_t)t->rank, t->dim);
    return item;
}

/* Aligned memory that hone_list_free frees. */
static uint8_t *new_block(hone_ctx *ctx, uint64_t n_bytes) {
    return n_bytes <= SIZE_MAX ? hn_alloc(&ctx->env, (size_t)n_bytes) : NULL;
}

hone_status hone_list_make(hone_ctx *ctx, const hone_tensor *items, uint64_t n, hone_tensor *list) {
    uint64_t n_bytes = 0;
    hn_item *made =
        n < SIZE_MAX / sizeof *made ? hn_alloc(&ctx->env, (n + 1) * sizeof *made) : NULL;
    if (made == NULL) return hn_no_memory(&ctx->env);
    for (uint64_t i = 0; i < n; i++) made[i] = item_of_tensor(&items[i]);
    uint8_t *block = hn_list_bytes(made, n, &n_bytes) ? new_block(ctx, n_bytes) : NULL;
    hone_status status = block != NULL ? HONE_OK : hn_no_memory(&ctx->env);
    if (block != NULL) hn_list_write(made, n, block);
    if (block != NULL && !hn_list_is_sound(block, n_bytes, MOST_DEPTH)) {
        status = hn_fail(&ctx->env, HONE_E_ARGUMENT, "an item whose size does not fit its shape");
        hn_free(&ctx->env, block);
    }
    hn_free(&ctx->env, made);
    if (status != HONE_OK) return status;
    list->dtype = HONE_DTYPE_LIST;
    list->rank = 0;
    list->data = block;
    list->n_bytes = (size_t)n_bytes;
    return HONE_OK;
}

hone_status hone_strings_make(hone_ctx *ctx, const char *const *texts, const size_t *lengths,
                              uint64_t n, hone_tensor *strings) {
    uint64_t n_chars = 0, n_bytes = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (!hn_add_u64(n_chars, lengths[i], &n_chars)) return HONE_E_ARGUMENT;
    }
    uint8_t *block = hn_strings_bytes(n, n_chars, &n_bytes) ? new_block(ctx, n_bytes) : NULL;
    if (block == NULL) return hn_no_memory(&ctx->env);
    hn_strings_begin(block, n);
    for (uint64_t i = 0; i < n; i++) hn_strings_put(block, i, texts[i], lengths[i]);
    strings->dtype = HONE_DTYPE_STRING;
    strings->data = block;
    strings->n_bytes = (size_t)n_bytes;
    return HONE_OK;
}

void hone_list_free(hone_ctx *ctx, hone_tensor *list) {
    hn_free(&ctx->env, list->data);
    list->data = NULL;
    list->n_bytes = 0;
}

/* ---- inputs ---- */

static const char *check_input(const hn_value *v, const hone_tensor *t) {
    uint64_t n = 1;
    if (v->kind != HN_VALUE_TENSOR) return is_list_sound(t) ? NULL : "the tensor is no list";
    if (t->dtype != HONE_DTYPE_STRING || t->data == NULL) return "the tensor holds no strings";
    if (t->rank != (uint32_t)v->shape.rank) return "the tensor has another rank";
    for (uint32_t d = 0; d < t->rank; d++) {
        if (t->dim[d] != v->shape.dim[d]) return "the tensor has another shape";
        n *= (uint64_t)t->dim[d];
    }
    return hn_strings_are_sound(t->data, t->n_bytes, n) ? NULL : "the tensor holds no strings";
}

hone_status hone_session_set_input(hone_session *s, uint32_t i, const hone_tensor *tensor) {
    hn_session *run = s->run;
    const bool is_one = i < run->plan->n_inputs && run->plan->inputs[i].dynamic != HN_NO_DYNAMIC;
    if (!is_one) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "input %u is not one of strings or a list", i);
    }
    const hn_plan_io *io = &run->plan->inputs[i];
    hn_tensor *slot = &run->root.dynamics[io->dynamic];
    hn_tensor made = {.dtype = io->value->dtype, .shape = io->value->shape};
    const char *problem = check_input(io->value, tensor);
    if (problem != NULL) {
        return hn_fail(&run->env, HONE_E_ARGUMENT, "'%s': %s", io->value->name, problem);
    }
    HN_TRY(hn_block_new(&run->heap, tensor->n_bytes, &made.block));
    memcpy(made.block->bytes, tensor->data, tensor->n_bytes);
    made.bytes = made.block->bytes;
    made.n_bytes = tensor->n_bytes;
    hn_tensor_drop(&run->heap, slot);
    *slot = made;
    return HONE_OK;
}
