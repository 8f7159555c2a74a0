/* SPDX-License-Identifier: Apache-2.0
 * Signatures against nodes. A reader checks each node as the file has it, before it is upgraded and
 * in order, so that the types that it finds for outputs are known to the next node. When shapes are
 * bound all are checked again: by then types and ranks of what nodes compute are known as well.
 * What is not known passes. */
#include "ops/signature.h"

#include <string.h>

#include "ops/op.h"

#define BIT(name) ((uint64_t)1 << HN_DTYPE_##name)
#define SINGLES   (BIT(F16) | BIT(BF16) | BIT(F32))
#define FLOATS    (SINGLES | BIT(F64))
#define INDICES   (BIT(S32) | BIT(S64))
#define WIDE      (FLOATS | INDICES | BIT(U32) | BIT(U64))
#define BYTES     (BIT(S8) | BIT(U8))
#define INTS      (BYTES | BIT(S16) | BIT(U16) | INDICES | BIT(U32) | BIT(U64))
#define F8S       (BIT(F8E4M3) | BIT(F8E4M3FNUZ) | BIT(F8E5M2) | BIT(F8E5M2FNUZ))
#define BELOW     (BIT(S2) | BIT(U2) | BIT(S4) | BIT(U4) | BIT(F4E2M1))
#define OTHERS    ((uint64_t)1 << 63) /* what is no tensor */
#define ANY       (OTHERS - 1)

enum { LETTERS = 26 };

static const struct type_class {
    const char *name;
    uint64_t types;
} classes[] = {
    {"any", ANY},
    {"all", ANY | OTHERS},
    {"num", FLOATS | INTS},
    {"float", FLOATS},
    {"single", SINGLES},
    {"int", INTS},
    {"wide", WIDE},
    {"index", INDICES},
    {"byte", BYTES},
    {"f8", F8S},
    {"quant", BYTES | BIT(S16) | BIT(U16) | F8S | BELOW},
#define X(upper, lower, bits, kind, numpy) {#lower, BIT(upper)},
#include "core/dtype.def"
#undef X
};

/* One operand or output of a signature. */
typedef struct port_word {
    char letter; /* 0: none */
    char mark;   /* '?', '*', '+' or 0 */
    bool is_list;
    uint64_t types;
    int32_t rank_min, rank_max;
    const char *text; /* of its types */
    int length;
} port_word;

typedef struct matcher {
    hn_graph *g;
    hn_node *node;
    hn_dtype bound[LETTERS]; /* HN_DTYPE_NONE: not yet */
    const char *at;          /* what of the signature is to be read */
} matcher;

/* ---- reading a signature ---- */

static uint64_t types_of(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const char *other = classes[i].name;
        if (strncmp(other, name, length) == 0 && other[length] == '\0') return classes[i].types;
    }
    return 0;
}

static void read_types(const char **at, port_word *w) {
    w->text = *at;
    w->types = 0;
    for (;;) {
        const size_t length = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789");
        w->types |= types_of(*at, length);
        *at += length;
        if (**at != '|') break;
        ++*at;
    }
    w->length = (int)(*at - w->text);
}

/* "/1", "/0..1" or "/2..". */
static void read_ranks(const char **at, port_word *w) {
    w->rank_min = 0;
    w->rank_max = HN_MAX_RANK;
    if (**at != '/') return;
    w->rank_min = w->rank_max = (*at)[1] - '0';
    *at += 2;
    if (**at != '.') return;
    *at += 2;
    w->rank_max = HN_MAX_RANK;
    if (**at >= '0' && **at <= '9') w->rank_max = *(*at)++ - '0';
}

/* False at the end of the operands or outputs. */
static bool next_port(const char **at, port_word *w) {
    *at += strspn(*at, " ");
    if (**at == '>' || **at == ';' || **at == '\0') return false;
    *w = (port_word){.types = ANY};
    w->is_list = strncmp(*at, "seq.", 4) == 0;
    if (w->is_list) *at += 4;
    if (**at >= 'A' && **at <= 'Z') w->letter = *(*at)++;
    if (w->letter != 0 && **at == ':') ++*at;
    if (w->letter == 0 || (*at)[-1] == ':') read_types(at, w);
    read_ranks(at, w);
    if (**at == '?' || **at == '*' || **at == '+') w->mark = *(*at)++;
    return true;
}

const char *hn_signature_form(const char *signature, int32_t version) {
    const char *form = signature;
    for (const char *next = strchr(form, ';'); next != NULL; next = strchr(next, ';')) {
        int32_t since = 0;
        next += strspn(next, "; ");
        while (*next >= '0' && *next <= '9') since = 10 * since + (*next++ - '0');
        if (version >= since) form = next + 1;
    }
    return form;
}

/* ---- one value ---- */

static hone_status check_kind(const matcher *m, const port_word *w, const hn_value *v,
                              const char *what, uint32_t port) {
    if (v->kind == (w->is_list ? HN_VALUE_SEQUENCE : HN_VALUE_TENSOR)) return HONE_OK;
    return hn_fail(m->g->env, HONE_E_FORMAT, "%s %u is not a %s", what, port,
                   w->is_list ? "sequence" : "tensor");
}

static hone_status check_dtype(matcher *m, const port_word *w, hn_dtype dtype, const char *what,
                               uint32_t port) {
    if ((w->types >> dtype & 1) == 0) {
        return hn_fail(m->g->env, HONE_E_FORMAT, "%s %u is %s, not %.*s", what, port,
                       hn_dtype_name(dtype), w->length, w->text);
    }
    if (w->letter == 0) return HONE_OK;
    hn_dtype *bound = &m->bound[w->letter - 'A'];
    if (*bound != HN_DTYPE_NONE && *bound != dtype) {
        return hn_fail(m->g->env, HONE_E_FORMAT, "%s %u is %s, and is to be %s like others", what,
                       port, hn_dtype_name(dtype), hn_dtype_name(*bound));
    }
    *bound = dtype;
    return HONE_OK;
}

static hone_status check_value(matcher *m, const port_word *w, const hn_value *v, const char *what,
                               uint32_t port) {
    const bool is_other = v->kind != HN_VALUE_TENSOR && (w->types & OTHERS) != 0;
    if (is_other) return HONE_OK; /* and its letter stands for nothing */
    const bool is_known = v->kind != HN_VALUE_TENSOR || v->dtype != HN_DTYPE_NONE;
    if (is_known) HN_TRY(check_kind(m, w, v, what, port));
    if (v->dtype != HN_DTYPE_NONE) HN_TRY(check_dtype(m, w, v->dtype, what, port));
    const int32_t rank = v->shape.rank;
    if (rank < 0 || (rank >= w->rank_min && rank <= w->rank_max)) return HONE_OK;
    if (w->rank_min == w->rank_max) {
        return hn_fail(m->g->env, HONE_E_SHAPE, "%s %u is of rank %d, not %d", what, port,
                       (int)rank, (int)w->rank_min);
    }
    return hn_fail(m->g->env, HONE_E_SHAPE, "%s %u is of rank %d, not %d to %d", what, port,
                   (int)rank, (int)w->rank_min, (int)w->rank_max);
}

/* ---- all of a node ---- */

static bool repeats(const port_word *w) {
    return w->mark == '*' || w->mark == '+';
}

static hone_status check_operands(matcher *m, uint32_t n) {
    hn_env *env = m->g->env;
    uint32_t port = 0;
    for (port_word w; next_port(&m->at, &w);) {
        const uint32_t first = port, end = repeats(&w) ? n : port + 1;
        if (w.mark == '+' && first >= n) {
            return hn_fail(env, HONE_E_FORMAT, "operand %u is missing", port);
        }
        for (; port < end; port++) {
            const hn_value *v = port < n ? m->node->in[port] : NULL;
            if (v != NULL) HN_TRY(check_value(m, &w, v, "operand", port));
            if (v == NULL && w.mark == 0) {
                return hn_fail(env, HONE_E_FORMAT, "operand %u is missing", port);
            }
        }
    }
    if (port >= n) return HONE_OK;
    return hn_fail(env, HONE_E_FORMAT, "has %u operands, at most %u are allowed", n, port);
}

/* What the signature says of an output that the file does not: its type. */
static hone_status check_output(matcher *m, const port_word *w, uint32_t port) {
    hn_value *v = m->node->out[port];
    if (v == NULL) return HONE_OK;
    HN_TRY(check_value(m, w, v, "output", port));
    if (v->kind != HN_VALUE_TENSOR || v->dtype != HN_DTYPE_NONE || w->is_list) return HONE_OK;
    if (w->letter != 0) v->dtype = m->bound[w->letter - 'A'];
    for (uint32_t d = 0; w->letter == 0 && d < HN_DTYPE_COUNT; d++) {
        if (w->types == (uint64_t)1 << d) v->dtype = (hn_dtype)d;
    }
    return HONE_OK;
}

static hone_status check_outputs(matcher *m) {
    hn_env *env = m->g->env;
    const uint32_t n = m->node->n_out;
    uint32_t port = 0;
    for (port_word w; next_port(&m->at, &w);) {
        const uint32_t end = repeats(&w) ? n : port + 1;
        if (w.mark != '?' && w.mark != '*' && port >= n) {
            return hn_fail(env, HONE_E_FORMAT, "output %u is missing", port);
        }
        for (; port < end; port++) {
            if (port < n) HN_TRY(check_output(m, &w, port));
        }
    }
    if (port >= n) return HONE_OK;
    return hn_fail(env, HONE_E_FORMAT, "has %u outputs, at most %u are allowed", n, port);
}

hone_status hn_signature_check(hn_graph *g, hn_node *node) {
    if (node->signature == NULL) return HONE_OK;
    matcher m = {.g = g, .node = node, .at = node->signature};
    const int64_t n_captures = node->n_bodies > 0 ? hn_attr_int(node, "captures", 0) : 0;
    if (n_captures < 0 || n_captures > node->n_in) {
        return hn_fail(g->env, HONE_E_FORMAT, "has %u operands, %lld of them captured", node->n_in,
                       (long long)n_captures);
    }
    const hone_status status = check_operands(&m, node->n_in - (uint32_t)n_captures);
    if (status != HONE_OK) return hn_node_fail(g->env, node, status);
    m.at += strspn(m.at, " >");
    const hone_status outputs = check_outputs(&m);
    return outputs == HONE_OK ? HONE_OK : hn_node_fail(g->env, node, outputs);
}

hone_status hn_signature_check_all(hn_graph *g) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->is_dead) continue;
        HN_TRY(hn_signature_check(g, node));
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            hn_graph *body = node->bodies[b];
            const hone_status status = hn_signature_check_all(body);
            HN_TRY(hn_fail_from(g->env, body->env, status));
        }
    }
    return HONE_OK;
}
