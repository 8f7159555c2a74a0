/* SPDX-License-Identifier: Apache-2.0
 * Labels: label_encoder replaces each element by what stands beside it in a list of keys, and
 * class_label gives the label of a class by its number. Keys and values are strings, integers or
 * floats. They run on the host. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/texts.h"

/* A list of one of the types, from an attribute of numbers or strings or a constant tensor. */
typedef struct list {
    const hn_attr *attr;
    const hn_value *tensor;
    hn_dtype dtype;
    uint64_t n;
} list;

static bool list_of_attr(const hn_attr *attr, list *l) {
    *l = (list){attr, NULL, HN_DTYPE_NONE, attr != NULL ? attr->n : 0};
    if (attr == NULL) return false;
    if (attr->kind == HN_ATTR_INTS) l->dtype = HN_DTYPE_S64;
    if (attr->kind == HN_ATTR_FLOATS) l->dtype = HN_DTYPE_F32;
    if (attr->kind == HN_ATTR_STRINGS) l->dtype = HN_DTYPE_STRING;
    if (attr->kind == HN_ATTR_TENSOR) {
        l->tensor = attr->v.tensor;
        l->dtype = l->tensor->dtype;
        return hn_shape_count(&l->tensor->shape, &l->n) && l->tensor->constant != NULL &&
               hn_constant_is_contiguous(l->tensor);
    }
    return l->dtype != HN_DTYPE_NONE;
}

/* The first attribute of that stem that is there: keys_strings, keys_int64s ... */
static bool find_list(const hn_node *node, const char *const names[4], list *l) {
    for (int i = 0; i < 4; i++) {
        const hn_attr *attr = hn_attr_find(node, names[i]);
        if (attr != NULL) return list_of_attr(attr, l);
    }
    return false;
}

static hn_chars text_at(const list *l, uint64_t i) {
    hn_chars c;
    if (l->tensor != NULL) {
        c.at = hn_string_at(l->tensor->constant->bytes, i, &c.length);
    } else {
        c = (hn_chars){l->attr->v.strings[i], strlen(l->attr->v.strings[i])};
    }
    return c;
}

/* Where element i of a list of numbers lies. */
static const uint8_t *bytes_at(const list *l, uint64_t i) {
    if (l->tensor != NULL) return l->tensor->constant->bytes + i * (hn_dtype_bits(l->dtype) / 8);
    return l->dtype == HN_DTYPE_S64 ? (const uint8_t *)&l->attr->v.ints[i]
                                    : (const uint8_t *)&l->attr->v.floats[i];
}

/* ---- label_encoder ---- */

static const char *const key_names[4] = {"keys_tensor", "keys_strings", "keys_int64s",
                                         "keys_floats"};
static const char *const value_names[4] = {"values_tensor", "values_strings", "values_int64s",
                                           "values_floats"};

static hone_status encoder_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    list keys, values;
    if (!find_list(node, key_names, &keys) || !find_list(node, value_names, &values) ||
        keys.n != values.n) {
        return hn_fail(g->env, HONE_E_SHAPE, "keys and values are not lists of one length");
    }
    if (keys.dtype != x->dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "keys of %s for an input of %s",
                       hn_dtype_name(keys.dtype), hn_dtype_name(x->dtype));
    }
    return hn_node_set_shape(g, node, values.dtype, &x->shape);
}

/* The place of element i in the keys, or their number. A NaN is the same as a NaN. */
static uint64_t find_key(const list *keys, const hn_texts *texts, const uint8_t *x, uint64_t i) {
    const size_t size = hn_dtype_bits(keys->dtype) / 8;
    for (uint64_t k = 0; k < keys->n; k++) {
        if (keys->dtype == HN_DTYPE_STRING) {
            if (hn_chars_equal(text_at(keys, k), hn_text_at(texts, i))) return k;
        } else if (keys->dtype == HN_DTYPE_F32) {
            float a, b;
            memcpy(&a, bytes_at(keys, k), sizeof a);
            memcpy(&b, x + i * sizeof b, sizeof b);
            if (a == b || (a != a && b != b)) return k;
        } else if (memcmp(bytes_at(keys, k), x + i * size, size) == 0) {
            return k;
        }
    }
    return keys->n;
}

typedef struct encoding {
    list keys, values, absent; /* absent: what stands for elements that are no key, or nothing */
    hn_texts texts;
    const void *x;
    uint64_t n;
} encoding;

static hone_status give_texts(hn_host_eval *H, hn_node *node, const encoding *e) {
    const char *stated = hn_attr_string(node, "default_string", "_Unused");
    hn_chars *out = NULL;
    HN_TRY(hn_host_chars(H, e->n, &out));
    for (uint64_t i = 0; i < e->n; i++) {
        const uint64_t k = find_key(&e->keys, &e->texts, e->x, i);
        out[i] = k < e->keys.n ? text_at(&e->values, k) : (hn_chars){stated, strlen(stated)};
        if (k == e->keys.n && e->absent.n > 0) out[i] = text_at(&e->absent, 0);
    }
    return hn_host_give_texts(H, node, 0, &node->in[0]->shape, out);
}

static hone_status give_numbers(hn_host_eval *H, hn_node *node, const encoding *e) {
    const size_t size = hn_dtype_bits(e->values.dtype) / 8;
    const int64_t whole = hn_attr_int(node, "default_int64", -1);
    const float real = hn_attr_float(node, "default_float", -0.0f);
    const void *stated = hn_dtype_is_float(e->values.dtype) ? (const void *)&real : &whole;
    void *memory = NULL;
    if (e->absent.n > 0) stated = bytes_at(&e->absent, 0);
    HN_TRY(H->output(H, node, 0, &node->in[0]->shape, &memory));
    for (uint64_t i = 0; i < e->n; i++) {
        const uint64_t k = find_key(&e->keys, &e->texts, e->x, i);
        const void *from = k < e->keys.n ? bytes_at(&e->values, k) : stated;
        memcpy((uint8_t *)memory + i * size, from, size);
    }
    return HONE_OK;
}

static hone_status encoder_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    encoding e = {.n = 0};
    (void)find_list(node, key_names, &e.keys);
    (void)find_list(node, value_names, &e.values);
    (void)list_of_attr(hn_attr_find(node, "default_tensor"), &e.absent);
    if (e.absent.dtype != e.values.dtype) e.absent.n = 0;
    const bool is_plain = e.values.dtype == HN_DTYPE_F32 || e.values.dtype == HN_DTYPE_S64 ||
                          e.values.dtype == HN_DTYPE_STRING || e.absent.n > 0;
    if (!is_plain || !hn_shape_count(&x->shape, &e.n)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "values of %s", hn_dtype_name(e.values.dtype));
    }
    if (x->dtype == HN_DTYPE_STRING) {
        HN_TRY(hn_host_texts(H, x, &e.texts));
    } else {
        HN_TRY(H->input(H, x, &e.x));
    }
    return e.values.dtype == HN_DTYPE_STRING ? give_texts(H, node, &e) : give_numbers(H, node, &e);
}

/* ---- class_label ---- */

static const char *const label_names[4] = {"classlabels_ints", "classlabels_int64s",
                                           "classlabels_strings", "classlabels_floats"};

static hone_status label_shape(hn_graph *g, hn_node *node) {
    list labels;
    if (!find_list(node, label_names, &labels) || node->in[0]->dtype != HN_DTYPE_S64) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are no labels");
    }
    return hn_node_set_shape(g, node, labels.dtype, &node->in[0]->shape);
}

static hone_status label_host(hn_host_eval *H, hn_node *node) {
    const hn_shape *shape = &node->in[0]->shape;
    const void *bytes = NULL;
    void *memory = NULL;
    hn_chars *out = NULL;
    uint64_t n = 0;
    list labels;
    if (!find_list(node, label_names, &labels) || !hn_shape_count(shape, &n)) {
        return hn_fail(H->env, HONE_E_INTERNAL, "no labels");
    }
    HN_TRY(H->input(H, node->in[0], &bytes));
    const int64_t *at = bytes;
    const bool is_text = labels.dtype == HN_DTYPE_STRING;
    if (is_text) HN_TRY(hn_host_chars(H, n, &out));
    if (!is_text) HN_TRY(H->output(H, node, 0, shape, &memory));
    const size_t size = hn_dtype_bits(labels.dtype) / 8;
    for (uint64_t i = 0; i < n; i++) {
        if (at[i] < 0 || (uint64_t)at[i] >= labels.n) {
            return hn_fail(H->env, HONE_E_DATA, "class %lld has no label", (long long)at[i]);
        }
        if (is_text) {
            out[i] = text_at(&labels, (uint64_t)at[i]);
        } else {
            memcpy((uint8_t *)memory + i * size, bytes_at(&labels, (uint64_t)at[i]), size);
        }
    }
    return is_text ? hn_host_give_texts(H, node, 0, shape, out) : HONE_OK;
}

const hn_op_hooks hn_hooks_label_encoder = {.shape = encoder_shape, .host = encoder_host};
const hn_op_hooks hn_hooks_class_label = {.shape = label_shape, .host = label_host};
