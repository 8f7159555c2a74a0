/* SPDX-License-Identifier: Apache-2.0
 * Inside codegen: a plan with its sub-plans as one flat list, every operand resolved to a place,
 * and the printers that turn the list into text.
 *
 * One block of memory holds all that changes:
 *
 *      0          scratch_bytes                          memory_bytes
 *      | scratch  | arena of the plan, with the inputs' and outputs' memory |
 *
 * The bodies of an If have their arenas inside the parent's, so their places are offsets into the
 * same block, and what they take and give are the parent's places. What variables keep from run to
 * run is a block of its own. */
#ifndef HN_CODEGEN_PROGRAM_H
#define HN_CODEGEN_PROGRAM_H

#include "base/text.h"
#include "codegen/folder.h"
#include "plan/plan.h"

typedef struct hn_site {
    enum { HN_SITE_NONE, HN_SITE_MEMORY, HN_SITE_STATE, HN_SITE_CONST } kind;
    uint64_t at; /* offset in memory or state, or number of the constant */
} hn_site;

typedef struct hn_item {
    enum {
        HN_ITEM_STEP,
        HN_ITEM_LOOP, /* around the items up to its END */
        HN_ITEM_IF,   /* sites[0] is the condition */
        HN_ITEM_ELSE,
        HN_ITEM_END
    } kind;
    const hn_step *step;
    const hn_site *sites; /* of the step's operands */
    uint32_t number;      /* STEP: its own, from 0 */
    uint32_t n_tiles;     /* STEP in a loop, LOOP; else 0 */
} hn_item;

/* A constant that an operand names. What only a CALL's own operands name, to hand it to a body that
 * does not look, is not used and not printed. */
typedef struct hn_named_const {
    const hn_plan_const *constant;
    bool is_used;
} hn_named_const;

typedef struct hn_program {
    hn_env *env;
    hn_arena arena; /* of the lists */
    const hn_plan *plan;
    const char *name;
    char upper[68];
    hn_item *items;
    hn_named_const *consts; /* each once */
    uint32_t *uses;         /* steps, by kernel row */
    uint32_t n_items, n_consts, n_steps, capacity_items, capacity_consts;
    uint64_t memory_bytes;
    bool has_loop;
} hn_program;

/* Fills the lists; `p` has env, plan and name set, the rest 0. */
hone_status hn_program_gather(hn_program *p);

/* Parts of the text. Failures stay in the text. */
void hn_print_header(const hn_program *p, hn_text *text);
void hn_print_source(const hn_program *p, hn_text *text);
void hn_print_steps(const hn_program *p, hn_text *text);
void hn_print_run(const hn_program *p, hn_text *text);
void hn_print_const(hn_text *text, uint32_t number, const hn_plan_const *constant);

/* A value as a C literal that reads back as the same bits; NaN and infinities as macros. */
void hn_print_f32(hn_text *text, float v);
void hn_print_s32(hn_text *text, int32_t v);

/* Text of a file inside a comment: cut when long; what could end or nest the comment
 * becomes '_'. */
void hn_print_comment(hn_text *text, const char *name);

/* The C type of an element; NULL where the language has none. */
const char *hn_c_type(hn_dtype dtype);

/* The sources that the program includes, with their includes made relative. Appended to `files`
 * (bytes in p's arena); UNSUPPORTED when a kernel has no embedded source. */
hone_status hn_program_sources(hn_program *p, hn_out_files *files);

#endif
