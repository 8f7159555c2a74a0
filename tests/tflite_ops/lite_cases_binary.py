# SPDX-License-Identifier: Apache-2.0
"""Operators on two tensors: arithmetic, comparisons, logic, bits; broadcast and activations."""

from __future__ import annotations

from typing import Any, Iterator

from lite_common import start, text
from lite_model import ACTIVATIONS, Model, Quant

SHAPES = [
    ([2, 3, 5], [2, 3, 5]),
    ([7], [7]),
    ([], []),
    ([1, 17], [3, 1]),
    ([2, 1, 3, 4], [3, 1]),
    ([5], [2, 3, 5]),
    ([4, 3, 2, 1], [1]),
    ([1], [3, 2]),
    ([0, 3], [1, 3]),
    ([2, 1, 3, 1, 2], [1, 4, 1, 2, 1]),
    ([2, 1, 2, 1, 2, 3], [1, 2, 1, 3, 2, 1]),
    ([33, 3], [33, 3]),
]
QUANTS = {
    "i8": [
        (Quant(0.05, -3), Quant(0.031, 7), Quant(0.09, -11)),
        (Quant(0.5, 127), Quant(0.001, -128), Quant(0.4, 0)),
    ],
    "u8": [
        (Quant(0.05, 128), Quant(0.031, 110), Quant(0.09, 131)),
        (Quant(0.5, 255), Quant(0.002, 0), Quant(0.3, 7)),
    ],
    "i16": [
        (Quant(0.0005), Quant(0.00031), Quant(0.0009)),
        (Quant(2**-12), Quant(2**-13), Quant(2**-12)),
    ],
}
DIVISORS = {"u8": (130, 255), "i8": (8, 127), "i16": (1, 30000)}
# A quotient of nearly 0 shifts by more than 31 in LiteRT, which C++ does not define.
DIVIDENDS = {
    "u8": [(0, 120), (0, 250)],
    "i8": [(-128, -8), (-128, 120)],
    "i16": [(-30000, -1000), (1000, 30000)],
}


def pair(
    name: str,
    op: str,
    dtype: str,
    shapes: Any,
    quants: Any,
    out: str,
    options: str,
    operand: Any = None,
    first: Any = None,
    **fields: Any,
) -> tuple[str, Model]:
    """One operator; operand, first: the limits of the second and of the first operand."""
    full, m = start(f"{name}_{dtype}_{text(shapes[0])}_{text(shapes[1])}")
    qa, qb, qc = quants or (None, None, None)
    low, high = operand or (None, None)
    a = m.input(dtype, shapes[0], qa, *(first or ()))
    b = m.input(dtype, shapes[1], qb, low, high)
    m.op(op, [a, b], [m.out(out, qc)], options, **fields)
    return full, m


def arithmetic() -> Iterator[tuple[str, Model]]:
    for op in ("ADD", "SUB", "MUL", "DIV"):
        name, options = op.lower(), op.capitalize()
        for dtype in ("f32", "i32", "i64", "i16") if op != "DIV" else ("f32", "i32"):
            for shapes in SHAPES:
                limits = (1, 9) if op == "DIV" else None
                yield pair(name, op, dtype, shapes, None, dtype, options, limits)
        for activation in ACTIVATIONS:
            if not activation:
                continue
            for dtype in ("f32", "i32"):
                limits = (1, 3) if op == "DIV" else None
                yield pair(
                    f"{name}_{activation}",
                    op,
                    dtype,
                    SHAPES[4],
                    None,
                    dtype,
                    options,
                    limits,
                    fused_activation_function=ACTIVATIONS[activation],
                )
        for dtype, sets in QUANTS.items():
            for n, quants in enumerate(sets):
                for shapes in SHAPES:
                    limits = DIVISORS[dtype] if op == "DIV" else None
                    first = DIVIDENDS[dtype][n] if op == "DIV" else None
                    yield pair(
                        f"{name}_q{n}", op, dtype, shapes, quants, dtype, options, limits, first
                    )
                    if op in ("ADD", "SUB") and dtype == "i16":
                        yield pair(
                            f"{name}_general_q{n}",
                            op,
                            dtype,
                            shapes,
                            quants,
                            dtype,
                            options,
                            pot_scale_int16=False,
                        )
                for activation in ("relu", "relu_n1", "relu6"):
                    limits = DIVISORS[dtype] if op == "DIV" else None
                    yield pair(
                        f"{name}_q{n}_{activation}",
                        op,
                        dtype,
                        SHAPES[3],
                        quants,
                        dtype,
                        options,
                        limits,
                        DIVIDENDS[dtype][n] if op == "DIV" else None,
                        fused_activation_function=ACTIVATIONS[activation],
                    )
    for dtype in ("u32", "c64", "u64"):
        yield pair("mul", "MUL", dtype, SHAPES[4], None, dtype, "Mul")
        yield pair("add", "ADD", dtype, SHAPES[4], None, dtype, "Add")
        yield pair("sub", "SUB", dtype, SHAPES[4], None, dtype, "Sub")


def others() -> Iterator[tuple[str, Model]]:
    for op in ("MAXIMUM", "MINIMUM"):
        for dtype in ("f32", "i32", "i64", "i16", "i8", "u8"):
            for shapes in SHAPES[:10]:
                yield pair(op.lower(), op, dtype, shapes, None, dtype, "MaximumMinimum")
        for dtype, sets in QUANTS.items():
            same = (sets[0][0],) * 3
            for shapes in SHAPES[:5]:
                yield pair(op.lower() + "_q", op, dtype, shapes, same, dtype, "MaximumMinimum")
    for dtype in ("f32", "i32"):
        for shapes in SHAPES:
            yield pair(
                "sqdiff", "SQUARED_DIFFERENCE", dtype, shapes, None, dtype, "SquaredDifference"
            )
    for quants in QUANTS["i8"]:
        for shapes in SHAPES[:9]:
            n = QUANTS["i8"].index(quants)
            yield pair(
                f"sqdiff_q{n}",
                "SQUARED_DIFFERENCE",
                "i8",
                shapes,
                quants,
                "i8",
                "SquaredDifference",
            )
    for dtype in ("f32", "i32", "i64", "i16", "i8", "u8"):
        for shapes in SHAPES[:9]:
            for sign, limits in (("", (1, 9)), ("_negative", (-9, -1))):
                if sign and dtype[0] == "u":
                    continue
                yield pair(
                    "floor_div" + sign, "FLOOR_DIV", dtype, shapes, None, dtype, "FloorDiv", limits
                )
                yield pair(
                    "floor_mod" + sign, "FLOOR_MOD", dtype, shapes, None, dtype, "FloorMod", limits
                )
    for shapes in SHAPES[:9]:
        full, m = start(f"pow_f32_{text(shapes[0])}_{text(shapes[1])}")
        m.op(
            "POW",
            [m.input("f32", shapes[0], None, 0.1, 3), m.input("f32", shapes[1], None, -2, 3)],
            [m.out("f32")],
            "Pow",
        )
        yield full, m
        full, m = start(f"pow_i32_{text(shapes[0])}_{text(shapes[1])}")
        m.op(
            "POW",
            [m.input("i32", shapes[0], None, -5, 5), m.input("i32", shapes[1], None, 0, 6)],
            [m.out("i32")],
            "Pow",
        )
        yield full, m
        if shapes[0] == shapes[1]:  # LiteRT reads beyond the shorter one
            yield pair("atan2", "ATAN2", "f32", shapes, None, "f32", "ATan2")
    yield pair("atan2", "ATAN2", "f64", SHAPES[0], None, "f64", "ATan2")


def comparisons() -> Iterator[tuple[str, Model]]:
    for op, options in (
        ("EQUAL", "Equal"),
        ("NOT_EQUAL", "NotEqual"),
        ("LESS", "Less"),
        ("GREATER", "Greater"),
        ("LESS_EQUAL", "LessEqual"),
        ("GREATER_EQUAL", "GreaterEqual"),
    ):
        for dtype in ("f32", "i32", "i64", "u8", "i8", "i16", "bool"):
            if (op, dtype) == ("NOT_EQUAL", "i16"):
                continue  # LiteRT leaves the output as it is
            for shapes in (SHAPES[0], SHAPES[2], SHAPES[4], SHAPES[8]):
                full, m = start(f"{op.lower()}_{dtype}_{text(shapes[0])}_{text(shapes[1])}")
                span = (0, 1) if dtype == "bool" else (0, 4)
                a = m.input(dtype, shapes[0], None, *span, 1)
                b = m.input(dtype, shapes[1], None, *span, 1)
                m.op(op, [a, b], [m.out("bool")], options)
                yield full, m
        for dtype in ("i8", "u8"):
            for n, quants in enumerate(QUANTS[dtype]):
                yield pair(
                    f"{op.lower()}_q{n}",
                    op,
                    dtype,
                    SHAPES[11],
                    (quants[0], quants[1], None),
                    "bool",
                    options,
                )
                yield pair(
                    f"{op.lower()}_same_q{n}",
                    op,
                    dtype,
                    SHAPES[4],
                    (quants[0], quants[0], None),
                    "bool",
                    options,
                )
    for op, options in (("LOGICAL_AND", "LogicalAnd"), ("LOGICAL_OR", "LogicalOr")):
        for shapes in SHAPES[:9]:
            yield pair(op.lower(), op, "bool", shapes, None, "bool", options)
    for dtype in ("i8", "u8", "i16", "u16", "i32", "u32"):
        for shapes in (SHAPES[0], SHAPES[3], SHAPES[4]):
            yield pair("bitwise_xor", "BITWISE_XOR", dtype, shapes, None, dtype, "BitwiseXor")
            yield pair(
                "right_shift", "RIGHT_SHIFT", dtype, shapes, None, dtype, "RightShift", (0, 9)
            )


def cases() -> Iterator[tuple[str, Model]]:
    yield from arithmetic()
    yield from others()
    yield from comparisons()
