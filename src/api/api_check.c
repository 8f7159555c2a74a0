/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: what of a model cannot run, or cannot be written to another format. Running is
 * judged by the planner (plan/problems.h), formats by their tables of operators, C by a plan with
 * the kernels that ship. The list is an arena of its own, handed to the caller. */
#include <string.h>

#include "api/handles.h"
#include "codegen/codegen.h"
#include "formats/onnx_reader.h"
#include "formats/tflite_ops.h"
#include "plan/problems.h"

enum { TFLITE_CODES = 256 };

typedef struct replacement {
    hone_target target;
    const char *name, *hint;
} replacement;

static const replacement replacements[] = {
#define X(target, name, hint) {HONE_TARGET_##target, name, hint},
#include "api/replacements.def"
#undef X
};

/* The list under construction: freed as one by hone_problems_free. */
typedef struct problem_list {
    hn_env env;
    hn_arena arena;
    hone_problem *items;
    uint32_t n, capacity;
    const hone_model *model;
    hone_target target;
} problem_list;

static const char *hint_for(hone_target target, const char *op) {
    if (target == HONE_TARGET_C) target = HONE_TARGET_RUN;
    for (size_t i = 0; i < sizeof replacements / sizeof replacements[0]; i++) {
        if (replacements[i].target != target) continue;
        const char *name = replacements[i].name;
        const size_t n = strcspn(name, "*");
        const bool is_prefix = name[n] == '*';
        if (is_prefix ? strncmp(op, name, n) == 0 : strcmp(op, name) == 0) {
            return replacements[i].hint;
        }
    }
    return "";
}

/* The node of the source that a node of a lowered graph comes from; itself where it keeps a name.
 */
static const hn_node *named_node(const hone_model *m, const hn_node *node) {
    if (node == NULL || node->foreign != NULL || node->origin.n == 0) return node;
    for (uint32_t i = 0; i < m->source->n_nodes; i++) {
        if (m->source->nodes[i]->id == node->origin.ids[0]) return m->source->nodes[i];
    }
    return node;
}

/* "NAME (op): why" and "NAME: why" say the name again. */
static const char *without_name(const hn_node *node, const char *why) {
    const size_t n = node != NULL ? strlen(node->name) : 0;
    if (n > 0 && strncmp(why, node->name, n) != 0) return why;
    if (n == 0 && why[0] != '#') return why;
    const char *end = strstr(why + n, ": ");
    return end != NULL ? end + 2 : why;
}

static const char *copy_text(problem_list *list, const char *text) {
    return hn_arena_string(&list->arena, text, strlen(text));
}

static const char *node_name(problem_list *list, const hn_node *node) {
    char text[32];
    size_t n = sizeof text;
    if (node == NULL) return copy_text(list, "");
    if (node->name != NULL && node->name[0] != 0) return copy_text(list, node->name);
    uint32_t id = node->id;
    text[--n] = 0;
    do {
        text[--n] = (char)('0' + id % 10);
        id /= 10;
    } while (id > 0);
    text[--n] = '#';
    return copy_text(list, text + n);
}

static hone_status add_problem(void *user, const hn_node *node, const char *why) {
    problem_list *list = user;
    const hn_node *named = named_node(list->model, node);
    const char *op = named != NULL && named->foreign != NULL ? named->foreign : "";
    hone_problem *items =
        hn_arena_grow(&list->arena, list->items, list->n, &list->capacity, sizeof *items);
    if (items == NULL) return hn_no_memory(&list->env);
    hone_problem *p = &items[list->n];
    p->node = node_name(list, named);
    p->op = copy_text(list, op);
    p->reason = copy_text(list, without_name(node, why));
    p->replacement = hint_for(list->target, op);
    list->items = items;
    if (p->node == NULL || p->op == NULL || p->reason == NULL) return hn_no_memory(&list->env);
    list->n++;
    return HONE_OK;
}

/* ---- formats ---- */

static bool tflite_has(const hn_op *op) {
    for (int32_t code = 0; code < TFLITE_CODES; code++) {
        hn_tflite_op row;
        if (hn_tflite_op_of(code, &row) && row.op == op) return true;
    }
    return false;
}

static bool onnx_has(const hn_op *op) {
    for (uint32_t i = 0; i < hn_n_onnx_ops; i++) {
        if (hn_onnx_ops[i].op < HN_OP_COUNT && hn_op_at((hn_op_id)hn_onnx_ops[i].op) == op) {
            return true;
        }
    }
    return false;
}

static hone_status check_written(problem_list *list, const hn_graph *g, hone_target target) {
    const bool is_tflite = target == HONE_TARGET_TFLITE;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        const bool has = node->op != NULL && (is_tflite ? tflite_has : onnx_has)(node->op);
        if (node->op == NULL) {
            HN_TRY(add_problem(list, node, "the operator has no meaning outside of its format"));
        } else if (!has) {
            HN_TRY(add_problem(list, node, "the format has no such operator"));
        }
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            HN_TRY(check_written(list, node->bodies[b], target));
        }
    }
    return HONE_OK;
}

/* ---- running ---- */

static hone_status check_run(hone_model *m, problem_list *list, hone_target target) {
    const hone_session_options defaults = HONE_SESSION_OPTIONS_INIT;
    const hn_problem_sink sink = {add_problem, list};
    hn_plan_key key;
    hn_arena arena;
    HN_TRY(hn_plan_key_of(m, &defaults, &key));
    if (target == HONE_TARGET_C) key.isa = HN_ISA_C;
    const hn_plan_options options = hn_plan_options_of(m, &key);
    hn_arena_init(&arena, &m->env, 0);
    const hone_status status = hn_plan_problems(&m->env, &arena, m->source, &options, &sink);
    hn_arena_fini(&arena);
    if (status != HONE_OK || list->n > 0 || target != HONE_TARGET_C) return status;
    hn_planned *planned = NULL;
    HN_TRY(hn_model_plan(m, &key, NULL, &planned));
    const hone_status checked = hn_codegen_check(&m->env, planned->plan);
    hn_model_plan_release(m, planned);
    if (checked == HONE_OK) return HONE_OK;
    return m->env.status == HONE_E_MEMORY ? m->env.status : add_problem(list, NULL, m->env.message);
}

static hone_status check(hone_model *m, problem_list *list, hone_target target) {
    static const char *const names[] = {
        [HONE_TARGET_TFLITE] = "tflite", [HONE_TARGET_ONNX] = "onnx"};
    switch (target) {
    case HONE_TARGET_RUN:
    case HONE_TARGET_C:
        return check_run(m, list, target);
    case HONE_TARGET_TFLITE:
    case HONE_TARGET_ONNX:
        if (strcmp(m->format->name, names[target]) == 0) return HONE_OK; /* written as read */
        return check_written(list, m->source, target);
    }
    return hn_fail(&m->env, HONE_E_ARGUMENT, "no target %d", (int)target);
}

hone_status hone_model_check(hone_model *m, hone_target target, hone_problems *problems) {
    problem_list *list = hn_alloc(&m->ctx->env, sizeof *list);
    if (list == NULL) return HONE_E_MEMORY;
    hn_env_inherit(&list->env, &m->ctx->env);
    hn_arena_init(&list->arena, &list->env, 0);
    list->model = m;
    list->target = target;
    pthread_mutex_lock(&m->lock);
    const hone_status status = check(m, list, target);
    pthread_mutex_unlock(&m->lock);
    hone_problems made = {list->items, list->n, list};
    if (status != HONE_OK) {
        hone_problems_free(&made);
        return status;
    }
    *problems = made;
    return HONE_OK;
}

void hone_problems_free(hone_problems *problems) {
    problem_list *list = problems->owner;
    if (list == NULL) return;
    hn_env env = list->env; /* the block that holds the allocator is itself freed */
    hn_arena_fini(&list->arena);
    hn_free(&env, list);
    memset(problems, 0, sizeof *problems);
}
