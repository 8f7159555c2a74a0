/* SPDX-License-Identifier: Apache-2.0
 * Shapes: counting with overflow checks, NumPy's broadcasting with unknown dimensions, and text. An
 * unknown rank is -1 and has no dimensions; an unknown dimension is -1 and may carry a symbol. */
#include "graph/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool hn_shape_is_known(const hn_shape *s) {
    if (s->rank < 0) return false;
    for (int32_t i = 0; i < s->rank; i++) {
        if (s->dim[i] < 0) return false;
    }
    return true;
}

bool hn_shape_equal(const hn_shape *a, const hn_shape *b) {
    if (a->rank != b->rank) return false;
    for (int32_t i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) return false;
    }
    return true;
}

bool hn_shape_count(const hn_shape *s, uint64_t *n) {
    if (!hn_shape_is_known(s)) return false;
    uint64_t count = 1;
    for (int32_t i = 0; i < s->rank; i++) {
        if (!hn_mul_u64(count, (uint64_t)s->dim[i], &count)) return false;
    }
    if (count > INT64_MAX) return false;
    *n = count;
    return true;
}

hn_shape hn_shape_of(int32_t rank, const int64_t *dim) {
    hn_shape s = {.rank = rank};
    for (int32_t i = 0; i < rank && i < HN_MAX_RANK; i++) s.dim[i] = dim[i];
    return s;
}

/* A dimension of 0 counts as 1 here, so that strides stay positive. They cannot overflow where the
 * shape is counted first; where it is not, they wrap as unsigned numbers do. */
void hn_shape_strides(const hn_shape *s, int64_t *stride) {
    uint64_t step = 1;
    for (int32_t i = s->rank - 1; i >= 0; i--) {
        stride[i] = (int64_t)(step & INT64_MAX);
        if (s->dim[i] > 1) step *= (uint64_t)s->dim[i];
    }
}

/* One dimension of the broadcast; -1 is unknown. */
static bool broadcast_dim(int64_t a, int64_t b, int64_t *out) {
    if (a == b || b == 1) {
        *out = a;
    } else if (a == 1) {
        *out = b;
    } else if (a >= 0 && b >= 0) {
        return false;
    } else {
        *out = a > b ? a : b;
    }
    return true;
}

bool hn_shape_broadcast(const hn_shape *a, const hn_shape *b, hn_shape *out) {
    hn_shape s = {.rank = -1};
    if (a->rank < 0 || b->rank < 0) {
        *out = s;
        return true;
    }
    s.rank = a->rank > b->rank ? a->rank : b->rank;
    for (int32_t i = 0; i < s.rank; i++) {
        const int32_t ia = i - (s.rank - a->rank), ib = i - (s.rank - b->rank);
        const int64_t da = ia >= 0 ? a->dim[ia] : 1, db = ib >= 0 ? b->dim[ib] : 1;
        if (!broadcast_dim(da, db, &s.dim[i])) return false;
        if (s.dim[i] >= 0) continue;
        const char *sym_a = da < 0 ? a->sym[ia] : NULL, *sym_b = db < 0 ? b->sym[ib] : NULL;
        if (da < 0 && db < 0) {
            const bool same = sym_a != NULL && sym_b != NULL && strcmp(sym_a, sym_b) == 0;
            s.sym[i] = same ? sym_a : NULL;
        } else {
            s.sym[i] = da < 0 ? sym_a : sym_b;
        }
    }
    *out = s;
    return true;
}

int hn_shape_text(const hn_shape *s, char *text, size_t n_bytes) {
    if (s->rank < 0) return snprintf(text, n_bytes, "*");
    if (n_bytes > 0) text[0] = '\0';
    int total = 0;
    for (int32_t i = 0; i < s->rank; i++) {
        const size_t at = (size_t)total < n_bytes ? (size_t)total : n_bytes;
        char *to = at < n_bytes ? text + at : NULL;
        const char *cross = i > 0 ? "x" : "";
        int length;
        if (s->dim[i] >= 0) {
            length = snprintf(to, n_bytes - at, "%s%" PRId64, cross, s->dim[i]);
        } else {
            const char *sym = s->sym[i] != NULL ? s->sym[i] : "?";
            length = snprintf(to, n_bytes - at, "%s%.64s", cross, sym);
        }
        if (length < 0) return length;
        total += length;
    }
    return total;
}

bool hn_value_bytes(const hn_value *v, uint64_t *n_bytes) {
    uint64_t n;
    if (hn_value_is_block(v)) {
        if (v->constant == NULL) return false;
        *n_bytes = v->constant->n_bytes;
        return true;
    }
    return hn_shape_count(&v->shape, &n) && hn_type_bytes(v->dtype, n, n_bytes);
}
