# SPDX-License-Identifier: Apache-2.0
"""The archive of a family: its cases one after the other, deflated. lite_archive.c reads it.

Integers are little-endian. A case is

    u16 bytes, name            u8 flags (1 refused at load, 2 the run fails)   u8 runs
    u32 bytes, file            u16 fills {u32 offset, u32 bytes, fill}
    u8 inputs {u8 0, fill | u8 1, u32 bytes, data | u8 2, u32 bytes, texts;  u8 rank, s32 dimensions}
    for each run: u8 outputs {u8 kind, u8 type, u8 rank, s32 dimensions, what it must be}

with fill = {u8 kind, u8 type, u32 seed, f32 low, high, step}. What an output must be, by its kind:
EQUAL: u64 hash of its bytes (of strings: as texts, each u32 bytes, characters). STEP: f32 most steps, u32 n, its elements as f32. CLOSE: f32
tolerance, f64 alternating sum, u16 n, that many of its elements as f32, evenly spread.
RANDOM: f32 mean, deviation, least, most.
"""

from __future__ import annotations

import struct
import zlib
from typing import Iterable

import numpy as np

from lite_fill import NUMPY, Fill
from lite_model import Model, Tensor
from lite_reference import Answer

EQUAL, STEP, CLOSE, RANDOM = range(4)
REFUSED, FAILS = 1, 2
SAMPLES = 48
CODES = {
    name: i
    for i, name in enumerate(
        "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64 i4 bf16 string resource".split()
    )
}
NAMES = {np.dtype(v): k for k, v in NUMPY.items() if k not in ("i4", "bf16")}


def fnv(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    h = 0xCBF29CE484222325
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def pack_fill(fill: Fill, dtype: str) -> bytes:
    return struct.pack(
        "<BBIfff", fill.kind, CODES[dtype], fill.seed, fill.low, fill.high, fill.step
    )


def pack_shape(shape: list[int]) -> bytes:
    return struct.pack("<B%di" % len(shape), len(shape), *shape)


def pack_texts(texts: Iterable[bytes | str]) -> bytes:
    raw = [t.encode() if isinstance(t, str) else t for t in texts]
    return b"".join(struct.pack("<I", len(t)) + t for t in raw)


def pack_input(t: Tensor) -> bytes:
    if t.dtype == "string":
        raw = pack_texts(t.data)
        return b"\2" + struct.pack("<I", len(raw)) + raw + pack_shape(t.shape)
    if t.fill is not None:
        return b"\0" + pack_fill(t.fill, t.dtype) + pack_shape(t.shape)
    raw = np.ascontiguousarray(t.data).tobytes()
    return b"\1" + struct.pack("<I", len(raw)) + raw + pack_shape(t.shape)


def reals(y: np.ndarray) -> np.ndarray:
    """The numbers of an output, complex ones as pairs."""
    flat = np.ascontiguousarray(y).reshape(-1)
    return (flat.view(np.float32) if flat.dtype == np.complex64 else flat).astype(np.float64)


def tolerance_of(v: np.ndarray, magnitude: float) -> float:
    """1e-5 of the output's range, or 2^-20 of the sum of magnitudes. (float16: 2^-10 of the largest
    number, as LiteRT rounds in between; see pack_output.)"""
    v = v[np.isfinite(v)]
    if v.size == 0:
        return 0.0
    sums = max(magnitude, float(np.max(np.abs(v))))
    return max(1e-5 * float(np.max(v) - np.min(v)), sums * 2.0**-20)


def pack_output(model: Model, y: np.ndarray) -> bytes:
    dtype = "string" if y.dtype == object else NAMES[y.dtype]
    head = struct.pack("<B", CODES[dtype]) + pack_shape(list(y.shape))
    if dtype == "string":
        return bytes([EQUAL]) + head + struct.pack("<Q", fnv(pack_texts(y.reshape(-1))))
    if model.is_random:
        v = reals(y)
        stats = (np.mean(v), np.std(v), np.min(v), np.max(v))
        return bytes([RANDOM]) + head + struct.pack("<ffff", *stats)
    if y.dtype.kind not in "fc" and model.steps == 0:
        return bytes([EQUAL]) + head + struct.pack("<Q", fnv(np.ascontiguousarray(y).tobytes()))
    v = reals(y)
    if y.dtype.kind not in "fc":
        return bytes([STEP]) + head + struct.pack("<fI%df" % v.size, model.steps, v.size, *v)
    n = min(v.size, SAMPLES)
    samples = [float(np.float32(v[i * v.size // n])) for i in range(n)]
    finite = v if np.all(np.isfinite(v)) else np.zeros(0)
    signs = np.where(np.arange(finite.size) % 3 == 1, -1.0, 1.0)
    tolerance = max(tolerance_of(v, model.magnitude), model.tolerance)
    if dtype == "f16" and finite.size:
        tolerance = max(tolerance, 2.0**-10 * float(np.max(np.abs(finite))))
    total = float(np.sum(finite * signs)) if finite.size else float("nan")
    return bytes([CLOSE]) + head + struct.pack("<fdH%df" % n, tolerance, total, n, *samples)


def pack_case(
    name: str, model: Model, data: bytes, places: list[tuple[int, int, Tensor]], answer: Answer
) -> bytes:
    flags = (REFUSED if answer.refused else 0) | (FAILS if answer.failed else 0)
    file = bytearray(data)
    for offset, n, _ in places:
        file[offset : offset + n] = bytes(n)
    parts = [struct.pack("<H", len(name)), name.encode(), struct.pack("<BB", flags, model.runs)]
    parts += [struct.pack("<I", len(file)), bytes(file), struct.pack("<H", len(places))]
    for offset, n, t in places:
        assert t.fill is not None
        parts.append(struct.pack("<II", offset, n) + pack_fill(t.fill, t.dtype))
    inputs = model.graphs[0].inputs
    parts.append(struct.pack("<B", len(inputs)))
    parts += [pack_input(t) for t in inputs]
    for run in answer.outputs if not flags else []:
        parts.append(struct.pack("<B", len(run)))
        parts += [pack_output(model, y) for y in run]
    return b"".join(parts)


def write_archive(path: str, records: list[bytes]) -> int:
    """u32 cases, u32 bytes, then the deflated cases; gives the file's size."""
    body = b"".join(records)
    data = struct.pack("<II", len(records), len(body)) + zlib.compress(body, 9)
    with open(path, "wb") as f:
        f.write(data)
    return len(data)
