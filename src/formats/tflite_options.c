/* SPDX-License-Identifier: Apache-2.0
 * Options to attributes: an interpreter of the rows of tflite_options.def. An options type without
 * rows gives no attributes. */
#include "formats/tflite_reader.h"

#include <string.h>

typedef struct reading {
    hn_tflite *r;
    hn_graph *g;
    hn_node *node;
    const hn_fb_table *options;
} reading;

static hone_status set_int(const reading *x, const char *name, int64_t v) {
    return hn_attr_set_int(x->g, x->node, name, v) ? HONE_OK : x->r->env->status;
}

static hone_status set_string(const reading *x, const char *name, const char *v) {
    return hn_attr_set_string(x->g, x->node, name, v) ? HONE_OK : x->r->env->status;
}

static hone_status set_enum(const reading *x, const hn_tflite_field *f, int64_t number) {
    int64_t n = 0;
    while (f->values[n] != NULL) n++;
    if (number < 0 || number >= n) {
        return hn_fail(x->r->env, HONE_E_FORMAT, "%s %lld is not known", f->name,
                       (long long)number);
    }
    const char *value = f->values[number];
    if (value[0] == '!') return hn_fail(x->r->env, HONE_E_UNSUPPORTED, "%s", value + 1);
    return value[0] != '\0' ? set_string(x, f->name, value) : HONE_OK;
}

static hone_status set_dtype(const reading *x, const hn_tflite_field *f) {
    const uint32_t field = (uint32_t)f->field[0];
    if (!hn_fb_has(x->options, field)) return HONE_OK;
    hn_dtype dtype = HN_DTYPE_NONE;
    hn_value_kind kind = HN_VALUE_TENSOR;
    const int8_t number = hn_fb_s8(x->options, field, 0);
    if (!hn_tflite_dtype(number, &dtype, &kind)) {
        return hn_fail(x->r->env, HONE_E_UNSUPPORTED, "%s: type number %d", f->name, (int)number);
    }
    return set_string(x, f->name, hn_dtype_name(dtype));
}

static hone_status set_fields(const reading *x, const hn_tflite_field *f) {
    int64_t v[HN_TFLITE_MAX_FIELDS];
    uint32_t n = 0;
    while (n < HN_TFLITE_MAX_FIELDS && f->field[n] >= 0) {
        v[n] = hn_fb_s32(x->options, (uint32_t)f->field[n], f->absent);
        n++;
    }
    return hn_attr_set_ints(x->g, x->node, f->name, v, n) ? HONE_OK : x->r->env->status;
}

static hone_status set_list(const reading *x, const hn_tflite_field *f, uint32_t item_bytes) {
    const hn_fb_vector list = hn_fb_items(x->options, (uint32_t)f->field[0], item_bytes);
    if (list.fb == NULL) return hn_tflite_sound(x->r);
    int64_t *v = HN_NEW_N(x->r->arena, int64_t, list.n);
    if (v == NULL) return hn_no_memory(x->r->env);
    for (uint32_t i = 0; i < list.n; i++) {
        v[i] = item_bytes == 4 ? hn_fb_s32_at(&list, i) : hn_fb_s64_at(&list, i);
    }
    return hn_attr_set_ints(x->g, x->node, f->name, v, list.n) ? HONE_OK : x->r->env->status;
}

static hone_status set_floats(const reading *x, const hn_tflite_field *f) {
    const hn_fb_vector list = hn_fb_items(x->options, (uint32_t)f->field[0], 4);
    if (list.fb == NULL) return hn_tflite_sound(x->r);
    float *v = HN_NEW_N(x->r->arena, float, list.n);
    if (v == NULL) return hn_no_memory(x->r->env);
    for (uint32_t i = 0; i < list.n; i++) v[i] = hn_fb_f32_at(&list, i);
    HN_TRY(set_int(x, f->name, 0));
    hn_attr *attr = &x->node->attrs[x->node->n_attrs - 1];
    attr->kind = HN_ATTR_FLOATS;
    attr->n = list.n;
    attr->v.floats = v;
    return HONE_OK;
}

/* ---- bodies ---- */

static hone_status add_bodies(const reading *x, const int32_t *indices, uint32_t n) {
    hn_node *node = x->node;
    hn_graph **bodies = HN_NEW_N(x->r->arena, hn_graph *, (uint64_t)node->n_bodies + n);
    if (bodies == NULL) return hn_no_memory(x->r->env);
    if (node->n_bodies > 0) memcpy(bodies, node->bodies, node->n_bodies * sizeof *bodies);
    node->bodies = bodies;
    for (uint32_t i = 0; i < n; i++) {
        hn_graph *body = NULL;
        HN_TRY(hn_tflite_subgraph(x->r, (uint32_t)indices[i], x->g, &body));
        bodies[node->n_bodies++] = body;
    }
    return HONE_OK;
}

static hone_status add_body(const reading *x, const hn_tflite_field *f) {
    const int32_t index = hn_fb_s32(x->options, (uint32_t)f->field[0], f->absent);
    HN_TRY(hn_tflite_sound(x->r));
    return add_bodies(x, &index, 1);
}

static hone_status add_body_list(const reading *x, const hn_tflite_field *f) {
    const hn_fb_vector list = hn_fb_items(x->options, (uint32_t)f->field[0], 4);
    HN_TRY(hn_tflite_sound(x->r));
    int32_t *indices = HN_NEW_N(x->r->arena, int32_t, list.n);
    if (indices == NULL) return hn_no_memory(x->r->env);
    for (uint32_t i = 0; i < list.n; i++) indices[i] = hn_fb_s32_at(&list, i);
    return add_bodies(x, indices, list.n);
}

/* ---- one field, all fields ---- */

static hone_status read_field(const reading *x, const hn_tflite_field *f) {
    const hn_fb_table *t = x->options;
    const uint32_t field = (uint32_t)f->field[0];
    const bool is_set = f->absent != 0;
    switch ((hn_tflite_kind)f->kind) {
    case HN_TFLITE_FLAG:
        if (hn_fb_bool(t, field, is_set) == is_set) return HONE_OK;
        return set_int(x, f->name, is_set ? 0 : 1);
    case HN_TFLITE_BOOL:
        return set_int(x, f->name, hn_fb_bool(t, field, is_set) ? 1 : 0);
    case HN_TFLITE_S8:
        return set_int(x, f->name, hn_fb_s8(t, field, 0));
    case HN_TFLITE_S32:
        return set_int(x, f->name, hn_fb_s32(t, field, f->absent));
    case HN_TFLITE_U32:
        return set_int(x, f->name, hn_fb_u32(t, field, 0));
    case HN_TFLITE_S64:
        return set_int(x, f->name, hn_fb_s64(t, field, 0));
    case HN_TFLITE_F32: {
        const float v = hn_fb_f32(t, field, 0);
        return hn_attr_set_float(x->g, x->node, f->name, v) ? HONE_OK : x->r->env->status;
    }
    case HN_TFLITE_ENUM8:
        return set_enum(x, f, hn_fb_s8(t, field, 0));
    case HN_TFLITE_ENUM32:
        return set_enum(x, f, hn_fb_s32(t, field, 0));
    case HN_TFLITE_DTYPE:
        return set_dtype(x, f);
    case HN_TFLITE_S32S:
        return set_fields(x, f);
    case HN_TFLITE_LIST32:
        return set_list(x, f, 4);
    case HN_TFLITE_LIST64:
        return set_list(x, f, 8);
    case HN_TFLITE_FLOATS:
        return set_floats(x, f);
    case HN_TFLITE_TEXT:
        return set_string(x, f->name, hn_fb_text(t, field).text);
    case HN_TFLITE_BODY:
        return add_body(x, f);
    case HN_TFLITE_BODIES:
        return add_body_list(x, f);
    }
    return HONE_OK;
}

hone_status hn_tflite_attributes(hn_tflite *r, hn_graph *g, hn_node *node, uint32_t number,
                                 const hn_fb_table *options) {
    const reading x = {r, g, node, options};
    for (uint32_t i = 0; i < hn_n_tflite_fields && number != 0; i++) {
        const hn_tflite_field *f = &hn_tflite_fields[i];
        if (f->options == number) HN_TRY(read_field(&x, f));
    }
    return hn_tflite_sound(r);
}
