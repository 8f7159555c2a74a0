/* SPDX-License-Identifier: Apache-2.0
 * Order along one axis of a tensor viewed as [outer, n, inner]: where the extreme is, the k first
 * in order, and running sums. arg: operands 0 input, 1 output [outer, inner] of indices, s32, or
 * s64 where is_wide is 1. The first of equal elements, or the last where is_last is 1. kind
 * HN_ARG_HOT gives f32 [outer, n, inner] instead: 1 where the (first) maximum is, else 0. topk:
 * operands 0 input, 1 output [outer, k, inner]: the k greatest (or least) elements in order, or
 * their indices, as `gives` says. Of equal elements the one with the lower index is first. scan:
 * operands 0 input, 1 output of the same shape: running sums or products, in order or from the end,
 * with or without the element itself. Integers wrap. Unit: one (outer, inner) row. Scratch of topk:
 * k indices. */
#ifndef HN_KERNELS_SORT_H
#define HN_KERNELS_SORT_H

#include "core/args.h"
#include "core/work.h"

#define HN_ARG_FIELDS(F, A)                                                                        \
    F(s32, kind) F(s32, outer) F(s32, n) F(s32, inner) F(s32, is_last) F(s32, is_wide)
#define HN_TOPK_FIELDS(F, A)                                                                       \
    F(s32, outer) F(s32, n) F(s32, inner) F(s32, k) F(s32, is_largest) F(s32, gives)
#define HN_SCAN_FIELDS(F, A)                                                                       \
    F(s32, kind) F(s32, outer) F(s32, n) F(s32, inner) F(s32, is_exclusive) F(s32, is_reverse)

HN_ARGS(arg, HN_ARG_FIELDS);
HN_ARGS(topk, HN_TOPK_FIELDS);
HN_ARGS(scan, HN_SCAN_FIELDS);

enum { HN_ARG_IN, HN_ARG_OUT, HN_ARG_OPERANDS };
enum { HN_ARG_MAX, HN_ARG_MIN, HN_ARG_HOT };
enum { HN_TOPK_IN, HN_TOPK_OUT, HN_TOPK_OPERANDS };
enum { HN_TOPK_VALUES, HN_TOPK_S32, HN_TOPK_S64 };
enum { HN_SCAN_IN, HN_SCAN_OUT, HN_SCAN_OPERANDS };
enum { HN_SCAN_SUM, HN_SCAN_PROD };

#endif
