# SPDX-License-Identifier: Apache-2.0
"""Every operator in every type: the first cases of the other families with other elements.

What changes is the type of all data (`all`) or of all indices, sizes and axes (`index`). Small
integers come with a scale and without. What LiteRT does not run is left out, and what it runs
without a meaning: it takes the bytes of one type for those of another.
"""

from __future__ import annotations

import copy

import numpy as np

from lite_cases_refused import first_cases
from lite_cases_tables import texts
from lite_common import QUANT, Cases
from lite_fill import NUMPY
from lite_model import Model, Quant, Tensor

FAMILIES = ("binary", "conv", "matrix", "misc", "move", "unary", "window", "tables", "stable")
PLAIN = "f32 f16 bf16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string".split()
FORMS: dict[str, tuple[str, Quant | None]] = {d: (d, None) for d in PLAIN} | {
    "q" + d: (d, q) for d, q in QUANT.items()
}
INTEGERS = "i8 u8 i16 u16 i32 u32 i64 u64".split()
WORDS = ["one", "", "three", "a b", "one", "x", "seventeen"]

# Computes with the scale of integers, which is 0 where the file has none.
NEEDS_SCALE = set(
    "mul div not_equal batch_matmul exp tanh elu relu relu6 relu_n1_to_1 relu_0_to_1 hard_swish gelu"
    " leaky_relu prelu quantize dequantize average_pool_2d mean sum".split()
)
# Takes the bytes of types that it does not know for others.
UNCHECKED = set(
    "fake_quant matrix_diag matrix_set_diag lsh_projection reshape_index transpose_index split_index"
    " space_to_batch_nd_index batch_to_space_nd_index range_index".split()
)
# The same with one type: weights of 16 bits as of 8, sums of signed bytes as of unsigned ones, a
# scale of 0; and strings that are gone before they are copied.
SINGLE = set(
    "depthwise_conv_2d_2_qi16 prelu_2_qi16 sum_2_qi8 sum_2_qi16 quantize_1_i32 fill_2_string".split()
)


def retype(model: Model, t: Tensor, form: str) -> None:
    t.dtype, quant = FORMS[form]
    t.quant = quant
    if t.is_const and quant is not None and t.dtype == "i8":
        t.quant = Quant(quant.scale, 0)  # weights have no zero point
    if t.fill is None:
        return
    if t.dtype == "string":
        words = [WORDS[i % len(WORDS)] for i in range(int(np.prod(t.shape)))]
        t.fill, t.data = None, texts(words) if t.is_const else words
        return
    low, high = t.fill.low, t.fill.high
    t.fill = model.seeded(t.dtype, None, None, 0)
    if 0 <= low < high <= 9 and t.dtype not in ("f16", "bf16", "bool"):
        t.fill.low, t.fill.high = low, high


def data_of(model: Model) -> list[Tensor]:
    operands = [model.graph.tensors[i] for i in model.graph.ops[0].inputs if i >= 0]
    lead = next((t for t in operands if t.fill is not None), None)
    if lead is None:
        return []
    return [t for t in model.graph.tensors if t.dtype == lead.dtype and t.data is None]


def indices_of(model: Model) -> list[Tensor]:
    return [t for t in model.graph.tensors if t.data is not None and t.dtype in ("i32", "i64")]


def cases() -> Cases:
    for key, model in first_cases(FAMILIES):
        name = key.rsplit("_", 1)[0]
        for form in FORMS:
            m = copy.deepcopy(model)
            changed = data_of(m)
            if name in UNCHECKED or all((t.dtype, t.quant) == FORMS[form] for t in changed):
                continue
            if (name in NEEDS_SCALE and form in QUANT) or f"{key}_{form}" in SINGLE:
                continue
            for t in changed:
                retype(m, t, form)
            yield f"types_{key}_{form}", m
        for form in INTEGERS:
            m = copy.deepcopy(model)
            changed = indices_of(m)
            if name + "_index" in UNCHECKED or all(t.dtype == form for t in changed):
                continue
            for t in changed:
                t.dtype, t.data = form, t.data.astype(NUMPY[form])
            yield f"types_{key}_index_{form}", m
