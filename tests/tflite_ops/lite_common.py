# SPDX-License-Identifier: Apache-2.0
"""What the families of cases share."""

from __future__ import annotations

from typing import Any, Iterator, Sequence
from zlib import crc32

from lite_model import Model, Quant

Case = tuple[str, Model]
Cases = Iterator[Case]

Q8 = Quant(0.05, -3)
QU8 = Quant(0.05, 121)
Q16 = Quant(2**-11)
QUANT = {"i8": Q8, "u8": QU8, "i16": Q16}
OTHER = {"i8": Quant(0.031, 7), "u8": Quant(0.031, 133), "i16": Quant(2**-12)}


def text(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def start(name: str) -> Case:
    """A model whose seeds follow from its name."""
    return name, Model(crc32(name.encode()) & 0xFFFFF)


def one(
    name: str,
    op: str,
    dtype: str,
    shape: Sequence[int],
    quant: Quant | None = None,
    out: tuple[str, Quant | None] | None = None,
    options: str = "",
    limits: tuple[float | None, float | None] = (None, None),
    version: int = 1,
    step: float = 0,
    **fields: Any,
) -> Case:
    """An operator on one tensor."""
    full, m = start(f"{name}_{dtype}_{text(shape)}")
    to = out or (dtype, quant)
    x = m.input(dtype, shape, quant, *limits, step)
    m.op(op, [x], [m.out(*to)], options, version, **fields)
    return full, m
