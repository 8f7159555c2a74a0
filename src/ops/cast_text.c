/* SPDX-License-Identifier: Apache-2.0
 * Numbers as strings and back. A float is written with the fewest digits that give it back; what is
 * read may have a sign, a fraction, an exponent, or be NaN or INF in any case. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

enum { NUMBER_BYTES = 32 }; /* the longest number written */

/* ---- to strings ---- */

static hone_status to_shape(hn_graph *g, hn_node *node) {
    return hn_node_set_shape(g, node, HN_DTYPE_STRING, &node->in[0]->shape);
}

static int write_float(char *out, double v, bool is_single) {
    if (isnan(v)) return snprintf(out, NUMBER_BYTES, "NaN");
    if (isinf(v)) return snprintf(out, NUMBER_BYTES, v < 0 ? "-INF" : "INF");
    for (int digits = 1;; digits++) {
        const int n = snprintf(out, NUMBER_BYTES, "%.*g", digits, v);
        const bool is_back = is_single ? strtof(out, NULL) == (float)v : strtod(out, NULL) == v;
        if (is_back || digits == 17) return n;
    }
}

/* Element i of numbers of that type, as text. */
static int write_number(char *out, hn_dtype dtype, const uint8_t *bytes, uint64_t i) {
    const size_t size = hn_dtype_bits(dtype) / 8;
    float single;
    double wide;
    uint64_t bits = 0;
    hn_small small;
    memcpy(&bits, bytes + i * size, size);
    if (dtype == HN_DTYPE_F32) {
        memcpy(&single, &bits, sizeof single);
        return write_float(out, (double)single, true);
    }
    if (dtype == HN_DTYPE_F64) {
        memcpy(&wide, &bits, sizeof wide);
        return write_float(out, wide, false);
    }
    if (hn_dtype_is_float(dtype) && hn_small_of(dtype, &small)) {
        return write_float(out, (double)hn_small_read(&small, (uint32_t)bits), true);
    }
    if (!hn_dtype_is_signed(dtype)) {
        return snprintf(out, NUMBER_BYTES, "%llu", (unsigned long long)bits);
    }
    const uint64_t top = (uint64_t)1 << (8 * size - 1);
    return snprintf(out, NUMBER_BYTES, "%lld", (long long)(int64_t)((bits ^ top) - top));
}

static hone_status to_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const void *bytes = NULL;
    void *memory = NULL;
    hn_chars *texts = NULL;
    uint64_t n = 0, n_bytes;
    if (hn_dtype_bits(x->dtype) < 8 || !hn_shape_count(&x->shape, &n) ||
        !hn_mul_u64(n, NUMBER_BYTES, &n_bytes)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "from %s to string", hn_dtype_name(x->dtype));
    }
    HN_TRY(H->input(H, x, &bytes));
    HN_TRY(hn_host_chars(H, n, &texts));
    HN_TRY(H->temp(H, n_bytes + 1, &memory));
    char *room = memory;
    for (uint64_t i = 0; i < n; i++, room += NUMBER_BYTES) {
        const int length = write_number(room, x->dtype, bytes, i);
        texts[i] = (hn_chars){room, (uint64_t)length};
    }
    return hn_host_give_texts(H, node, 0, &x->shape, texts);
}

/* ---- from strings ---- */

static hone_status from_shape(hn_graph *g, hn_node *node) {
    const char *name = hn_attr_string(node, "to", "");
    const hn_value *like = hn_node_in(node, 1);
    const hn_dtype dtype = name[0] != '\0' ? hn_dtype_of_name(name)
                           : like != NULL  ? like->dtype
                                           : node->out[0]->dtype;
    HN_TRY(hn_node_check_texts(g, node, 0));
    if (dtype == HN_DTYPE_STRING) return hn_node_set_shape(g, node, dtype, &node->in[0]->shape);
    if (dtype != HN_DTYPE_F32 && dtype != HN_DTYPE_F64 && !hn_dtype_is_integer(dtype)) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "from string to %s", hn_dtype_name(dtype));
    }
    return hn_node_set_shape(g, node, dtype, &node->in[0]->shape);
}

/* A text of at most 63 characters that is a number throughout. */
static bool read_number(hn_chars text, double *real, int64_t *whole) {
    char copy[64];
    char *end = copy;
    if (text.length == 0 || text.length >= sizeof copy) return false;
    memcpy(copy, text.at, (size_t)text.length);
    copy[text.length] = '\0';
    *whole = strtoll(copy, &end, 10);
    const bool is_whole = *end == '\0';
    *real = strtod(copy, &end);
    if (*end != '\0' || end == copy) return false;
    if (!is_whole) *whole = fabs(*real) < 9.2e18 ? (int64_t)*real : 0;
    return true;
}

static hone_status copy_texts(hn_host_eval *H, hn_node *node, const hn_texts *x) {
    hn_chars *texts = NULL;
    HN_TRY(hn_host_chars(H, x->n, &texts));
    for (uint64_t i = 0; i < x->n; i++) texts[i] = hn_text_at(x, i);
    return hn_host_give_texts(H, node, 0, &node->in[0]->shape, texts);
}

static hone_status from_host(hn_host_eval *H, hn_node *node) {
    const hn_dtype dtype = node->out[0]->dtype;
    const size_t size = hn_dtype_bits(dtype) / 8;
    void *memory = NULL;
    hn_texts x;
    HN_TRY(hn_host_texts(H, node->in[0], &x));
    if (dtype == HN_DTYPE_STRING) return copy_texts(H, node, &x);
    HN_TRY(H->output(H, node, 0, &node->in[0]->shape, &memory));
    uint8_t *out = memory;
    for (uint64_t i = 0; i < x.n; i++) {
        const hn_chars text = hn_text_at(&x, i);
        double real = 0;
        int64_t whole = 0;
        if (!read_number(text, &real, &whole)) {
            return hn_fail(H->env, HONE_E_DATA, "'%.*s' is no number",
                           (int)(text.length < 40 ? text.length : 40), text.at);
        }
        const float single = (float)real;
        const void *from = &whole;
        if (dtype == HN_DTYPE_F32) from = &single;
        if (dtype == HN_DTYPE_F64) from = &real;
        memcpy(out + i * size, from, size);
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_cast_to_text = {.shape = to_shape, .host = to_host};
const hn_op_hooks hn_hooks_cast_from_text = {.shape = from_shape, .host = from_host};
