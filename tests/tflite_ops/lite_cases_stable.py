# SPDX-License-Identifier: Apache-2.0
"""The StableHLO operators that LiteRT runs."""

from __future__ import annotations

from flatbuffers import flexbuffers

from lite_common import Cases, start


def windows() -> Cases:
    """Windows at places that lie outside, in part or not; index vectors along other dimensions."""
    gathers = (
        ([5, 6], [[-3, 9], [4, 4], [2, -1]], [0, 1], 1, [2, 3], [1, 2], [], [3, 2, 3]),
        ([5, 6], [[0, 1, 9], [3, -2, 2]], [1, 0], 0, [1, 2], [1, 2], [], [3, 1, 2]),
        ([4, 3], [[[1], [5]], [[2], [0]]], [1], 2, [4, 1], [1], [1], [2, 4, 2]),
    )
    for n, (x, at, map_, vector, sizes, offset, gone, out) in enumerate(gathers):
        for index in ("i32", "i64"):
            full, m = start(f"stablehlo_gather_{n}_{index}")
            gathered = m.out("f32")
            gathered.shape = out
            m.op("STABLEHLO_GATHER", [m.input("f32", x), m.given(at, index)], [gathered], "StablehloGather",
                 offset_dims=offset, collapsed_slice_dims=gone, start_index_map=map_,
                 index_vector_dim=vector, slice_sizes=sizes)  # fmt: skip
            yield full, m
    scatters = (
        ([5, 6], [[-3, 9], [4, 4], [2, -1]], [0, 1], 1, [3, 2, 3], [1, 2], []),
        ([5, 6], [[0, 1, 9], [3, -2, 2]], [1, 0], 0, [3, 1, 2], [1, 2], []),
        ([7], [2, 6, 0, -4], [0], 1, [4, 3], [1], []),
        ([7], [[1], [1], [6]], [0], 1, [3], [], [0]),
        ([4, 3], [[1], [5], [0]], [0], 1, [3, 3], [1], [0]),
    )
    for n, (x, at, map_, vector, updates, window, gone) in enumerate(scatters):
        for index in ("i32", "i64"):
            full, m = start(f"stablehlo_scatter_{n}_{index}")
            operands = [m.input("i32", x), m.given(at, index), m.input("i32", updates)]
            out = m.out("i32")
            m.subgraph()
            m.op("STABLEHLO_ADD", [m.input("i32", []), m.input("i32", [])], [m.out("i32")])
            m.at = 0
            m.op("STABLEHLO_SCATTER", operands, [out], "StablehloScatter", update_window_dims=window,
                 inserted_window_dims=gone, scatter_dims_to_operand_dims=map_, index_vector_dim=vector,
                 update_computation_subgraph_index=1)  # fmt: skip
            yield full, m


def random_bits() -> Cases:
    """Counters that overflow; lengths that do not divide by the words of a count."""
    states = ([5, 9], [2**64 - 1, 2**32 - 2], [0, 2**64 - 1], [7, 8, 9], [2**40, 2**32 - 1, 2**63])
    for algorithm in (0, 1, 2):
        for kind in ("i32", "u32", "i64", "u64"):
            for n, state in enumerate(states):
                for shape in ([3, 4], [1], [7]):
                    full, m = start(f"random_bits_{algorithm}_{kind}_{n}_{len(shape) * shape[0]}")
                    outs = [m.out("u64"), m.out(kind)]
                    m.op("STABLEHLO_RNG_BIT_GENERATOR", [m.given(state, "u64")], outs,
                         "StablehloRngBitGenerator", algorithm=algorithm)  # fmt: skip
                    outs[0].shape, outs[1].shape = [len(state)], shape
                    yield full, m


def branches() -> Cases:
    """One to five branches; numbers below and above; a constant number; branches that differ in
    what they need."""
    ops = ("ADD", "MUL", "SUB", "MAXIMUM", "MINIMUM")
    for n in (1, 2, 3, 5):
        for number in (-2**31, -1, 0, 1, 2, 3, 4, 5, 2**31 - 1):
            for is_const in (False, True):
                if is_const and number not in (-1, 1, 4):
                    continue
                full, m = start(f"stablehlo_case_{n}_{number}{'_const' * is_const}")
                at = m.ints(number) if is_const else m.given(number)
                operands = [at, m.input("f32", [2, 3]), m.input("f32", [2, 3])]
                out = m.out("f32")
                for k in range(n):
                    m.subgraph()
                    a, b = m.input("f32", [2, 3]), m.input("f32", [2, 3])
                    y = m.out("f32")
                    y.shape = [2, 3]
                    options = "MaximumMinimum" if k > 2 else ops[k].capitalize()
                    m.op(ops[k], [a, b], [y], options)
                m.at = 0
                m.op("STABLEHLO_CASE", operands, [out], "StablehloCase",
                     branch_subgraph_indices=list(range(1, n + 1)))  # fmt: skip
                yield full, m


def cases() -> Cases:
    yield from random_bits()
    yield from branches()
    for op in ("ADD", "MULTIPLY", "MAXIMUM", "MINIMUM"):
        for kind in ("f32", "i32", "i64"):
            for shape in ([2, 3], [5], [2, 1, 3]):
                full, m = start(f"stablehlo_{op.lower()}_{kind}_{len(shape)}")
                m.op("STABLEHLO_" + op, [m.input(kind, shape), m.input(kind, shape)], [m.out(kind)])
                yield full, m
    for kind in ("i8", "i16", "i32", "bool"):
        for op in ("AND", "SHIFT_LEFT"):
            full, m = start(f"stablehlo_{op.lower()}_{kind}")
            count = m.input(kind, [2, 3], None, 0, 7) if op == "SHIFT_LEFT" else m.input(kind, [2, 3])
            m.op("STABLEHLO_" + op, [m.input(kind, [2, 3]), count], [m.out(kind)])
            yield full, m
    for kind in ("f32", "i32", "i8", "i64", "bool"):
        for n, (x, low, high, inner) in enumerate(
            (
                ([3, 4], [1, 0], [0, 2], [0, 0]),
                ([3, 4], [0, 1], [2, 0], [1, 2]),
                ([4], [-1], [2], [0]),
                ([3, 5], [1, -2], [-1, 1], [2, 0]),
            )
        ):
            full, m = start(f"stablehlo_pad{n}_{kind}")
            value = m.const(kind, [], data=1)
            m.op("STABLEHLO_PAD", [m.input(kind, x), value], [m.out(kind)], "StablehloPad",
                 edge_padding_low=low, edge_padding_high=high, interior_padding=inner)  # fmt: skip
            yield full, m
    for kind in ("f32", "i32", "i8"):
        full, m = start(f"stablehlo_gather_{kind}")
        gathered = m.out(kind)
        gathered.shape = [2, 3, 2, 2]
        m.op("STABLEHLO_GATHER", [m.input(kind, [3, 4, 2]), m.ints([[[0, 0], [1, 0], [2, 1]], [[0, 1], [1, 1], [0, 2]]], "i64")],
             [gathered], "StablehloGather", offset_dims=[2, 3], collapsed_slice_dims=[0], start_index_map=[1, 0],
             index_vector_dim=2, slice_sizes=[1, 2, 2])  # fmt: skip
        yield full, m
        for name in ("ADD", "MULTIPLY", "MAXIMUM", "MINIMUM", ""):
            full, m = start(f"stablehlo_scatter_{name.lower()}_{kind}")
            rows = m.ints([[0, 2], [1, 0], [2, 1]], "i64")
            operands = [m.input(kind, [3, 4, 2]), rows, m.input(kind, [3, 2, 2])]
            out = m.out(kind)
            m.subgraph()
            a, b = m.input(kind, []), m.input(kind, [])
            if name:
                m.op("STABLEHLO_" + name, [a, b], [m.out(kind)])
            else:
                m.graph.outputs.append(b)
            m.at = 0
            m.op("STABLEHLO_SCATTER", operands, [out], "StablehloScatter", update_window_dims=[1, 2], inserted_window_dims=[0],
                 scatter_dims_to_operand_dims=[0, 1], index_vector_dim=1, update_computation_subgraph_index=1)  # fmt: skip
            yield full, m
        for name in ("ADD", "MULTIPLY", "MAXIMUM", "MINIMUM"):
            full, m = start(f"stablehlo_reduce_window_{name.lower()}_{kind}")
            operands = [
                m.input(kind, [5, 6]),
                m.const(kind, [], data=1 if name == "MULTIPLY" else 0),
            ]
            out = m.out(kind)
            m.subgraph()
            a, b = m.input(kind, []), m.input(kind, [])
            m.op("STABLEHLO_" + name, [a, b], [m.out(kind)])
            m.at = 0
            m.op("STABLEHLO_REDUCE_WINDOW", operands, [out], "StablehloReduceWindow", window_dimensions=[2, 3], window_strides=[1, 2],
                 base_dilations=[1, 1], window_dilations=[2, 1], padding=[1, 0, 0, 1], body_subgraph_index=1)  # fmt: skip
            yield full, m
    yield from windows()
    full, m = start("stablehlo_composite")
    x, y = m.input("f32", [2, 3]), m.out("f32")
    m.subgraph()
    m.op("EXP", [m.input("f32", [2, 3])], [m.out("f32")], "Exp")
    m.graph.outputs[0].shape = [2, 3]
    m.at = 0
    m.op(
        "STABLEHLO_COMPOSITE",
        [x],
        [y],
        "StableHLOComposite",
        name="a.b",
        decomposition_subgraph_index=1,
        composite_attributes=list(flexbuffers.Dumps({})),
    )
    yield full, m
