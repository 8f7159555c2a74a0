# SPDX-License-Identifier: Apache-2.0
"""Seeded numbers, the same here and in fill.c: number i of a seed is a hash of both.

A fill says how the hashes become elements, so that an archive holds no weights and no inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INTS, FLOATS, BITS, HALVES = range(4)

NUMPY = {
    "f32": np.float32,
    "f16": np.float16,
    "f64": np.float64,
    "i8": np.int8,
    "u8": np.uint8,
    "i16": np.int16,
    "u16": np.uint16,
    "i32": np.int32,
    "u32": np.uint32,
    "i64": np.int64,
    "u64": np.uint64,
    "bool": np.bool_,
    "c64": np.complex64,
    "i4": np.uint8,
    "bf16": np.uint16,
}


@dataclass
class Fill:
    """kind INTS: integers from low to high, times step; FLOATS: reals from low to high; BITS: any
    bytes; HALVES: float16 between 2^-5 and 2, both signs."""

    kind: int
    seed: int
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0


def hashes(seed: int, n: int) -> np.ndarray:
    """The first n numbers of the seed, 32 bits each."""
    with np.errstate(over="ignore"):
        z = np.arange(1, n + 1, dtype=np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)


def filled(fill: Fill, dtype: str, n: int) -> np.ndarray:
    """n elements (for i4 and BITS: n bytes) of the type."""
    kind = NUMPY[dtype]
    if dtype == "c64":
        return filled(fill, "f32", 2 * n).view(np.complex64)
    bits = hashes(fill.seed, n)
    if fill.kind == BITS:
        return (bits & 0xFF).astype(np.uint8)
    if fill.kind == HALVES:
        return (
            ((bits & 0x83FF) | ((10 + (bits >> 16) % 6) << 10)).astype(np.uint16).view(np.float16)
        )
    low, high, step = (np.float64(np.float32(v)) for v in (fill.low, fill.high, fill.step))
    if fill.kind == FLOATS:
        return (low + (high - low) * ((bits >> 8).astype(np.float64) / 2**24)).astype(kind)
    whole = low + (bits.astype(np.int64) % (np.int64(high) - np.int64(low) + 1)).astype(np.float64)
    return (whole * step).astype(kind)
