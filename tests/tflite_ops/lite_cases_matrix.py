# SPDX-License-Identifier: Apache-2.0
"""Matrix products: fully connected layers in every form of weights, and batches of matrices."""

from __future__ import annotations

from lite_common import OTHER, QUANT, Cases, start, text
from lite_cases_conv import FORMS, INT32, OUT, bias, weights
from lite_model import ACTIVATIONS, Quant


def connected() -> Cases:
    for form in FORMS:
        for x, n, keeps, act, has_bias in (
            ([1, 8], 4, False, "", True),
            ([3, 17], 5, False, "", True),
            ([2, 3, 6], 7, True, "", True),
            ([2, 3, 6], 7, False, "", False),
            ([1, 33], 18, False, "relu", True),
            ([4, 5], 1, False, "relu6", True),
            ([2, 16], 16, False, "relu_n1", True),
            ([1, 64], 3, False, "", False),
            ([5, 1], 2, False, "", True),
        ):
            full, m = start(f"fc_{form}_{text(x)}_{n}_{act}{int(keeps)}{int(has_bias)}")
            kind = FORMS[form][0]
            a = m.input(kind, x, QUANT.get(kind))
            w, scales = weights(m, form, [n, x[-1]], 0)
            c = bias(m, form, n, scales) if has_bias else None
            m.magnitude = x[-1] * 1.0
            m.op(
                "FULLY_CONNECTED", [a, w, c], [m.out(kind, OUT.get(kind))], "FullyConnected", 9,
                keep_num_dims=keeps, fused_activation_function=ACTIVATIONS[act],
                quantized_bias_type=INT32 if form == "i16b32" else 0,
            )  # fmt: skip
            yield full, m
    for form in ("hybrid", "hybridt"):
        full, m = start(f"fc_{form}_asymmetric")
        a = m.input("f32", [3, 19], None, -0.2, 1.5)
        w, scales = weights(m, form, [6, 19], 0)
        m.op(
            "FULLY_CONNECTED", [a, w, m.const("f32", [6])], [m.out("f32")], "FullyConnected", 9,
            asymmetric_quantize_inputs=True,
        )  # fmt: skip
        yield full, m
    for kind in ("f32", "i8"):
        full, m = start(f"fc_given_{kind}")
        a = m.input(kind, [3, 11], QUANT.get(kind))
        w = m.input(kind, [4, 11], OTHER[kind] if kind != "f32" else None)
        m.op("FULLY_CONNECTED", [a, w, None], [m.out(kind, OUT.get(kind))], "FullyConnected", 5)
        yield full, m


def batches() -> Cases:
    pairs = [
        ([3, 4], [4, 5]),
        ([2, 3, 4], [2, 4, 5]),
        ([2, 3, 4], [4, 5]),
        ([1, 2, 5, 7], [3, 1, 7, 2]),
        ([2, 1, 9], [2, 9, 1]),
        ([1, 1], [1, 1]),
        ([2, 1, 2, 3, 5], [1, 2, 1, 5, 2]),
    ]
    for a, b in pairs:
        for adj_x in (False, True):
            for adj_y in (False, True):
                for dtype in ("f32", "i8", "i16"):
                    full, m = start(f"bmm_{dtype}_{text(a)}_{text(b)}_{int(adj_x)}{int(adj_y)}")
                    sa = a[:-2] + ([a[-1], a[-2]] if adj_x else a[-2:])
                    sb = b[:-2] + ([b[-1], b[-2]] if adj_y else b[-2:])
                    x = m.input(dtype, sa, QUANT.get(dtype))
                    y = m.input(dtype, sb, OTHER.get(dtype))
                    m.magnitude = a[-1] * 1.0
                    m.op(
                        "BATCH_MATMUL", [x, y], [m.out(dtype, OUT.get(dtype))], "BatchMatMul", 3,
                        adj_x=adj_x, adj_y=adj_y,
                    )  # fmt: skip
                    yield full, m
    for a, b in pairs[:5]:
        for is_asymmetric in (False, True):
            full, m = start(f"bmm_hybrid_{text(a)}_{text(b)}_{int(is_asymmetric)}")
            x = m.input("f32", a)
            y = m.const("i8", b, Quant(0.02), -127, 127)
            m.op(
                "BATCH_MATMUL", [x, y], [m.out("f32")], "BatchMatMul", 4,
                asymmetric_quantize_inputs=is_asymmetric,
            )  # fmt: skip
            yield full, m
    full, m = start("bmm_i8_i32")
    x, y = m.input("i8", [2, 3, 4], Quant(0.1, 2)), m.input("i8", [2, 4, 5], Quant(0.1, -3))
    m.op("BATCH_MATMUL", [x, y], [m.out("i32", Quant(0.01))], "BatchMatMul", 4)
    yield full, m


def cases() -> Cases:
    yield from connected()
    yield from batches()
