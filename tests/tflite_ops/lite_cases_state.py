# SPDX-License-Identifier: Apache-2.0
"""Operators with state or bodies: recurrent layers over several runs, control flow, variables,
and inputs whose shapes the file leaves open."""

from __future__ import annotations

from typing import Any

from lite_common import Cases, start
from lite_model import ACTIVATIONS, Model, Quant, Tensor

GATES = 4


def state(m: Model, shape: list[int], dtype: str = "f32", quant: Quant | None = None) -> Tensor:
    return m.tensor(dtype, shape, quant, is_variable=True)


def simple() -> Cases:
    """RNN, its sequences, and SVDF: float and hybrid."""
    for form, quant in (("f32", None), ("i8", Quant(0.02)), ("u8", Quant(0.02, 128))):
        for act in ("", "relu", "tanh"):
            for is_asymmetric in (False, True):
                if is_asymmetric and form == "f32":
                    continue
                tag = f"{form}_{act}_{int(is_asymmetric)}"

                def parts(m: Model, n_in: int, n: int) -> list[Tensor]:
                    limits = (-127, 127) if form == "i8" else ()
                    return [m.const(form, [n, n_in], quant, *limits), m.const(form, [n, n], quant, *limits),
                            m.const("f32", [n])]  # fmt: skip

                fields: dict[str, Any] = {
                    "fused_activation_function": ACTIVATIONS[act],
                    "asymmetric_quantize_inputs": is_asymmetric,
                }
                full, m = start("rnn_" + tag)
                m.runs = 3
                m.op(
                    "RNN",
                    [m.input("f32", [2, 5]), *parts(m, 5, 4), state(m, [2, 4])],
                    [m.out("f32")],
                    "RNN",
                    **fields,
                )
                yield full, m
                for time_major in (False, True):
                    full, m = start(f"sequence_rnn_{tag}_{int(time_major)}")
                    m.runs = 2
                    batch = 3 if time_major else 2
                    operands = [m.input("f32", [2, 3, 5]), *parts(m, 5, 4), state(m, [batch, 4])]
                    m.op(
                        "UNIDIRECTIONAL_SEQUENCE_RNN",
                        operands,
                        [m.out("f32")],
                        "SequenceRNN",
                        time_major=time_major,
                        **fields,
                    )
                    yield full, m
                for merges in (False, True):
                    full, m = start(f"bidirectional_rnn_{tag}_{int(merges)}")
                    m.runs = 2
                    operands: list[Tensor | None] = [
                        m.input("f32", [2, 3, 5]),
                        *parts(m, 5, 4),
                        state(m, [2, 4]),
                    ]
                    operands += [*parts(m, 5, 4), state(m, [2, 4]), None, None, None]
                    outs = [m.out("f32")] + ([] if merges else [m.out("f32")])
                    m.op(
                        "BIDIRECTIONAL_SEQUENCE_RNN",
                        operands,
                        outs,
                        "BidirectionalSequenceRNN",
                        merge_outputs=merges,
                        **fields,
                    )
                    yield full, m
        for rank in (1, 2):
            for has_bias in (True, False):
                for act in ("", "relu"):
                    full, m = start(f"svdf_{form}_{rank}_{int(has_bias)}{act}")
                    m.runs = 4
                    operands = [
                        m.input("f32", [2, 3]),
                        m.const(form, [4 * rank, 3], quant),
                        m.const(form, [4 * rank, 5], quant),
                    ]
                    operands += [
                        m.const("f32", [4]) if has_bias else None,
                        state(m, [2, 5 * 4 * rank]),
                    ]
                    m.op(
                        "SVDF",
                        operands,
                        [m.out("f32")],
                        "SVDF",
                        rank=rank,
                        fused_activation_function=ACTIVATIONS[act],
                    )
                    yield full, m
    for rank in (1, 2):
        for kind in ("i16",):
            full, m = start(f"svdf_integer_{kind}_{rank}")
            m.runs = 4
            operands = [
                m.input("i8", [2, 3], Quant(0.02, -5)),
                m.const("i8", [4 * rank, 3], Quant(0.01), -127, 127),
            ]
            limits = (-127, 127) if kind == "i8" else (-32767, 32767)
            operands += [
                m.const(kind, [4 * rank, 5], Quant(0.008 if kind == "i8" else 0.00003), *limits)
            ]
            scale = 0.0004 if kind == "i16" else 0.05
            bias_scale = scale * (0.00003 if kind == "i16" else 0.008)
            operands += [
                m.const("i32", [4], Quant(bias_scale), -99, 99),
                state(m, [2, 5 * 4 * rank], kind, Quant(scale)),
            ]
            m.op(
                "SVDF",
                operands,
                [m.out("i8", Quant(0.01, 3))],
                "SVDF",
                rank=rank,
                fused_activation_function=1,
            )
            yield full, m


def lstm_parts(m: Model, form: str, quant: Quant | None, n_in: int, n: int, n_out: int, has_cifg: bool,
               has_peephole: bool, has_projection: bool, has_norm: bool) -> list[Tensor | None]:  # fmt: skip
    """Operands 1 to 17 of an LSTM."""
    limits = (-127, 127) if form == "i8" else ()

    def weights(columns: int) -> list[Tensor | None]:
        made: list[Tensor | None] = [
            m.const(form, [n, columns], quant, *limits) for _ in range(GATES)
        ]
        if has_cifg:
            made[0] = None
        return made

    parts = weights(n_in) + weights(n_out)
    peephole: list[Tensor | None] = [None] * 3
    if has_peephole:
        peephole = [m.const(form, [n], quant, *limits) for _ in range(3)]
        if has_cifg:
            peephole[0] = None
    biases: list[Tensor | None] = [m.const("f32", [n]) for _ in range(GATES)]
    if has_cifg:
        biases[0] = None
    projection: list[Tensor | None] = [None, None]
    if has_projection:
        projection = [m.const(form, [n_out, n], quant, *limits), m.const("f32", [n_out])]
    return parts + peephole + biases + projection


def lstms() -> Cases:
    for form, quant in (("f32", None), ("i8", Quant(0.02)), ("u8", Quant(0.02, 128))):
        for flags in range(16):
            cifg, peephole, projection, norm = (bool(flags >> b & 1) for b in range(4))
            if form == "u8" and flags not in (0, 5):
                continue
            n_in, n = 5, 4
            n_out = 3 if projection else n
            for op in ("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM"):
                if op != "UNIDIRECTIONAL_SEQUENCE_LSTM" and norm:
                    continue
                full, m = start(f"{op.lower()}_{form}_{flags}")
                m.runs = 2
                x = m.input("f32", [2, n_in] if op == "LSTM" else [3, 2, n_in])
                parts = lstm_parts(m, form, quant, n_in, n, n_out, cifg, peephole, projection, norm)
                clips = {
                    "cell_clip": 0.9 if flags & 2 else 0.0,
                    "proj_clip": 0.5 if flags & 4 else 0.0,
                }
                if op == "BIDIRECTIONAL_SEQUENCE_LSTM":
                    other = lstm_parts(
                        m, form, quant, n_in, n, n_out, cifg, peephole, projection, norm
                    )
                    states = [
                        state(m, [2, n_out]),
                        state(m, [2, n]),
                        state(m, [2, n_out]),
                        state(m, [2, n]),
                    ]
                    operands = [x, *parts, *other, *states] + [None] * 9
                    m.op(op, operands, [m.out("f32"), m.out("f32")], "BidirectionalSequenceLSTM", 3,
                         fused_activation_function=4, time_major=True, **clips)  # fmt: skip
                else:
                    operands = [x, *parts, state(m, [2, n_out]), state(m, [2, n])]
                    if norm:
                        norms: list[Tensor | None] = [
                            m.const("f32", [n], None, 0.2, 1) for _ in range(GATES)
                        ]
                        if cifg:
                            norms[0] = None
                        operands += norms
                    options = "LSTM" if op == "LSTM" else "UnidirectionalSequenceLSTM"
                    more = {} if op == "LSTM" else {"time_major": True}
                    m.op(
                        op,
                        operands,
                        [m.out("f32")],
                        options,
                        3,
                        fused_activation_function=4,
                        **clips,
                        **more,
                    )
                yield full, m
    for time_major in (False, True):
        full, m = start(f"sequence_lstm_order_{int(time_major)}")
        m.runs = 2
        parts = lstm_parts(m, "f32", None, 5, 4, 4, False, False, False, False)
        operands = [
            m.input("f32", [2, 3, 5]),
            *parts,
            state(m, [3 if time_major else 2, 4]),
            state(m, [3 if time_major else 2, 4]),
        ]
        m.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [m.out("f32")], "UnidirectionalSequenceLSTM",
             fused_activation_function=4, time_major=time_major)  # fmt: skip
        yield full, m


def integer_lstm() -> Cases:
    for op, options in (
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", "UnidirectionalSequenceLSTM"),
        ("LSTM", "LSTM"),
    ):
        for zero in (0, 7):
            full, m = start(f"{op.lower()}_i8_integer_{zero}")
            m.runs = 2
            n_in, n = 5, 4
            x = m.input("i8", [2, n_in] if op == "LSTM" else [2, 3, n_in], Quant(0.02, zero))
            parts: list[Tensor | None] = [
                m.const("i8", [n, n_in], Quant(0.01), -127, 127) for _ in range(GATES)
            ]
            parts += [m.const("i8", [n, n], Quant(0.01), -127, 127) for _ in range(GATES)] + [
                None
            ] * 3
            parts += [m.const("i32", [n], Quant(0.0002), -900, 900) for _ in range(GATES)] + [
                None
            ] * 2
            operands = [
                x,
                *parts,
                state(m, [2, n], "i8", Quant(0.008, zero)),
                state(m, [2, n], "i16", Quant(2**-11)),
            ]
            between = [m.tensor("i16", [], Quant(2**-12)) for _ in range(4)] + [
                m.tensor("i8", [], Quant(0.008, zero))
            ]
            more = {} if op == "LSTM" else {"time_major": False}
            m.op(op, operands + [None] * 4, [m.out("i8", Quant(0.008, zero))], options, 3, intermediates=between,
                 fused_activation_function=4, **more)  # fmt: skip
            yield full, m


def control() -> Cases:
    for value in (False, True):
        full, m = start(f"if_{int(value)}")
        c, x, y = m.given(value, "bool"), m.input("f32", [2, 3]), m.input("f32", [3])
        out = m.out("f32")
        for name in ("ADD", "MUL"):
            m.subgraph()
            a, b = m.input("f32", [2, 3]), m.input("f32", [3])
            m.op(name, [a, b], [m.out("f32")], name.capitalize())
            m.graph.outputs[0].shape = [2, 3]
        m.at = 0
        m.op("IF", [c, x, y], [out], "If", then_subgraph_index=1, else_subgraph_index=2)
        yield full, m
    for trips in (0, 1, 5):
        full, m = start(f"while_{trips}")
        count, x = m.given(trips), m.input("f32", [3])
        outs = [m.out("i32"), m.out("f32")]
        m.subgraph()
        i, _ = m.input("i32", []), m.input("f32", [3])
        m.op("GREATER", [i, m.ints(0)], [m.out("bool")], "Greater")
        m.subgraph()
        i, a = m.input("i32", []), m.input("f32", [3])
        m.op("SUB", [i, m.ints(1)], [m.out("i32")], "Sub")
        doubled = m.out("f32")
        m.op("ADD", [a, a], [doubled], "Add")
        doubled.shape = [3]
        m.at = 0
        m.op("WHILE", [count, x], outs, "While", cond_subgraph_index=1, body_subgraph_index=2)
        yield full, m
    full, m = start("variables")
    m.runs = 3
    x, y = m.input("f32", [2, 3]), m.out("f32")
    handle = m.between("resource")
    m.op("CALL_ONCE", [], [], "CallOnce", init_subgraph_index=1)
    m.op("VAR_HANDLE", [], [handle], "VarHandle", container="c", shared_name="v")
    old = m.between("f32", None, [2, 3])
    m.op("READ_VARIABLE", [handle], [old], "ReadVariable")
    m.op("ADD", [old, x], [y], "Add")
    m.op("ASSIGN_VARIABLE", [handle, y], [], "AssignVariable")
    m.subgraph()
    handle = m.between("resource")
    m.op("VAR_HANDLE", [], [handle], "VarHandle", container="c", shared_name="v")
    m.op("ASSIGN_VARIABLE", [handle, m.const("f32", [2, 3])], [], "AssignVariable")
    m.at = 0
    yield full, m


def open_shapes() -> Cases:
    for op, options in (("ADD", "Add"), ("MUL", "Mul")):
        for shape, free in (([3, 4], (0,)), ([2, 5, 3], (0, 1)), ([7], (0,))):
            full, m = start(f"open_{op.lower()}_{len(shape)}")
            a, b = m.input("f32", shape, free=free), m.input("f32", [shape[-1]])
            m.op(op, [a, b], [m.out("f32")], options)
            yield full, m
    full, m = start("open_conv")
    x = m.input("f32", [2, 7, 6, 3], free=(0, 1, 2))
    m.op(
        "CONV_2D",
        [x, m.const("f32", [4, 3, 3, 3]), m.const("f32", [4])],
        [m.out("f32")],
        "Conv2D",
        stride_h=2,
        stride_w=1,
    )
    yield full, m
    full, m = start("open_fc")
    x = m.input("i8", [3, 8], Quant(0.05, 3), free=(0,))
    operands = [
        x,
        m.const("i8", [5, 8], Quant(0.02), -127, 127),
        m.const("i32", [5], Quant(0.001), -99, 99),
    ]
    m.op("FULLY_CONNECTED", operands, [m.out("i8", Quant(0.1, -4))], "FullyConnected")
    yield full, m
    full, m = start("open_shape_of")
    x = m.input("f32", [3, 8], free=(0,))
    s = m.between("i32")
    m.op("SHAPE", [x], [s], "Shape", out_type=2)
    m.op("FILL", [s, m.const("f32", [], data=2)], [m.out("f32")], "Fill")
    yield full, m


def cases() -> Cases:
    yield from simple()
    yield from lstms()
    yield from integer_lstm()
    yield from control()
    yield from open_shapes()
