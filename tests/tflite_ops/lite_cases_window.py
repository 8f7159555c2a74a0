# SPDX-License-Identifier: Apache-2.0
"""Pooling, reductions, softmax and its kin, normalisation, resizing."""

from __future__ import annotations

from typing import Any

from lite_common import OTHER, QUANT, Cases, one, start, text
from lite_model import ACTIVATIONS, SAME, VALID, Quant

KINDS = ("f32", "i8", "u8", "i16")


def pooling() -> Cases:
    for op in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        for kind in KINDS if op != "L2_POOL_2D" else ("f32",):
            for n, (x, window, stride, padding) in enumerate(
                (
                    ([1, 6, 6, 3], (2, 2), (2, 2), VALID),
                    ([2, 5, 7, 5], (3, 2), (1, 2), SAME),
                    ([1, 9, 4, 17], (3, 3), (2, 2), SAME),
                    ([1, 7, 7, 8], (7, 7), (1, 1), VALID),
                    ([1, 3, 3, 1], (1, 1), (1, 1), SAME),
                    ([3, 1, 16, 2], (1, 4), (1, 3), VALID),
                )
            ):
                for act in ("", "relu", "relu6") if n < 3 else ("",):
                    full, m = start(f"{op.lower()}{n}_{kind}_{text(x)}_{act}")
                    quant = QUANT.get(kind)
                    m.op(
                        op, [m.input(kind, x, quant, *((-8, 8) if kind == "f32" else ()))],
                        [m.out(kind, quant)], "Pool2D", padding=padding,
                        filter_height=window[0], filter_width=window[1], stride_h=stride[0],
                        stride_w=stride[1], fused_activation_function=ACTIVATIONS[act],
                    )  # fmt: skip
                    yield full, m


def reductions() -> Cases:
    shapes: list[tuple[list[int], list[int]]] = [
        ([2, 3, 4], [1]),
        ([2, 3, 4], [0, 2]),
        ([2, 3, 4], [-1]),
        ([2, 3, 4], [0, 1, 2]),
        ([2, 5, 6, 3], [1, 2]),
        ([7], [0]),
        ([2, 3, 4], []),
        ([1, 1, 3, 1], [1, 2, 2]),
        ([2, 0, 3], [1]),
        ([2, 2, 3, 2, 2], [1, 3]),
    ]
    ops = {
        "MEAN": ["f32", "i32", "i64", "i8", "u8", "i16"],
        "SUM": ["f32", "i32", "i64", "i8", "u8", "i16"],
        "REDUCE_PROD": ["f32", "i32", "i64", "i8", "i16"],
        "REDUCE_MAX": ["f32", "i32", "i64", "i8", "u8", "i16"],
        "REDUCE_MIN": ["f32", "i32", "i64", "i8", "u8", "i16"],
        "REDUCE_ANY": ["bool"],
        "REDUCE_ALL": ["bool"],
    }
    for op, kinds in ops.items():
        for kind in kinds:
            for shape, axes in shapes:
                if 0 in shape and op in ("SUM", "REDUCE_PROD") and kind in QUANT:
                    continue  # LiteRT leaves the output as it is
                for keeps in (False, True):
                    tag = "".join(map(str, axes)).replace("-", "m")
                    full, m = start(f"{op.lower()}_{kind}_{text(shape)}_{tag}_{int(keeps)}")
                    quant = QUANT.get(kind)
                    is_same = op in ("REDUCE_MAX", "REDUCE_MIN")
                    limits = (-3, 3) if kind in ("i32", "i64") and op == "REDUCE_PROD" else ()
                    x = m.input(kind, shape, quant, *limits)
                    y = m.out(kind, quant if is_same else OTHER.get(kind))
                    m.magnitude = 4.0 if kind == "f32" else 0
                    if op == "SUM" and kind in ("i8", "i16"):
                        m.resolver = "default"  # the reference reads them as u8
                        m.steps = 1
                    m.op(
                        op,
                        [x, m.ints(axes)],
                        [y],
                        "Reducer",
                        1 if kind == "bool" else 2,
                        keep_dims=keeps,
                    )
                    yield full, m
    full, m = start("mean_given_axes")
    m.op("MEAN", [m.input("f32", [2, 3, 4]), m.given([1])], [m.out("f32")], "Reducer")
    yield full, m
    for kind in ("i8", "u8", "i16"):
        full, m = start(f"mean_same_scale_{kind}")
        x = m.input(kind, [2, 5, 6, 3], QUANT[kind])
        m.op("MEAN", [x, m.ints([1, 2])], [m.out(kind, QUANT[kind])], "Reducer", 2, keep_dims=True)
        yield full, m


def normal() -> Cases:
    fixed = {"i8": Quant(1 / 256, -128), "u8": Quant(1 / 256, 0), "i16": Quant(1 / 32768, 0)}
    for shape in ([2, 5], [7], [1, 3, 4], [2, 3, 2, 9], [1, 1001], [3, 1]):
        for kind in KINDS:
            for n, (scale, beta) in enumerate(((0.05, 1.0), (0.3, 0.5), (0.004, 2.0))):
                zero = QUANT[kind].zero if kind in QUANT else 0
                quant = (
                    Quant(scale / (200 if kind == "i16" else 1), zero) if kind in QUANT else None
                )
                yield one(
                    f"softmax{n}", "SOFTMAX", kind, shape, quant, (kind, fixed.get(kind)),
                    "Softmax", beta=beta,
                )  # fmt: skip
    full, m = start("softmax_i8_i16")
    m.op(
        "SOFTMAX",
        [m.input("i8", [3, 11], Quant(0.1, 3))],
        [m.out("i16", Quant(1 / 32768))],
        "Softmax",
        2,
        beta=1.0,
    )
    yield full, m
    for shape in ([2, 5], [7], [2, 3, 2, 9], [3, 1]):
        for kind, to in (("f32", None), ("i8", Quant(16 / 256, 127)), ("u8", Quant(16 / 256, 255))):
            yield one(
                "log_softmax", "LOG_SOFTMAX", kind, shape, QUANT.get(kind), (kind, to), "LogSoftmax"
            )
        for kind, to in (("f32", None), ("i8", Quant(1 / 128, 0)), ("u8", Quant(1 / 128, 128))):
            yield one(
                "l2norm", "L2_NORMALIZATION", kind, shape, QUANT.get(kind), (kind, to), "L2Norm"
            )
    for radius, bias, alpha, beta in (
        (1, 1.0, 0.1, 0.75),
        (3, 2.0, 1.0, 0.5),
        (20, 9.0, 4.0, 1.0),
        (0, 1.0, 1.0, 1.0),
    ):
        yield one(
            f"lrn{radius}", "LOCAL_RESPONSE_NORMALIZATION", "f32", [2, 2, 3, 9], None, None,
            "LocalResponseNormalization", radius=radius, bias=bias, alpha=alpha, beta=beta,
        )  # fmt: skip


def resizing() -> Cases:
    for op in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        options = "ResizeBilinear" if op == "RESIZE_BILINEAR" else "ResizeNearestNeighbor"
        for x, size in (
            ([1, 3, 4, 2], [6, 8]),
            ([2, 5, 5, 3], [3, 2]),
            ([1, 7, 4, 1], [10, 9]),
            ([1, 1, 1, 5], [3, 3]),
            ([1, 4, 4, 3], [1, 1]),
            ([1, 3, 3, 17], [3, 3]),
        ):
            for kind in KINDS:
                for align, half in ((False, False), (True, False), (False, True)):
                    full, m = start(
                        f"{op.lower()}_{kind}_{text(x)}_{text(size)}_{int(align)}{int(half)}"
                    )
                    a = m.input(kind, x, QUANT.get(kind))
                    m.op(
                        op, [a, m.ints(size)], [m.out(kind, QUANT.get(kind))], options, 3,
                        align_corners=align, half_pixel_centers=half,
                    )  # fmt: skip
                    yield full, m


def choosing() -> Cases:
    for op, options in (("ARG_MAX", "ArgMax"), ("ARG_MIN", "ArgMin")):
        for kind in ("f32", "i8", "u8", "i32", "bool", "i16", "i64"):
            for shape, axis in (
                ([2, 3, 4], 1),
                ([2, 3, 4], -1),
                ([5], 0),
                ([3, 4], 0),
                ([1, 1], 1),
            ):
                for to, code in (("i32", 2), ("i64", 4)):
                    full, m = start(f"{op.lower()}_{kind}_{text(shape)}_{axis}_{to}")
                    limits = (0, 3) if kind != "bool" else ()
                    x = m.input(kind, shape, None, *limits, step=1)
                    m.op(op, [x, m.ints(axis)], [m.out(to)], options, output_type=code)
                    yield full, m
    for kind in ("f32", "i8", "u8", "i32", "i64", "i16"):
        for shape, k in (([5], 2), ([2, 3, 7], 4), ([3, 6], 6), ([2, 1], 1), ([4, 9], 0)):
            full, m = start(f"top_k_{kind}_{text(shape)}_{k}")
            limits = (0, 5)
            x = m.input(kind, shape, QUANT.get(kind), *limits, step=1)
            m.op("TOPK_V2", [x, m.ints(k)], [m.out(kind, QUANT.get(kind)), m.out("i32")], "TopKV2")
            yield full, m
    for kind in ("f32", "i32", "i64"):
        for axis in (0, 1, -1):
            for flags in range(4):
                full, m = start(f"cumsum_{kind}_{axis}_{flags}")
                x = m.input(kind, [2, 3, 5])
                m.op(
                    "CUMSUM", [x, m.ints(axis)], [m.out(kind)], "Cumsum",
                    exclusive=bool(flags & 1), reverse=bool(flags & 2),
                )  # fmt: skip
                yield full, m


def windows() -> Cases:
    for n, function in enumerate(("UNSUPPORTED", "ADD", "MUL", "MINIMUM", "MAXIMUM", "ALL", "ANY")):
        if n == 0:
            continue
        for kind in (
            ("f32", "i32", "i8", "bool") if n > 4 else ("f32", "i32", "i8", "i16", "i64", "u8")
        ):
            if (n > 4) != (kind == "bool"):
                continue
            for w, (x, size, stride, dilation) in enumerate(
                (([6, 7], [2, 3], [1, 2], [1, 1]), ([2, 5, 5], [1, 2, 2], [1, 1, 1], [1, 2, 1]))
            ):
                full, m = start(f"reduce_window_{function.lower()}_{kind}_{w}")
                limits: Any = (1, 3) if kind not in ("f32", "bool") else ()
                a = m.input(kind, x, None, *limits)
                initial = (
                    1 if n in (2, 5) else -9 if n == 4 and kind[0] != "u" else 9 if n == 3 else 0
                )
                init = m.const(kind, [], data=initial)
                strides, dilations = m.ints(stride, "i64"), m.ints(dilation, "i64")
                m.op(
                    "REDUCE_WINDOW", [a, init, m.ints(size, "i64"), strides, dilations],
                    [m.out(kind)], "ReduceWindow", reduce_function=n,
                )  # fmt: skip
                yield full, m


def cases() -> Cases:
    yield from pooling()
    yield from reductions()
    yield from normal()
    yield from resizing()
    yield from choosing()
    yield from windows()
