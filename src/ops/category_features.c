/* SPDX-License-Identifier: Apache-2.0
 * Steps of ai.onnx.ml that prepare features: missing values filled in, categories as numbers, names
 * or positions, several inputs put side by side. They are functions of simpler operators, above all
 * of label_encoder. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static const hn_attr *list_of(const hn_node *node, const char *name, hn_attr_kind kind) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == kind && attr->n > 0 ? attr : NULL;
}

/* ---- imputer ---- */

/* What stands for missing values, one for all or one for each feature, in the type of x. */
static hn_value *filling(hn_compose *c, const hn_node *node, hn_dtype dtype) {
    const hn_attr *reals = list_of(node, "imputed_value_floats", HN_ATTR_FLOATS);
    const hn_attr *wholes = list_of(node, "imputed_value_int64s", HN_ATTR_INTS);
    const bool is_real = hn_dtype_is_float(dtype);
    const hn_attr *list = is_real ? reals : wholes;
    const hn_shape *x = &node->in[0]->shape;
    if (list == NULL) return hn_compose_fail(c, HONE_E_SHAPE, "there are no values to fill in");
    if (list->n != 1 && (x->rank < 1 || x->dim[x->rank - 1] != (int64_t)list->n)) {
        return hn_compose_fail(c, HONE_E_SHAPE, "the values to fill in do not fit the features");
    }
    const int64_t n = list->n;
    const hn_shape shape = hn_shape_of(1, &n);
    hn_value *v = is_real ? hn_make_floats(c, &shape, list->v.floats)
                          : hn_make_vector(c, list->v.ints, list->n);
    return hn_make_cast(c, v, dtype);
}

static hone_status imputer_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0], *is_missing;
    const float missing = hn_attr_float(node, "replaced_value_float", 0.0f);
    const int64_t missing_whole = hn_attr_int(node, "replaced_value_int64", 0);
    if (hn_dtype_is_float(x->dtype) && missing != missing) {
        is_missing = HN_MAKE(&c, is_nan, x);
    } else {
        const double v = hn_dtype_is_float(x->dtype) ? (double)missing : (double)missing_whole;
        is_missing = HN_MAKE(&c, equal, x, hn_make_number(&c, x->dtype, v));
    }
    return hn_compose_end(&c, HN_MAKE(&c, where, is_missing, filling(&c, node, x->dtype), x), node);
}

/* ---- feature_vectorizer ---- */

/* Operand i as rows of f32 of the stated length: cut, or with zeros behind. */
static hn_value *rows_of(hn_compose *c, hn_value *v, int64_t length) {
    const hn_shape *s = &v->shape;
    if (s->rank < 1 || s->rank > 2 || length < 0) {
        return hn_compose_fail(c, HONE_E_SHAPE, "an input that is no list of rows");
    }
    const int64_t rows = s->rank == 2 ? s->dim[0] : 1, columns = s->dim[s->rank - 1];
    v = hn_make_reshape(c, hn_make_cast(c, v, HN_DTYPE_F32), (const int64_t[]){rows, columns}, 2);
    if (columns > length) return hn_make_slice(c, v, 1, (const int64_t[]){0, length});
    if (columns == length) return v;
    return HN_MAKE(c, pad, v, hn_make_vector(c, (const int64_t[]){0, 0, 0, length - columns}, 4));
}

static hone_status vectorizer_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_attr *lengths = list_of(node, "inputdimensions", HN_ATTR_INTS);
    hn_value **parts = HN_NEW_N(g->arena, hn_value *, node->n_in);
    if (parts == NULL) return hn_no_memory(g->env);
    if (lengths == NULL || lengths->n != node->n_in) {
        return hn_fail(g->env, HONE_E_SHAPE, "there is no length for each input");
    }
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] == NULL || node->in[i]->dtype != node->in[0]->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing or of another type", i);
        }
        parts[i] = rows_of(&c, node->in[i], lengths->v.ints[i]);
    }
    hn_with_int(&c, "axis", 1);
    return hn_compose_end(&c, hn_make(&c, HN_OP_concat, parts, node->n_in), node);
}

/* ---- categories ---- */

/* x by label_encoder; others than the keys become `absent`. */
static hn_value *encoded(hn_compose *c, hn_value *x, const hn_attr *keys, const hn_attr *values,
                         const hn_attr *absent) {
    hn_attr list = *keys;
    list.name = keys->kind == HN_ATTR_STRINGS ? "keys_strings" : "keys_int64s";
    hn_with_attr(c, &list);
    list = *values;
    list.name = values->kind == HN_ATTR_STRINGS ? "values_strings" : "values_int64s";
    hn_with_attr(c, &list);
    if (absent != NULL) hn_with_attr(c, absent);
    return HN_MAKE(c, label_encoder, x);
}

/* 0, 1, ... n - 1. */
static bool count_up(hn_graph *g, uint32_t n, hn_attr *out) {
    int64_t *v = HN_NEW_N(g->arena, int64_t, n);
    for (uint32_t i = 0; v != NULL && i < n; i++) v[i] = i;
    *out = (hn_attr){.name = "", .kind = HN_ATTR_INTS, .n = n};
    out->v.ints = v;
    return v != NULL;
}

/* Names to numbers or numbers to names, by two lists or by the places in one. */
static hone_status mapper_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_attr *names = list_of(node, "cats_strings", HN_ATTR_STRINGS);
    const hn_attr *numbers = list_of(node, "cats_int64s", HN_ATTR_INTS);
    const bool is_text = node->in[0]->dtype == HN_DTYPE_STRING;
    hn_attr places;
    if (names == NULL) names = list_of(node, "classes_strings", HN_ATTR_STRINGS);
    if (names == NULL) return hn_fail(g->env, HONE_E_SHAPE, "there are no names");
    if (!count_up(g, names->n, &places)) return hn_no_memory(g->env);
    if (numbers == NULL) numbers = &places;
    if (numbers->n != names->n) {
        return hn_fail(g->env, HONE_E_SHAPE, "names and numbers differ in length");
    }
    const hn_attr *absent = hn_attr_find(node, is_text ? "default_int64" : "default_string");
    hn_value *y =
        encoded(&c, node->in[0], is_text ? names : numbers, is_text ? numbers : names, absent);
    return hn_compose_end(&c, y, node);
}

/* What is no category has ones nowhere, or is a bad place (zeros 0). */
static hone_status one_hot_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const bool is_text = node->in[0]->dtype == HN_DTYPE_STRING;
    const bool is_open = hn_attr_int(node, "zeros", 1) != 0;
    const hn_attr *cats = is_text ? list_of(node, "cats_strings", HN_ATTR_STRINGS)
                                  : list_of(node, "cats_int64s", HN_ATTR_INTS);
    const int64_t last = -1;
    hn_attr places, absent = {.name = "default_int64", .kind = HN_ATTR_INT};
    if (cats == NULL) return hn_fail(g->env, HONE_E_SHAPE, "no categories of the input's type");
    if (!count_up(g, cats->n, &places)) return hn_no_memory(g->env);
    absent.v.i = is_open ? -1 : (int64_t)cats->n;
    hn_value *x = is_text ? node->in[0] : hn_make_cast(&c, node->in[0], HN_DTYPE_S64);
    hn_value *all = hn_make_vector(&c, places.v.ints, cats->n);
    x = encoded(&c, x, cats, &places, &absent);
    if (!is_open) {
        hn_with_int(&c, "axis", 0);
        x = HN_MAKE(&c, gather, all, x);
    }
    hn_value *is_it =
        HN_MAKE(&c, equal, HN_MAKE(&c, unsqueeze, x, hn_make_vector(&c, &last, 1)), all);
    return hn_compose_end(&c, hn_make_cast(&c, is_it, HN_DTYPE_F32), node);
}

const hn_op_hooks hn_hooks_imputer = {.shape = hn_compose_shape, .expand = imputer_expand};
const hn_op_hooks hn_hooks_feature_vectorizer = {.shape = hn_compose_shape,
                                                 .expand = vectorizer_expand};
const hn_op_hooks hn_hooks_category_mapper = {.shape = hn_compose_shape, .expand = mapper_expand};
const hn_op_hooks hn_hooks_category_positions = {.shape = hn_compose_shape,
                                                 .expand = one_hot_expand};
