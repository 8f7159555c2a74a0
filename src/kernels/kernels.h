/* SPDX-License-Identifier: Apache-2.0
 * The kernel tables: families (what the arguments mean) and rows (one variant of a family for one
 * set of types and one instruction set). A plan's step names a row; a row is data that every build
 * has, with a function only where this build can run it. All that a planner asks of a row is a pure
 * function of the arguments, so a desktop can plan for a microcontroller. */
#ifndef HN_KERNELS_KERNELS_H
#define HN_KERNELS_KERNELS_H

#include <stdbool.h>

#include "core/args.h"
#include "core/work.h"

typedef struct hn_pack hn_pack;

typedef enum hn_family {
#define X(name, fields, header) HN_FAMILY_##name,
#include "kernels/families.def"
#undef X
    HN_FAMILY_COUNT
} hn_family;

/* What a variant computes on: element types of the operands as one key. Families with data movement
 * only (move, fill) are keyed by element size. */
typedef enum hn_types {
    HN_TYPES_f32,
    HN_TYPES_s8,
    HN_TYPES_u8,
    HN_TYPES_s16,
    HN_TYPES_f32_s8, /* from f32 to s8, and so on */
    HN_TYPES_f32_u8,
    HN_TYPES_f32_s16,
    HN_TYPES_s8_f32,
    HN_TYPES_u8_f32,
    HN_TYPES_s16_f32,
    HN_TYPES_s32_f32,
    HN_TYPES_s8_s32,
    HN_TYPES_u8_s32,
    HN_TYPES_b8, /* elements of 8, 16, 32, 64 bits */
    HN_TYPES_b16,
    HN_TYPES_b32,
    HN_TYPES_b64,
    HN_TYPES_u16,
    HN_TYPES_s32,
    HN_TYPES_u32,
    HN_TYPES_s64,
    HN_TYPES_u64,
    HN_TYPES_f64,
    HN_TYPES_f16,
    HN_TYPES_bf16,
    HN_TYPES_COUNT
} hn_types;

/* Instruction sets, weakest first. A row runs where its level is at most the machine's, on the
 * machine's branch (x86 or Arm). REF is the definition; C is portable and ships to
 * microcontrollers. */
typedef enum hn_isa {
    HN_ISA_REF,
    HN_ISA_C,
    HN_ISA_AVX2,
    HN_ISA_AVX512,
    HN_ISA_AVX512VNNI,
    HN_ISA_AVX512FP16,
    HN_ISA_NEON,
    HN_ISA_NEON_DOT,
    HN_ISA_NEON_FP16,
    HN_ISA_NEON_I8MM,
    HN_ISA_COUNT
} hn_isa;

enum { HN_MAX_OPERANDS = 12, HN_KERNEL_ALIGN = 64 };

/* How a spatial step's output rows depend on its input rows: output row y reads input rows
 * y * stride - pad + k * dilation for 0 <= k < kernel. Pointwise steps have kernel 1, stride 1. An
 * addend (the operand that the output may overwrite) lies as the output does: then neither is a
 * ring. */
typedef struct hn_row_window {
    int32_t kernel, stride, dilation, pad;
    int32_t in_h, out_h;
    uint32_t in_row_bytes, out_row_bytes;
    int32_t in_operand, out_operand; /* which operands are the images */
} hn_row_window;

/* What a planner asks of a variant. NULL functions mean: supports all; one unit; no scratch; no
 * windows. */
typedef struct hn_traits {
    bool (*supports)(const void *args);
    uint32_t (*units)(const void *args, const hn_tile *tile);
    uint32_t (*scratch_bytes)(const void *args); /* per worker */
    uint64_t (*unit_cost)(const void *args);     /* about nanoseconds on a small core, for grain */
    bool (*window)(const void *args, hn_row_window *out);
    /* Operand `inplace` (an input) may share memory with the output when sizes agree; -1: none. */
    int32_t inplace;
    const hn_pack *pack; /* constants that the row wants packed (kernels/pack.h); NULL: none */
    /* How many ways the row has to do the work of these arguments, and the arguments of one of
     * them; way 0 is what the row takes by itself. NULL: one. */
    uint32_t (*n_ways)(const void *args);
    void (*take_way)(void *args, uint32_t way);
} hn_traits;

typedef struct hn_kernel {
    const char *name; /* conv_s8_c: the function is hn_conv_s8_c */
    const char *file; /* source below kernels/, for export: "conv/conv_c.c" */
    hn_family family;
    hn_types types;
    hn_isa isa;
    const hn_traits *traits;
    hn_kernel_fn fn; /* NULL where this build has none */
} hn_kernel;

extern const hn_kernel hn_kernels[];
extern const uint32_t hn_n_kernels;

/* The best row of at most `level` that has a function and supports the arguments; NULL when none.
 * HN_ISA_REF gives reference rows only; other levels never give one where another exists. */
const hn_kernel *hn_kernel_choose(hn_family family, hn_types types, hn_isa level, const void *args);

/* The same among the rows that pack constants too. Bit i of `fixed`: operand i is a constant that
 * the caller can pack, or absent. */
const hn_kernel *hn_kernel_choose_packed(hn_family family, hn_types types, hn_isa level,
                                         const void *args, uint32_t fixed);

/* Whether a machine of this level runs the row; whether the row can work on these arguments. */
bool hn_kernel_is_within(const hn_kernel *row, hn_isa level);
bool hn_kernel_takes(const hn_kernel *row, const void *args, uint32_t fixed);

/* Does the set multiply and add halves? */
bool hn_isa_has_half(hn_isa isa);

const char *hn_isa_name(hn_isa isa);
bool hn_isa_of_name(const char *name, hn_isa *isa);

/* One field of a family's arguments, for dumps and exported C. */
typedef struct hn_field {
    const char *name;
    char kind; /* 's' s32, 'u' u32, 'f' f32 */
    uint32_t n, offset;
    bool is_array;
} hn_field;

typedef struct hn_family_info {
    const char *name, *header;
    const hn_field *fields;
    uint32_t n_fields, args_bytes;
} hn_family_info;

/* What a family's arguments are; NULL for a number that is no family. Static: never freed. */
const hn_family_info *hn_family_of(hn_family family);

#endif
