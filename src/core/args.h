/* SPDX-License-Identifier: Apache-2.0
 * Argument structs are declared by field lists, so that one list makes the struct, the table from
 * which a plan is dumped or printed as C, and the checks that hold for it. A list takes two macros:
 * F(type, name) for a scalar and A(type, name, n) for an array. Types are s32, u32 and f32: 32 bits
 * each, so that the struct is the same bytes on every machine and has no padding. */
#ifndef HN_CORE_ARGS_H
#define HN_CORE_ARGS_H

#include <stdint.h>

typedef int32_t hn_field_s32;
typedef uint32_t hn_field_u32;
typedef float hn_field_f32;

#define HN_FIELD_SCALAR(type, name)   hn_field_##type name;
#define HN_FIELD_ARRAY(type, name, n) hn_field_##type name[n];

/* HN_ARGS(conv, HN_CONV_FIELDS) declares hn_conv_args. */
#define HN_ARGS(family, FIELDS)                                                                    \
    typedef struct hn_##family##_args {                                                            \
        FIELDS(HN_FIELD_SCALAR, HN_FIELD_ARRAY)                                                    \
    } hn_##family##_args

#endif
