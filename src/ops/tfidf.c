/* SPDX-License-Identifier: Apache-2.0
 * tfidf_vectorizer: how often the n-grams of a pool occur in each row, with up to max_skip_count
 * elements left out between those of a gram. The pool lists the grams of one element, then of two,
 * and so on; ngram_counts tells where each size begins, ngram_indexes where each is counted. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

typedef struct pool {
    const hn_attr *counts, *indexes, *weights, *words, *numbers;
    uint64_t n_words;
    int64_t width;             /* of a row of the output */
    int64_t least, most, skip; /* lengths of grams, elements between */
    bool is_idf, is_tf;
} pool;

static const hn_attr *list_of(const hn_node *node, const char *name, hn_attr_kind kind) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == kind ? attr : NULL;
}

/* Words from..to of the pool have grams of n elements. */
static void size_range(const pool *p, int64_t n, uint64_t *from, uint64_t *to) {
    const bool is_stated = n >= 1 && n <= (int64_t)p->counts->n;
    *from = is_stated ? (uint64_t)p->counts->v.ints[n - 1] : p->n_words;
    *to = n < (int64_t)p->counts->n ? (uint64_t)p->counts->v.ints[n] : p->n_words;
}

static const char *read_lists(const hn_node *node, pool *p) {
    p->counts = list_of(node, "ngram_counts", HN_ATTR_INTS);
    p->indexes = list_of(node, "ngram_indexes", HN_ATTR_INTS);
    p->weights = list_of(node, "weights", HN_ATTR_FLOATS);
    p->words = list_of(node, "pool_strings", HN_ATTR_STRINGS);
    p->numbers = list_of(node, "pool_int64s", HN_ATTR_INTS);
    if (p->counts == NULL || p->indexes == NULL) return "ngram_counts or ngram_indexes is missing";
    if ((p->words == NULL) == (p->numbers == NULL)) return "there must be one pool";
    p->n_words = p->words != NULL ? p->words->n : p->numbers->n;
    p->width = 0;
    for (uint32_t i = 0; i < p->indexes->n; i++) {
        const int64_t at = p->indexes->v.ints[i];
        if (at < 0 || at > INT32_MAX) return "an index is not possible";
        if (at >= p->width) p->width = at + 1;
    }
    return NULL;
}

static const char *read_pool(const hn_node *node, pool *p) {
    const char *mode = hn_attr_string(node, "mode", "");
    const char *problem = read_lists(node, p);
    int64_t before = 0, n_grams = 0;
    if (problem != NULL) return problem;
    p->least = hn_attr_int(node, "min_gram_length", 0);
    p->most = hn_attr_int(node, "max_gram_length", 0);
    p->skip = hn_attr_int(node, "max_skip_count", 0);
    p->is_idf = strcmp(mode, "IDF") == 0;
    p->is_tf = strcmp(mode, "TF") == 0;
    if (!p->is_idf && !p->is_tf && strcmp(mode, "TFIDF") != 0) return "a mode that is not known";
    if (p->least < 1 || p->most < p->least || p->skip < 0 || p->most > (int64_t)p->counts->n) {
        return "lengths of grams that are not possible";
    }
    for (uint32_t i = 0; i < p->counts->n; i++) {
        if (p->counts->v.ints[i] < before || p->counts->v.ints[i] > (int64_t)p->n_words) {
            return "ngram_counts do not grow within the pool";
        }
        before = p->counts->v.ints[i];
    }
    for (int64_t n = 1; n <= (int64_t)p->counts->n; n++) {
        uint64_t from, to;
        size_range(p, n, &from, &to);
        if ((to - from) % (uint64_t)n != 0) return "the pool ends within a gram";
        n_grams += (int64_t)((to - from) / (uint64_t)n);
    }
    if (n_grams != (int64_t)p->indexes->n) return "there must be one index for each gram";
    return p->weights != NULL && (int64_t)p->weights->n < n_grams ? "weights are missing" : NULL;
}

static hone_status tfidf_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    pool p;
    const char *problem = read_pool(node, &p);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const bool is_type =
        x->dtype == HN_DTYPE_STRING
            ? p.words != NULL
            : p.numbers != NULL && (x->dtype == HN_DTYPE_S32 || x->dtype == HN_DTYPE_S64);
    if (!is_type) return hn_fail(g->env, HONE_E_SHAPE, "the pool has another type than the input");
    if (out.rank > 2 || out.rank == 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input has rank %d", (int)out.rank);
    }
    if (out.rank > 0) {
        out.dim[out.rank - 1] = p.width;
        out.sym[out.rank - 1] = NULL;
    }
    return hn_node_set_shape(g, node, HN_DTYPE_F32, &out);
}

/* ---- counting ---- */

typedef struct row {
    const pool *p;
    const hn_texts *texts; /* NULL: numbers */
    const void *numbers;
    bool is_narrow; /* numbers are s32 */
    uint64_t begin, n;
} row;

static int64_t number_at(const row *r, uint64_t i) {
    int64_t wide;
    int32_t narrow;
    if (r->is_narrow) {
        memcpy(&narrow, (const uint8_t *)r->numbers + 4 * i, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, (const uint8_t *)r->numbers + 8 * i, sizeof wide);
    return wide;
}

/* Element i of the row is word w of the pool. */
static bool is_word(const row *r, uint64_t i, uint64_t w) {
    if (r->texts == NULL) return number_at(r, r->begin + i) == r->p->numbers->v.ints[w];
    const char *word = r->p->words->v.strings[w];
    const hn_chars want = {word, strlen(word)};
    return hn_chars_equal(hn_text_at(r->texts, r->begin + i), want);
}

/* Grams of n elements, `step` apart, are counted in out. */
static void count_grams(const row *r, int64_t n, uint64_t step, float *out) {
    const pool *p = r->p;
    const uint64_t size = (uint64_t)n;
    uint64_t from, to, gram = 0;
    for (int64_t k = 1; k < n; k++) {
        size_range(p, k, &from, &to);
        gram += (to - from) / (uint64_t)k;
    }
    size_range(p, n, &from, &to);
    for (uint64_t w = from; w < to; w += size, gram++) {
        for (uint64_t i = 0; i < r->n && (size - 1) * step < r->n - i; i++) {
            uint64_t k = 0;
            while (k < size && is_word(r, i + k * step, w + k)) k++;
            if (k < size) continue;
            out[p->indexes->v.ints[gram]] += 1.0f;
        }
    }
}

static void weigh(const pool *p, float *out) {
    for (uint32_t gram = 0; gram < p->indexes->n && !p->is_tf; gram++) {
        float *count = &out[p->indexes->v.ints[gram]];
        const float weight = p->weights != NULL ? p->weights->v.floats[gram] : 1.0f;
        if (*count > 0) *count = p->is_idf ? weight : *count * weight;
    }
}

static hone_status tfidf_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    const uint64_t n_rows = rank == 2 ? (uint64_t)x->shape.dim[0] : 1;
    hn_shape shape = x->shape;
    void *memory = NULL;
    hn_texts texts;
    pool p;
    row r = {.p = &p, .n = (uint64_t)x->shape.dim[rank - 1], .is_narrow = x->dtype == HN_DTYPE_S32};
    if (read_pool(node, &p) != NULL) return hn_fail(H->env, HONE_E_INTERNAL, "no pool");
    if (x->dtype == HN_DTYPE_STRING) {
        HN_TRY(hn_host_texts(H, x, &texts));
        r.texts = &texts;
    } else {
        HN_TRY(H->input(H, x, &r.numbers));
    }
    shape.dim[rank - 1] = p.width;
    HN_TRY(H->output(H, node, 0, &shape, &memory));
    float *out = memory;
    memset(out, 0, (size_t)(n_rows * (uint64_t)p.width) * sizeof *out);
    for (uint64_t i = 0; i < n_rows; i++, out += p.width) {
        r.begin = i * r.n;
        for (int64_t n = p.least; n <= p.most; n++) {
            const uint64_t steps = n == 1 ? 1 : (uint64_t)p.skip + 1;
            for (uint64_t step = 1; step <= steps && step <= r.n; step++) {
                count_grams(&r, n, step, out);
            }
        }
        weigh(&p, out);
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_tfidf_vectorizer = {.shape = tfidf_shape, .host = tfidf_host};
