/* SPDX-License-Identifier: Apache-2.0
 * Steps and their order. A step is a function of its own, so that a profiler can tell them apart,
 * with its arguments, operands and work as constants beside it: the kernel is inlined into it and
 * folds them. hone_run's body is then the list of calls, with a C loop for a LOOP and an if for a
 * CALL. */
#include "codegen/program.h"

#include <string.h>

enum { INDENT = 4 };

static void print_site(hn_text *text, const hn_site *site) {
    if (site->kind == HN_SITE_NONE) hn_text_add(text, "0");
    if (site->kind == HN_SITE_MEMORY) {
        hn_text_add(text, "memory + %llu", (unsigned long long)site->at);
    }
    if (site->kind == HN_SITE_STATE) {
        hn_text_add(text, "state + %llu", (unsigned long long)site->at);
    }
    if (site->kind == HN_SITE_CONST) {
        hn_text_add(text, "(void *)const_%llu", (unsigned long long)site->at);
    }
}

static void print_scalar(hn_text *text, char kind, const uint8_t *bytes) {
    uint32_t bits;
    int32_t s;
    float f;
    memcpy(&bits, bytes, sizeof bits);
    memcpy(&s, bytes, sizeof s);
    memcpy(&f, bytes, sizeof f);
    if (kind == 'u') hn_text_add(text, "%uu", bits);
    if (kind == 's') hn_print_s32(text, s);
    if (kind == 'f') hn_print_f32(text, f);
}

/* How many elements of a field come before its zeros begin. */
static uint32_t used_elements(const hn_field *field, const uint8_t *bytes) {
    static const uint8_t zero[4] = {0};
    uint32_t n = field->n;
    while (n > 0 && memcmp(bytes + 4 * (size_t)(n - 1), zero, 4) == 0) n--;
    return n;
}

/* Fields that are zero are left out. */
static void print_args(hn_text *text, uint32_t number, hn_family family, const void *args) {
    const hn_family_info *info = hn_family_of(family);
    size_t line = 0;
    bool is_first = true;
    hn_text_add(text, "static const hn_%s_args args_%u = {", info->name, number);
    for (uint32_t i = 0; i < info->n_fields; i++) {
        const hn_field *field = &info->fields[i];
        const uint8_t *bytes = (const uint8_t *)args + field->offset;
        const uint32_t n = used_elements(field, bytes);
        if (n == 0) continue;
        const char *separator = is_first || text->n - line > 80 ? ",\n    " : ", ";
        if (separator[1] == '\n') line = text->n;
        hn_text_add(text, "%s.%s = %s", separator + (is_first ? 1 : 0), field->name,
                    field->is_array ? "{" : "");
        is_first = false;
        for (uint32_t k = 0; k < n; k++) {
            if (k > 0) hn_text_add(text, k % 12 == 0 ? ",\n        " : ", ");
            print_scalar(text, field->kind, bytes + 4 * (size_t)k);
        }
        if (field->is_array) hn_text_add(text, "}");
    }
    hn_text_add(text, is_first ? "0};\n" : "\n};\n");
}

static bool has_tile_stride(const hn_step *step) {
    for (uint32_t i = 0; i < step->n_buf; i++) {
        if (step->buf[i].tile_stride != 0) return true;
    }
    return false;
}

/* The operands: a constant table, or, where they move with the tile, one made in the function. */
static void print_operands(hn_text *text, const hn_item *item) {
    const bool moves = has_tile_stride(item->step);
    hn_text_add(text, moves ? "    void *const buf_%u[] = {" : "static void *const buf_%u[] = {",
                item->number);
    for (uint32_t i = 0; i < item->step->n_buf; i++) {
        if (i > 0) hn_text_add(text, ",");
        hn_text_add(text, "\n    %s", moves ? "    " : "");
        print_site(text, &item->sites[i]);
        const uint32_t stride = item->step->buf[i].tile_stride;
        if (stride != 0) hn_text_add(text, " + (uint32_t)tile * %uu", stride);
    }
    if (item->step->n_buf == 0) hn_text_add(text, "0");
    hn_text_add(text, "\n%s};\n", moves ? "    " : "");
}

/* A step outside loops: all its units at once. */
static void print_whole_step(hn_text *text, const hn_item *item) {
    const char *kernel = hn_kernels[item->step->kernel].name;
    print_operands(text, item);
    hn_text_add(text, "static const hn_work work_%u = {0, %u, 0, %s, 0, &fault};\n", item->number,
                item->step->units, item->step->scratch_bytes > 0 ? "memory" : "0");
    hn_text_add(text,
                "HONE_APART void step_%u(void) {\n    call_%s(&args_%u, buf_%u, &work_%u);\n}\n",
                item->number, kernel, item->number, item->number, item->number);
}

/* A step in a loop: the rows of one tile, a unit each. */
static void print_tile_step(hn_text *text, const hn_item *item) {
    const hn_step *step = item->step;
    const hn_rows *r = &step->rows;
    const uint32_t k = item->number;
    const bool moves = has_tile_stride(step);
    hn_text_add(text, "static const hn_rows rows_%u = {", k);
    const int32_t rows[] = {r->stride, r->low, r->high, r->height, r->width};
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (i > 0) hn_text_add(text, ", ");
        hn_print_s32(text, rows[i]);
    }
    hn_text_add(text, "};\nstatic const uint32_t ring_%u[] = {", k);
    for (uint32_t i = 0; i < step->n_buf; i++) {
        hn_text_add(text, i > 0 ? ", %u" : "%u", step->buf[i].ring);
    }
    hn_text_add(text, "};\n");
    if (!moves) print_operands(text, item);
    hn_text_add(text, "HONE_APART void step_%u(int32_t tile) {\n", k);
    if (moves) print_operands(text, item);
    hn_text_add(text,
                "    const hn_tile t = {hn_rows_begin(&rows_%u, tile),\n"
                "                       hn_rows_end(&rows_%u, tile, %u), 0, %d, ring_%u};\n",
                k, k, item->n_tiles, r->width, k);
    hn_text_add(text, "    if (t.y0 >= t.y1) return;\n");
    hn_text_add(text,
                "    const hn_work w = {0, (uint32_t)(t.y1 - t.y0), 0, %s, &t, &fault};\n"
                "    call_%s(&args_%u, buf_%u, &w);\n}\n",
                step->scratch_bytes > 0 ? "memory" : "0", hn_kernels[step->kernel].name, k, k);
}

void hn_print_steps(const hn_program *p, hn_text *text) {
    for (uint32_t i = 0; i < p->n_items; i++) {
        const hn_item *item = &p->items[i];
        if (item->kind != HN_ITEM_STEP) continue;
        print_args(text, item->number, hn_kernels[item->step->kernel].family, item->step->args);
        if (item->n_tiles > 0) {
            print_tile_step(text, item);
        } else {
            print_whole_step(text, item);
        }
        hn_text_add(text, "\n");
    }
}

static int indent_of(uint32_t depth) {
    return (int)(INDENT * (depth + 1));
}

void hn_print_run(const hn_program *p, hn_text *text) {
    uint32_t depth = 0;
    for (uint32_t i = 0; i < p->n_items; i++) {
        const hn_item *item = &p->items[i];
        if (item->kind == HN_ITEM_END || item->kind == HN_ITEM_ELSE) depth--;
        hn_text_add(text, "%*s", indent_of(depth), "");
        switch (item->kind) {
        case HN_ITEM_STEP:
            hn_text_add(text, "step_%u(%s);\n", item->number, item->n_tiles > 0 ? "tile" : "");
            break;
        case HN_ITEM_LOOP:
            hn_text_add(text, "for (int32_t tile = 0; tile < %u; ++tile) {\n", item->n_tiles);
            depth++;
            break;
        case HN_ITEM_IF:
            hn_text_add(text, "if (*(const uint8_t *)(");
            print_site(text, &item->sites[0]);
            hn_text_add(text, ") != 0) {\n");
            depth++;
            break;
        case HN_ITEM_ELSE:
            hn_text_add(text, "} else {\n");
            depth++;
            break;
        case HN_ITEM_END:
            hn_text_add(text, "}\n");
            break;
        }
    }
}
