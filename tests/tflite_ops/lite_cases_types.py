# SPDX-License-Identifier: Apache-2.0
"""Every operator in every type: the first cases of the other families with other elements.

What changes is the type of all data (`all`) or of all indices, sizes and axes (`index`). Small
integers come with a scale and without. What LiteRT does not run is left out, and what it runs
without a meaning: it takes the bytes of one type for those of another.
"""

from __future__ import annotations

import copy

import numpy as np

from lite_cases_refused import first_cases
from lite_cases_tables import texts
from lite_common import QUANT, Cases, start
from lite_fill import NUMPY
from lite_model import Model, Quant, Tensor

FAMILIES = ("binary", "conv", "matrix", "misc", "move", "unary", "window", "tables", "stable")
PLAIN = "f32 f16 bf16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 string".split()
FORMS: dict[str, tuple[str, Quant | None]] = {d: (d, None) for d in PLAIN} | {
    "q" + d: (d, q) for d, q in QUANT.items()
}
INTEGERS = "i8 u8 i16 u16 i32 u32 i64 u64".split()
WORDS = ["one", "", "three", "a b", "one", "x", "seventeen"]

# Computes with the scale of integers, which is 0 where the file has none.
NEEDS_SCALE = set(
    "mul div not_equal batch_matmul exp tanh elu relu relu6 relu_n1_to_1 relu_0_to_1 hard_swish"
    " gelu leaky_relu prelu quantize dequantize average_pool_2d mean sum".split()
)
# Takes the bytes of types that it does not know for others.
UNCHECKED = set(
    "fake_quant matrix_diag matrix_set_diag lsh_projection reshape_index transpose_index"
    " split_index space_to_batch_nd_index batch_to_space_nd_index range_index".split()
)
# The same with one type: weights of 16 bits as of 8, sums of signed bytes as of unsigned ones, a
# scale of 0; and strings that are gone before they are copied.
SINGLE = set(
    "depthwise_conv_2d_2_qi16 prelu_2_qi16 sum_2_qi8 sum_2_qi16 quantize_1_i32"
    " fill_2_string".split()
)


def retype(model: Model, t: Tensor, form: str) -> None:
    t.dtype, quant = FORMS[form]
    t.quant = quant
    if t.is_const and quant is not None and t.dtype == "i8":
        t.quant = Quant(quant.scale, 0)  # weights have no zero point
    if t.fill is None:
        return
    if t.dtype == "string":
        words = [WORDS[i % len(WORDS)] for i in range(int(np.prod(t.shape)))]
        t.fill, t.data = None, texts(words) if t.is_const else words
        return
    low, high = t.fill.low, t.fill.high
    t.fill = model.seeded(t.dtype, None, None, 0)
    if 0 <= low < high <= 9 and t.dtype not in ("f16", "bf16", "bool"):
        t.fill.low, t.fill.high = low, high


def data_of(model: Model) -> list[Tensor]:
    operands = [model.graph.tensors[i] for i in model.graph.ops[0].inputs if i >= 0]
    lead = next((t for t in operands if t.fill is not None), None)
    if lead is None:
        return []
    return [t for t in model.graph.tensors if t.dtype == lead.dtype and t.data is None]


def indices_of(model: Model) -> list[Tensor]:
    return [t for t in model.graph.tensors if t.data is not None and t.dtype in ("i32", "i64")]


def conversions() -> Cases:
    """From every type to every type."""
    numbers = [f for f in FORMS if f not in ("string", "bf16")]
    for source in numbers:
        for to in numbers:
            dtype, quant = FORMS[source]
            out, out_quant = FORMS[to]
            if quant is None and out_quant is None:
                full, m = start(f"types_cast_{source}_{to}")
                low = 0 if out[0] in "ub" and dtype != "bool" else None
                x = m.input(dtype, [3, 5], None, low, None if low is None else 9)
                m.op("CAST", [x], [m.out(out)], "Cast")
                yield full, m
            if dtype != out and quant is None and out_quant is None and out != "f64":
                full, m = start(f"types_bitcast_{source}_{to}")
                m.op("BITCAST", [m.input(dtype, [3, 8])], [m.out(out)], "Bitcast")
                yield full, m
            if out_quant is not None and (quant is not None or dtype == "f32"):
                full, m = start(f"types_quantize_{source}_{to}")
                x = m.input(dtype, [3, 5], quant)
                m.op("QUANTIZE", [x], [m.out(out, out_quant)], "Quantize")
                yield full, m
            if quant is not None and out == "f32":
                full, m = start(f"types_dequantize_{source}_{to}")
                m.op("DEQUANTIZE", [m.input(dtype, [3, 5], quant)], [m.out(out)], "Dequantize")
                yield full, m


def indexed() -> Cases:
    """Operators with two types of their own: of data and of indices, counts or outputs."""
    for kind in INTEGERS:
        for data in ("f32", "qi8", "qu8", "qi16", "i32", "i64", "bool", "f16", "string"):
            dtype, quant = FORMS[data]
            for op, options, places, fields in (
                ("GATHER", "Gather", [2, 0, 1], {"axis": 0}),
                ("GATHER_ND", "GatherNd", [[2, 1], [0, 3]], {}),
                ("DYNAMIC_UPDATE_SLICE", "DynamicUpdateSlice", [1, 2], {}),
                ("EMBEDDING_LOOKUP", "", [2, 0, 0], {}),
                ("REVERSE_SEQUENCE", "ReverseSequence", [2, 4, 1], {"seq_dim": 1, "batch_dim": 0}),
                ("TOPK_V2", "TopKV2", 2, {}),
                ("CUMSUM", "Cumsum", 1, {}),
            ):
                full, m = start(f"types_{op.lower()}_{data}_by_{kind}")
                x = m.input("f32", [3, 4])
                retype(m, x, data)
                if data == "string":
                    x.data = [WORDS[i % len(WORDS)] for i in range(12)]
                at = m.given(places, kind)
                operands, outs = [x, at], [m.out(dtype, quant)]
                if op == "EMBEDDING_LOOKUP":
                    operands = [at, x]
                if op == "DYNAMIC_UPDATE_SLICE":
                    if data == "string":
                        continue
                    operands = [x, m.input(dtype, [2, 2], quant), at]
                if op == "TOPK_V2":
                    outs.append(m.out("i32"))
                m.op(op, operands, outs, options, **fields)
                yield full, m
        full, m = start(f"types_segment_sum_by_{kind}")
        ids = m.given([0, 0, 2], kind)
        m.op("SEGMENT_SUM", [m.input("f32", [3, 4]), ids], [m.out("f32")], "SegmentSum")
        yield full, m
        for op in ("ARG_MAX", "ARG_MIN"):
            for data in FORMS:
                full, m = start(f"types_{op.lower()}_{data}_gives_{kind}")
                x = m.input("f32", [3, 4])
                retype(m, x, data)
                number = {"i32": 2, "i64": 4}.get(kind)
                if number is None or data == "string":
                    continue
                options = "ArgMax" if op == "ARG_MAX" else "ArgMin"
                m.op(op, [x, m.ints(1)], [m.out(kind)], options, output_type=number)
                yield full, m


def packed(m: Model, kind: str, shape: list[int], quant: Quant | None) -> Tensor:
    """A constant of 2 or 4 bits an element, all of whose bytes differ."""
    n = (int(np.prod(shape)) * int(kind[1:]) + 7) // 8
    return m.const(kind, shape, quant, data=bytes((37 * i + 11) % 256 for i in range(n)))


MOVES = ("GATHER", "CONCATENATION", "DYNAMIC_UPDATE_SLICE", "RESHAPE", "TRANSPOSE", "SLICE")


def small() -> Cases:
    """Elements of 2 and 4 bits: where they are moved, a conversion makes them readable. Tables of 8
    bits with a scale for each row."""
    rows = Quant([0.1, 0.2, 0.3, 0.4], 0, 0)
    for quant in (Quant(0.3), rows):
        for out in ("f32", "f16"):
            full, m = start(f"types_small_rows_i8_{int(quant is rows)}_{out}")
            table = m.const("i8", [4, 3, 2], quant)
            m.op("EMBEDDING_LOOKUP", [m.given([2, 0, 3, 2]), table], [m.out(out)])
            yield full, m
    for kind in ("i4", "i2", "u4"):
        for shape in ([4, 8], [3, 5], [7]):
            for to in ("f32", "i8", "i32", "u8", "i16", "i64"):
                full, m = start(f"types_small_cast_{kind}_{to}_{len(shape)}{shape[0]}")
                m.op("CAST", [packed(m, kind, shape, None)], [m.out(to)], "Cast")
                yield full, m
            for quant in (Quant(0.3), Quant(0.3, 1)):
                name = f"types_small_dequantize_{kind}_{len(shape)}{shape[0]}_{quant.zero}"
                full, m = start(name)
                m.op("DEQUANTIZE", [packed(m, kind, shape, quant)], [m.out("f32")], "Dequantize")
                yield full, m
        full, m = start(f"types_small_dequantize_{kind}_rows")
        m.op("DEQUANTIZE", [packed(m, kind, [4, 8], rows)], [m.out("f32")], "Dequantize")
        yield full, m
        for n in (8, 4):  # LiteRT wants rows to begin at bytes
            for quant in (Quant(0.3), rows):
                for out in ("f32", "f16"):
                    full, m = start(f"types_small_rows_{kind}_{n}_{int(quant is rows)}_{out}")
                    ids = m.given([2, 0, 3, 2])
                    if kind != "u4":
                        operands = [ids, packed(m, kind, [4, n], quant)]
                        m.op("EMBEDDING_LOOKUP", operands, [m.out(out)])
                        yield full, m
            for source in MOVES:
                full, m = start(f"types_small_{source.lower()}_{kind}_{n}")
                quant = Quant(0.3)
                table = packed(m, kind, [4, n], quant)
                moved = m.between(kind, quant, [2, 2] if source == "SLICE" else [4, n])
                if source == "GATHER":
                    m.op(source, [table, m.given([1, 3, 0])], [moved], "Gather", axis=0)
                elif source == "SLICE":
                    m.op(source, [table, m.ints([1, 1]), m.ints([2, 2])], [moved], "Slice")
                elif source == "CONCATENATION":
                    other = packed(m, kind, [4, 3], quant)
                    m.op(source, [table, other], [moved], "Concatenation", axis=1)
                elif source == "RESHAPE":
                    m.op(source, [table, m.ints([n, 4])], [moved], "Reshape", new_shape=[n, 4])
                elif source == "TRANSPOSE":
                    m.op(source, [table, m.ints([1, 0])], [moved], "Transpose")
                else:
                    other = packed(m, kind, [2, 2], quant)
                    m.op(source, [table, other, m.ints([1, 1])], [moved], "DynamicUpdateSlice")
                m.op("DEQUANTIZE", [moved], [m.out("f32")], "Dequantize")
                yield full, m
        full, m = start(f"types_small_quantize_{kind}")
        quant = Quant(0.3, 1)
        between = m.between(kind, quant, [3, 5])
        m.op("QUANTIZE", [m.input("f32", [3, 5], None, -3, 3)], [between], "Quantize")
        m.op("DEQUANTIZE", [between], [m.out("f32")], "Dequantize")
        yield full, m
        for form in ("f32", "i8", "i16"):
            for n_in in (8, 7, 32):
                for is_rows in (False, True):
                    full, m = start(f"types_small_fc_{form}_{kind}_{n_in}_{int(is_rows)}")
                    q = QUANT.get(form)
                    w = packed(m, kind, [4, n_in], rows if is_rows else Quant(0.1))
                    operands = [m.input(form, [2, n_in], q), w, None]
                    m.op("FULLY_CONNECTED", operands, [m.out(form, q)], "FullyConnected")
                    yield full, m


def carried() -> Cases:
    """What variables, branches and loops hand on."""
    for form, (dtype, quant) in FORMS.items():
        words = {"data": WORDS[:6]} if dtype == "string" else {}
        if dtype != "string":
            full, m = start(f"types_variable_{form}")
            m.runs = 2
            x, handle = m.input(dtype, [2, 3], quant), m.between("resource")
            m.op("VAR_HANDLE", [], [handle], "VarHandle", container="c", shared_name="v")
            m.op("ASSIGN_VARIABLE", [handle, x], [], "AssignVariable")
            m.op("READ_VARIABLE", [handle], [m.out(dtype, quant)], "ReadVariable")
            m.graph.outputs[0].shape = [2, 3]
            yield full, m
        for taken in (True, False):
            full, m = start(f"types_if_{form}_{int(taken)}")
            c, out = m.given(taken, "bool"), m.out(dtype, quant)
            x = m.input(dtype, [2, 3], quant, **words)
            for sizes in ([3, 2], [6]):
                m.subgraph()
                y = m.input(dtype, [2, 3], quant, **words)
                y.fill = y.data = None
                z = m.out(dtype, quant)
                m.op("RESHAPE", [y, m.ints(sizes)], [z], "Reshape", new_shape=sizes)
                m.graph.outputs[0].shape = sizes
            m.at = 0
            m.op("IF", [c, x], [out], "If", then_subgraph_index=1, else_subgraph_index=2)
            yield full, m
        full, m = start(f"types_while_{form}")
        outs = [m.out("i32"), m.out(dtype, quant)]
        operands = [m.given(3), m.input(dtype, [2, 3], quant, **words)]
        m.subgraph()
        i, y = m.input("i32", []), m.input(dtype, [2, 3], quant, **words)
        y.fill = y.data = None
        m.op("GREATER", [i, m.ints(0)], [m.out("bool")], "Greater")
        m.subgraph()
        i, y = m.input("i32", []), m.input(dtype, [2, 3], quant, **words)
        y.fill = y.data = None
        m.op("SUB", [i, m.ints(1)], [m.out("i32")], "Sub")
        z = m.out(dtype, quant)
        z.shape = [2, 3]
        m.op("SLICE", [y, m.ints([0, 0]), m.ints([2, 3])], [z], "Slice")
        m.at = 0
        m.op("WHILE", operands, outs, "While", cond_subgraph_index=1, body_subgraph_index=2)
        yield full, m
    for form in PLAIN:
        for kind in ("i32", "i64"):
            full, m = start(f"types_fill_{form}_by_{kind}")
            if form != "string":  # they are gone before they are copied
                value = m.input(form, [])
                m.op("FILL", [m.given([2, 3], kind), value], [m.out(form)], "Fill")
                yield full, m


def through_bf16(m: Model) -> bool:
    """The data in bfloat16, between conversions from and to float32. False: there is none."""
    changed = [t for t in data_of(m) if t.dtype == "f32"]
    op = m.graph.ops.pop()
    for t in changed:
        if t in m.graph.inputs or t.is_const:
            wide = m.tensor("f32", t.shape, None, fill=t.fill, is_const=t.is_const)
            if t in m.graph.inputs:
                m.graph.inputs[m.graph.inputs.index(t)] = wide
            m.op("CAST", [wide], [t], "Cast")
        t.dtype, t.quant, t.fill, t.is_const = "bf16", None, None, False
    m.graph.ops.append(op)
    for k, t in enumerate(list(m.graph.outputs)):
        if t in changed:
            m.graph.outputs[k] = m.between("f32")
            m.op("CAST", [t], [m.graph.outputs[k]], "Cast")
    return len(changed) > 0


def cases() -> Cases:
    for key, model in first_cases(FAMILIES):
        name = key.rsplit("_", 1)[0]
        m = copy.deepcopy(model)
        m.tolerance = 2.0**-6
        if through_bf16(m) and name not in UNCHECKED:
            yield f"types_{key}_bf16", m
        for form in FORMS:
            m = copy.deepcopy(model)
            changed = data_of(m)
            if form == "bf16" or name in UNCHECKED:
                continue
            if all((t.dtype, t.quant) == FORMS[form] for t in changed):
                continue
            if (name in NEEDS_SCALE and form in QUANT) or f"{key}_{form}" in SINGLE:
                continue
            for t in changed:
                retype(m, t, form)
            yield f"types_{key}_{form}", m
        for form in INTEGERS:
            m = copy.deepcopy(model)
            changed = indices_of(m)
            if name + "_index" in UNCHECKED or all(t.dtype == form for t in changed):
                continue
            for t in changed:
                t.dtype, t.data = form, t.data.astype(NUMPY[form])
            yield f"types_{key}_index_{form}", m
    yield from conversions()
    yield from indexed()
    yield from small()
    yield from carried()
