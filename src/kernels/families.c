/* SPDX-License-Identifier: Apache-2.0
 * The field tables of the families' arguments, made from the same lists that make the structs. The
 * list does not know which struct it is for, so each family has a block in which `self` names it.
 */
#include "kernels/kernels.h"

#include <stddef.h>

#include "kernels/conv/conv.h"
#include "kernels/curve/curve.h"
#include "kernels/argpool/argpool.h"
#include "kernels/audio/audio.h"
#include "kernels/detect/detect.h"
#include "kernels/detect/suppress.h"
#include "kernels/direct/direct.h"
#include "kernels/dynquant/dynquant.h"
#include "kernels/ewise/ewise.h"
#include "kernels/expr/expr.h"
#include "kernels/gather/gather.h"
#include "kernels/gather/scatter.h"
#include "kernels/gemm/gemm.h"
#include "kernels/lut/lut.h"
#include "kernels/move/move.h"
#include "kernels/norm/norm.h"
#include "kernels/pattern/pattern.h"
#include "kernels/pool/pool.h"
#include "kernels/qbinary/qbinary.h"
#include "kernels/quant/quant.h"
#include "kernels/random/random.h"
#include "kernels/reduce/reduce.h"
#include "kernels/resample/resample.h"
#include "kernels/sample/sample.h"
#include "kernels/rnn/cell16.h"
#include "kernels/rnn/qlstm.h"
#include "kernels/rnn/qlstm8.h"
#include "kernels/rnn/rnn.h"
#include "kernels/rnn/svdf.h"
#include "kernels/softmax/softmax.h"
#include "kernels/softmax/softmax16.h"
#include "kernels/small/small.h"
#include "kernels/sort/sort.h"

#define KIND_s32 's'
#define KIND_u32 'u'
#define KIND_f32 'f'

#define SCALAR(type, name)   {#name, KIND_##type, 1, (uint32_t)offsetof(self, name), false},
#define ARRAY(type, name, n) {#name, KIND_##type, n, (uint32_t)offsetof(self, name), true},

const hn_family_info *hn_family_of(hn_family family) {
#define X(family_name, FIELDS, header)                                                             \
    if (family == HN_FAMILY_##family_name) {                                                       \
        typedef hn_##family_name##_args self;                                                      \
        static const hn_field fields[] = {FIELDS(SCALAR, ARRAY)};                                  \
        static const hn_family_info info = {#family_name, header, fields,                          \
                                            (uint32_t)(sizeof fields / sizeof fields[0]),          \
                                            (uint32_t)sizeof(self)};                               \
        return &info;                                                                              \
    }
#include "kernels/families.def"
#undef X
    return 0;
}
