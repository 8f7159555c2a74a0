/* SPDX-License-Identifier: Apache-2.0
 * The library sources that an exported program needs: the kernels of its steps and what they
 * include, found by their #include "..." lines. Paths are made relative to the including file, so
 * that the folder compiles without include flags. */
#include <stdio.h>
#include <string.h>

#include "codegen/embedded.h"
#include "codegen/program.h"

static const char directive[] = "#include \"";

typedef struct closure {
    hn_program *p;
    uint8_t *is_needed; /* by embedded file */
} closure;

static bool find(const char *path, size_t n, uint32_t *index) {
    for (uint32_t i = 0; i < hn_n_embedded_files; i++) {
        if (strlen(hn_embedded_files[i].path) != n) continue;
        if (memcmp(hn_embedded_files[i].path, path, n) != 0) continue;
        *index = i;
        return true;
    }
    return false;
}

/* The next line at or after `at` that includes a file of the library: where its path begins and
 * ends; false when there is none. */
static bool next_include(const hn_embedded *file, size_t at, size_t *begin, size_t *end) {
    const size_t n = sizeof directive - 1;
    for (; at + n < file->n_bytes; at++) {
        if (at > 0 && file->text[at - 1] != '\n') continue;
        if (memcmp(file->text + at, directive, n) != 0) continue;
        const unsigned char *close = memchr(file->text + at + n, '"', file->n_bytes - at - n);
        if (close == NULL) return false;
        *begin = at + n;
        *end = (size_t)(close - file->text);
        return true;
    }
    return false;
}

static hone_status need(closure *c, const char *path, size_t n_path) {
    uint32_t index = 0;
    if (!find(path, n_path, &index)) {
        return hn_fail(c->p->env, HONE_E_UNSUPPORTED, "%.*s is not among the portable sources",
                       (int)n_path, path);
    }
    if (c->is_needed[index] != 0) return HONE_OK;
    c->is_needed[index] = 1;
    const hn_embedded *file = &hn_embedded_files[index];
    size_t begin = 0, end = 0;
    for (size_t at = 0; next_include(file, at, &begin, &end); at = end) {
        HN_TRY(need(c, (const char *)file->text + begin, end - begin));
    }
    return HONE_OK;
}

static hone_status need_all(closure *c) {
    const char rows[] = "core/step.h";
    if (c->p->has_loop) HN_TRY(need(c, rows, sizeof rows - 1));
    for (uint32_t i = 0; i < c->p->n_items; i++) {
        const hn_item *item = &c->p->items[i];
        if (item->kind != HN_ITEM_STEP) continue;
        const hn_kernel *row = &hn_kernels[item->step->kernel];
        char path[HN_OUT_PATH_BYTES];
        const int n = snprintf(path, sizeof path, "kernels/%s", row->file);
        if (row->isa != HN_ISA_C || n < 0 || (size_t)n >= sizeof path) {
            return hn_fail(c->p->env, HONE_E_UNSUPPORTED, "kernel %s has no portable source",
                           row->name);
        }
        HN_TRY(need(c, path, (size_t)n));
    }
    return HONE_OK;
}

/* The file's text with "a/b.h" written as "../../a/b.h" from two folders down. */
static hone_status add_relative(hn_program *p, const hn_embedded *file, hn_out_files *files) {
    char path[HN_OUT_PATH_BYTES];
    uint32_t depth = 0;
    size_t at = 0, begin = 0, end = 0;
    hn_text text;
    hn_text_init(&text, p->env);
    for (const char *c = file->path; *c != '\0'; c++) depth += *c == '/';
    while (next_include(file, at, &begin, &end)) {
        hn_text_add_bytes(&text, file->text + at, begin - at);
        for (uint32_t i = 0; i < depth; i++) hn_text_add_bytes(&text, "../", 3);
        at = begin;
    }
    hn_text_add_bytes(&text, file->text + at, file->n_bytes - at);
    hone_status status = hn_text_status(&text);
    char *bytes = status == HONE_OK ? hn_arena_copy(&p->arena, text.bytes, text.n) : NULL;
    const size_t n_bytes = text.n;
    hn_text_free(&text);
    if (status != HONE_OK) return status;
    if (bytes == NULL) return hn_no_memory(p->env);
    snprintf(path, sizeof path, "hone/%s", file->path);
    return hn_out_add(p->env, files, path, bytes, n_bytes);
}

hone_status hn_program_sources(hn_program *p, hn_out_files *files) {
    closure c = {p, hn_arena_alloc(&p->arena, hn_n_embedded_files)};
    if (c.is_needed == NULL) return hn_no_memory(p->env);
    HN_TRY(need_all(&c));
    for (uint32_t i = 0; i < hn_n_embedded_files; i++) {
        if (c.is_needed[i] != 0) HN_TRY(add_relative(p, &hn_embedded_files[i], files));
    }
    return HONE_OK;
}
