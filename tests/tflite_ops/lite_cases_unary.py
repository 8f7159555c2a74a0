# SPDX-License-Identifier: Apache-2.0
"""Operators on one tensor, element by element: functions, activations, casts, quantization."""

from __future__ import annotations

from lite_common import OTHER, QUANT, Case, Cases, one, start, text
from lite_model import Quant

SHAPES: list[list[int]] = [[2, 3, 5], [], [1], [0, 4], [2, 3, 4, 5], [37], [1, 2, 1, 3, 1, 2]]
ANY = (-4.0, 4.0)
FUNCTIONS = {
    "EXP": ("Exp", (-4.0, 4.0)),
    "LOG": ("", (0.01, 9.0)),
    "SQRT": ("", (0.0, 9.0)),
    "RSQRT": ("", (0.1, 9.0)),
    "SQUARE": ("Square", ANY),
    "ABS": ("Abs", ANY),
    "NEG": ("Neg", ANY),
    "SIGN": ("Sign", ANY),
    "FLOOR": ("", ANY),
    "CEIL": ("", ANY),
    "ROUND": ("", ANY),
    "SIN": ("", ANY),
    "COS": ("Cos", ANY),
    "TANH": ("", ANY),
    "LOGISTIC": ("", ANY),
    "ELU": ("", ANY),
    "RELU": ("", ANY),
    "RELU6": ("", (-4.0, 9.0)),
    "RELU_N1_TO_1": ("", ANY),
    "RELU_0_TO_1": ("", ANY),
    "HARD_SWISH": ("HardSwish", (-5.0, 5.0)),
    "GELU": ("Gelu", ANY),
    "LEAKY_RELU": ("LeakyRelu", ANY),
}
WHOLE = {
    "ABS": ["i32", "i16"],
    "NEG": ["i32", "i64"],
    "SQUARE": [],
    "SIGN": ["i32", "f64"],
    "RELU": ["i32"],
}
FIXED = {
    ("TANH", "i8"): Quant(1 / 128, 0),
    ("TANH", "u8"): Quant(1 / 128, 128),
    ("TANH", "i16"): Quant(1 / 32768, 0),
    ("LOGISTIC", "i8"): Quant(1 / 256, -128),
    ("LOGISTIC", "u8"): Quant(1 / 256, 0),
    ("LOGISTIC", "i16"): Quant(1 / 32768, 0),
}
# LiteRT computes these on integers through libm: a step may differ.
LIBM = {"EXP", "LOG", "SQRT", "RSQRT", "ELU", "GELU", "TANH", "LOGISTIC", "SIN", "COS"}


def functions() -> Cases:
    for op, (options, limits) in FUNCTIONS.items():
        fields = {"alpha": 0.1} if op == "LEAKY_RELU" else {}
        for shape in SHAPES:
            yield one(op.lower(), op, "f32", shape, None, None, options, limits, **fields)
        for dtype in WHOLE.get(op, []):
            for shape in SHAPES[:4]:
                yield one(op.lower(), op, dtype, shape, None, None, options)
        for dtype, quant in QUANT.items():
            to = FIXED.get((op, dtype), OTHER[dtype])
            low = quant.zero + 1 if op in ("SQRT", "RSQRT", "LOG") else None
            pairs = [(quant, to), (quant, quant), (Quant(0.002, quant.zero), to)]
            for n, (a, b) in enumerate(pairs):
                for shape in ([2, 3, 5], [257]):
                    full, m = one(
                        f"{op.lower()}_q{n}", op, dtype, shape, a, (dtype, b), options,
                        (low, None), **fields,
                    )  # fmt: skip
                    m.steps = 1 if op in LIBM else 0
                    yield full, m
    for dtype, quant in QUANT.items():
        full, m = one(
            "gelu_tanh", "GELU", dtype, [259], quant, (dtype, quant), "Gelu", approximate=True
        )
        m.steps = 1
        yield full, m
    yield one("gelu_tanh", "GELU", "f32", [31], None, None, "Gelu", ANY, approximate=True)
    for alpha in (0.0, 0.5, 1.5, -0.2):
        for dtype in ("f32", "i8", "u8", "i16"):
            yield one(
                f"leaky_relu_{int(alpha * 10)}", "LEAKY_RELU", dtype, [67], QUANT.get(dtype),
                (dtype, OTHER.get(dtype)), "LeakyRelu", alpha=alpha,
            )  # fmt: skip
    for op in ("FLOOR", "CEIL", "ROUND", "SIGN", "ABS", "NEG"):
        yield one(
            op.lower() + "_halves", op, "f32", [41], None, None, FUNCTIONS[op][0], (-20, 20), 1, 0.5
        )
    for n, zero in enumerate((-128, 127, 0)):
        for op in ("HARD_SWISH", "RELU", "RELU6", "ABS", "LEAKY_RELU"):
            fields = {"alpha": 0.2} if op == "LEAKY_RELU" else {}
            yield one(
                f"{op.lower()}_zero{n}", op, "i8", [256], Quant(0.04, zero),
                ("i8", Quant(0.03, -zero // 2)), FUNCTIONS[op][0], **fields,
            )  # fmt: skip


def special(op: str, options: str) -> Case:
    """Infinities, NaN, zeros of both signs, and numbers at the ends."""
    full, m = start(f"{op.lower()}_special")
    inf = float("inf")
    values = [0.0, -0.0, inf, -inf, float("nan"), 1e-40, -1e-40, 3e38, -3e38, 88.9, -104.0, 1.0]
    fields = {"alpha": 0.1} if op == "LEAKY_RELU" else {}
    m.op(op, [m.input("f32", [len(values)], data=values)], [m.out("f32")], options, **fields)
    return full, m


def prelu() -> Cases:
    for x, slope in (([2, 3, 4, 5], [1, 1, 5]), ([2, 7], [7]), ([3, 4], [1]), ([2, 3, 4], [3, 1])):
        for dtype in ("f32", "i8", "u8"):
            for is_const in (True, False):
                kind = "const" if is_const else "given"
                full, m = start(f"prelu_{kind}_{dtype}_{text(x)}_{text(slope)}")
                quant = QUANT.get(dtype)
                a = m.input(dtype, x, quant)
                b = (m.const if is_const else m.input)(dtype, slope, OTHER.get(dtype))
                m.op("PRELU", [a, b], [m.out(dtype, OTHER.get(dtype))])
                yield full, m


def casts() -> Cases:
    kinds = ["f32", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "bool", "f16", "c64"]
    for a in kinds:
        for b in kinds:
            full, m = start(f"cast_{a}_{b}")
            high = 100 if a in ("f32", "f64") else None
            low = None if a not in ("f32", "f64") else 0 if b[0] == "u" else -100
            x = m.input(a, [3, 7], None, low, high)
            m.op("CAST", [x], [m.out(b)], "Cast", version=3)
            yield full, m
    for shape in ([], [0, 2], [1, 1, 2, 1, 3]):
        yield one("cast_to_i32", "CAST", "f32", shape, None, ("i32", None), "Cast", (-9.0, 9.0))
    for dtype in ("u8", "i8", "i16"):
        for to in ("i32", "f32", "i64"):
            yield one(f"cast_scaled_{to}", "CAST", dtype, [13], QUANT[dtype], (to, None), "Cast")


def quantizing() -> Cases:
    for shape in ([2, 3, 5], [], [0, 3], [301]):
        for dtype in ("i8", "u8", "i16"):
            for n, quant in enumerate((QUANT[dtype], OTHER[dtype], Quant(0.0039, 0))):
                yield one(
                    f"quantize{n}_{dtype}", "QUANTIZE", "f32", shape, None, (dtype, quant),
                    "Quantize", (-9, 9),
                )  # fmt: skip
                yield one(
                    f"dequantize{n}", "DEQUANTIZE", dtype, shape, quant, ("f32", None), "Dequantize"
                )
    for a in ("i8", "u8", "i16", "i32"):
        for b in ("i8", "u8", "i16", "i32"):
            for n in range(2):
                qa = QUANT.get(a, Quant(0.01)) if n == 0 else OTHER.get(a, Quant(0.003))
                qb = (
                    QUANT.get(b, Quant(0.01)) if n == 0 else Quant(0.0007, 3 if b[-1] == "8" else 0)
                )
                yield one(
                    f"requantize{n}_{b}", "QUANTIZE", a, [259], qa, (b, qb), "Quantize", version=2
                )
    channels = Quant([0.1, 0.02, 0.3], [1, -2, 3], 1)
    for dtype in ("i8", "u8", "i16"):
        quant = Quant(channels.scale, [0, 0, 0] if dtype == "i16" else [1, 2, 3], 1)
        full, m = start(f"dequantize_channels_{dtype}")
        m.op("DEQUANTIZE", [m.input(dtype, [2, 3, 4], quant)], [m.out("f32")], "Dequantize")
        yield full, m
        full, m = start(f"quantize_channels_{dtype}")
        m.op("QUANTIZE", [m.input("f32", [2, 3, 4])], [m.out(dtype, quant)], "Quantize")
        yield full, m
    for shape in ([5], [2, 3, 3]):
        full, m = start(f"dequantize_f16_{text(shape)}")
        m.op("DEQUANTIZE", [m.const("f16", shape)], [y := m.between("f32")], "Dequantize", 3)
        m.op("ADD", [y, m.input("f32", shape)], [m.out("f32")], "Add")
        yield full, m
        full, m = start(f"dequantize_i4_{text(shape)}")
        m.op(
            "DEQUANTIZE",
            [m.const("i4", shape, Quant(0.3, 0))],
            [y := m.between("f32")],
            "Dequantize",
            6,
        )
        m.op("ADD", [y, m.input("f32", shape)], [m.out("f32")], "Add")
        yield full, m
    for bits in (2, 4, 8, 16):
        for is_narrow in (False,):
            for n, (low, high) in enumerate(
                ((-1.0, 1.0), (0.0, 6.0), (-0.3, 2.0), (0.2, 3.0), (-3.0, -1.0))
            ):
                full, m = start(f"fake_quant_{bits}_{int(is_narrow)}_{n}")
                x = m.input("f32", [3, 17], None, -2, 7)
                m.op(
                    "FAKE_QUANT", [x], [m.out("f32")], "FakeQuant", min=low, max=high,
                    num_bits=bits, narrow_range=is_narrow,
                )  # fmt: skip
                yield full, m


def cases() -> Cases:
    yield from functions()
    for op, (options, _) in FUNCTIONS.items():
        yield special(op, options)
    yield from prelu()
    yield from casts()
    yield from quantizing()
    for shape in SHAPES:
        yield one("logical_not", "LOGICAL_NOT", "bool", shape, None, None, "LogicalNot")
        for dtype in ("f32", "i32", "i64"):
            yield one("zeros_like", "ZEROS_LIKE", dtype, shape, None, None, "ZerosLike")
        for n in (2, 5):
            for dtype in ("f32", "i32"):
                full, m = start(f"add_n{n}_{dtype}_{text(shape)}")
                m.op("ADD_N", [m.input(dtype, shape) for _ in range(n)], [m.out(dtype)], "AddN")
                yield full, m
    for dtype, to in (("f32", "i32"), ("i32", "f32"), ("u8", "i8"), ("i16", "u16"), ("f32", "u32")):
        yield one(f"bitcast_{to}", "BITCAST", dtype, [2, 3], None, (to, None), "Bitcast")
    full, m = start("bitcast_narrow")
    m.op("BITCAST", [m.input("i32", [2, 3])], [m.out("i16")], "Bitcast")
    yield full, m
    full, m = start("bitcast_wide")
    m.op("BITCAST", [m.input("i16", [3, 2])], [m.out("i32")], "Bitcast")
    yield full, m
    for op in ("REAL", "IMAG", "COMPLEX_ABS"):
        yield one(op.lower(), op, "c64", [2, 7], None, ("f32", None))
