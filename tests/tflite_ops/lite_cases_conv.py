# SPDX-License-Identifier: Apache-2.0
"""Convolutions of all kinds: strides, dilations, groups, odd tails, and every form of weights."""

from __future__ import annotations

from typing import Any

from lite_common import QUANT, Case, Cases, start, text
from lite_model import ACTIVATIONS, SAME, VALID, Model, Quant, Tensor

# name: input type, weight type, bias type, whether channels have scales of their own
FORMS: dict[str, tuple[str, str, str, bool]] = {
    "f32": ("f32", "f32", "f32", False),
    "i8": ("i8", "i8", "i32", True),
    "i8t": ("i8", "i8", "i32", False),
    "u8": ("u8", "u8", "i32", False),
    "i16": ("i16", "i8", "i64", True),
    "i16b32": ("i16", "i8", "i32", True),
    "hybrid": ("f32", "i8", "f32", True),
    "hybridt": ("f32", "i8", "f32", False),
    "f16": ("f32", "f16", "f16", False),
    "i4": ("i8", "i4", "i32", True),
    "hybrid4": ("f32", "i4", "f32", True),
}
MATRIX_ONLY = ("hybrid4",)
INT32 = 2  # of the schema's types
OUT = {"i8": Quant(0.12, 5), "u8": Quant(0.12, 121), "i16": Quant(2**-10)}


def weights(m: Model, form: str, shape: list[int], axis: int) -> tuple[Tensor, list[float]]:
    """The weights, and the scales of their channels."""
    x, w, _, is_channel = FORMS[form]
    n = shape[axis]
    if w == "f16":
        half = m.const("f16", shape)
        real = m.between("f32", None, shape)
        m.op("DEQUANTIZE", [half], [real], "Dequantize", 3)
        return real, []
    if w == "f32":
        return m.const("f32", shape), []
    if is_channel:
        scales = [0.01 + 0.003 * ((5 * i) % 7) for i in range(n)]
        return m.const(w, shape, Quant(scales, 0, axis), -127, 127), scales
    if x == "u8":
        return m.const("u8", shape, Quant(0.02, 117)), [0.02] * n
    return m.const(w, shape, Quant(0.02), -127, 127), [0.02] * n


def bias(m: Model, form: str, n: int, scales: list[float]) -> Tensor:
    x, _, b, is_channel = FORMS[form]
    if b == "f16":
        real = m.between("f32", None, [n])
        m.op("DEQUANTIZE", [m.const("f16", [n])], [real], "Dequantize", 3)
        return real
    if b == "f32":
        return m.const("f32", [n])
    scale = [s * QUANT[x].scale for s in scales]
    return m.const(b, [n], Quant(scale if is_channel else scale[0]), -900, 900)


def conv(
    name: str, form: str, x: list[int], w: list[int], depthwise: int = 0, **fields: Any
) -> Case:
    """depthwise: the multiplier of a depthwise convolution, 0 for an ordinary one."""
    full, m = start(f"{name}_{form}_{text(x)}_{text(w)}")
    has_bias = fields.pop("has_bias", True)
    axis = 3 if depthwise else 0
    kind = FORMS[form][0]
    a = m.input(kind, x, QUANT.get(kind))
    b, scales = weights(m, form, w, axis)
    c = bias(m, form, w[axis], scales) if has_bias else None
    taps = w[1] * w[2] * (1 if depthwise else w[3])
    m.magnitude = taps * 1.0
    options = "DepthwiseConv2D" if depthwise else "Conv2D"
    op = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    given = {"stride_h": 1, "stride_w": 1, "padding": SAME} | fields
    if depthwise:
        given["depth_multiplier"] = depthwise
    if form == "i16b32":
        given["quantized_bias_type"] = INT32
    m.op(
        op, [a, b] + ([c] if c is not None else []), [m.out(kind, OUT.get(kind))], options, **given
    )
    return full, m


GEOMETRIES: list[tuple[str, list[int], list[int], dict[str, Any]]] = [
    ("same", [1, 5, 6, 3], [4, 3, 3, 3], {}),
    ("valid", [2, 7, 5, 2], [5, 3, 2, 2], {"padding": VALID}),
    ("point", [1, 3, 4, 7], [9, 1, 1, 7], {}),
    ("stride", [1, 9, 8, 3], [8, 3, 3, 3], {"stride_h": 2, "stride_w": 3}),
    ("dilated", [1, 9, 10, 2], [3, 3, 3, 2], {"dilation_h_factor": 2, "dilation_w_factor": 3}),
    ("groups", [1, 5, 5, 6], [4, 3, 3, 3], {}),
    ("first", [1, 11, 11, 1], [17, 3, 3, 1], {"stride_h": 2, "stride_w": 2}),
    ("deep", [1, 2, 2, 33], [19, 3, 3, 33], {}),
    ("plain", [1, 4, 4, 3], [2, 2, 2, 3], {}),
    ("wide", [1, 1, 17, 4], [3, 1, 5, 4], {}),
]
DEPTHWISE: list[tuple[str, list[int], list[int], int, dict[str, Any]]] = [
    ("same", [1, 5, 6, 3], [1, 3, 3, 3], 1, {}),
    ("valid", [2, 7, 5, 2], [1, 3, 2, 2], 1, {"padding": VALID}),
    ("twice", [1, 6, 6, 3], [1, 3, 3, 6], 2, {}),
    ("eight", [1, 5, 5, 1], [1, 3, 3, 8], 8, {"stride_h": 2, "stride_w": 2}),
    ("stride", [1, 9, 8, 17], [1, 3, 3, 17], 1, {"stride_h": 2, "stride_w": 2}),
    ("dilated", [1, 9, 9, 4], [1, 3, 3, 4], 1, {"dilation_h_factor": 2, "dilation_w_factor": 2}),
    ("plain", [1, 4, 4, 16], [1, 2, 2, 16], 1, {"has_bias": False}),
    ("tall", [1, 10, 1, 8], [1, 5, 1, 8], 1, {}),
]


def transposed() -> Cases:
    layouts: list[tuple[str, list[int], list[int], list[int], dict[str, Any]]] = [
        ("same2", [1, 4, 5, 3], [4, 3, 3, 3], [1, 8, 10, 4], {"stride_h": 2, "stride_w": 2}),
        (
            "valid2",
            [1, 4, 3, 2],
            [3, 3, 3, 2],
            [1, 9, 7, 3],
            {"stride_h": 2, "stride_w": 2, "padding": VALID},
        ),
        ("same1", [2, 3, 3, 2], [2, 3, 3, 2], [2, 3, 3, 2], {}),
        ("odd", [1, 3, 3, 4], [5, 4, 2, 4], [1, 9, 6, 5], {"stride_h": 3, "stride_w": 2}),
    ]
    for name, x, w, y, fields in layouts:
        for form in ("f32", "i8", "u8", "i16", "i8t"):
            for has_bias in (True, False):
                for act in ("", "relu") if has_bias else ("",):
                    full, m = start(f"deconv_{name}_{act}{int(has_bias)}_{form}")
                    kind = FORMS[form][0]
                    a = m.input(kind, x, QUANT.get(kind))
                    b, scales = weights(m, form, w, 0)
                    operands = [m.ints(y), b, a] + (
                        [bias(m, form, w[0], scales)] if has_bias else []
                    )
                    given = {"stride_h": 1, "stride_w": 1, "padding": SAME} | fields
                    m.magnitude = w[1] * w[2] * w[3] * 1.0
                    m.op(
                        "TRANSPOSE_CONV", operands, [m.out(kind, OUT.get(kind))], "TransposeConv",
                        3, fused_activation_function=ACTIVATIONS[act], **given,
                    )  # fmt: skip
                    yield full, m


def volumes() -> Cases:
    for name, x, w, fields in (
        ("same", [1, 4, 5, 6, 2], [2, 3, 2, 2, 3], {}),
        ("valid", [2, 4, 5, 4, 3], [2, 2, 3, 3, 4], {"padding": VALID}),
        ("stride", [1, 6, 6, 6, 1], [3, 3, 3, 1, 2], {"stride_d": 2, "stride_h": 3, "stride_w": 2}),
        (
            "dilated",
            [1, 6, 7, 8, 1],
            [2, 2, 2, 1, 2],
            {"dilation_d_factor": 2, "dilation_w_factor": 3},
        ),
    ):
        for has_bias in (True, False):
            for act in ("", "relu6"):
                full, m = start(f"conv3d_{name}_{act}{int(has_bias)}")
                operands = [m.input("f32", x), m.const("f32", w)]
                operands += [m.const("f32", [w[4]])] if has_bias else []
                given = {"stride_d": 1, "stride_h": 1, "stride_w": 1, "padding": SAME} | fields
                m.op(
                    "CONV_3D", operands, [m.out("f32")], "Conv3D",
                    fused_activation_function=ACTIVATIONS[act], **given,
                )  # fmt: skip
                yield full, m
    for name, x, w, y, fields in (
        (
            "same2",
            [1, 2, 3, 2, 3],
            [2, 3, 3, 4, 3],
            [1, 4, 6, 4, 4],
            {"stride_d": 2, "stride_h": 2, "stride_w": 2},
        ),
        ("valid", [1, 2, 2, 3, 2], [2, 3, 2, 3, 2], [1, 3, 4, 4, 3], {"padding": VALID}),
    ):
        for has_bias in (True, False):
            full, m = start(f"deconv3d_{name}_{int(has_bias)}")
            operands = [m.ints(y), m.const("f32", w), m.input("f32", x)]
            operands += [m.const("f32", [w[3]])] if has_bias else []
            given = {"stride_d": 1, "stride_h": 1, "stride_w": 1, "padding": SAME} | fields
            m.op("CONV_3D_TRANSPOSE", operands, [m.out("f32")], "Conv3D", **given)
            yield full, m


def cases() -> Cases:
    for form in FORMS:
        if form in MATRIX_ONLY:
            continue
        for name, x, w, fields in GEOMETRIES:
            yield conv("conv_" + name, form, x, w, **fields)
        for act in ("relu", "relu6", "relu_n1"):
            x, w = GEOMETRIES[0][1:3]
            yield conv(f"conv_{act}", form, x, w, fused_activation_function=ACTIVATIONS[act])
        if form in ("hybridt", "i16b32"):
            continue  # LiteRT takes one scale for as many as there are channels; 64-bit biases only
        for name, x, w, times, fields in DEPTHWISE:
            yield conv("dwconv_" + name, form, x, w, times, **fields)
        for act in ("relu", "relu6", "relu_n1"):
            yield conv(
                f"dwconv_{act}", form, [1, 5, 6, 3], [1, 3, 3, 3], 1,
                fused_activation_function=ACTIVATIONS[act],
            )  # fmt: skip
    yield from transposed()
    yield from volumes()
