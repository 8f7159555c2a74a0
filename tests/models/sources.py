# SPDX-License-Identifier: Apache-2.0
"""Reads what lies beside the repository into numbers, with the standard library alone.

Sounds, grey PNG pictures, protocol buffers, CBOR recordings, raw floats, archives of arrays, and a
plain spectrum. What depends on a mathematical function of the machine may differ in the last bit
from one machine to the next; no reference depends on such a bit.
"""

from __future__ import annotations

import cmath
import functools
import math
import os
import struct
import tempfile
import wave
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from hone_arrays import Array, array_of, npy_bytes, parse_npy

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Data:
    """Where things are: the data beside the repository, and a folder to write inputs to."""

    shared: Path
    work: Path

    def write(self, name: str, data: bytes) -> Path:
        """Write an input of that name; return its path.

        Two models may have an input of the same name and content at the same time.
        """
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
        return path

    def array(self, name: str, array: Array) -> Path:
        """Write an array under that name and .npy; return its path."""
        return self.write(f"{name}.npy", npy_bytes(array))


def floats(values: list[float]) -> bytes:
    """Numbers as little-endian float32."""
    return struct.pack(f"<{len(values)}f", *values)


def read_floats(path: Path) -> list[float]:
    """The other way."""
    raw = path.read_bytes()
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of an archive by their names."""
    with zipfile.ZipFile(path) as archive:
        return {
            Path(name).stem: parse_npy(archive.read(name), f"{path}: {name}")
            for name in archive.namelist()
        }


@functools.lru_cache(maxsize=None)
def read_wav(path: Path) -> tuple[float, ...]:
    """The first channel of a sound, within -1 and 1."""
    with wave.open(str(path)) as sound:
        n = sound.getnchannels()
        raw = sound.readframes(sound.getnframes())
    return tuple(value / 32768 for value in struct.unpack(f"<{len(raw) // 2}h", raw)[::n])


def read_grey_png(path: Path) -> tuple[int, int, bytes]:
    """Height, width and pixels of an 8-bit grey PNG file that is not interlaced."""
    raw = path.read_bytes()
    width, height, bits, colours, _, _, interlaced = struct.unpack_from(">IIBBBBB", raw, 16)
    if (bits, colours, interlaced) != (8, 0, 0):
        raise ValueError(f"{path}: another kind of PNG than the test knows")
    at, packed = 8, b""
    while at < len(raw):
        size, name = struct.unpack_from(">I4s", raw, at)
        packed += raw[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    lines = zlib.decompress(packed)
    rows = [bytearray(width)]
    for y in range(height):
        line = lines[y * (width + 1) : (y + 1) * (width + 1)]
        rows.append(unfilter(line[0], line[1:], rows[-1]))
    return height, width, b"".join(rows[1:])


def unfilter(how: int, line: bytes, above: bytearray) -> bytearray:
    """A row of a PNG picture from its differences."""
    row = bytearray()
    for x, value in enumerate(line):
        left, upper = row[x - 1] if x else 0, above[x]
        corner = above[x - 1] if x else 0
        guess = (0, left, upper, (left + upper) // 2, paeth(left, upper, corner))[how]
        row.append((value + guess) & 0xFF)
    return row


def paeth(left: int, upper: int, corner: int) -> int:
    """The neighbour that is nearest to left + upper - corner."""
    guess = left + upper - corner
    return min((left, upper, corner), key=lambda value: abs(guess - value))


def read_varint(raw: bytes, at: int) -> tuple[int, int]:
    """A protocol buffer's integer at an offset, and the offset behind it."""
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if raw[at - 1] < 0x80:
            return value, at


def read_tensor_proto(path: Path) -> bytes:
    """The float elements of an ONNX TensorProto: field 9, raw_data, or field 4, float_data."""
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        tag, at = read_varint(raw, at)
        size, at = read_varint(raw, at)  # the value itself, for a field of wire type 0
        if tag & 7 == 2:
            if tag >> 3 in (4, 9):
                return raw[at : at + size]
            at += size
        elif tag & 7 != 0:
            raise ValueError(f"{path}: wire type {tag & 7} is not expected here")
    raise ValueError(f"{path}: no elements")


def read_cbor_samples(path: Path) -> list[list[float]]:
    """The recording of a CBOR file: the array behind its key "values", of arrays of numbers."""
    raw = path.read_bytes()
    at = raw.index(b"fvalues") + len(b"fvalues")
    found, _ = read_cbor(raw, at)
    return found if isinstance(found, list) else []


def read_cbor(raw: bytes, at: int) -> tuple[object, int]:
    """A number or an array at an offset, and the offset behind it."""
    major, info = raw[at] >> 5, raw[at] & 31
    at += 1
    if major == 7:
        code = {25: ">e", 26: ">f", 27: ">d"}[info]
        return struct.unpack_from(code, raw, at)[0], at + struct.calcsize(code)
    n_more = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    value = int.from_bytes(raw[at : at + n_more], "big") if n_more else info
    at += n_more
    if major in (0, 1):
        return float(value if major == 0 else -1 - value), at
    if major != 4:
        raise ValueError(f"CBOR type {major} is not expected here")
    items = []
    for _ in range(value):
        item, at = read_cbor(raw, at)
        items.append(item)
    return items, at


def spectrum(samples: list[complex]) -> list[complex]:
    """The discrete Fourier transform of a power of two of samples."""
    n = len(samples)
    if n == 1:
        return samples
    even, odd = spectrum(samples[0::2]), spectrum(samples[1::2])
    turned = [cmath.exp(-2j * cmath.pi * k / n) * odd[k] for k in range(n // 2)]
    return [even[k] + turned[k] for k in range(n // 2)] + [
        even[k] - turned[k] for k in range(n // 2)
    ]


def magnitudes(samples: list[float]) -> list[float]:
    """The amplitudes of the n / 2 + 1 frequencies of n samples."""
    return [
        abs(value) for value in spectrum([complex(s) for s in samples])[: len(samples) // 2 + 1]
    ]


@functools.lru_cache(maxsize=None)
def bands(path: Path, n_frames: int, n_bands: int, hop: int) -> tuple[tuple[float, ...], ...]:
    """Logarithms of a sound's energy below 4 kHz, in frames of 512 samples and equal bands.

    They lie between 0 and about 26, as the features of wake words do. A short sound begins again.
    """
    sound = read_wav(path)
    frames = []
    for i in range(n_frames):
        window = [sound[(i * hop + k) % len(sound)] for k in range(512)]
        bins = magnitudes(window)[:128]
        edges = [1 + k * 127 // n_bands for k in range(n_bands + 1)]
        powers = [sum(v * v for v in bins[a : max(b, a + 1)]) for a, b in zip(edges, edges[1:])]
        frames.append(tuple(max(0.0, 2 * math.log(power + 1e-6) + 14) for power in powers))
    return tuple(frames)


def quantized(values: list[float], scale: float, zero: int) -> list[int]:
    """Numbers as steps of an int8 tensor."""
    return [min(max(round(value / scale) + zero, -128), 127) for value in values]


def int8(shape: tuple[int, ...], values: list[float], scale: float, zero: int) -> Array:
    """Numbers as an int8 array."""
    return array_of("|i1", shape, quantized(values, scale, zero))
