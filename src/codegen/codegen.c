/* SPDX-License-Identifier: Apache-2.0
 * Export: check the name, flatten the plan, print the two files, add the sources that they include,
 * write the folder. All text is complete before the first file is made. */
#include "codegen/codegen.h"

#include <stdio.h>
#include <string.h>

#include "codegen/program.h"

enum { MAX_NAME = 64 };

/* NAME.h must not stand in for a header that the sources include. */
static const char *const taken[] = {"assert",  "float",  "limits", "math",
                                    "stdbool", "stddef", "stdint", "string"};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static hone_status check_name(hn_env *env, const char *name) {
    const size_t n = strlen(name);
    bool is_good = n > 0 && n <= MAX_NAME && is_letter(name[0]);
    for (size_t i = 0; i < n; i++) {
        is_good &= is_letter(name[i]) || name[i] == '_' || (name[i] >= '0' && name[i] <= '9');
    }
    if (!is_good) {
        return hn_fail(env, HONE_E_ARGUMENT,
                       "'%s' is no name for C (a letter, then letters, digits and _; at most %d)",
                       name, MAX_NAME);
    }
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(name, taken[i]) != 0) continue;
        return hn_fail(env, HONE_E_ARGUMENT, "%s.h is a header of the C library", name);
    }
    return HONE_OK;
}

static void make_upper(hn_program *p) {
    size_t n = 0;
    for (const char *c = p->name; *c != '\0'; c++) {
        p->upper[n++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    }
    p->upper[n] = '\0';
}

static hone_status write_program(hn_program *p, hn_text *header, hn_text *source,
                                 const char *folder) {
    char path[MAX_NAME + 3];
    hn_out_files files = {&p->arena, NULL, 0, 0};
    HN_TRY(hn_program_gather(p));
    hn_print_header(p, header);
    hn_print_source(p, source);
    HN_TRY(hn_text_status(header));
    HN_TRY(hn_text_status(source));
    snprintf(path, sizeof path, "%s.h", p->name);
    HN_TRY(hn_out_add(p->env, &files, path, header->bytes, header->n));
    snprintf(path, sizeof path, "%s.c", p->name);
    HN_TRY(hn_out_add(p->env, &files, path, source->bytes, source->n));
    HN_TRY(hn_program_sources(p, &files));
    return hn_folder_write(p->env, folder, &files);
}

hone_status hn_codegen_write(hn_env *env, const hn_plan *plan, const char *name,
                             const char *folder) {
    hn_program p;
    hn_text header, source;
    HN_TRY(check_name(env, name));
    memset(&p, 0, sizeof p);
    p.env = env;
    p.plan = plan;
    p.name = name;
    make_upper(&p);
    hn_arena_init(&p.arena, env, 0);
    hn_text_init(&header, env);
    hn_text_init(&source, env);
    const hone_status status = write_program(&p, &header, &source, folder);
    hn_text_free(&header);
    hn_text_free(&source);
    hn_arena_fini(&p.arena);
    return status;
}

hone_status hn_codegen_check(hn_env *env, const hn_plan *plan) {
    hn_program p;
    memset(&p, 0, sizeof p);
    p.env = env;
    p.plan = plan;
    p.name = "check";
    hn_arena_init(&p.arena, env, 0);
    const hone_status status = hn_program_gather(&p);
    hn_arena_fini(&p.arena);
    return status;
}
