/* SPDX-License-Identifier: Apache-2.0
 * The machine of regex.h, and the operator regex_match on tensors of strings. */
#include "ops/regex.h"

#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

enum { NOTHING = -2 }; /* before and behind the text */

int32_t hn_regex_character(hn_chars text, uint64_t *at) {
    static const int32_t least[4] = {0, 0x80, 0x800, 0x10000};
    const uint8_t first = (uint8_t)text.at[(*at)++];
    const int n = first < 0x80   ? 0
                  : first < 0xc2 ? -1
                  : first < 0xe0 ? 1
                  : first < 0xf0 ? 2
                  : first < 0xf5 ? 3
                                 : -1;
    if (n <= 0) return n < 0 ? -1 : first;
    if (text.length - *at < (uint64_t)n) return -1;
    int32_t c = first & (0x3f >> n);
    for (int i = 0; i < n; i++) {
        const uint8_t byte = (uint8_t)text.at[*at + (uint64_t)i];
        if ((byte & 0xc0) != 0x80) return -1;
        c = c << 6 | (byte & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return -1;
    *at += (uint64_t)n;
    return c;
}

/* ---- the machine ---- */

static bool is_word(int32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool holds(int32_t place, int32_t before, int32_t behind) {
    switch ((hn_regex_place)place) {
    case HN_REGEX_TEXT_BEGIN:
        return before == NOTHING;
    case HN_REGEX_TEXT_END:
        return behind == NOTHING;
    case HN_REGEX_LINE_BEGIN:
        return before == NOTHING || before == '\n';
    case HN_REGEX_LINE_END:
        return behind == NOTHING || behind == '\n';
    case HN_REGEX_WORD:
        return is_word(before) != is_word(behind);
    case HN_REGEX_NO_WORD:
        return is_word(before) == is_word(behind);
    }
    return false;
}

static bool takes(const hn_regex *r, const hn_regex_step *s, int32_t c) {
    bool is_in = false;
    for (int32_t i = 0; i < s->b && !is_in; i++) {
        const hn_regex_range *range = &r->ranges[s->a + i];
        is_in = c >= range->low && c <= range->high;
    }
    return c >= 0 && is_in != s->is_other;
}

/* States that are on, and between which characters. */
typedef struct machine {
    const hn_regex *r;
    uint32_t *list;
    uint32_t n, n_open, stamp;
    int32_t before, behind;
    bool has_ended;
} machine;

static void open_state(machine *m, int64_t state) {
    if (m->r->seen[state] == m->stamp) return;
    m->r->seen[state] = m->stamp;
    m->r->open[m->n_open++] = (uint32_t)state;
}

/* Turns on a state and all that are reached from it without a character. */
static void turn_on(machine *m, uint32_t state) {
    open_state(m, state);
    while (m->n_open > 0) {
        const uint32_t at = m->r->open[--m->n_open];
        const hn_regex_step *s = &m->r->steps[at];
        if (s->kind == HN_REGEX_TAKE) m->list[m->n++] = at;
        if (s->kind == HN_REGEX_END) m->has_ended = true;
        if (s->kind == HN_REGEX_JUMP || s->kind == HN_REGEX_SPLIT)
            open_state(m, (int64_t)at + s->a);
        if (s->kind == HN_REGEX_SPLIT) open_state(m, (int64_t)at + s->b);
        if (s->kind == HN_REGEX_CHECK && holds(s->a, m->before, m->behind)) open_state(m, at + 1);
    }
}

bool hn_regex_matches(const hn_regex *r, hn_chars text) {
    uint64_t at = 0;
    uint32_t *now = r->now, *next = r->next;
    machine m = {.r = r, .list = now, .stamp = 1, .before = NOTHING};
    memset(r->seen, 0, r->n_steps * sizeof *r->seen);
    m.behind = text.length > 0 ? hn_regex_character(text, &at) : NOTHING;
    turn_on(&m, 0);
    while (m.behind != NOTHING && m.n > 0) {
        const uint32_t n = m.n;
        if (m.stamp == UINT32_MAX) return false;
        m = (machine){.r = r, .list = next, .stamp = m.stamp + 1, .before = m.behind};
        m.behind = at < text.length ? hn_regex_character(text, &at) : NOTHING;
        for (uint32_t i = 0; i < n; i++) {
            if (takes(r, &r->steps[now[i]], m.before)) turn_on(&m, now[i] + 1);
        }
        uint32_t *swapped = now;
        now = next;
        next = swapped;
    }
    return m.behind == NOTHING && m.has_ended;
}

/* ---- the operator ---- */

static hone_status new_pattern(hn_arena *arena, const hn_node *node, hn_regex **out) {
    const hn_attr *pattern = hn_attr_find(node, "pattern");
    if (pattern == NULL || pattern->kind != HN_ATTR_STRING) {
        return hn_fail(arena->env, HONE_E_SHAPE, "there is no pattern");
    }
    return hn_regex_new(arena, (hn_chars){pattern->v.s, pattern->n}, out);
}

static hone_status regex_shape(hn_graph *g, hn_node *node) {
    hn_arena arena;
    hn_regex *r = NULL;
    HN_TRY(hn_node_check_texts(g, node, 0));
    hn_arena_init(&arena, g->env, 0);
    const hone_status status = new_pattern(&arena, node, &r);
    hn_arena_fini(&arena);
    HN_TRY(status);
    return hn_node_set_shape(g, node, HN_DTYPE_BOOL, &node->in[0]->shape);
}

static hone_status match_all(hn_host_eval *H, hn_node *node, const hn_regex *r) {
    void *memory = NULL;
    hn_texts x;
    HN_TRY(hn_host_texts(H, node->in[0], &x));
    HN_TRY(H->output(H, node, 0, &node->in[0]->shape, &memory));
    uint8_t *is_match = memory;
    for (uint64_t i = 0; i < x.n; i++) is_match[i] = hn_regex_matches(r, hn_text_at(&x, i)) ? 1 : 0;
    return HONE_OK;
}

static hone_status regex_host(hn_host_eval *H, hn_node *node) {
    hn_arena arena;
    hn_regex *r = NULL;
    hn_arena_init(&arena, H->env, 0);
    hone_status status = new_pattern(&arena, node, &r);
    if (status == HONE_OK) status = match_all(H, node, r);
    hn_arena_fini(&arena);
    return status;
}

const hn_op_hooks hn_hooks_regex_match = {.shape = regex_shape, .host = regex_host};
