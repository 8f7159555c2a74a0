# SPDX-License-Identifier: Apache-2.0
"""Sparse weights: random elements, blocks, every order and width of the lists that LiteRT reads."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lite_common import Cases, start
from lite_fill import NUMPY
from lite_model import Model, Tensor

VECTORS = {4: "Int32Vector", 2: "Uint16Vector", 1: "Uint8Vector"}


def numbers(values: Sequence[int], width: int) -> tuple[int, Any]:
    """A list and the number of its type in the union."""
    name = VECTORS[width]
    table = getattr(schema, name + "T")()
    table.values = list(values)
    return getattr(schema.SparseIndexVector, name), table


def pack(
    dense: np.ndarray, order: Sequence[int], sparse: Sequence[int], block: dict[int, int], width: int
) -> tuple[np.ndarray, Any]:
    """The elements that are kept, and how they lie. order: of the dimensions, then of the blocks;
    sparse: the levels that list their children; block: extents of blocks by dimension."""
    rank = dense.ndim
    outer = [n // block.get(d, 1) for d, n in enumerate(dense.shape)]
    split: list[int] = []
    for d, n in enumerate(outer):
        split += [n, block.get(d, 1)]
    tree = dense.reshape(split)
    axes = [2 * d for d in order[:rank]] + [2 * d + 1 for d in block]
    tree = tree.transpose(axes + [a for a in range(2 * rank) if a not in axes])
    tree = tree.reshape(tree.shape[: rank + len(block)])
    p = schema.SparsityParametersT()
    p.traversalOrder, p.blockMap, p.dimMetadata = list(order), list(block), []
    parents = [tree]
    for level, extent in enumerate(tree.shape):
        meta = schema.DimensionMetadataT()
        meta.denseSize = extent
        if level in sparse:
            meta.format = schema.DimensionType.SPARSE_CSR
            segments, indices, children = [0], [], []
            for parent in parents:
                for i in range(extent):
                    if np.any(parent[i]):
                        indices.append(i)
                        children.append(parent[i])
                segments.append(len(indices))
            meta.arraySegmentsType, meta.arraySegments = numbers(segments, width)
            meta.arrayIndicesType, meta.arrayIndices = numbers(indices, width)
        else:
            meta.format = schema.DimensionType.DENSE
            children = [parent[i] for parent in parents for i in range(extent)]
        p.dimMetadata.append(meta)
        parents = children
    return np.array(parents, dense.dtype), p


def dense_array(kind: str, shape: Sequence[int], seed: int, keep: float, block: dict[int, int]) -> Any:
    """Numbers of which a part, by blocks, is not zero."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-9, 10, shape).astype(NUMPY[kind])
    outer = [n // block.get(d, 1) for d, n in enumerate(shape)]
    mask = rng.random(outer) < keep
    for d, n in block.items():
        mask = np.repeat(mask, n, axis=d)
    return values * mask.astype(NUMPY[kind])


FORMS: dict[str, tuple[list[int], list[int], list[int], dict[int, int], int]] = {
    "rows": ([6, 8], [0, 1], [1], {}, 4),
    "rows_u8": ([6, 8], [0, 1], [1], {}, 1),
    "rows_u16": ([17, 31], [0, 1], [1], {}, 2),
    "both": ([6, 8], [0, 1], [0, 1], {}, 4),
    "columns": ([6, 8], [1, 0], [1], {}, 4),
    "block_4": ([8, 16], [0, 1, 2], [1], {1: 4}, 4),
    "block_2x2": ([8, 6], [0, 1, 2, 3], [1], {0: 2, 1: 2}, 1),
    "block_columns": ([8, 16], [1, 0, 2], [1], {1: 4}, 2),
    "cube": ([3, 4, 5], [0, 1, 2], [1, 2], {}, 4),
    "kernel": ([4, 3, 3, 8], [0, 1, 2, 3], [3], {}, 1),
    "kernel_block": ([4, 2, 2, 8], [0, 1, 2, 3, 4], [3], {3: 4}, 1),
    "vector": ([40], [0], [0], {}, 1),
    "dense": ([3, 4], [0, 1], [], {}, 4),
}


def sparse_const(m: Model, kind: str, form: str) -> Tensor:
    shape, order, sparse, block, width = FORMS[form]
    dense = dense_array(kind, shape, m.next_seed(), 0.4, block)
    kept, how = pack(dense, order, sparse, block, width)
    t = m.const(kind, shape, data=kept.tobytes())
    t.sparsity = how
    return t


def cases() -> Cases:
    for form in FORMS:
        for kind in ("f32", "f16", "i8"):
            full, m = start(f"densify_{form}_{kind}")
            m.op("DENSIFY", [sparse_const(m, kind, form)], [m.out(kind)], "Densify")
            yield full, m
    for form in ("rows", "block_4"):
        for n in (1, 3):
            full, m = start(f"fc_sparse_{form}_{n}")
            w = sparse_const(m, "f32", form)
            x = m.input("f32", [n, w.shape[1]])
            b = m.const("f32", [w.shape[0]])
            m.op("FULLY_CONNECTED", [x, w, b], [m.out("f32")], "FullyConnected", version=8)
            yield full, m
    full, m = start("conv_sparse")
    between = m.between("f32", None, [4, 3, 3, 8])
    m.op("DENSIFY", [sparse_const(m, "f32", "kernel")], [between], "Densify")
    operands = [m.input("f32", [1, 5, 6, 8]), between, m.const("f32", [4])]
    m.op("CONV_2D", operands, [m.out("f32")], "Conv2D", stride_h=1, stride_w=1)
    yield full, m
