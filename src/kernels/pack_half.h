/* SPDX-License-Identifier: Apache-2.0
 * Inside of kernels/pack.c: the format HN_PACKED_F16. */
#ifndef HN_KERNELS_PACK_HALF_H
#define HN_KERNELS_PACK_HALF_H

#include "kernels/pack.h"

enum { HN_PANEL_HALF = 32 };

/* Outputs of a group, whole panels. */
int64_t hn_pack_half_width(const hn_panels *p);

void hn_pack_half_write(const hn_panels *p, const void *const *source, uint16_t *to);

#endif
