/* SPDX-License-Identifier: Apache-2.0
 * Numbers that look random: number i is a hash of the seed and i alone, so that units in any order
 * and on any machine give the same. Operand 0: output f32.
 * kind 0: uniform, low <= v < high (24 bits). kind 1: normal with mean `low` and deviation `high`,
 * by Box and Muller's cosine.
 * Unit: HN_RANDOM_BLOCK elements. */
#ifndef HN_KERNELS_RANDOM_H
#define HN_KERNELS_RANDOM_H

#include "core/args.h"
#include "core/work.h"

#define HN_RANDOM_FIELDS(F, A)                                                                     \
    F(s32, n) F(s32, kind) F(u32, seed_low) F(u32, seed_high) F(f32, low) F(f32, high)

HN_ARGS(random, HN_RANDOM_FIELDS);

enum { HN_RANDOM_OUT, HN_RANDOM_OPERANDS };
enum { HN_RANDOM_UNIFORM, HN_RANDOM_NORMAL };
enum { HN_RANDOM_BLOCK = 1024 };

#endif
