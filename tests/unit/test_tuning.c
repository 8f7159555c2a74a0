/* SPDX-License-Identifier: Apache-2.0
 * Tunings: their text, whatever its bytes; and plans that follow one, which give the bytes of the
 * planner's own: every row and way that a tuning can name, every piece of every chain as a LOOP. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "formats/format.h"
#include "plan/tuning.h"
#include "runtime/session.h"
#include "temp_dir.h"

static const char head[] = "hone tune 1\n"
                           "engine 1.2\n"
                           "model 00000000000000010000000000000002\n"
                           "level c\n"
                           "threads 3\n";
static const char choices[] =
    "step 0000000000000000000000000000000a conv_s8_c way 0 threads 1 # x\n"
    "\n"
    "step 00000000000000000000000000000009 gemm_f32_c way 2 threads 3\r\n"
    "tile 00000000000000000000000000000001 steps 3 rows 8\n";

static hn_env env;
static hn_arena arena;
static const hn_tuning_id id = {{{1, 2}}, HN_ISA_C, 3, "1.2"};

static void start(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
}

static void stop(void) {
    hn_arena_fini(&arena);
}

TestSuite(tuning, .init = start, .fini = stop);

static hone_status read_bytes(const void *bytes, size_t n, hn_tuning *tuning) {
    const hn_tuning_text text = {"x.tune", bytes, n};
    env.message[0] = 0;
    return hn_tuning_read(&env, &arena, &text, &id, tuning);
}

static hone_status read_lines(const char *first, const char *second, const char *last,
                              hn_tuning *tuning) {
    char text[2048];
    snprintf(text, sizeof text, "%s%s%s", first, second, last);
    return read_bytes(text, strlen(text), tuning);
}

/* ---- the text ---- */

Test(tuning, is_read_in_order) {
    hn_tuning t;
    cr_assert_eq(read_lines(head, choices, "end 2 1\n", &t), HONE_OK, "%s", env.message);
    cr_assert_eq(t.n_steps, 2);
    cr_assert_eq(t.n_loops, 1);
    cr_assert_eq(t.steps[0].problem.word[1], 9);
    cr_assert_eq(t.steps[0].way, 2);
    cr_assert(!t.steps[0].is_alone);
    cr_assert(t.steps[1].is_alone);
    cr_assert_str_eq(hn_kernels[t.steps[1].kernel].name, "conv_s8_c");
    const hn_digest chain = {{0, 1}}, problem = {{0, 10}}, other = {{10, 0}};
    cr_assert_eq(hn_tuning_loop(&t, &chain)->n_rows, 8);
    cr_assert_eq(hn_tuning_step(&t, &problem), &t.steps[1]);
    cr_assert_null(hn_tuning_step(&t, &other));
    cr_assert(!t.trial.is_on);
}

Test(tuning, is_read_as_it_was_written) {
    hn_tuning t, again;
    hn_text text;
    cr_assert_eq(read_lines(head, choices, "end 2 1\n", &t), HONE_OK);
    hn_text_init(&text, &env);
    hn_tuning_add_head(&text, &id);
    for (uint32_t i = 0; i < t.n_steps; i++) {
        hn_tuning_add_step(&text, &t.steps[i], id.threads);
        hn_text_add(&text, "\n");
    }
    hn_tuning_add_loop(&text, &t.loops[0]);
    hn_text_add(&text, "\nend 2 1\n");
    cr_assert_eq(read_bytes(text.bytes, text.n, &again), HONE_OK, "%s", env.message);
    cr_assert_arr_eq(again.steps, t.steps, t.n_steps * sizeof *t.steps);
    cr_assert_arr_eq(again.loops, t.loops, t.n_loops * sizeof *t.loops);
    hn_text_free(&text);
}

Test(tuning, of_something_else_is_refused) {
    static const char *const lines[] = {"engine 1.2", "0000001", "level c", "threads 3"};
    static const char *const others[] = {"engine 1.3", "0000002", "level ref", "threads 2"};
    hn_tuning t;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[512] = "";
        const char *at = strstr(head, lines[i]);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - head), head, others[i],
                 at + strlen(lines[i]));
        cr_assert_eq(read_lines(text, choices, "end 2 1\n", &t), HONE_E_ARGUMENT, "%s", others[i]);
        cr_assert(strncmp(env.message, "x.tune: ", 8) == 0, "%s", env.message);
    }
}

Test(tuning, that_says_nothing_is_refused_with_its_line) {
    static const char *const wrong[] = {
        "step 0a conv_s8_c way 0 threads 1\n",
        "step 0000000000000000000000000000000A conv_s8_c way 0 threads 1\n",
        "step 0000000000000000000000000000000a conv_s8_nowhere way 0 threads 1\n",
        "step 0000000000000000000000000000000a conv_s8_avx2 way 0 threads 1\n",
        "step 0000000000000000000000000000000a conv_s8_c way -1 threads 1\n",
        "step 0000000000000000000000000000000a conv_s8_c way 0 threads 2\n",
        "step 0000000000000000000000000000000a conv_s8_c way 0 threads 1 and more\n",
        "step 0000000000000000000000000000000a conv_s8_c way 0 threads 1 and much more\n",
        "tile 00000000000000000000000000000001 steps 1 rows 8\n",
        "tile 00000000000000000000000000000001 steps 65 rows 8\n",
        "tile 00000000000000000000000000000001 steps 3 rows 0\n",
        "tile 00000000000000000000000000000001 steps 3 rows 99999999999999999999\n",
        "stop\n"};
    hn_tuning t = {.n_steps = 77};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_eq(read_lines(head, wrong[i], "end 1 0\n", &t), HONE_E_FORMAT, "%s", wrong[i]);
        cr_assert_not_null(strstr(env.message, "line 6"), "%s", env.message);
    }
    cr_assert_eq(read_lines(head, "", "end 0 0\nend 0 0\n", &t), HONE_E_FORMAT);
    cr_assert_eq(read_lines(head, choices, "end 2 2\n", &t), HONE_E_FORMAT);
    cr_assert_eq(read_lines(choices, head, "end 2 1\n", &t), HONE_E_FORMAT);
    cr_assert_eq(read_lines("", "", "", &t), HONE_E_FORMAT);
    char twice[1024];
    snprintf(twice, sizeof twice, "%s%s", choices, choices);
    cr_assert_eq(read_lines(head, twice, "end 4 2\n", &t), HONE_E_FORMAT);
    cr_assert_eq(t.n_steps, 77, "a refused text changed the tuning");
}

Test(tuning, that_was_cut_is_refused) {
    char text[1024];
    snprintf(text, sizeof text, "%s%send 2 1", head, choices);
    hn_tuning t;
    const size_t n = strlen(text);
    cr_assert_eq(read_bytes(text, n, &t), HONE_OK);
    for (size_t i = 0; i < n; i++) {
        cr_assert_neq(read_bytes(text, i, &t), HONE_OK, "cut at %zu", i);
        cr_assert(env.message[0] != 0);
    }
}

Test(tuning, with_changed_bytes_is_refused_or_says_something_else) {
    char text[1024], copy[1024];
    snprintf(text, sizeof text, "%s%send 2 1\n", head, choices);
    const size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            hn_tuning t;
            memcpy(copy, text, n);
            copy[i] = (char)(copy[i] ^ (1 << bit));
            if (read_bytes(copy, n, &t) != HONE_OK) {
                cr_assert(env.message[0] != 0);
                continue;
            }
            cr_assert(t.n_steps == 2 && t.n_loops == 1);
        }
    }
}

/* ---- plans ---- */

enum { MOST_OUTPUT = 1 << 16, MOST_WAYS = 4 };

static hn_graph *source;
static hn_pool *pool;
static unsigned char want[MOST_OUTPUT], got[MOST_OUTPUT];

static bool open_source(const char *path, hn_map *map) {
    if (access(path, R_OK) != 0) return false;
    cr_assert_eq(hn_map_open(&env, path, map), HONE_OK, "%s", env.message);
    cr_assert_eq(hn_tflite_read(&env, &arena, map->bytes, map->size, NULL, &source), HONE_OK);
    cr_assert_eq(hn_pool_new(&env, 2, &pool), HONE_OK);
    return true;
}

static hone_status make_plan(const hn_tuning *tuning, hn_isa isa, hn_plan **plan) {
    const hn_plan_options options = {.isa = isa,
                                     .workers = 2,
                                     .keep_inputs = true,
                                     .align = 64,
                                     .const_align = 16,
                                     .tuning = tuning};
    return hn_plan_new(&env, source, &options, plan);
}

/* The first output of one run on seeded bytes; how many there are. */
static size_t run_plan(const hn_plan *plan, unsigned char *to) {
    const hn_session_config config = {pool, 2, 0};
    hn_session *s = NULL;
    cr_assert_eq(hn_session_new(&env, plan, &config, &s), HONE_OK, "%s", env.message);
    for (size_t i = 0; i < plan->inputs[0].n_bytes; i++) {
        ((unsigned char *)s->inputs[0])[i] = (unsigned char)(i * 73 >> 3);
    }
    cr_assert_eq(hn_session_run(s), HONE_OK, "%s", s->env.message);
    const size_t n = plan->outputs[0].n_bytes;
    cr_assert_leq(n, MOST_OUTPUT);
    memcpy(to, s->outputs[0], n);
    hn_session_free(s);
    return n;
}

static void check_same(const hn_tuning *tuning, hn_isa isa, const char *what) {
    hn_plan *plan = NULL;
    cr_assert_eq(make_plan(tuning, isa, &plan), HONE_OK, "%s: %s", what, env.message);
    const size_t n = run_plan(plan, got);
    cr_assert_arr_eq(got, want, n, "%s: other bytes", what);
    cr_assert_eq(plan->n_untuned, 0, "%s: %u choices fit nothing", what, plan->n_untuned);
    hn_plan_free(plan);
}

static hn_isa best_level(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw"))
        return HN_ISA_AVX512VNNI;
    return __builtin_cpu_supports("avx2") ? HN_ISA_AVX2 : HN_ISA_C;
#else
    return HN_ISA_C;
#endif
}

/* Each piece of each chain as a LOOP by itself. */
static void check_pieces(const hn_plan *plain, hn_isa isa) {
    for (uint32_t i = 0; i < plain->n_steps; i++) {
        hn_tuned_loop loop = {{{0, 0}}, 1, 0};
        hn_digest_add(&loop.chain, &plain->notes[i].problem, sizeof loop.chain);
        for (uint32_t k = 1; k < plain->notes[i].chain && k < 5; k++) {
            hn_digest_add(&loop.chain, &plain->notes[i + k].problem, sizeof loop.chain);
            loop.n_steps++;
            const hn_step *last = &plain->steps[i + k];
            hn_row_window w;
            cr_assert(hn_kernels[last->kernel].traits->window(last->args, &w));
            for (loop.n_rows = 1; loop.n_rows < (uint32_t)w.out_h; loop.n_rows += 3) {
                hn_tuning one = {.loops = &loop, .n_loops = 1};
                check_same(&one, isa, "a tiling");
            }
        }
    }
}

static void check_model(const char *path) {
    const hn_isa isa = best_level();
    hn_tuning none = {.trial = {true, false, isa, 0}};
    hn_plan *plan = NULL, *plain = NULL;
    hn_map map;
    start(); /* what a model leaves goes with its arena */
    if (!open_source(path, &map)) return;
    cr_assert_eq(make_plan(NULL, isa, &plan), HONE_OK, "%s: %s", path, env.message);
    cr_assert_null(plan->notes);
    run_plan(plan, want);
    hn_plan_free(plan);
    cr_assert_eq(make_plan(&none, isa, &plain), HONE_OK, "%s: %s", path, env.message);
    for (hn_isa level = isa; level > HN_ISA_REF; level--) {
        for (uint32_t way = 0; way < 2 * MOST_WAYS; way++) {
            const hn_tuning all = {.trial = {true, way >= MOST_WAYS, level, way % MOST_WAYS}};
            check_same(&all, isa, path);
        }
    }
    check_pieces(plain, isa);
    hn_plan_free(plain);
    hn_pool_free(pool);
    hn_arena_fini(&arena);
    hn_map_close(&map);
}

Test(tuning, changes_no_byte_of_integer_models) {
    static const char *const names[] = {"kws_i8", "person_detect_i8", "resnet8_cifar10_i8",
                                        "mobilenet_v1_025_128_u8"};
    check_model("models/fashion_i8.tflite");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char file[128];
        snprintf(file, sizeof file, "models/%s.tflite", names[i]);
        const temp_path path = shared_path(file);
        check_model(path.text);
    }
    start();
}

/* A choice for a problem that its kernel cannot solve. */
Test(tuning, that_does_not_fit_is_refused) {
    const hn_isa isa = best_level();
    const hn_tuning none = {.trial = {true, false, isa, 0}};
    hn_plan *plan = NULL, *other = NULL;
    hn_map map;
    if (!open_source("models/fashion_i8.tflite", &map)) cr_skip_test("no model");
    cr_assert_eq(make_plan(&none, isa, &plan), HONE_OK);
    uint32_t i = 0;
    while (plan->steps[i].kind != HN_STEP_KERNEL) i++;
    hn_tuned_step step = {plan->notes[i].problem, plan->steps[i].kernel, 99, false};
    const hn_tuning ways = {.steps = &step, .n_steps = 1};
    cr_assert_eq(make_plan(&ways, isa, &other), HONE_E_ARGUMENT);
    cr_assert_not_null(strstr(env.message, "way 99"), "%s", env.message);
    step.way = 0;
    for (step.kernel = 0; step.kernel < hn_n_kernels; step.kernel++) {
        const hn_kernel *row = &hn_kernels[step.kernel], *own = &hn_kernels[plan->steps[i].kernel];
        if (row->family == own->family && row->types == own->types) continue;
        cr_assert_eq(make_plan(&ways, isa, &other), HONE_E_ARGUMENT, "%s", row->name);
    }
    step.problem.word[0]++; /* a problem that the model does not have */
    step.kernel = plan->steps[i].kernel;
    cr_assert_eq(make_plan(&ways, isa, &other), HONE_OK);
    cr_assert_eq(other->n_tuned, 0);
    cr_assert_eq(other->n_untuned, 1);
    hn_plan_free(other);
    hn_plan_free(plan);
    hn_pool_free(pool);
    hn_map_close(&map);
}
