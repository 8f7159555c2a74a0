/* SPDX-License-Identifier: Apache-2.0
 * The harness of check.h: `check [-b] [--family NAME] [--from LEVEL] [--seed N]`. Without -b every
 * row, of LEVEL or stronger, is tested and the last line says `N passed, N failed`; with it every
 * row is timed on each case that is big enough to time. Exit 0 when all passed, 1 when not, 2 on
 * wrong usage. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/half.h"
#include "coverage.h"
#include "kernels/pack.h"
#include "machine.h"

#define BENCH_WORK 50000
#define BENCH_NS   20000000

enum { GUARD = 64, GUARD_BYTE = 0xa5, N_WINDOWS = 6, MAX_RANGES = 12 };

#if defined(HN_SANITIZED)
static const size_t guard_end = 0; /* the sanitizer sees reads beyond the end too */
#else
static const size_t guard_end = GUARD;
#endif

typedef struct block {
    struct block *next;
} block;

struct check {
    uint64_t seed;
    bool is_bench;
    hn_isa from; /* rows of weaker sets are left out */
    uint32_t n_passed, n_failed;
    block *blocks;
};

/* A buffer between guards. */
typedef struct guarded {
    uint8_t *memory, *data;
    size_t bytes;
} guarded;

/* A row, on constants that are packed or as they are. */
typedef struct subject {
    const hn_kernel *row;
    bool is_packed;
} subject;

/* A row on its own copy of a case's operands. */
typedef struct trial {
    const check_case *k;
    const hn_kernel *row;
    void *args;     /* a copy, that packing may mark */
    guarded packed; /* of a row that packs constants */
    guarded operand[HN_MAX_OPERANDS];
    void *buf[HN_MAX_OPERANDS];
    uint32_t ring[HN_MAX_OPERANDS];
    hn_tile tile;
    bool is_tiled;
} trial;

static _Noreturn void die(const char *text) {
    fprintf(stderr, "check: %s\n", text);
    exit(2);
}

uint32_t check_random(check *c) {
    c->seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = c->seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

int32_t check_range(check *c, int32_t low, int32_t high) {
    const uint64_t span = (uint64_t)((int64_t)high - low) + 1;
    return (int32_t)(low + (int64_t)(check_random(c) % span));
}

void *check_alloc(check *c, size_t bytes) {
    const size_t head = 64;
    uint8_t *p = aligned_alloc(64, head + (bytes + 64) / 64 * 64);
    if (p == NULL) die("out of memory");
    memset(p, 0, head + bytes);
    block *b = (block *)(void *)p;
    b->next = c->blocks;
    c->blocks = b;
    return p + head;
}

void *check_bytes(check *c, size_t bytes) {
    uint8_t *p = check_alloc(c, bytes);
    for (size_t i = 0; i < bytes; ++i) p[i] = (uint8_t)check_random(c);
    return p;
}

float *check_floats(check *c, size_t n, float low, float high) {
    float *p = check_alloc(c, n * sizeof(float));
    for (size_t i = 0; i < n; ++i)
        p[i] = low + (high - low) * ((float)(check_random(c) >> 8) / 16777216.0f);
    return p;
}

int32_t *check_ints(check *c, size_t n, int32_t low, int32_t high) {
    int32_t *p = check_alloc(c, n * sizeof(int32_t));
    for (size_t i = 0; i < n; ++i) p[i] = check_range(c, low, high);
    return p;
}

uint16_t *check_halves(check *c, size_t n, float low, float high) {
    const float *wide = check_floats(c, n, low, high);
    uint16_t *p = check_alloc(c, n * sizeof *p);
    for (size_t i = 0; i < n; ++i) p[i] = hn_f16_of_f32(wide[i]);
    return p;
}

void check_that(check *c, bool holds, const char *text) {
    if (holds) {
        ++c->n_passed;
        return;
    }
    ++c->n_failed;
    printf("FAIL %s\n", text);
}

static void verdict(check *c, const trial *t, const char *how, bool holds) {
    char text[224];
    snprintf(text, sizeof text, "%s %s: %s", t->row->name, t->k->name, how);
    check_that(c, holds, text);
}

static guarded guarded_new(size_t bytes) {
    guarded g = {NULL, NULL, bytes};
    g.memory = malloc(bytes + 2 * GUARD + guard_end);
    if (g.memory == NULL) die("out of memory");
    const size_t past = (size_t)((uintptr_t)g.memory % GUARD);
    g.data = g.memory + GUARD + (past == 0 ? 0 : GUARD - past);
    memset(g.memory, GUARD_BYTE, (size_t)(g.data - g.memory) + bytes + guard_end);
    return g;
}

static bool guarded_holds(const guarded *g) {
    for (const uint8_t *p = g->memory; p < g->data; ++p)
        if (*p != GUARD_BYTE) return false;
    for (size_t i = 0; i < guard_end; ++i)
        if (g->data[g->bytes + i] != GUARD_BYTE) return false;
    return true;
}

/* Replaces the constant operands by packed bytes, as a planner does. */
static void trial_pack(trial *t) {
    const hn_pack *pack = t->row->traits->pack;
    const void *source[HN_PACK_SOURCES] = {NULL};
    hn_panels panels;
    pack->layout(t->args, t->row->types, &panels);
    for (int i = 0; i < HN_PACK_SOURCES; ++i)
        if (pack->source[i] >= 0) source[i] = t->buf[pack->source[i]];
    t->packed = guarded_new((size_t)hn_pack_bytes(&panels));
    hn_pack_write(&panels, source, t->packed.data);
    if (pack->mark != NULL) pack->mark(t->args);
    for (int i = 0; i < t->k->n_operands; ++i)
        if (pack->operands >> i & 1) t->buf[i] = NULL;
    t->buf[pack->source[HN_PACK_WEIGHTS]] = t->packed.data;
}

static void trial_begin(trial *t, const check_case *k, subject s) {
    const size_t args_bytes = hn_family_of(k->family)->args_bytes;
    memset(t, 0, sizeof *t);
    t->k = k;
    t->row = s.row;
    t->args = malloc(args_bytes);
    if (t->args == NULL) die("out of memory");
    memcpy(t->args, k->args, args_bytes);
    for (int i = 0; i < k->n_operands; ++i) {
        const check_operand *o = &k->operand[i];
        if (i != k->out && o->data == NULL) continue;
        t->operand[i] = guarded_new(o->bytes);
        if (i != k->out) memcpy(t->operand[i].data, o->data, o->bytes);
        t->buf[i] = t->operand[i].data;
    }
    if (s.is_packed) trial_pack(t);
}

/* Frees the copies; false if a guard or an operand that is only read was written. */
static bool trial_end(trial *t) {
    bool holds = true;
    for (int i = 0; i < t->k->n_operands; ++i) {
        const guarded *g = &t->operand[i];
        if (g->memory == NULL) continue;
        const check_operand *o = &t->k->operand[i];
        const bool is_input = i != t->k->out && t->buf[i] != t->buf[t->k->out];
        holds = holds && guarded_holds(g);
        if (is_input && !t->is_tiled) holds = holds && memcmp(g->data, o->data, o->bytes) == 0;
        free(g->memory);
    }
    if (t->packed.memory != NULL) holds = guarded_holds(&t->packed) && holds;
    free(t->packed.memory);
    free(t->args);
    return holds;
}

static uint32_t trial_units(const trial *t) {
    const hn_traits *traits = t->row->traits;
    return traits->units == NULL ? 1 : traits->units(t->args, t->is_tiled ? &t->tile : NULL);
}

/* Runs units begin..end on scratch full of noise; false if the scratch was left. */
static bool trial_call(check *c, const trial *t, uint32_t begin, uint32_t end) {
    const hn_traits *traits = t->row->traits;
    guarded scratch = {NULL, NULL, 0};
    if (traits->scratch_bytes != NULL) scratch.bytes = traits->scratch_bytes(t->args);
    if (scratch.bytes > 0) {
        scratch = guarded_new(scratch.bytes);
        memset(scratch.data, (int)(check_random(c) & 255), scratch.bytes);
    }
    hn_fault fault = {0, 0, 0};
    const hn_work w = {.begin = begin,
                       .end = end,
                       .scratch = scratch.data,
                       .tile = t->is_tiled ? &t->tile : NULL,
                       .fault = &fault};
    t->row->fn(t->args, t->buf, &w);
    const bool holds = scratch.memory == NULL || guarded_holds(&scratch);
    free(scratch.memory);
    return holds && (t->k->may_report || fault.code == HN_FAULT_NONE);
}

/* Runs all units, cut into ranges at random and in random order. */
static bool trial_call_split(check *c, const trial *t) {
    const uint32_t n = trial_units(t);
    const uint32_t n_ranges = n < MAX_RANGES ? (n == 0 ? 1 : n) : MAX_RANGES;
    uint32_t cut[MAX_RANGES + 1] = {0}, order[MAX_RANGES] = {0};
    for (uint32_t i = 1; i < n_ranges; ++i) {
        const uint32_t at = check_random(c) % n;
        uint32_t j = i;
        for (; j > 1 && cut[j - 1] > at; --j) cut[j] = cut[j - 1];
        cut[j] = at;
    }
    cut[n_ranges] = n;
    for (uint32_t i = 0; i < n_ranges; ++i) {
        const uint32_t j = check_random(c) % (i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    bool holds = true;
    for (uint32_t i = 0; i < n_ranges; ++i)
        holds = trial_call(c, t, cut[order[i]], cut[order[i] + 1]) && holds;
    return holds;
}

/* Element i of an output of floats or halves. */
static float output_at(const check_case *k, const void *out, size_t i) {
    const bool is_half = k->types == HN_TYPES_f16;
    return is_half ? hn_f32_of_f16(((const uint16_t *)out)[i]) : ((const float *)out)[i];
}

static bool is_near(const check_case *k, const void *want, const void *got, float bound) {
    const size_t bytes = k->operand[k->out].bytes;
    if (bound == 0.0f) return memcmp(want, got, bytes) == 0;
    for (size_t i = 0; i < bytes / (k->types == HN_TYPES_f16 ? 2 : sizeof(float)); ++i) {
        const float a = output_at(k, want, i), b = output_at(k, got, i);
        if (memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b)) continue;
        const float size = a < 0 ? -a : a;
        const float off = a < b ? b - a : a - b;
        if (!(off <= bound * (size > 1.0f ? size : 1.0f))) return false;
    }
    return true;
}

/* Puts the rows of the input that a window needs into a ring (0: the whole image) full of noise. */
static void fill_input(check *c, trial *t, const hn_row_window *rw, const int32_t rows[2]) {
    const uint32_t ring = t->ring[rw->in_operand];
    const uint32_t n_rows = ring == 0 ? (uint32_t)rw->in_h : ring;
    guarded *g = &t->operand[rw->in_operand];
    free(g->memory);
    *g = guarded_new((size_t)n_rows * rw->in_row_bytes);
    t->buf[rw->in_operand] = g->data;
    memset(g->data, (int)(check_random(c) & 255), g->bytes);
    const uint8_t *image = t->k->operand[rw->in_operand].data;
    for (int32_t r = rows[0]; r <= rows[1]; ++r)
        memcpy(g->data + (size_t)((uint32_t)r % n_rows) * rw->in_row_bytes,
               image + (size_t)r * rw->in_row_bytes, rw->in_row_bytes);
}

/* Are the window's bytes those of the whole image, and the others as they were? */
static bool window_agrees(const trial *t, const hn_row_window *rw, const uint8_t *whole) {
    const guarded *g = &t->operand[rw->out_operand];
    const size_t row_bytes = rw->out_row_bytes, pixel = row_bytes / (size_t)t->k->out_w;
    const size_t n_rows = g->bytes / row_bytes;
    for (size_t i = 0; i < g->bytes; ++i) {
        const int32_t x = (int32_t)(i % row_bytes / pixel);
        int32_t y = (int32_t)(i / row_bytes);
        while (y < t->tile.y0) y += (int32_t)n_rows;
        const bool inside = y < t->tile.y1 && x >= t->tile.x0 && x < t->tile.x1;
        const uint8_t want =
            inside ? whole[(size_t)y * row_bytes + i % row_bytes] : (uint8_t)GUARD_BYTE;
        if (g->data[i] != want) return false;
    }
    return true;
}

static void test_window(check *c, const check_case *k, subject s, const hn_row_window *rw,
                        const uint8_t *whole) {
    trial t;
    trial_begin(&t, k, s);
    t.is_tiled = true;
    t.tile.y0 = check_range(c, 0, rw->out_h - 1);
    t.tile.y1 = check_range(c, t.tile.y0 + 1, rw->out_h);
    t.tile.x0 = check_range(c, 0, k->out_w - 1);
    t.tile.x1 = check_range(c, t.tile.x0 + 1, k->out_w);
    t.tile.ring = t.ring;
    int32_t rows[2] = {t.tile.y0 * rw->stride - rw->pad,
                       (t.tile.y1 - 1) * rw->stride - rw->pad + (rw->kernel - 1) * rw->dilation};
    if (rows[0] < 0) rows[0] = 0;
    if (rows[1] >= rw->in_h) rows[1] = rw->in_h - 1;
    const int32_t need = rows[1] < rows[0] ? 1 : rows[1] - rows[0] + 1;
    if (check_range(c, 0, 3) != 0) t.ring[rw->in_operand] = (uint32_t)(need + check_range(c, 0, 2));
    fill_input(c, &t, rw, rows);
    const int32_t addend = s.row->traits->inplace;
    const bool has_addend =
        addend >= 0 && addend != rw->in_operand && k->operand[addend].data != NULL;
    if (check_range(c, 0, 3) != 0 && !has_addend) {
        t.ring[rw->out_operand] = (uint32_t)(t.tile.y1 - t.tile.y0 + check_range(c, 0, 2));
        guarded *g = &t.operand[rw->out_operand];
        free(g->memory);
        *g = guarded_new((size_t)t.ring[rw->out_operand] * rw->out_row_bytes);
        t.buf[rw->out_operand] = g->data;
    }
    bool holds = trial_call_split(c, &t) && window_agrees(&t, rw, whole);
    holds = trial_end(&t) && holds;
    verdict(c, &t, "in a window as in the whole image", holds);
}

static void test_inplace(check *c, const check_case *k, subject s, const uint8_t *whole) {
    const int32_t i = s.row->traits->inplace;
    const size_t bytes = k->operand[k->out].bytes;
    if (i < 0 || k->operand[i].data == NULL || k->operand[i].bytes != bytes) return;
    trial t;
    trial_begin(&t, k, s);
    t.buf[k->out] = t.buf[i];
    bool holds = trial_call_split(c, &t) && memcmp(t.buf[i], whole, bytes) == 0;
    holds = trial_end(&t) && holds;
    verdict(c, &t, "in place as apart", holds);
}

/* The row's whole output into `got`. */
static bool run_whole(check *c, const check_case *k, subject s, uint8_t *got) {
    trial t;
    trial_begin(&t, k, s);
    const bool holds = trial_call(c, &t, 0, trial_units(&t));
    memcpy(got, t.operand[k->out].data, k->operand[k->out].bytes);
    return trial_end(&t) && holds;
}

static void test_row(check *c, const check_case *k, subject s, const uint8_t *want) {
    const hn_kernel *row = s.row;
    const size_t bytes = k->operand[k->out].bytes;
    uint8_t *whole = malloc(bytes + 1);
    if (whole == NULL) die("out of memory");
    trial t = {.k = k, .row = row};
    bool holds = run_whole(c, k, s, whole);
    verdict(c, &t, "stays within its memory", holds);
    verdict(c, &t, "agrees with the definition",
            is_near(k, want, whole, row->isa > HN_ISA_C ? k->bound_isa : k->bound));
    trial_begin(&t, k, s);
    holds = trial_call_split(c, &t) && memcmp(t.operand[k->out].data, whole, bytes) == 0;
    holds = trial_end(&t) && holds;
    verdict(c, &t, "in parts as at once", holds);
    test_inplace(c, k, s, whole);
    hn_row_window rw;
    if (k->out_w > 0 && row->traits->window != NULL && row->traits->window(k->args, &rw))
        for (int i = 0; i < N_WINDOWS; ++i) test_window(c, k, s, &rw, whole);
    free(whole);
}

static double now_ns(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The best of repeated whole runs. */
static void bench_row(check *c, const check_case *k, subject s) {
    const hn_kernel *row = s.row;
    const hn_traits *traits = row->traits;
    trial t;
    trial_begin(&t, k, s);
    const uint32_t bytes = traits->scratch_bytes == NULL ? 0 : traits->scratch_bytes(t.args);
    guarded scratch = guarded_new(bytes);
    const hn_work w = {.end = trial_units(&t), .scratch = scratch.data};
    const double start = now_ns();
    double best = 0, end = start;
    for (int n = 0; n < 3 || end - start < BENCH_NS; ++n) {
        const double begin = now_ns();
        row->fn(t.args, t.buf, &w);
        end = now_ns();
        if (n == 0 || end - begin < best) best = end - begin;
    }
    printf("%-20s %-36s%c %12.0f ns %8.2f GMAC/s\n", row->name, k->name, s.is_packed ? 'p' : ' ',
           best, (double)k->work / (best > 0 ? best : 1));
    free(scratch.memory);
    verdict(c, &t, "stays within its memory", trial_end(&t));
}

static bool is_tested(const check *c, const hn_kernel *row) {
    return row->isa >= c->from && machine_row(row) != NULL;
}

void check_run(check *c, const check_case *k) {
    if (c->is_bench && k->work < BENCH_WORK) return;
    const hn_kernel *ref = hn_kernel_choose(k->family, k->types, HN_ISA_REF, k->args);
    if (ref == NULL) {
        check_that(c, false, k->name);
        return;
    }
    uint8_t *want = malloc(k->operand[k->out].bytes + 1);
    if (want == NULL) die("out of memory");
    if (!c->is_bench) run_whole(c, k, (subject){ref, false}, want);
    for (uint32_t i = 0; i < hn_n_kernels; ++i) {
        const hn_kernel *row = &hn_kernels[i];
        if (row->family != k->family || row->types != k->types || !is_tested(c, row)) continue;
        if (row->traits->supports != NULL && !row->traits->supports(k->args)) continue;
        if (!c->is_bench) cover_row(k, i);
        row = machine_row(row);
        const hn_pack *pack = row->traits->pack;
        for (int packed = pack != NULL && pack->is_needed; packed <= (pack != NULL); ++packed) {
            const subject s = {row, packed != 0};
            if (c->is_bench)
                bench_row(c, k, s);
            else
                test_row(c, k, s, k->expect != NULL ? k->expect : want);
        }
    }
    free(want);
}

static void run_family(check *c, void (*fn)(check *)) {
    fn(c);
    while (c->blocks != NULL) {
        block *next = c->blocks->next;
        free(c->blocks);
        c->blocks = next;
    }
}

int main(int argc, char **argv) {
    check c = {.seed = 1};
    const char *family = NULL;
    for (int i = 1; i < argc; ++i) {
        const bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "-b") == 0)
            c.is_bench = true;
        else if (strcmp(argv[i], "--family") == 0 && has_value)
            family = argv[++i];
        else if (strcmp(argv[i], "--from") == 0 && has_value &&
                 hn_isa_of_name(argv[i + 1], &c.from))
            ++i;
        else if (strcmp(argv[i], "--seed") == 0 && has_value)
            c.seed = strtoull(argv[++i], NULL, 10);
        else
            die("usage: check [-b] [--family NAME] [--from LEVEL] [--seed N]");
    }
    int n_run = 0;
#define X(name)                                                                                    \
    if (family == NULL || strcmp(family, #name) == 0) {                                            \
        run_family(&c, check_##name);                                                              \
        ++n_run;                                                                                   \
    }
#include "check.def"
#undef X
    if (family == NULL && !c.is_bench) cover_check(&c, is_tested);
    if (n_run == 0) die("no such family");
    printf("%u passed, %u failed\n", c.n_passed, c.n_failed);
    return c.n_failed == 0 ? 0 : 1;
}
