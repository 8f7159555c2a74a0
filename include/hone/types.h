/* SPDX-License-Identifier: Apache-2.0
 * Status codes and element types, shared by all public headers. */
#ifndef HONE_TYPES_H
#define HONE_TYPES_H

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. 0 is success; every other code comes with a message on the failing object.
 */
typedef enum hone_status {
    HONE_OK = 0,
    HONE_E_ARGUMENT,    /* an argument of the call is wrong */
    HONE_E_MEMORY,      /* memory could not be had */
    HONE_E_LIMIT,       /* a limit (memory, work, depth, trips) would be passed */
    HONE_E_FILE,        /* a file could not be opened, read or written */
    HONE_E_FORMAT,      /* the bytes are not what the format allows */
    HONE_E_UNSUPPORTED, /* valid, but not supported; the message names the node and the reason */
    HONE_E_SHAPE,       /* shapes or types do not fit */
    HONE_E_DATA,        /* the run met data that the operator does not allow */
    HONE_E_PROVIDER,    /* a provider failed */
    HONE_E_CANCELLED,   /* stopped by hone_session_cancel */
    HONE_E_INTERNAL     /* a defect in hone */
} hone_status;

/* Element types. Sub-byte types are stored flat, low bits first. Signed types are s, unsigned u. */
typedef enum hone_dtype {
    HONE_DTYPE_NONE,
    HONE_DTYPE_F32,
    HONE_DTYPE_F16,
    HONE_DTYPE_BF16,
    HONE_DTYPE_F64,
    HONE_DTYPE_C64,
    HONE_DTYPE_S2,
    HONE_DTYPE_U2,
    HONE_DTYPE_S4,
    HONE_DTYPE_U4,
    HONE_DTYPE_S8,
    HONE_DTYPE_U8,
    HONE_DTYPE_S16,
    HONE_DTYPE_U16,
    HONE_DTYPE_S32,
    HONE_DTYPE_U32,
    HONE_DTYPE_S64,
    HONE_DTYPE_U64,
    HONE_DTYPE_BOOL,
    HONE_DTYPE_B1,
    HONE_DTYPE_T2,
    HONE_DTYPE_F8E4M3,
    HONE_DTYPE_F8E5M2,
    HONE_DTYPE_F8E4M3FNUZ,
    HONE_DTYPE_F8E5M2FNUZ,
    HONE_DTYPE_F8E8M0,
    HONE_DTYPE_F4E2M1,
    HONE_DTYPE_STRING,
    HONE_DTYPE_LIST /* of an input or output that is a sequence or an optional */
} hone_dtype;

enum { HONE_MAX_RANK = 8 };

/* The name of a code or type, such as "E_FORMAT" or "f32"; never NULL. */
const char *hone_status_name(hone_status status);
const char *hone_dtype_name(hone_dtype dtype);

#ifdef __cplusplus
}
#endif

#endif
