/* SPDX-License-Identifier: Apache-2.0
 * The library's own sources that exported programs include, as bytes: scripts/embed.sh makes the
 * table when the library is built, from core/, the family headers and the portable kernels. */
#ifndef HN_CODEGEN_EMBEDDED_H
#define HN_CODEGEN_EMBEDDED_H

#include <stdint.h>

typedef struct hn_embedded {
    const char *path; /* below src/: "core/work.h" */
    const unsigned char *text;
    uint32_t n_bytes;
} hn_embedded;

extern const hn_embedded hn_embedded_files[];
extern const uint32_t hn_n_embedded_files;

#endif
