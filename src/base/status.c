/* SPDX-License-Identifier: Apache-2.0
 * Names and sentences of the status codes. Both come from status.def; the order of the public enum
 * is checked against it here, so that the two can never part. */
#include "base/env.h"

enum {
#define X(name, text) STATUS_##name,
#include "base/status.def"
#undef X
    STATUS_COUNT
};

#define X(name, text)                                                                              \
    _Static_assert((int)HONE_##name == (int)STATUS_##name, "types.h and status.def differ");
#include "base/status.def"
#undef X
_Static_assert((int)STATUS_COUNT == (int)HONE_E_INTERNAL + 1, "types.h and status.def differ");

typedef struct status_row {
    const char *name, *text;
} status_row;

static const status_row rows[STATUS_COUNT] = {
#define X(name, text) {#name, text},
#include "base/status.def"
#undef X
};

const char *hone_status_name(hone_status status) {
    const unsigned index = (unsigned)status;
    return index < STATUS_COUNT ? rows[index].name : "E_UNKNOWN";
}

const char *hn_status_text(hone_status status) {
    const unsigned index = (unsigned)status;
    return index < STATUS_COUNT ? rows[index].text : "an unknown status";
}
