# SPDX-License-Identifier: Apache-2.0
"""Forms of recurrent layers that lite_cases_state.py does not have: the order of time and batches,
auxiliary inputs, merged outputs, clips, projections without a bias, diagonal weights, integers of
every form, and the basic kernel."""

from __future__ import annotations

from typing import Any

from lite_cases_state import GATES, lstm_parts, state
from lite_common import Cases, start
from lite_model import ACTIVATIONS, Model, Quant, Tensor

FORMS = {"f32": None, "i8": Quant(0.02), "u8": Quant(0.02, 128)}
N_IN, N, N_OUT = 5, 4, 3
Operands = list[Tensor | None]


def matrix(m: Model, form: str, shape: list[int]) -> Tensor:
    return m.const(form, shape, FORMS[form], *((-127, 127) if form == "i8" else ()))


def one_way() -> Cases:
    """Batches before time, asymmetric inputs, activations, clips; a projection without a bias."""
    for form in ("f32", "i8"):
        for act in ("", "relu", "relu6", "tanh"):
            for flags in range(16):
                cifg, peephole, projection, norm = (bool(flags >> b & 1) for b in range(4))
                if flags % 5 != len(act) % 5:
                    continue
                full, m = start(f"lstm_batches_{form}_{act}_{flags}")
                m.runs = 3
                n_out = N_OUT if projection else N
                x = m.input("f32", [3, 4, N_IN])
                parts = lstm_parts(
                    m, form, FORMS[form], N_IN, N, n_out, cifg, peephole, projection, norm
                )
                parts[16] = None
                operands = [x, *parts, state(m, [3, n_out]), state(m, [3, N])]
                if norm:
                    norms: Operands = [m.const("f32", [N], None, 0.2, 1) for _ in range(GATES)]
                    operands += [None, *norms[1:]] if cifg else norms
                m.op(
                    "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [m.out("f32")],
                    "UnidirectionalSequenceLSTM", 3, time_major=False, cell_clip=0.7, proj_clip=0.4,
                    fused_activation_function=ACTIVATIONS[act],
                    asymmetric_quantize_inputs=form == "i8" and flags % 2 == 0,
                )  # fmt: skip
                yield full, m


def diagonal() -> Cases:
    for form in ("f32",):
        full, m = start(f"lstm_diagonal_{form}")
        m.runs = 2
        parts = lstm_parts(m, form, FORMS[form], N_IN, N, N, False, False, False, False)
        for g in range(GATES):
            parts[GATES + g] = matrix(m, form, [N])
        operands = [m.input("f32", [3, 2, N_IN]), *parts, state(m, [2, N]), state(m, [2, N])]
        m.op(
            "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [m.out("f32")], "UnidirectionalSequenceLSTM",
            4, fused_activation_function=4, time_major=True, diagonal_recurrent_tensors=True,
        )  # fmt: skip
        yield full, m


def both_ways() -> Cases:
    """aux 0: none, 1: with weights, 2: the input of the second cell."""
    for form in FORMS:
        for time_major in (True, False):
            for merges in (True, False):
                for aux in range(3):
                    flags = (2 * aux + time_major + 3 * merges) % 8
                    cifg, peephole, projection = (bool(flags >> b & 1) for b in range(3))
                    full, m = start(f"bilstm_{form}_{int(time_major)}{int(merges)}{aux}")
                    m.runs = 2
                    n_out = N_OUT if projection else N
                    batch = 2 if time_major else 1
                    shape = [3, batch] if time_major else [batch, 3]
                    operands: Operands = [m.input("f32", shape + [N_IN])]
                    for _ in range(2):
                        operands += lstm_parts(
                            m, form, FORMS[form], N_IN, N, n_out, cifg, peephole, projection, False
                        )
                    for _ in range(2):
                        operands += [state(m, [batch, n_out]), state(m, [batch, N])]
                    n_aux = N_IN if aux == 2 else 6
                    operands.append(m.input("f32", shape + [n_aux]) if aux > 0 else None)
                    for _ in range(2 * GATES):
                        has = aux == 1 and not (cifg and len(operands) in (40, 44))
                        operands.append(matrix(m, form, [N, n_aux]) if has else None)
                    outs = [m.out("f32")] + ([] if merges else [m.out("f32")])
                    m.op(
                        "BIDIRECTIONAL_SEQUENCE_LSTM", operands, outs, "BidirectionalSequenceLSTM",
                        3, fused_activation_function=4, time_major=time_major, cell_clip=0.9,
                        merge_outputs=merges, asymmetric_quantize_inputs=form == "i8" and merges,
                    )  # fmt: skip
                    yield full, m


def simple_both_ways() -> Cases:
    for form in FORMS:
        for time_major in (True, False):
            for merges in (True, False):
                for aux in range(3):
                    full, m = start(f"birnn_{form}_{int(time_major)}{int(merges)}{aux}")
                    m.runs = 2
                    shape = [3, 2, N_IN] if time_major else [2, 3, N_IN]
                    operands: Operands = [m.input("f32", shape)]
                    for n in (N, N_OUT):
                        operands += [matrix(m, form, [n, N_IN]), matrix(m, form, [n, n])]
                        operands += [m.const("f32", [n]), state(m, [2, n])]
                    operands.append(m.input("f32", shape) if aux > 0 else None)
                    for n in (N, N_OUT):
                        operands.append(matrix(m, form, [n, N_IN]) if aux == 1 else None)
                    outs = [m.out("f32")] + ([] if merges else [m.out("f32")])
                    m.op(
                        "BIDIRECTIONAL_SEQUENCE_RNN", operands, outs, "BidirectionalSequenceRNN",
                        fused_activation_function=ACTIVATIONS["relu6" if merges else "tanh"],
                        time_major=time_major, merge_outputs=merges,
                        asymmetric_quantize_inputs=form == "i8" and merges,
                    )  # fmt: skip
                    yield full, m


def basic() -> Cases:
    """The basic kernel, with variables and with given states; on bytes its scales are fixed."""
    for form in ("f32", "u8"):
        for is_kept in (True, False):
            for batch, n_in, n in ((2, 5, 4), (1, 9, 17)):
                full, m = start(f"lstm_basic_{form}_{int(is_kept)}_{batch}x{n_in}_{n}")
                m.runs = 3
                is_byte = form == "u8"
                q8, q16 = (Quant(1 / 128, 128), Quant(2.0**-11)) if is_byte else (None, None)
                x = m.input(form, [batch, n_in], q8)
                h, c = (
                    state(m, [batch, n], d, q) if is_kept else m.input(d, [batch, n], q)
                    for d, q in ((form, q8), ("i16" if is_byte else "f32", q16))
                )
                w = m.const(form, [4 * n, n_in + n], Quant(0.02, 120) if is_byte else None)
                b = m.const("i32" if is_byte else "f32", [4 * n], Quant(0.02 / 128) if is_byte else None)
                outs = [m.out(form, q8), m.out(c.dtype, q16)]
                between = [m.between(form, q8), m.between(c.dtype, Quant(2.0**-12) if is_byte else None)]
                m.op("LSTM", [x, h, w, b, c], outs + between, "LSTM", 2 if is_byte else 1,
                     kernel_type=1, fused_activation_function=4)  # fmt: skip
                yield full, m


def integer_parts(m: Model, n: int, n_out: int, flags: tuple[bool, ...]) -> Operands:
    """Operands 1 to 17 of an integer LSTM, then its norms."""
    cifg, peephole, projection, norm = flags

    def gates(make: Any) -> Operands:
        made: Operands = [make() for _ in range(GATES)]
        return [None, *made[1:]] if cifg else made

    parts = gates(lambda: m.const("i8", [n, N_IN], Quant(0.01), -127, 127))
    parts += gates(lambda: m.const("i8", [n, n_out], Quant(0.012), -127, 127))
    holes: Operands = [None] * 3
    if peephole:
        holes = [m.const("i16", [n], Quant(3e-5), -30000, 30000) for _ in range(3)]
        if cifg:
            holes[0] = None
    parts += holes + gates(lambda: m.const("i32", [n], Quant(0.0002), -900, 900))
    parts += [None, None]
    if projection:
        parts[-2] = m.const("i8", [n_out, n], Quant(0.009), -127, 127)
        parts[-1] = m.const("i32", [n_out], Quant(7e-5), -900, 900)
    norms: Operands = [None] * GATES
    if norm:
        norms = gates(lambda: m.const("i16", [n], Quant(2e-5), 3000, 30000))
    return parts + norms


def integers() -> Cases:
    for time_major in (True, False):
        for flags in range(16):
            for n in (4, 13):
                cifg, peephole, projection, norm = bits = tuple(
                    bool(flags >> b & 1) for b in range(4)
                )
                if (n == 13) != (flags % 3 == 0):
                    continue
                full, m = start(f"lstm_integer_{int(time_major)}_{flags}_{n}")
                m.runs = 2
                n_out = 7 if projection and n == 13 else N_OUT if projection else n
                x = m.input("i8", [3, 2, N_IN], Quant(0.02, -4))
                batch = 2 if time_major else 3
                parts = integer_parts(m, n, n_out, bits)
                out = Quant(0.008, 7)
                states: Operands = [
                    state(m, [batch, n_out], "i8", out),
                    state(m, [batch, n], "i16", Quant(2**-11)),
                ]
                between = [m.tensor("i16", [], Quant(2.0**-11 * (1 + g / 8))) for g in range(GATES)]
                between.append(m.tensor("i8", [], Quant(0.0075, 3) if projection else out))
                m.op(
                    "UNIDIRECTIONAL_SEQUENCE_LSTM", [x, *parts[:17], *states, *parts[17:]],
                    [m.out("i8", out)], "UnidirectionalSequenceLSTM", 3, intermediates=between,
                    fused_activation_function=4, time_major=time_major,
                    cell_clip=1.5 if flags & 1 else 0.0, proj_clip=0.5 if flags & 4 else 0.0,
                )  # fmt: skip
                yield full, m


def narrow_integer() -> Cases:
    """12 intermediates: sums of 8 bits, norms and functions in floats. LiteRT runs it with norms
    and a projection, without peepholes, gate i following from f."""
    between = [Quant(0.007 + 0.0001 * (i % 5), (i * 7) % 5 - 2) for i in range(12)]
    for n, (batch, n_in, cells, n_out, zero, cell_clip, proj_clip) in enumerate(
        (
            (2, 5, 4, 3, 0, 0.0, 0.0),
            (1, 9, 6, 4, 5, 0.0, 0.0),
            (3, 4, 7, 2, -9, 0.5, 0.3),
            (2, 12, 20, 16, 3, 0.9, 0.0),
            (1, 33, 31, 8, 3, 0.0, 0.9),
        )
    ):
        full, m = start(f"lstm_narrow_{n}")
        m.runs, m.steps = 5, 1
        x = m.input("i8", [batch, n_in], Quant(0.0078, zero))
        weight = Quant(0.0078)
        w: Operands = [m.const("i8", [cells, n_in], weight, -127, 127) for _ in range(GATES)]
        r: Operands = [m.const("i8", [cells, n_out], weight, -127, 127) for _ in range(GATES)]
        biases: Operands = [
            m.const("i32", [cells], Quant(1e-6), -90000, 90000) for _ in range(GATES)
        ]
        norms: Operands = [m.const("i16", [cells], Quant(3e-5), 2000, 30000) for _ in range(GATES)]
        for part in (w, r, biases, norms):
            part[0] = None
        projection = [
            m.const("i8", [n_out, cells], Quant(0.004), -127, 127),
            m.const("i32", [n_out], Quant(1e-6), -90000, 90000),
        ]
        states = [
            state(m, [batch, n_out], "i8", Quant(0.0078, zero)),
            state(m, [batch, cells], "i16", Quant(2.0**-15)),
        ]
        m.op(
            "LSTM", [x, *w, *r, None, None, None, *biases, *projection, *states, *norms],
            [m.out("i8", Quant(0.0078, zero))], "LSTM", 3,
            intermediates=[m.tensor("i16", [], q) for q in between],
            fused_activation_function=ACTIVATIONS["tanh"], cell_clip=cell_clip, proj_clip=proj_clip,
        )  # fmt: skip
        yield full, m


def cases() -> Cases:
    yield from one_way()
    yield from diagonal()
    yield from both_ways()
    yield from simple_both_ways()
    yield from integers()
    yield from basic()
    yield from narrow_integer()
