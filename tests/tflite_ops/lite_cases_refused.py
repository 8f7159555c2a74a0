# SPDX-License-Identifier: Apache-2.0
"""Malformed nodes: LiteRT refuses them when it prepares, and so must hone when it loads."""

from __future__ import annotations

from typing import Any, Callable

from lite_common import Cases, start
from lite_model import Model, Quant, VALID

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
    "fc_columns": two("FULLY_CONNECTED", "FullyConnected", [2, 5], [3, 4]),
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


def cases() -> Cases:
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
