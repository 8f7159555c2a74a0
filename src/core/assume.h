/* SPDX-License-Identifier: Apache-2.0
 * What the kernels take for granted of a compiler and a machine, checked when they are compiled:
 * bytes are little-endian, float arithmetic is float32 without extra precision, and shifting a
 * negative number right keeps its sign. Integer conversions that do not fit wrap. A build that
 * fails here would give other bits than the rest. */
#ifndef HN_CORE_ASSUME_H
#define HN_CORE_ASSUME_H

#include <float.h>
#include <stdint.h>

/* A declaration that is ill-formed when the condition is false; C99 has no _Static_assert. */
#define HN_ASSUME(name, condition) typedef char hn_assume_##name[(condition) ? 1 : -1]

#if defined(__BYTE_ORDER__)
HN_ASSUME(little_endian, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
#elif !defined(_WIN32)
#error "the byte order of this machine is not known"
#endif

HN_ASSUME(float_is_evaluated_as_float, FLT_EVAL_METHOD == 0);
HN_ASSUME(float_is_binary32, FLT_RADIX == 2 && FLT_MANT_DIG == 24 && FLT_MAX_EXP == 128);
HN_ASSUME(shift_keeps_sign, (INT32_C(-5) >> 1) == -3 && (INT64_C(-5) >> 1) == -3);
HN_ASSUME(conversion_wraps, (int32_t)UINT32_C(0xfffffffe) == -2 && (int8_t)0xfe == -2);

/* For bodies that several kernels specialise by a constant argument. */
#if defined(__GNUC__)
#define HN_INLINE static inline __attribute__((always_inline))
#else
#define HN_INLINE static inline
#endif

/* Before a loop of at most 16 rounds, a constant number: what it indexes stays in registers. Not
 * where each access is instrumented, which takes compilers minutes. */
#if defined(HN_SANITIZED) || !defined(__GNUC__)
#define HN_UNROLL
#elif defined(__clang__)
#define HN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HN_UNROLL _Pragma("GCC unroll 16")
#endif

#endif
