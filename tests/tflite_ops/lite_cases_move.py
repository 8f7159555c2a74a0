# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements: reshape, slice, pad, gather, concatenate, tile, and so on."""

from __future__ import annotations

from typing import Any

from lite_common import OTHER, QUANT, Cases, one, start, text
from lite_model import ACTIVATIONS

MOST = ("f32", "i8", "u8", "i16", "i32", "i64", "bool")


def shapes() -> Cases:
    for x, y in (
        ([2, 3, 4], [6, 4]),
        ([6], [2, -1]),
        ([], [1, 1]),
        ([1], []),
        ([0, 3], [3, 0]),
        ([2, 3, 4], [4, 3, 2]),
    ):
        for kind in MOST:
            full, m = start(f"reshape_{kind}_{text(x)}_{text(y).replace('-', 'm')}")
            q = QUANT.get(kind)
            m.op(
                "RESHAPE",
                [m.input(kind, x, q), m.ints(y)],
                [m.out(kind, q)],
                "Reshape",
                new_shape=y,
            )
            yield full, m
    full, m = start("reshape_attribute")
    m.op("RESHAPE", [m.input("f32", [2, 6])], [m.out("f32")], "Reshape", new_shape=[3, 4])
    yield full, m
    full, m = start("reshape_given")
    m.op("RESHAPE", [m.input("f32", [2, 6]), m.given([3, -1])], [m.out("f32")], "Reshape")
    yield full, m
    for x, axis in (([2, 3], 0), ([2, 3], -1), ([], 0), ([4, 1, 2], 2)):
        for kind in ("f32", "i8", "i32"):
            full, m = start(f"expand_dims_{kind}_{text(x)}_{axis}")
            q = QUANT.get(kind)
            m.op("EXPAND_DIMS", [m.input(kind, x, q), m.ints(axis)], [m.out(kind, q)], "ExpandDims")
            yield full, m
    for x, axes in (
        ([1, 2, 1, 3], []),
        ([1, 2, 1, 3], [2]),
        ([1, 2, 1, 3], [0, -2]),
        ([1, 1], [0, 1]),
    ):
        for kind in ("f32", "i8", "i64", "bool"):
            full, m = start(f"squeeze_{kind}_{text(x)}_{text(axes).replace('-', 'm')}")
            q = QUANT.get(kind)
            m.op("SQUEEZE", [m.input(kind, x, q)], [m.out(kind, q)], "Squeeze", squeeze_dims=axes)
            yield full, m
    for x in ([2, 3, 4], [], [0], [1, 2, 3, 4, 5]):
        for code, to in ((2, "i32"), (4, "i64")):
            full, m = start(f"shape_{to}_{text(x)}")
            m.op("SHAPE", [m.input("f32", x)], [m.out(to)], "Shape", out_type=code)
            yield full, m
        full, m = start(f"rank_{text(x)}")
        m.op("RANK", [m.input("f32", x)], [m.out("i32")], "Rank")
        yield full, m
    for x, perm in (
        ([2, 3], [1, 0]),
        ([2, 3, 4], [2, 0, 1]),
        ([2, 3, 4, 5], [0, 3, 1, 2]),
        ([2, 1, 3, 2, 2], [4, 2, 0, 3, 1]),
        ([7], [0]),
        ([2, 3, 2, 2, 1, 2], [5, 4, 3, 2, 1, 0]),
    ):
        for kind in MOST:
            full, m = start(f"transpose_{kind}_{text(x)}_{text(perm)}")
            q = QUANT.get(kind)
            m.op("TRANSPOSE", [m.input(kind, x, q), m.ints(perm)], [m.out(kind, q)], "Transpose")
            yield full, m


def joined() -> Cases:
    for kind in MOST:
        q = QUANT.get(kind)
        for n, (xs, axis) in enumerate(
            (
                ([[2, 3], [2, 5]], 1),
                ([[1, 2, 2], [3, 2, 2], [1, 2, 2]], 0),
                ([[2, 3, 4], [2, 3, 1]], -1),
                ([[4], [0], [2]], 0),
            )
        ):
            full, m = start(f"concat{n}_{kind}")
            m.op(
                "CONCATENATION",
                [m.input(kind, x, q) for x in xs],
                [m.out(kind, q)],
                "Concatenation",
                axis=axis,
            )
            yield full, m
        for n, (x, count, axis) in enumerate(
            (([2, 3], 2, 0), ([2, 3], 3, -1), ([], 2, 0), ([4], 1, 1))
        ):
            full, m = start(f"pack{n}_{kind}")
            operands = [m.input(kind, x, q) for _ in range(count)]
            m.op("PACK", operands, [m.out(kind, q)], "Pack", axis=axis, values_count=count)
            yield full, m
        for n, (x, axis) in enumerate((([2, 3], 0), ([2, 3, 2], -1), ([3], 0))):
            full, m = start(f"unpack{n}_{kind}")
            a = m.input(kind, x, q)
            m.op(
                "UNPACK",
                [a],
                [m.out(kind, q) for _ in range(x[axis])],
                "Unpack",
                axis=axis,
                num=x[axis],
            )
            yield full, m
        for n, (x, axis, count) in enumerate((([4, 6], 1, 3), ([4, 6], 0, 2), ([2, 2, 4], -1, 4))):
            full, m = start(f"split{n}_{kind}")
            ax = m.ints(axis)
            m.op(
                "SPLIT",
                [ax, m.input(kind, x, q)],
                [m.out(kind, q) for _ in range(count)],
                "Split",
                num_splits=count,
            )
            yield full, m
        for n, (x, sizes, axis) in enumerate(
            (([4, 6], [1, 2, 3], 1), ([4, 6], [3, -1], 0), ([5], [0, 5], 0))
        ):
            full, m = start(f"split_v{n}_{kind}")
            a = m.input(kind, x, q)
            operands = [a, m.ints(sizes), m.ints(axis)]
            m.op(
                "SPLIT_V",
                operands,
                [m.out(kind, q) for _ in sizes],
                "SplitV",
                num_splits=len(sizes),
            )
            yield full, m
    for kind in ("i8", "u8", "i16"):
        full, m = start(f"concat_scales_{kind}")
        operands = [m.input(kind, [2, 3], QUANT[kind]), m.input(kind, [2, 3], OTHER[kind])]
        m.op("CONCATENATION", operands, [m.out(kind, QUANT[kind])], "Concatenation", axis=1)
        yield full, m
    for act in ("relu", "relu6"):
        full, m = start(f"concat_{act}")
        operands = [m.input("f32", [2, 3], None, -9, 9), m.input("f32", [2, 1], None, -9, 9)]
        m.op(
            "CONCATENATION",
            operands,
            [m.out("f32")],
            "Concatenation",
            axis=1,
            fused_activation_function=ACTIVATIONS[act],
        )
        yield full, m


def padded() -> Cases:
    for x, pads in (
        ([2, 3], [[1, 2], [0, 3]]),
        ([4], [[2, 1]]),
        ([1, 2, 2, 3], [[0, 0], [1, 1], [2, 0], [0, 0]]),
        ([2, 1, 2, 1, 2], [[0, 1], [1, 0], [0, 0], [2, 2], [1, 1]]),
        ([0, 2], [[1, 1], [0, 0]]),
    ):
        for kind in MOST:
            q = QUANT.get(kind)
            full, m = start(f"pad_{kind}_{text(x)}")
            m.op("PAD", [m.input(kind, x, q), m.ints(pads)], [m.out(kind, q)], "Pad")
            yield full, m
            full, m = start(f"padv2_{kind}_{text(x)}")
            value = m.const(kind, [1], q, data=[1])
            m.op("PADV2", [m.input(kind, x, q), m.ints(pads), value], [m.out(kind, q)], "PadV2")
            yield full, m
    for x, pads in (
        ([3, 4], [[2, 1], [0, 3]]),
        ([5], [[2, 4]]),
        ([2, 3, 2], [[1, 0], [2, 2], [1, 1]]),
    ):
        for mode in (0, 1):
            for kind in ("f32", "i8", "u8", "i16", "i32", "i64"):
                if mode == 1 or all(max(p) < d for p, d in zip(pads, x)):
                    full, m = start(f"mirror_pad_{kind}_{text(x)}_{mode}")
                    q = QUANT.get(kind)
                    m.op(
                        "MIRROR_PAD",
                        [m.input(kind, x, q), m.ints(pads)],
                        [m.out(kind, q)],
                        "MirrorPad",
                        mode=mode,
                    )
                    yield full, m
    full, m = start("pad_given")
    m.op("PAD", [m.input("f32", [2, 3]), m.given([[1, 0], [2, 1]])], [m.out("f32")], "Pad")
    yield full, m
    full, m = start("pad_i64_pads")
    m.op("PAD", [m.input("f32", [2, 3]), m.ints([[1, 0], [2, 1]], "i64")], [m.out("f32")], "Pad")
    yield full, m


def sliced() -> Cases:
    for x, begin, size in (
        ([4, 5], [1, 2], [2, 3]),
        ([4, 5], [0, 1], [-1, -1]),
        ([7], [3], [4]),
        ([2, 3, 4, 2], [1, 0, 2, 0], [1, 3, 1, 2]),
        ([2, 2, 3, 2, 2], [0, 1, 0, 1, 0], [2, 1, 2, 1, 1]),
        ([3, 4], [1, 4], [2, 0]),
    ):
        for kind in MOST:
            full, m = start(f"slice_{kind}_{text(x)}_{text(begin)}")
            q = QUANT.get(kind)
            m.op(
                "SLICE",
                [m.input(kind, x, q), m.ints(begin), m.ints(size)],
                [m.out(kind, q)],
                "Slice",
            )
            yield full, m
    full, m = start("slice_given")
    m.op(
        "SLICE",
        [m.input("f32", [4, 5]), m.given([1, 2]), m.given([2, -1])],
        [m.out("f32")],
        "Slice",
    )
    yield full, m
    for n, (x, begin, end, step, fields) in enumerate(
        (
            ([6, 7], [1, 2], [5, 7], [2, 3], {}),
            ([6, 7], [4, 6], [0, 1], [-1, -2], {}),
            ([6, 7], [0, 0], [0, 3], [1, 1], {"begin_mask": 2, "end_mask": 1}),
            ([6, 7], [2, 0], [3, 7], [1, 2], {"shrink_axis_mask": 1}),
            ([3, 4, 5], [0, 1], [0, 3], [1, 1], {"ellipsis_mask": 1}),
            ([3, 4], [0, 1, 0], [0, 3, 4], [1, 1, 2], {"new_axis_mask": 1}),
            ([5], [-4], [-1], [1], {}),
            ([5], [-1], [-9], [-2], {}),
            ([2, 3, 4, 5], [0, 1, 0, 2], [2, 3, 4, 5], [1, 1, 3, 2], {}),
            ([2, 3, 2, 3, 2], [0, 1, 0, 0, 1], [2, 3, 2, 3, 2], [1, 1, 1, 2, 1], {}),
            ([6, 7], [1], [4], [1], {}),
            ([4], [3], [1], [1], {}),
            ([5], [1], [2], [1], {"offset": True}),
        )
    ):
        for kind in MOST:
            full, m = start(f"strided_slice{n}_{kind}")
            q = QUANT.get(kind)
            operands = [m.input(kind, x, q), m.ints(begin), m.ints(end), m.ints(step)]
            m.op("STRIDED_SLICE", operands, [m.out(kind, q)], "StridedSlice", 4, **fields)
            yield full, m


def gathered() -> Cases:
    for n, (x, i, axis, batch) in enumerate(
        (
            ([5, 3], [4], 0, 0),
            ([2, 6, 2], [2, 3], 1, 0),
            ([7], [], 0, 0),
            ([2, 5, 3], [2, 4], 1, 1),
            ([3, 4], [0], 0, 0),
            ([2, 3, 4], [2], -1, 0),
        )
    ):
        for kind in MOST:
            for index in ("i32", "i64") + (("i16",) if kind in ("f32", "i8") else ()):
                full, m = start(f"gather{n}_{kind}_{index}")
                q = QUANT.get(kind)
                a = m.input(kind, x, q)
                m.op(
                    "GATHER",
                    [a, m.input(index, i, None, 0, x[axis] - 1)],
                    [m.out(kind, q)],
                    "Gather",
                    axis=axis,
                    batch_dims=batch,
                )
                yield full, m
    for n, (x, i) in enumerate(
        (([3, 4, 2], [5, 2]), ([3, 3], [4, 1]), ([2, 2, 2], [2, 2, 3]), ([3, 2], [2, 1]))
    ):
        for kind in MOST:
            for index in ("i32", "i64"):
                full, m = start(f"gather_nd{n}_{kind}_{index}")
                q = QUANT.get(kind)
                m.op(
                    "GATHER_ND",
                    [m.input(kind, x, q), m.input(index, i, None, 0, 1)],
                    [m.out(kind, q)],
                    "GatherNd",
                )
                yield full, m
    for kind in ("f32", "i32", "i64", "u8", "i8", "i16"):
        full, m = start(f"scatter_nd_{kind}")
        rows = m.ints([[3], [1], [3], [0]])
        m.op(
            "SCATTER_ND",
            [rows, m.input(kind, [4, 2], None, 0, 9), m.ints([5, 2])],
            [m.out(kind)],
            "ScatterNd",
        )
        yield full, m
    for kind in ("f32", "i32", "i64", "i8", "bool"):
        for begin in ([1, 1], [5, -3], [0, 2]):
            full, m = start(f"dynamic_update_slice_{kind}_{begin[0]}")
            operands = [m.input(kind, [4, 5]), m.input(kind, [2, 3]), m.given(begin)]
            m.op("DYNAMIC_UPDATE_SLICE", operands, [m.out(kind)], "DynamicUpdateSlice")
            yield full, m


def repeated() -> Cases:
    for kind in MOST:
        q = QUANT.get(kind)
        for x, times in (([2, 3], [2, 1]), ([3], [4]), ([1, 2, 2], [3, 1, 2]), ([2], [0])):
            full, m = start(f"tile_{kind}_{text(x)}_{text(times)}")
            m.op("TILE", [m.input(kind, x, q), m.ints(times)], [m.out(kind, q)], "Tile")
            yield full, m
        for x, y in (([3], [2, 3]), ([2, 1], [2, 5]), ([], [2, 2]), ([1, 2, 1, 2], [3, 2, 2, 2])):
            full, m = start(f"broadcast_to_{kind}_{text(x)}_{text(y)}")
            m.op(
                "BROADCAST_TO", [m.input(kind, x, q), m.ints(y)], [m.out(kind, q)], "BroadcastTo", 2
            )
            yield full, m
        for x, axes in (([2, 3, 4], [1]), ([5], [0]), ([2, 3, 4], [0, 1]), ([2, 3, 4], [-1])):
            full, m = start(f"reverse_{kind}_{text(x)}_{text(axes).replace('-', 'm')}")
            m.op("REVERSE_V2", [m.input(kind, x, q), m.ints(axes)], [m.out(kind, q)], "ReverseV2")
            yield full, m
        full, m = start(f"reverse_sequence_{kind}")
        m.op(
            "REVERSE_SEQUENCE",
            [m.input(kind, [3, 4, 2], q), m.given([1, 4, 2])],
            [m.out(kind, q)],
            "ReverseSequence",
            seq_dim=1,
            batch_dim=0,
        )
        yield full, m
        full, m = start(f"fill_{kind}")
        m.op("FILL", [m.ints([2, 3]), m.input(kind, [], q)], [m.out(kind, q)], "Fill")
        yield full, m
        full, m = start(f"one_hot_{kind}")
        on, off = m.const(kind, [], data=1), m.const(kind, [], data=0)
        m.op(
            "ONE_HOT",
            [m.input("i32", [2, 3], None, -1, 4), m.ints(4), on, off],
            [m.out(kind)],
            "OneHot",
            axis=-1,
        )
        yield full, m
        for n, (c, a, b) in enumerate(
            (([2, 3], [2, 3], [2, 3]), ([2, 1], [3], [1, 3]), ([], [2, 2], [2, 2]))
        ):
            full, m = start(f"select_v2_{n}_{kind}")
            m.op(
                "SELECT_V2",
                [m.input("bool", c), m.input(kind, a, q), m.input(kind, b, q)],
                [m.out(kind, q)],
                "SelectV2",
            )
            yield full, m
            if n != 1:
                full, m = start(f"select_{n}_{kind}")
                m.op(
                    "SELECT",
                    [m.input("bool", c), m.input(kind, a, q), m.input(kind, b, q)],
                    [m.out(kind, q)],
                    "Select",
                )
                yield full, m
        full, m = start(f"select_rows_{kind}")
        m.op(
            "SELECT",
            [m.input("bool", [3]), m.input(kind, [3, 2], q), m.input(kind, [3, 2], q)],
            [m.out(kind, q)],
            "Select",
        )
        yield full, m
    for axis in (0, 1, 2):
        full, m = start(f"one_hot_axis{axis}")
        on, off = m.const("f32", [], data=2.5), m.const("f32", [], data=-1)
        m.op(
            "ONE_HOT",
            [m.input("i64", [2, 3], None, 0, 3), m.ints(4), on, off],
            [m.out("f32")],
            "OneHot",
            axis=axis,
        )
        yield full, m


def blocks() -> Cases:
    for kind in ("f32", "i8", "u8", "i16", "i32", "i64"):
        q = QUANT.get(kind)
        for op, options in (("SPACE_TO_DEPTH", "SpaceToDepth"), ("DEPTH_TO_SPACE", "DepthToSpace")):
            for n, (x, size) in enumerate((([1, 4, 6, 8], 2), ([2, 3, 3, 9], 3))):
                yield one(f"{op.lower()}{n}", op, kind, x, q, (kind, q), options, block_size=size)
        for n, (x, block, pads) in enumerate(
            (
                ([1, 4, 4, 3], [2, 2], [[0, 0], [0, 0]]),
                ([2, 3, 5, 2], [2, 3], [[1, 0], [0, 1]]),
                ([1, 6, 2], [3], [[0, 0]]),
            )
        ):
            full, m = start(f"space_to_batch{n}_{kind}")
            m.op(
                "SPACE_TO_BATCH_ND",
                [m.input(kind, x, q), m.ints(block), m.ints(pads)],
                [m.out(kind, q)],
                "SpaceToBatchND",
            )
            yield full, m
        for n, (x, block, crops) in enumerate(
            (
                ([4, 2, 2, 3], [2, 2], [[0, 0], [0, 0]]),
                ([12, 2, 2, 1], [2, 3], [[1, 0], [0, 1]]),
                ([6, 2, 2], [3], [[1, 1]]),
            )
        ):
            full, m = start(f"batch_to_space{n}_{kind}")
            m.op(
                "BATCH_TO_SPACE_ND",
                [m.input(kind, x, q), m.ints(block), m.ints(crops)],
                [m.out(kind, q)],
                "BatchToSpaceND",
            )
            yield full, m


def made() -> Cases:
    for kind, start_at, limit, delta in (
        ("i32", 2, 11, 3),
        ("i32", 5, -4, -2),
        ("f32", 0.5, 3.1, 0.4),
        ("i64", 0, 4, 1),
        ("f32", 2, 2, 1),
    ):
        for is_given in (False, True):
            full, m = start(f"range_{kind}_{start_at}_{int(is_given)}")
            make: Any = m.given if is_given else m.ints
            m.op(
                "RANGE",
                [make(start_at, kind), make(limit, kind), make(delta, kind)],
                [m.out(kind)],
                "Range",
            )
            yield full, m
    for kind in ("f32", "i32", "u8", "i8", "i64", "bool", "u32"):
        for shape in ([5], [2, 3], [2, 2, 3], []):
            full, m = start(f"where_{kind}_{text(shape)}")
            m.op("WHERE", [m.input(kind, shape, None, 0, 1, 1)], [m.out("i64")], "Where")
            yield full, m
    for kind in ("f32", "i8", "u8", "i16", "i32", "i64"):
        for to, code in (("i32", 2), ("i64", 4)):
            full, m = start(f"unique_{kind}_{to}")
            x = m.input(kind, [17], None, 0, 5, 1)
            m.op("UNIQUE", [x], [m.out(kind), m.out(to)], "Unique", idx_out_type=code)
            yield full, m
        full, m = start(f"broadcast_args_{kind}")
        if kind in ("i32", "i64"):
            m.op("BROADCAST_ARGS", [m.given([2, 1, 3], kind), m.given([4, 1], kind)], [m.out(kind)])
            yield full, m


def cases() -> Cases:
    yield from shapes()
    yield from joined()
    yield from padded()
    yield from sliced()
    yield from gathered()
    yield from repeated()
    yield from blocks()
    yield from made()
