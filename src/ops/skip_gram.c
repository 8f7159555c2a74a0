/* SPDX-License-Identifier: Apache-2.0
 * Word groups of a sentence: n words in their order, with at most so many left out between two of
 * them. A group stands behind all those that begin with it, which is how TensorFlow Lite lists
 * them. Words end at white space; white space at the very front belongs to the first word, which
 * counts only where it is the last one too. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

enum { MOST_GROUPS = 1 << 20, MOST_STEPS = 1 << 24 };

typedef struct grouping {
    const hn_chars *words;
    int64_t n_words, size, most_skipped;
    bool has_smaller;
    int64_t *chosen;  /* words of the group, `size` of them */
    hn_chars *groups; /* NULL: they are only counted */
    uint64_t n_groups;
} grouping;

static hone_status skip_gram_shape(hn_graph *g, hn_node *node) {
    const hn_shape out = hn_shape_unknown(1);
    HN_TRY(hn_node_check_texts(g, node, 0));
    return hn_node_set_shape(g, node, HN_DTYPE_STRING, &out);
}

/* The words of text; at most as many as it has characters. */
static int64_t cut(hn_chars text, hn_chars *words) {
    uint64_t begin = 0;
    int64_t n = 0;
    for (uint64_t i = 1; i < text.length; i++) {
        if (!hn_is_space(text.at[i])) continue;
        if (i > begin && !hn_is_space(text.at[begin])) {
            words[n++] = (hn_chars){text.at + begin, i - begin};
        }
        begin = i + 1;
    }
    if (begin < text.length) words[n++] = (hn_chars){text.at + begin, text.length - begin};
    return n;
}

/* The first n chosen words with a space between two. */
static hone_status join(hn_host_eval *H, const grouping *s, int64_t n, hn_chars *out) {
    uint64_t n_bytes = (uint64_t)n - 1, at = 0;
    void *memory = NULL;
    for (int64_t i = 0; i < n; i++) n_bytes += s->words[s->chosen[i]].length;
    HN_TRY(H->temp(H, n_bytes + 1, &memory));
    char *joined = memory;
    for (int64_t i = 0; i < n; i++) {
        const hn_chars word = s->words[s->chosen[i]];
        if (i > 0) joined[at++] = ' ';
        memcpy(joined + at, word.at, (size_t)word.length);
        at += word.length;
    }
    *out = (hn_chars){joined, n_bytes};
    return HONE_OK;
}

static hone_status add_group(hn_host_eval *H, grouping *s, int64_t n) {
    if (n != s->size && (n == 0 || !s->has_smaller)) return HONE_OK;
    if (s->n_groups == MOST_GROUPS) {
        return hn_fail(H->env, HONE_E_LIMIT, "more than %d groups of words", MOST_GROUPS);
    }
    if (s->groups != NULL) HN_TRY(join(H, s, n, &s->groups[s->n_groups]));
    s->n_groups++;
    return HONE_OK;
}

/* Depth first: word number `depth` of the group moves on as far as it may, each time with all that
 * can follow it. */
static hone_status walk(hn_host_eval *H, grouping *s) {
    int64_t depth = 0, next = 0; /* next: the word to try at this depth */
    s->n_groups = 0;
    for (uint32_t step = 0; step < MOST_STEPS; step++) {
        const bool is_near = depth == 0 || next - s->chosen[depth - 1] - 1 <= s->most_skipped;
        if (depth < s->size && next < s->n_words && is_near) {
            s->chosen[depth++] = next++;
            continue;
        }
        HN_TRY(add_group(H, s, depth));
        if (depth == 0) return HONE_OK;
        next = s->chosen[--depth] + 1;
    }
    return hn_fail(H->env, HONE_E_LIMIT, "too many words for groups of %lld", (long long)s->size);
}

static hone_status skip_gram_host(hn_host_eval *H, hn_node *node) {
    grouping s = {.size = hn_attr_int(node, "ngram_size", 0),
                  .most_skipped = hn_attr_int(node, "max_skip_size", 0),
                  .has_smaller = hn_attr_int(node, "include_all_ngrams", 0) != 0};
    hn_texts x;
    hn_chars *words = NULL, *groups = NULL;
    void *memory = NULL;
    HN_TRY(hn_host_texts(H, node->in[0], &x));
    const hn_chars text = x.n > 0 ? hn_text_at(&x, 0) : (hn_chars){"", 0};
    HN_TRY(hn_host_chars(H, text.length, &words));
    s.words = words;
    s.n_words = cut(text, words);
    const bool has_any = s.size > 0 && s.size <= s.n_words;
    if (has_any) {
        HN_TRY(H->temp(H, (uint64_t)s.size * sizeof *s.chosen, &memory));
        s.chosen = memory;
        HN_TRY(walk(H, &s));
    }
    HN_TRY(hn_host_chars(H, s.n_groups, &groups));
    s.groups = groups;
    if (has_any) HN_TRY(walk(H, &s));
    const int64_t n = (int64_t)s.n_groups;
    const hn_shape shape = hn_shape_of(1, &n);
    return hn_host_give_texts(H, node, 0, &shape, groups);
}

const hn_op_hooks hn_hooks_skip_gram = {.shape = skip_gram_shape, .host = skip_gram_host};
