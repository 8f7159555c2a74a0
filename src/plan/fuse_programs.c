/* SPDX-License-Identifier: Apache-2.0
 * Chains of elementwise steps become one program: a step that reads, element for element, what
 * another elementwise step made for it alone takes that step's instructions before its own. The
 * value between lives in registers and never in the arena; every element is computed as before.
 *
 *     t = x * a   (step i)
 *     y = t + b   (step j > i, the only reader of t)      ->      y = x * a + b   (step j)
 *
 * What step i reads must still be there at step j: values that are written once. */
#include <string.h>

#include "kernels/expr/expr.h"
#include "plan/build.h"

/* Who writes and reads each storage (by its root). */
typedef struct uses {
    uint32_t n_writes, n_reads, writer;
} uses;

/* A program with its operands' storages; the last is the output. */
typedef struct program {
    hn_expr_args args;
    uint32_t storage[HN_EXPR_INPUTS + 1];
} program;

static bool is_program(const hn_raw_step *s) {
    if (s->step.kind != HN_STEP_KERNEL || s->many != NULL || s->step.n_buf == 0) return false;
    return hn_kernels[s->step.kernel].family == HN_FAMILY_expr;
}

static void count_uses(hn_build *b, uses *of) {
    for (uint32_t i = 0; i < b->n_steps; i++) {
        hn_raw_step *s = &b->steps[i];
        const uint32_t *storage = hn_raw_operands(s), n = s->step.n_buf;
        for (uint32_t k = 0; k < n; k++) {
            if (storage[k] == HN_NO_STORAGE) continue;
            uses *u = &of[hn_build_root(b, storage[k])];
            const bool is_output = k + s->n_out >= n;
            u->n_writes += is_output;
            u->n_reads += !is_output;
            if (is_output) u->writer = i;
        }
    }
}

/* Is what lies in the storage the same whenever it is read? */
static bool is_steady(const hn_build *b, const uses *of, uint32_t storage) {
    const uint32_t root = hn_build_root(b, storage);
    const hn_space space = b->storages[root].space;
    if (space == HN_SPACE_CONST || space == HN_SPACE_INPUT) return of[root].n_writes == 0;
    return space == HN_SPACE_ARENA && of[root].n_writes == 1;
}

/* The step whose result operand k of step i is, for it alone; HN_NO_STORAGE: none can be taken. */
static uint32_t maker_of(const hn_build *b, const uses *of, uint32_t i, uint32_t k) {
    const hn_raw_step *s = &b->steps[i];
    const hn_expr_args *a = s->step.args;
    const uint32_t root = hn_build_root(b, s->storage[k]);
    const uses *u = &of[root];
    if (b->storages[root].space != HN_SPACE_ARENA || u->n_writes != 1 || u->n_reads != 1) {
        return HN_NO_STORAGE;
    }
    const hn_raw_step *maker = &b->steps[u->writer];
    if (u->writer >= i || !is_program(maker)) return HN_NO_STORAGE;
    const hn_expr_args *m = maker->step.args;
    if (m->n_elements != a->n_elements) return HN_NO_STORAGE;
    if (hn_expr_input_layout(a, (int32_t)k) != HN_EXPR_PACKED) return HN_NO_STORAGE;
    for (int32_t j = 0; j < m->n_in; j++) {
        if (!is_steady(b, of, maker->storage[j])) return HN_NO_STORAGE;
    }
    return u->writer;
}

/* ---- one space of indices for both ---- */

static bool has_strided(const hn_expr_args *a) {
    for (int32_t i = 0; i < a->n_in; i++) {
        if (hn_expr_input_layout(a, i) == HN_EXPR_STRIDED) return true;
    }
    return false;
}

/* Gives a program without strided inputs the dimensions of another. */
static void reshape(hn_expr_args *a, const hn_expr_args *like) {
    hn_expr_layout layout[HN_EXPR_INPUTS];
    for (int32_t i = 0; i < a->n_in; i++) layout[i] = hn_expr_input_layout(a, i);
    a->rank = like->rank;
    memcpy(a->dim, like->dim, sizeof a->dim);
    for (int32_t i = 0; i < a->n_in; i++) {
        int32_t step = 1;
        memset(a->in_stride + 8 * i, 0, 8 * sizeof *a->in_stride);
        for (int32_t d = a->rank - 1; layout[i] == HN_EXPR_PACKED && d >= 0; d--) {
            a->in_stride[8 * i + d] = step;
            step *= a->dim[d];
        }
    }
}

static bool join_dims(hn_expr_args *first, hn_expr_args *second) {
    const size_t n_bytes = (size_t)first->rank * sizeof *first->dim;
    if (first->rank == second->rank && memcmp(first->dim, second->dim, n_bytes) == 0) return true;
    if (!has_strided(first)) {
        reshape(first, second);
        return true;
    }
    if (has_strided(second)) return false;
    reshape(second, first);
    return true;
}

/* ---- instructions ---- */

/* Where registers and immediates of a program are in the joint one. */
typedef struct places {
    uint32_t reg[HN_EXPR_REGISTERS], imm[HN_EXPR_IMMS];
} places;

static bool place_input(program *p, const program *from, int32_t i, uint32_t *reg) {
    const size_t n_bytes = 8 * sizeof *p->args.in_stride;
    const int32_t *stride = from->args.in_stride + 8 * i;
    for (int32_t k = 0; k < p->args.n_in; k++) {
        *reg = (uint32_t)k;
        if (p->storage[k] == from->storage[i] &&
            memcmp(p->args.in_stride + 8 * k, stride, n_bytes) == 0) {
            return true;
        }
    }
    if (p->args.n_in == HN_EXPR_INPUTS) return false;
    *reg = (uint32_t)p->args.n_in++;
    p->storage[*reg] = from->storage[i];
    memcpy(p->args.in_stride + 8 * *reg, stride, n_bytes);
    return true;
}

static bool place_imms(program *p, const program *from, uint32_t *n_imms, places *at) {
    for (int32_t j = 0; j < from->args.n_code; j++) {
        for (uint32_t shift = 16; shift <= 24; shift += 8) {
            const uint32_t code = from->args.code[j] >> shift & 0xffu;
            if (code < HN_EXPR_IMM) continue;
            const uint32_t i = code - HN_EXPR_IMM;
            uint32_t k = 0;
            while (k < *n_imms && memcmp(&p->args.imm[k], &from->args.imm[i], 4) != 0) k++;
            if (k == HN_EXPR_IMMS) return false;
            if (k == *n_imms) p->args.imm[(*n_imms)++] = from->args.imm[i];
            at->imm[i] = k;
        }
    }
    return true;
}

static uint32_t placed(const places *at, uint32_t code) {
    return code >= HN_EXPR_IMM ? HN_EXPR_IMM + at->imm[code - HN_EXPR_IMM] : at->reg[code];
}

/* Appends the instructions; results take new registers, from n_in on. */
static bool append(program *p, const program *from, places *at) {
    for (int32_t j = 0; j < from->args.n_code; j++) {
        const uint32_t code = from->args.code[j], to = (uint32_t)(p->args.n_in + p->args.n_code);
        if (to >= HN_EXPR_REGISTERS || p->args.n_code == HN_EXPR_CODE) return false;
        const bool is_binary = (code & 0xffu) >= HN_EXPR_add;
        const uint32_t x = placed(at, code >> 16 & 0xffu);
        const uint32_t y = is_binary ? placed(at, code >> 24) : 0;
        p->args.code[p->args.n_code++] = HN_EXPR_INSTR(code & 0xffu, to, x, y);
        at->reg[code >> 8 & 0xffu] = to;
    }
    return true;
}

/* `first`, then `second`, whose input k is the result of the first. */
static bool join(const program *one, const program *two, uint32_t k, program *out) {
    program first = *one, second = *two;
    places at[2] = {{{0}, {0}}, {{0}, {0}}};
    uint32_t n_imms = 0;
    if (!join_dims(&first.args, &second.args)) return false;
    memset(out, 0, sizeof *out);
    out->args.n_elements = second.args.n_elements;
    out->args.rank = second.args.rank;
    memcpy(out->args.dim, second.args.dim, sizeof out->args.dim);
    for (int32_t i = 0; i < first.args.n_in; i++) {
        if (!place_input(out, &first, i, &at[0].reg[i])) return false;
    }
    for (int32_t i = 0; i < second.args.n_in; i++) {
        if ((uint32_t)i != k && !place_input(out, &second, i, &at[1].reg[i])) return false;
    }
    if (!place_imms(out, &first, &n_imms, &at[0])) return false;
    if (!place_imms(out, &second, &n_imms, &at[1])) return false;
    if (!append(out, &first, &at[0])) return false;
    at[1].reg[k] = (uint32_t)(out->args.n_in + out->args.n_code) - 1;
    out->storage[out->args.n_in] = second.storage[second.args.n_in];
    return append(out, &second, &at[1]);
}

/* ---- steps ---- */

static program program_of(const hn_raw_step *s) {
    program p;
    memset(&p, 0, sizeof p);
    memcpy(&p.args, s->step.args, sizeof p.args);
    memcpy(p.storage, s->storage, (size_t)s->step.n_buf * sizeof *p.storage);
    return p;
}

static hone_status unite_origins(hn_build *b, const hn_raw_step *from, hn_raw_step *into) {
    const hn_origin *one = &b->plan->origins[from->step.origin];
    const hn_origin *two = &b->plan->origins[into->step.origin];
    uint32_t *ids = HN_NEW_N(&b->plan->arena, uint32_t, (uint64_t)one->n + two->n);
    uint32_t n = 0, i = 0, k = 0;
    if (ids == NULL) return hn_no_memory(b->env);
    while (i < one->n || k < two->n) {
        const uint32_t x = i < one->n ? one->ids[i] : UINT32_MAX;
        const uint32_t y = k < two->n ? two->ids[k] : UINT32_MAX;
        ids[n++] = x < y ? x : y;
        i += x <= y;
        k += y <= x;
    }
    const hn_origin all = {ids, n};
    HN_TRY(hn_build_origin(b, &all));
    into->step.origin = b->origin;
    return HONE_OK;
}

/* Takes the maker of operand k into step i, where the joint program is one. */
static hone_status try_take(hn_build *b, uses *of, uint32_t i, uint32_t k, bool *done) {
    *done = false;
    const uint32_t maker = maker_of(b, of, i, k);
    if (maker == HN_NO_STORAGE) return HONE_OK;
    hn_raw_step *one = &b->steps[maker], *two = &b->steps[i];
    const program first = program_of(one), second = program_of(two);
    program joint;
    if (!join(&first, &second, k, &joint)) return HONE_OK;
    const hn_step_request request = {HN_FAMILY_expr, HN_TYPES_f32, &joint.args, NULL, 0, 0};
    hn_chosen chosen;
    HN_TRY(hn_build_choose(b, &request, 0, &chosen));
    if (chosen.row == NULL) return HONE_OK;
    HN_TRY(hn_build_row(b, two, &chosen, false));
    HN_TRY(unite_origins(b, one, two));
    for (uint32_t j = 0; j < HN_MAX_OPERANDS; j++) two->storage[j] = HN_NO_STORAGE;
    two->step.n_buf = (uint32_t)joint.args.n_in + 1;
    memcpy(two->storage, joint.storage, two->step.n_buf * sizeof *joint.storage);
    one->step.n_buf = 0; /* gone */
    *done = true;
    return HONE_OK;
}

static void drop_gone(hn_build *b) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n_steps; i++) {
        const bool is_gone = b->steps[i].step.kind == HN_STEP_KERNEL && b->steps[i].step.n_buf == 0;
        if (!is_gone) b->steps[n++] = b->steps[i];
    }
    b->n_steps = n;
}

hone_status hn_build_fuse(hn_build *b) {
    uses *of = HN_NEW_N(&b->plan->arena, uses, (uint64_t)b->n_storages + 1);
    if (of == NULL) return hn_no_memory(b->env);
    count_uses(b, of);
    for (uint32_t i = 0; i < b->n_steps; i++) {
        for (uint32_t k = 0; is_program(&b->steps[i]) && k + 1 < b->steps[i].step.n_buf;) {
            bool done;
            HN_TRY(try_take(b, of, i, k, &done));
            k = done ? 0 : k + 1;
        }
    }
    drop_gone(b);
    return HONE_OK;
}
