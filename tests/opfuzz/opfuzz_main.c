/* SPDX-License-Identifier: Apache-2.0
 * Runs mutants for a time: opfuzz [-v] [--seconds N] [--from N] [--op NAME] [--only N]. Operators
 * take turns, so that each is reached as often as any other; a mutant's seed is one of those that
 * have its operator. Mutants run in batches, one process each, whose place is in shared memory: the
 * parent knows which one ended a batch, and goes on behind it. Fails when a mutant crashes, takes
 * too long, too much memory, or fails without a message, and when an operator that has a seed was
 * never planned. Meant for a build with AddressSanitizer and UndefinedBehaviorSanitizer. --only N
 * runs one mutant in this process. Runs in the repository's root. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "opfuzz.h"

enum { BATCH = 250, MOST_OPS = 512, MOST_SEED_OPS = 64, MOST_FINDINGS = 100, EXIT_SLOW = 98 };
enum { MOST_KB = 3 << 19 }; /* of a batch, what the sanitizer keeps included: 1.5 GB */

/* A sanitizer's report must not look like an ordinary end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "exitcode=99:allocator_may_return_null=1";
}
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
    return "exitcode=99:print_stacktrace=1";
}

/* ---- operators and their seeds ---- */

typedef struct op_seeds {
    const hn_op *op;
    uint32_t *seeds;
    uint32_t n;
    bool is_sound; /* models that run; else all there is are malformed ones */
} op_seeds;

static seed_list seeds;
static op_seeds ops[MOST_OPS];
static uint32_t n_ops;

static void add_op(const hn_op *op, uint32_t at, bool is_sound) {
    uint32_t i = 0;
    while (i < n_ops && ops[i].op != op) i++;
    if (i == n_ops) ops[n_ops++] = (op_seeds){.op = op, .is_sound = is_sound};
    if (ops[i].is_sound != is_sound) return;
    if ((ops[i].n & (ops[i].n - 1)) == 0) {
        ops[i].seeds = realloc(ops[i].seeds, 2 * ((size_t)ops[i].n + 1) * sizeof *ops[i].seeds);
        if (ops[i].seeds == NULL) abort();
    }
    ops[i].seeds[ops[i].n++] = at;
}

static int by_name(const void *a, const void *b) {
    const op_seeds *x = a, *y = b;
    return strcmp(x->op->name, y->op->name);
}

static void add_seeds(bool is_sound) {
    for (uint32_t i = 0; i < seeds.n; i++) {
        const hn_op *found[MOST_SEED_OPS];
        if ((strstr(seeds.seeds[i].name, "refused") == NULL) != is_sound) continue;
        const uint32_t n = seed_ops(&seeds.seeds[i], found, MOST_SEED_OPS);
        for (uint32_t k = 0; k < n; k++) add_op(found[k], i, is_sound);
    }
}

/* Malformed nodes are seeds of those operators alone that have no others. */
static void find_seeds(void) {
    lite_seeds(&seeds);
    onnx_seeds(&seeds);
    add_seeds(true);
    add_seeds(false);
    qsort(ops, n_ops, sizeof *ops, by_name);
}

/* ---- one process ---- */

typedef struct shared_state {
    uint64_t at;
    uint32_t fates[MOST_OPS][FATE_COUNT];
} shared_state;

typedef struct plan {
    uint64_t from;
    uint32_t first_op, n_ops;
    double seconds;
    bool is_verbose;
} plan;

static const op_seeds *op_of(const plan *p, uint64_t number) {
    return &ops[p->first_op + number % p->n_ops];
}

static const seed *seed_of(const op_seeds *o, uint64_t number) {
    dice d = dice_of(~number);
    return &seeds.seeds[o->seeds[roll(&d, o->n)]];
}

static void run_batch(const plan *p, uint64_t end, shared_state *shared) {
    for (; shared->at < end; shared->at++) {
        const op_seeds *o = op_of(p, shared->at);
        const fate f = mutant_run(seed_of(o, shared->at), o->op, shared->at);
        shared->fates[o - ops][f]++;
    }
    exit(0); /* leaks are found here */
}

/* ---- findings ---- */

static char log_path[] = "/tmp/opfuzz_XXXXXX";

static void show_log(void) {
    static const char *const telling[] = {"ERROR:",  "runtime error", "SUMMARY", "    #0 ",
                                          "    #1 ", "    #2 ",       "    #3 ", "    #4 "};
    char line[512];
    uint32_t n = 0;
    FILE *f = fopen(log_path, "r");
    while (f != NULL && n < 14 && fgets(line, sizeof line, f) != NULL) {
        for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
            if (strstr(line, telling[i]) == NULL) continue;
            printf("    %s", line);
            n++;
            break;
        }
    }
    if (f != NULL) fclose(f);
}

/* True when the batch ended as it should. */
static bool judge(const plan *p, const shared_state *shared, int state, long kb) {
    const uint64_t at = shared->at;
    const op_seeds *o = op_of(p, at);
    const bool is_good = WIFEXITED(state) && WEXITSTATUS(state) == 0;
    if (is_good && kb < MOST_KB) return true;
    const char *seed_name = seed_of(o, at)->name;
    printf("FAIL %s: mutant %llu of %s: ", o->op->name, (unsigned long long)at, seed_name);
    if (is_good) {
        printf("%ld KB in its batch\n", kb);
        return false;
    }
    if (WIFEXITED(state) && WEXITSTATUS(state) == EXIT_SLOW) {
        puts("takes longer than 10 s");
    } else {
        printf("%s %d\n", WIFSIGNALED(state) ? "signal" : "exit",
               WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state));
    }
    show_log();
    fflush(stdout);
    return false;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint32_t run_all(const plan *p, shared_state *shared) {
    uint32_t n_findings = 0;
    const double start = now();
    for (shared->at = p->from; now() - start < p->seconds && n_findings < MOST_FINDINGS;) {
        const uint64_t end = shared->at + BATCH;
        struct rusage usage;
        int state = 0;
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            if (freopen(log_path, "w", stderr) == NULL) _exit(96);
            run_batch(p, end, shared);
        }
        if (child < 0 || wait4(child, &state, 0, &usage) != child) return n_findings + 1;
        if (judge(p, shared, state, usage.ru_maxrss)) continue;
        n_findings++;
        shared->at++;
    }
    return n_findings;
}

/* ---- what was reached ---- */

/* Operators of which no mutant was ever planned. */
static uint32_t report(const plan *p, const shared_state *shared) {
    uint64_t sums[FATE_COUNT] = {0};
    uint32_t n_missed = 0;
    for (uint32_t i = p->first_op; i < p->first_op + p->n_ops; i++) {
        const uint32_t *f = shared->fates[i];
        for (uint32_t k = 0; k < FATE_COUNT; k++) sums[k] += f[k];
        const bool is_reached = !ops[i].is_sound || f[FATE_FAILED] + f[FATE_RAN] > 0;
        if (p->is_verbose || !is_reached) {
            printf("%s%s: %u seeds; %u unread, %u refused, %u failed, %u ran\n",
                   is_reached ? "" : "FAIL ", ops[i].op->name, ops[i].n, f[FATE_UNREAD],
                   f[FATE_REFUSED], f[FATE_FAILED], f[FATE_RAN]);
        }
        n_missed += !is_reached;
    }
    printf("mutants of %u operators: %llu ran, %llu failed in the run, %llu were refused, %llu "
           "were no graphs; the last is number %llu\n",
           p->n_ops, (unsigned long long)sums[FATE_RAN], (unsigned long long)sums[FATE_FAILED],
           (unsigned long long)sums[FATE_REFUSED], (unsigned long long)sums[FATE_UNREAD],
           (unsigned long long)shared->at);
    return n_missed;
}

static void list_unseeded(void) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < hn_n_ops; i++) {
        uint32_t k = 0;
        while (k < n_ops && ops[k].op != &hn_ops[i]) k++;
        if (k < n_ops) continue;
        printf("%s%s", n++ == 0 ? "operators without a seed: " : " ", hn_ops[i].name);
    }
    if (n > 0) putchar('\n');
}

static int run_one(const plan *p, uint64_t number) {
    static const char *const names[] = {"no graph", "refused", "failed in the run", "ran"};
    const op_seeds *o = op_of(p, number);
    const seed *s = seed_of(o, number);
    mutant_is_shown = true;
    fprintf(stderr, "%s: mutant %llu of %s\n", o->op->name, (unsigned long long)number, s->name);
    fprintf(stderr, "%s\n", names[mutant_run(s, o->op, number)]);
    return 0;
}

static void take_op(plan *p, const char *name) {
    for (uint32_t i = 0; i < n_ops; i++) {
        if (strcmp(ops[i].op->name, name) != 0) continue;
        p->first_op = i;
        p->n_ops = 1;
    }
}

int main(int n_args, char **args) {
    plan p = {.seconds = 10};
    const char *only = NULL;
    find_seeds();
    p.n_ops = n_ops;
    for (int i = 1; i < n_args; i++) {
        const char *value = i + 1 < n_args ? args[i + 1] : "";
        if (strcmp(args[i], "-v") == 0) p.is_verbose = true;
        if (strcmp(args[i], "--seconds") == 0) p.seconds = strtod(value, NULL);
        if (strcmp(args[i], "--from") == 0) p.from = strtoull(value, NULL, 10);
        if (strcmp(args[i], "--op") == 0) take_op(&p, value);
        if (strcmp(args[i], "--only") == 0) only = value;
    }
    if (only != NULL) return run_one(&p, strtoull(only, NULL, 10));
    shared_state *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const int log = mkstemp(log_path);
    if (shared == MAP_FAILED || log < 0 || n_ops == 0) return 1;
    const uint32_t n_findings = run_all(&p, shared), n_missed = report(&p, shared);
    if (p.is_verbose) list_unseeded();
    unlink(log_path);
    printf("%u passed, %u failed, 0 skipped\n", p.n_ops - n_missed, n_findings + n_missed);
    return n_findings + n_missed > 0 ? 1 : 0;
}
