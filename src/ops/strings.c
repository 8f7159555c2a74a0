/* SPDX-License-Identifier: Apache-2.0
 * Operators on strings: normalised, joined, compared, split at a delimiter. Upper and lower case
 * are those of ASCII; other characters stay. */
#include <string.h>

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

static char other_case(char c, bool to_upper) {
    if (to_upper) return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- string_normalizer ---- */

static hone_status normalizer_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[0]->shape;
    const char *action = hn_attr_string(node, "case_change_action", "NONE");
    const bool is_action =
        strcmp(action, "NONE") == 0 || strcmp(action, "LOWER") == 0 || strcmp(action, "UPPER") == 0;
    HN_TRY(hn_node_check_texts(g, node, 0));
    if (!is_action) return hn_fail(g->env, HONE_E_SHAPE, "a change of case that is not known");
    if (x->rank >= 0 && x->rank != 1 && (x->rank != 2 || x->dim[0] != 1)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input is neither [n] nor [1, n]");
    }
    hn_shape out = hn_shape_unknown(x->rank);
    if (x->rank == 2) out.dim[0] = 1;
    return hn_node_set_shape(g, node, HN_DTYPE_STRING, &out);
}

static bool is_stopword(const hn_node *node, hn_chars text, bool is_sensitive) {
    const hn_attr *words = hn_attr_find(node, "stopwords");
    if (words == NULL || words->kind != HN_ATTR_STRINGS) return false;
    for (uint32_t w = 0; w < words->n; w++) {
        const char *word = words->v.strings[w];
        uint64_t i = 0;
        if (strlen(word) != text.length) continue;
        while (i < text.length &&
               (is_sensitive ? word[i] == text.at[i]
                             : other_case(word[i], false) == other_case(text.at[i], false))) {
            i++;
        }
        if (i == text.length) return true;
    }
    return false;
}

static hone_status change_case(hn_host_eval *H, hn_chars *text, bool to_upper) {
    void *memory = NULL;
    HN_TRY(H->temp(H, text->length + 1, &memory));
    char *changed = memory;
    for (uint64_t i = 0; i < text->length; i++) changed[i] = other_case(text->at[i], to_upper);
    text->at = changed;
    return HONE_OK;
}

static hone_status normalizer_host(hn_host_eval *H, hn_node *node) {
    const char *action = hn_attr_string(node, "case_change_action", "NONE");
    const bool is_sensitive = hn_attr_int(node, "is_case_sensitive", 0) != 0;
    hn_texts x;
    hn_chars *kept = NULL;
    uint64_t n = 0;
    HN_TRY(hn_host_texts(H, node->in[0], &x));
    HN_TRY(hn_host_chars(H, x.n + 1, &kept));
    for (uint64_t i = 0; i < x.n; i++) {
        const hn_chars text = hn_text_at(&x, i);
        if (!is_stopword(node, text, is_sensitive)) kept[n++] = text;
    }
    for (uint64_t i = 0; i < n && strcmp(action, "NONE") != 0; i++) {
        HN_TRY(change_case(H, &kept[i], strcmp(action, "UPPER") == 0));
    }
    if (n == 0) kept[n++] = (hn_chars){"", 0};
    const int32_t rank = node->in[0]->shape.rank;
    const int64_t dim[2] = {rank == 2 ? 1 : (int64_t)n, (int64_t)n};
    const hn_shape shape = hn_shape_of(rank, dim);
    return hn_host_give_texts(H, node, 0, &shape, kept);
}

/* ---- string_concat, string_equal ---- */

static hone_status pair_shape(hn_graph *g, hn_node *node) {
    const bool is_concat = node->op == hn_op_at(HN_OP_string_concat);
    hn_shape out;
    HN_TRY(hn_node_check_texts(g, node, 0));
    HN_TRY(hn_node_check_texts(g, node, 1));
    if (!hn_shape_broadcast(&node->in[0]->shape, &node->in[1]->shape, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shapes do not broadcast");
    }
    return hn_node_set_shape(g, node, is_concat ? HN_DTYPE_STRING : HN_DTYPE_BOOL, &out);
}

/* Where element `at` of the broadcast shape lies in an operand. */
static uint64_t place_of(const hn_shape *out, const int64_t *stride, uint64_t at) {
    uint64_t place = 0;
    for (int32_t d = out->rank; d-- > 0;) {
        place += at % (uint64_t)out->dim[d] * (uint64_t)stride[d];
        at /= (uint64_t)out->dim[d];
    }
    return place;
}

typedef struct pair {
    hn_texts text[2];
    hn_shape out;
    int64_t stride[2][HN_MAX_RANK];
    uint64_t n;
} pair;

static hone_status read_pair(hn_host_eval *H, const hn_node *node, pair *p) {
    const bool fits = hn_shape_broadcast(&node->in[0]->shape, &node->in[1]->shape, &p->out) &&
                      hn_shape_count(&p->out, &p->n);
    if (!fits) return hn_fail(H->env, HONE_E_SHAPE, "the shapes do not broadcast");
    for (uint32_t k = 0; k < 2; k++) {
        HN_TRY(hn_host_texts(H, node->in[k], &p->text[k]));
        hn_broadcast_strides(&node->in[k]->shape, &p->out, p->stride[k]);
    }
    return HONE_OK;
}

static hn_chars pair_at(const pair *p, uint32_t k, uint64_t i) {
    return hn_text_at(&p->text[k], place_of(&p->out, p->stride[k], i));
}

static hone_status concat_host(hn_host_eval *H, hn_node *node) {
    hn_chars *joined = NULL;
    pair p;
    HN_TRY(read_pair(H, node, &p));
    HN_TRY(hn_host_chars(H, p.n, &joined));
    for (uint64_t i = 0; i < p.n; i++) {
        const hn_chars a = pair_at(&p, 0, i), b = pair_at(&p, 1, i);
        void *memory = NULL;
        HN_TRY(H->temp(H, a.length + b.length + 1, &memory));
        if (a.length > 0) memcpy(memory, a.at, (size_t)a.length);
        if (b.length > 0) memcpy((char *)memory + a.length, b.at, (size_t)b.length);
        joined[i] = (hn_chars){memory, a.length + b.length};
    }
    return hn_host_give_texts(H, node, 0, &p.out, joined);
}

static hone_status equal_host(hn_host_eval *H, hn_node *node) {
    void *memory = NULL;
    pair p;
    HN_TRY(read_pair(H, node, &p));
    HN_TRY(H->output(H, node, 0, &p.out, &memory));
    uint8_t *result = memory;
    const bool is_unlike = hn_attr_int(node, "is_unlike", 0) != 0;
    for (uint64_t i = 0; i < p.n; i++) {
        result[i] = hn_chars_equal(pair_at(&p, 0, i), pair_at(&p, 1, i)) != is_unlike ? 1 : 0;
    }
    return HONE_OK;
}

/* ---- string_split ---- */

static hone_status split_shape(hn_graph *g, hn_node *node) {
    hn_shape out = node->in[0]->shape;
    HN_TRY(hn_node_check_texts(g, node, 0));
    if (out.rank == HN_MAX_RANK) return hn_fail(g->env, HONE_E_LIMIT, "a result of rank 9");
    if (node->n_out > 1) HN_TRY(hn_node_set_output(g, node, 1, HN_DTYPE_S64, &out));
    if (out.rank >= 0) {
        out.dim[out.rank] = -1;
        out.sym[out.rank++] = NULL;
    }
    return hn_node_set_shape(g, node, HN_DTYPE_STRING, &out);
}

/* The delimiter; empty: runs of white space. */
typedef struct splitter {
    hn_chars delimiter;
    int64_t most; /* cuts; -1: any */
} splitter;

/* The end of the piece at the front of text. */
static uint64_t end_of_piece(const splitter *s, hn_chars text) {
    uint64_t i = 0;
    const hn_chars d = s->delimiter;
    if (d.length == 0) {
        while (i < text.length && !hn_is_space(text.at[i])) i++;
        return i;
    }
    while (i + d.length <= text.length && memcmp(text.at + i, d.at, (size_t)d.length) != 0) i++;
    return i + d.length <= text.length ? i : text.length;
}

static hn_chars without_spaces(hn_chars text) {
    while (text.length > 0 && hn_is_space(*text.at))
        text = (hn_chars){text.at + 1, text.length - 1};
    return text;
}

/* Cuts text into pieces[0..]; pieces NULL: only counts them. */
static uint64_t split(const splitter *s, hn_chars text, hn_chars *pieces) {
    const bool is_blank = s->delimiter.length == 0;
    uint64_t n = 0;
    if (is_blank) text = without_spaces(text);
    if (is_blank && text.length == 0) return 0;
    for (bool is_last = false; !is_last;) {
        const bool is_cut = s->most < 0 || n < (uint64_t)s->most;
        const uint64_t end = is_cut ? end_of_piece(s, text) : text.length;
        is_last = end == text.length;
        hn_chars piece = {text.at, end};
        while (is_blank && piece.length > 0 && hn_is_space(piece.at[piece.length - 1]))
            piece.length--;
        if (pieces != NULL) pieces[n] = piece;
        n++;
        if (is_last) break;
        const uint64_t next = end + s->delimiter.length;
        text = (hn_chars){text.at + next, text.length - next};
        if (is_blank) text = without_spaces(text);
        if (is_blank && text.length == 0) break;
    }
    return n;
}

static hone_status split_host(hn_host_eval *H, hn_node *node) {
    const char *delimiter = hn_attr_string(node, "delimiter", "");
    const splitter s = {{delimiter, strlen(delimiter)}, hn_attr_int(node, "maxsplit", -1)};
    hn_shape shape = node->in[0]->shape;
    void *memory = NULL;
    hn_chars *pieces = NULL;
    uint64_t most = 0, n_all;
    hn_texts x;
    HN_TRY(hn_host_texts(H, node->in[0], &x));
    for (uint64_t i = 0; i < x.n; i++) {
        const uint64_t n = split(&s, hn_text_at(&x, i), NULL);
        if (n > most) most = n;
    }
    if (!hn_mul_u64(x.n, most, &n_all)) return hn_fail(H->env, HONE_E_LIMIT, "too many pieces");
    HN_TRY(hn_host_chars(H, n_all, &pieces));
    for (uint64_t i = 0; i < x.n; i++) {
        const uint64_t n = split(&s, hn_text_at(&x, i), pieces + i * most);
        for (uint64_t k = n; k < most; k++) pieces[i * most + k] = (hn_chars){"", 0};
    }
    if (node->n_out > 1 && node->out[1] != NULL) {
        HN_TRY(H->output(H, node, 1, &shape, &memory));
        int64_t *counts = memory;
        for (uint64_t i = 0; i < x.n; i++) {
            counts[i] = (int64_t)split(&s, hn_text_at(&x, i), NULL);
        }
    }
    shape.dim[shape.rank++] = (int64_t)most;
    return hn_host_give_texts(H, node, 0, &shape, pieces);
}

const hn_op_hooks hn_hooks_string_normalizer = {.shape = normalizer_shape, .host = normalizer_host};
const hn_op_hooks hn_hooks_string_concat = {.shape = pair_shape, .host = concat_host};
const hn_op_hooks hn_hooks_string_equal = {.shape = pair_shape, .host = equal_host};
const hn_op_hooks hn_hooks_string_split = {
    .shape = split_shape, .host = split_host, .max_outputs = 2};
