# SPDX-License-Identifier: Apache-2.0
"""Malformed nodes: LiteRT refuses them when it prepares, and so must hone when it loads.

BROKEN are built by hand. Others are made from the first case of each operator in the other
families: an operand gone, one more, one of another type or shape, an output gone, one more, a
number of the options beyond any dimension. Those that LiteRT refuses are kept, apart from LENIENT.
"""

from __future__ import annotations

import copy
import importlib
from typing import Any, Callable, Iterator, Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lite_common import Cases, start
from lite_model import Model, Quant, Tensor, VALID

Build = Callable[[Model], Any]


def conv(x: list[int], w: list[int], b: list[int], **fields: Any) -> Build:
    def build(m: Model) -> None:
        given = {"stride_h": 1, "stride_w": 1, "padding": VALID} | fields
        operands = [m.input("f32", x), m.const("f32", w), m.const("f32", b)]
        m.op("CONV_2D", operands, [m.out("f32")], "Conv2D", **given)

    return build


def one(op: str, options: str, x: list[int], *constants: Any, **fields: Any) -> Build:
    def build(m: Model) -> None:
        operands = [m.input("f32", x)] + [m.ints(v) for v in constants]
        m.op(op, operands, [m.out("f32")], options, **fields)

    return build


def two(op: str, options: str, a: list[int], b: list[int], **fields: Any) -> Build:
    def build(m: Model) -> None:
        m.op(op, [m.input("f32", a), m.input("f32", b)], [m.out("f32")], options, **fields)

    return build


def mixed(op: str, options: str) -> Build:
    def build(m: Model) -> None:
        m.op(op, [m.input("f32", [3]), m.input("i32", [3])], [m.out("f32")], options)

    return build


BROKEN: dict[str, Build] = {
    "conv_channels": conv([1, 5, 5, 3], [4, 3, 3, 2], [4]),
    "conv_bias": conv([1, 5, 5, 3], [4, 3, 3, 3], [5]),
    "conv_rank": conv([5, 5, 3], [4, 3, 3, 3], [4]),
    "conv_stride": conv([1, 5, 5, 3], [4, 3, 3, 3], [4], stride_h=0),
    "fc_rank": two("FULLY_CONNECTED", "FullyConnected", [2, 4], [3, 4, 1]),
    "add_shapes": two("ADD", "Add", [2, 3], [2, 4]),
    "add_types": mixed("ADD", "Add"),
    "mul_types": mixed("MUL", "Mul"),
    "maximum_types": mixed("MAXIMUM", "MaximumMinimum"),
    "less_types": mixed("LESS", "Less"),
    "concat_shapes": two("CONCATENATION", "Concatenation", [2, 3], [3, 3], axis=1),
    "concat_axis": two("CONCATENATION", "Concatenation", [2, 3], [2, 3], axis=4),
    "pack_shapes": two("PACK", "Pack", [2, 3], [3, 2], axis=0, values_count=2),
    "reshape_size": one("RESHAPE", "Reshape", [2, 3], [4, 2]),
    "reshape_two_open": one("RESHAPE", "Reshape", [2, 3], [-1, -1]),
    "transpose_rank": one("TRANSPOSE", "Transpose", [2, 3], [0, 1, 2]),
    "transpose_axis": one("TRANSPOSE", "Transpose", [2, 3], [0, 5]),
    "squeeze_axis": one("SQUEEZE", "Squeeze", [2, 1], squeeze_dims=[0]),
    "pad_shape": one("PAD", "Pad", [2, 3], [[1, 1]]),
    "pad_negative": one("PAD", "Pad", [2, 3], [[1, -1], [0, 0]]),
    "mirror_pad_wide": one("MIRROR_PAD", "MirrorPad", [3], [[4, 0]], mode=0),
    "slice_size": one("SLICE", "Slice", [4], [2], [5]),
    "slice_begin": one("SLICE", "Slice", [4], [-2], [1]),
    "unpack_count": one("UNPACK", "Unpack", [3, 2], axis=0, num=2),
    "pool_rank": one("MAX_POOL_2D", "Pool2D", [4, 4], stride_h=1, stride_w=1, filter_height=2, filter_width=2),
    "softmax_scalar": one("SOFTMAX", "Softmax", [], beta=1.0),
    "bmm_columns": two("BATCH_MATMUL", "BatchMatMul", [2, 3], [4, 5]),
    "space_to_depth_size": one("SPACE_TO_DEPTH", "SpaceToDepth", [1, 3, 4, 1], block_size=2),
    "depth_to_space_size": one("DEPTH_TO_SPACE", "DepthToSpace", [1, 2, 2, 3], block_size=2),
    "resize_size": one("RESIZE_BILINEAR", "ResizeBilinear", [1, 2, 2, 3], [2, 2, 2]),
    "tile_count": one("TILE", "Tile", [2, 3], [1]),
    "expand_dims_axis": one("EXPAND_DIMS", "ExpandDims", [2], 5),
    "arg_max_axis": one("ARG_MAX", "ArgMax", [2], 3, output_type=2),
    "cumsum_axis": one("CUMSUM", "Cumsum", [2, 3], 7),
    "broadcast_to_shape": one("BROADCAST_TO", "BroadcastTo", [3], [4]),
}  # fmt: skip


# Families whose first cases are changed, and operators without a fixed list of operands.
CHANGED = ("binary", "conv", "matrix", "misc", "move", "unary", "window")
FAR = 9

# What LiteRT refuses and hone runs, because it has a meaning that another format gives it.
LENIENT = {
    "broadcasting": "atan2_2_scalar_0 atan2_2_scalar_1 add_n_2_scalar_0 add_n_2_scalar_1"
    " add_n_5_scalar_0 add_n_5_scalar_1 add_n_5_scalar_2 select_3_scalar_1 select_3_scalar_2"
    " prelu_2_scalar_0",
    "other types": "pow_2_type_1 one_hot_4_type_0 one_hot_4_type_1 dequantize_1_type_0",
    "other ranks": "shape_1_scalar_0 where_1_scalar_0 unique_1_scalar_0 unique_1_rank_5_0"
    " unique_1_rank_2_0 local_response_normalization_1_rank_5_0 reduce_window_5_scalar_0"
    " local_response_normalization_1_rank_2_0 random_uniform_1_scalar_0"
    " random_standard_normal_1_scalar_0",
    "no bias": "conv_2d_3_operand_gone",
}

Change = Callable[[Model], bool]


def drop_operand(model: Model) -> bool:
    op = model.graph.ops[0]
    op.inputs = op.inputs[:-1]
    return len(op.inputs) > 0


def add_operand(model: Model) -> bool:
    op = model.graph.ops[0]
    op.inputs = list(op.inputs) + [model.const("f32", [2]).index]
    return True


def drop_output(model: Model) -> bool:
    op = model.graph.ops[0]
    op.outputs = op.outputs[:-1]
    model.graph.outputs = model.graph.outputs[:-1]
    return len(op.outputs) > 0


def add_output(model: Model) -> bool:
    op = model.graph.ops[0]
    op.outputs = list(op.outputs) + [model.out(model.graph.outputs[0].dtype).index]
    return True


def operand_of(model: Model, k: int) -> Tensor | None:
    op = model.graph.ops[0]
    if k >= len(op.inputs) or op.inputs[k] < 0:
        return None
    t = model.graph.tensors[op.inputs[k]]
    return None if t.dtype in ("string", "resource") else t


def refill(model: Model, t: Tensor, dtype: str, shape: list[int]) -> None:
    t.dtype, t.shape, t.data, t.signature = dtype, shape, None, None
    t.fill = model.seeded(dtype, None, None, 0)


def other_type(k: int) -> Change:
    def change(model: Model) -> bool:
        t = operand_of(model, k)
        if t is None:
            return False
        refill(model, t, "i32" if t.dtype == "f32" else "f32", t.shape)
        return True

    return change


def other_shape(k: int, shape: list[int]) -> Change:
    def change(model: Model) -> bool:
        t = operand_of(model, k)
        if t is None or t.shape == shape:
            return False
        refill(model, t, t.dtype, shape)
        return True

    return change


def far_number(k: int) -> Change:
    """The first number of a constant operand of indices is FAR."""

    def change(model: Model) -> bool:
        t = operand_of(model, k)
        if t is None or t.dtype not in ("i32", "i64") or t.fill is not None or t.data is None:
            return False
        data = np.array(t.data)
        if data.size == 0:
            return False
        data.reshape(-1)[0] = FAR
        t.data = data
        return True

    return change


def far_axis(model: Model) -> bool:
    options = model.graph.ops[0].builtinOptions or model.graph.ops[0].builtinOptions2
    for name in ("axis", "batchDims", "batchDim", "seqDim", "blockSize", "num", "numSplits"):
        if options is not None and hasattr(options, name):
            setattr(options, name, FAR)
            return True
    return False


CHANGES: dict[str, Change] = {
    "operand_gone": drop_operand,
    "operand_more": add_operand,
    "output_gone": drop_output,
    "output_more": add_output,
    "axis": far_axis,
} | {
    f"{name}_{k}": change
    for k in range(3)
    for name, change in (
        ("type", other_type(k)),
        ("scalar", other_shape(k, [])),
        ("rank_5", other_shape(k, [3, 1, 2, 1, 7])),
        ("rank_2", other_shape(k, [11, 13])),
        ("number", far_number(k)),
    )
}  # fmt: skip


def first_cases(families: Sequence[str] = CHANGED) -> Iterator[tuple[str, Model]]:
    """The first case of each operator and number of operands."""
    seen: set[str] = set()
    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    for family in families:
        for _, model in importlib.import_module("lite_cases_" + family).cases():
            code = model.codes[0].builtinCode
            if len(model.graphs) > 1 or len(model.graph.ops) != 1 or model.fails:
                continue
            name = names[code].lower()
            key = f"{name}_{len(model.graph.ops[0].inputs)}"
            if name == "custom" or key in seen:
                continue
            seen.add(key)
            yield key, model


def changed_cases() -> Cases:
    lenient = {name for names in LENIENT.values() for name in names.split()}
    for key, model in first_cases():
        for name, change in CHANGES.items():
            m = copy.deepcopy(model)
            if f"{key}_{name}" in lenient or not change(m):
                continue
            m.is_refused = m.is_tried = True
            yield f"refused_{key}_{name}", m


def cases() -> Cases:
    yield from broken_cases()
    yield from changed_cases()


def broken_cases() -> Cases:
    for name, build in BROKEN.items():
        full, m = start("refused_" + name)
        build(m)
        m.is_refused = True
        yield full, m
    for kind, zero in (("i8", 300), ("u8", -1), ("i16", 40000)):
        full, m = start(f"refused_zero_point_{kind}")
        m.is_refused = True
        quant = Quant(0.1, zero)
        m.op(
            "SUB",
            [m.input(kind, [3], quant), m.input(kind, [3], quant)],
            [m.out(kind, quant)],
            "Sub",
        )
        yield full, m
