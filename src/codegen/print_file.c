/* SPDX-License-Identifier: Apache-2.0
 * The two files of an exported model. Everything that a user of the program needs to know is in the
 * header's opening comment and macros; all names begin with the model's. */
#include <string.h>

#include "codegen/program.h"

/* Measured on a Cortex-M4 (gcc -O2): inlining takes 3 to 15 % of the instructions away and adds up
 * to 2 KB a step; with few steps a kernel it even makes the code smaller. Ten keeps what small
 * networks gain and spares those with dozens of steps (person_detect: 16 KB of code and not 63). */
enum { INLINE_STEPS = 10 };

static uint64_t element_count(const hn_value *v) {
    uint64_t n = 0;
    return hn_shape_count(&v->shape, &n) ? n : 0;
}

/* "NAME_INPUT_0_" begins each macro. */
static void print_port(const hn_program *p, hn_text *text, const char *kind, uint32_t i,
                       const hn_plan_io *io) {
    const hn_value *v = io->value;
    const char *type = hn_c_type(v->dtype);
    hn_text_add(text, "\n/* ");
    hn_print_comment(text, v->name);
    hn_text_add(text, ": %s */\n", hn_dtype_name(v->dtype));
    hn_text_add(text, "#define %s_%s_%u_TYPE %s\n", p->upper, kind, i,
                type != NULL ? type : "uint8_t");
    hn_text_add(text, "#define %s_%s_%u_ELEMENTS %llu\n", p->upper, kind, i,
                (unsigned long long)element_count(v));
    hn_text_add(text, "#define %s_%s_%u_BYTES %llu\n", p->upper, kind, i,
                (unsigned long long)io->n_bytes);
    hn_text_add(text, "#define %s_%s_%u_RANK %d\n", p->upper, kind, i, v->shape.rank);
    if (v->shape.rank > 0) hn_text_add(text, "#define %s_%s_%u_SHAPE ", p->upper, kind, i);
    for (int32_t d = 0; d < v->shape.rank; d++) {
        hn_text_add(text, "%s%lld%s", d == 0 ? "{" : ", ", (long long)v->shape.dim[d],
                    d + 1 == v->shape.rank ? "}\n" : "");
    }
    if (v->quant == NULL || hn_quant_channels(v) != 1) return;
    hn_text_add(text, "#define %s_%s_%u_SCALE ", p->upper, kind, i);
    hn_print_f32(text, hn_quant_scale(v, 0));
    hn_text_add(text, "\n#define %s_%s_%u_ZERO_POINT ", p->upper, kind, i);
    const int32_t zero = hn_quant_zero(v, 0);
    hn_text_add(text, zero < 0 ? "(%d)\n" : "%d\n", zero);
}

static void print_usage(const hn_program *p, hn_text *text) {
    const char *n = p->name, *u = p->upper;
    hn_text_add(text,
                "/* %s: a trained model as C99, written by hone. Compile %s.c; it includes the\n"
                " * sources below hone/ and needs no flags, no malloc, no libm, no operating "
                "system.\n *\n",
                n, n);
    hn_text_add(text,
                " *     #include \"%s.h\"\n"
                " *\n"
                " *     int main(void) {\n"
                " *         %s_INPUT_0_TYPE *in = %s_input(0);\n"
                " *         for (int i = 0; i < %s_INPUT_0_ELEMENTS; ++i) in[i] = sample(i);\n"
                " *         if (%s_run() != 0) return 1;\n"
                " *         const %s_OUTPUT_0_TYPE *out = %s_output(0);\n"
                " *         for (int i = 0; i < %s_OUTPUT_0_ELEMENTS; ++i) show(out[i]);\n"
                " *         return 0;\n"
                " *     }\n *\n",
                n, u, n, u, n, u, n, u);
    hn_text_add(text,
                " * A quantized element q stands for SCALE * (q - ZERO_POINT). Elements are in\n"
                " * row-major order of SHAPE. The program has one block of memory of\n"
                " * %s_ARENA_BYTES, in which the inputs and outputs lie, and no other. A run\n"
                " * overwrites the inputs: write them before each. Runs must not overlap.\n"
                " * Float results are the same on every machine when compiled with\n"
                " * -ffp-contract=off (gcc -std=c99 does so by itself).\n *\n",
                u);
    if (p->plan->state_bytes > 0) {
        hn_text_add(text,
                    " * What its variables keep from run to run is a further block of\n"
                    " * %s_STATE_BYTES; %s_reset() puts them back to where they begin.\n *\n",
                    u, n);
    }
    hn_text_add(text,
                " * A kernel of at most %s_INLINE steps (%d unless defined otherwise) is compiled\n"
                " * into each of them, with the step's numbers as constants; other kernels are\n"
                " * compiled once. 0 makes the smallest code, 1000 mostly the fastest. */\n",
                u, INLINE_STEPS);
}

void hn_print_header(const hn_program *p, hn_text *text) {
    const hn_plan *plan = p->plan;
    print_usage(p, text);
    hn_text_add(text, "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n", p->upper, p->upper);
    hn_text_add(text, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    hn_text_add(text, "#define %s_INPUTS %u\n#define %s_OUTPUTS %u\n", p->upper, plan->n_inputs,
                p->upper, plan->n_outputs);
    hn_text_add(text, "#define %s_ARENA_BYTES %llu\n#define %s_STATE_BYTES %llu\n", p->upper,
                (unsigned long long)p->memory_bytes, p->upper,
                (unsigned long long)plan->state_bytes);
    for (uint32_t i = 0; i < plan->n_inputs; i++) {
        print_port(p, text, "INPUT", i, &plan->inputs[i]);
    }
    for (uint32_t i = 0; i < plan->n_outputs; i++) {
        print_port(p, text, "OUTPUT", i, &plan->outputs[i]);
    }
    hn_text_add(text,
                "\n/* Where input or output i lies, 16-byte aligned; 0 when there is none. "
                "*/\nvoid *%s_input(int i);\nconst void *%s_output(int i);\n",
                p->name, p->name);
    hn_text_add(
        text,
        "\n/* From the inputs to the outputs. 0, or what was wrong in the data: 1 an index "
        "out of range,\n * 2 a division by zero, 3 a value that an operator does not allow. "
        "*/\nint %s_run(void);\n",
        p->name);
    if (plan->state_bytes > 0) {
        hn_text_add(text, "\n/* The variables as before the first run. */\nvoid %s_reset(void);\n",
                    p->name);
    }
    hn_text_add(text, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static const char preamble[] =
    "#if defined(__FAST_MATH__)\n"
    "#error \"-ffast-math changes results\"\n"
    "#endif\n"
    "#if defined(__clang__)\n"
    "#pragma STDC FP_CONTRACT OFF\n"
    "#elif defined(__GNUC__) /* wrong about loops that a step's constants leave no trip */\n"
    "#pragma GCC diagnostic ignored \"-Waggressive-loop-optimizations\"\n"
    "#endif\n"
    "\n"
    "#ifndef HONE_CONST_ALIGN\n"
    "#define HONE_CONST_ALIGN 16\n"
    "#endif\n"
    "#if defined(__GNUC__)\n"
    "#define HONE_ALIGNED(n) __attribute__((aligned(n)))\n"
    "#define HONE_APART      static __attribute__((noinline))\n"
    "#define HONE_INFINITY   __builtin_inff()\n"
    "#define HONE_NAN        __builtin_nanf(\"\")\n"
    "#else\n"
    "#include <math.h>\n"
    "#define HONE_ALIGNED(n) _Alignas(n)\n"
    "#define HONE_APART      static\n"
    "#define HONE_INFINITY   INFINITY\n"
    "#define HONE_NAN        NAN\n"
    "#endif\n\n";

/* The sources of the kernels in use, each once. */
static void print_includes(const hn_program *p, hn_text *text) {
    hn_text_add(text, "#if defined(__GNUC__)\n"
                      "#define HN_KERNEL_LINKAGE static inline __attribute__((always_inline))\n"
                      "#else\n"
                      "#define HN_KERNEL_LINKAGE static inline\n"
                      "#endif\n");
    if (p->has_loop) hn_text_add(text, "#include \"hone/core/step.h\"\n");
    hn_text_add(text, "#include \"hone/core/work.h\"\n");
    for (uint32_t i = 0; i < hn_n_kernels; i++) {
        bool is_new = p->uses[i] > 0;
        for (uint32_t k = 0; k < i && is_new; k++) {
            is_new = p->uses[k] == 0 || strcmp(hn_kernels[k].file, hn_kernels[i].file) != 0;
        }
        if (is_new) hn_text_add(text, "#include \"hone/kernels/%s\"\n", hn_kernels[i].file);
    }
}

/* What steps call: the kernel itself, or one copy of it. */
static void print_calls(const hn_program *p, hn_text *text) {
    hn_text_add(text, "\n#ifndef %s_INLINE\n#define %s_INLINE %d\n#endif\n", p->upper, p->upper,
                INLINE_STEPS);
    for (uint32_t i = 0; i < hn_n_kernels; i++) {
        const char *name = hn_kernels[i].name;
        if (p->uses[i] == 0) continue;
        hn_text_add(text,
                    "#if %u <= %s_INLINE\n"
                    "#define call_%s hn_%s\n"
                    "#else\n"
                    "HONE_APART void call_%s(const void *args, void *const *buf, const hn_work *w) "
                    "{\n    hn_%s(args, buf, w);\n}\n"
                    "#endif\n",
                    p->uses[i], p->upper, name, name, name, name);
    }
    hn_text_add(text, "\n");
}

static void print_ports(const hn_program *p, hn_text *text, const char *kind, bool is_input) {
    const hn_plan_io *io = is_input ? p->plan->inputs : p->plan->outputs;
    const uint32_t n = is_input ? p->plan->n_inputs : p->plan->n_outputs;
    const char *qualifier = is_input ? "" : "const ";
    hn_text_add(text, "\n%svoid *%s_%s(int i) {\n", qualifier, p->name, kind);
    if (n == 0) {
        hn_text_add(text, "    (void)i;\n    return 0;\n}\n");
        return;
    }
    hn_text_add(text, "    static uint8_t *const at[] = {");
    for (uint32_t i = 0; i < n; i++) {
        hn_text_add(text, "%smemory + %llu", i > 0 ? ", " : "",
                    (unsigned long long)(p->plan->scratch_bytes + io[i].offset));
    }
    hn_text_add(text, "};\n    return i >= 0 && i < %u ? at[i] : 0;\n}\n", n);
}

/* Zeros, apart from what is filled with another byte: zero points. */
static void print_reset(const hn_program *p, hn_text *text) {
    const hn_plan *plan = p->plan;
    if (plan->state_bytes == 0) return;
    hn_text_add(text, "\nvoid %s_reset(void) {\n", p->name);
    hn_text_add(text, "    for (uint32_t i = 0; i < %s_STATE_BYTES; ++i) state[i] = 0;\n",
                p->upper);
    for (uint32_t i = 0; i < plan->n_fills; i++) {
        const hn_state_fill *f = &plan->fills[i];
        hn_text_add(text, "    for (uint32_t i = 0; i < %lluu; ++i) state[%lluu + i] = %u;\n",
                    (unsigned long long)f->n_bytes, (unsigned long long)f->offset, f->byte);
    }
    if (plan->n_fills > 0) hn_text_add(text, "    is_started = 1;\n");
    hn_text_add(text, "}\n");
}

void hn_print_source(const hn_program *p, hn_text *text) {
    hn_text_add(text,
                "/* %s: a trained model as C99, written by hone; %s.h says how it is used.\n"
                " * Constants, then one function for each step, then the order of the steps.\n"
                " * The sources below hone/ are under the Apache License 2.0. */\n"
                "#include \"%s.h\"\n\n",
                p->name, p->name, p->name);
    hn_text_add_bytes(text, preamble, sizeof preamble - 1);
    print_includes(p, text);
    print_calls(p, text);
    hn_text_add(text, "static HONE_ALIGNED(64) uint8_t memory[%s_ARENA_BYTES%s];\n", p->upper,
                p->memory_bytes > 0 ? "" : " + 1");
    if (p->plan->state_bytes > 0) {
        hn_text_add(text, "static HONE_ALIGNED(64) uint8_t state[%s_STATE_BYTES];\n%s", p->upper,
                    p->plan->n_fills > 0 ? "static int is_started;\n" : "");
    }
    hn_text_add(text, "static hn_fault fault;\n\n");
    for (uint32_t i = 0; i < p->n_consts; i++) {
        if (p->consts[i].is_used) hn_print_const(text, i, p->consts[i].constant);
    }
    hn_print_steps(p, text);
    print_reset(p, text);
    hn_text_add(text, "\nint %s_run(void) {\n    fault.code = HN_FAULT_NONE;\n", p->name);
    if (p->plan->n_fills > 0) hn_text_add(text, "    if (!is_started) %s_reset();\n", p->name);
    hn_print_run(p, text);
    hn_text_add(text, "    return (int)fault.code;\n}\n");
    print_ports(p, text, "input", true);
    print_ports(p, text, "output", false);
}
