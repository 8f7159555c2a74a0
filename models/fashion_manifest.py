#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write Fashion-MNIST's test pictures as PNG files with a manifest of their labels.

    python3 fashion_manifest.py FOLDER [--count N]

FOLDER gets ``manifest.csv`` (header ``file,label``; ``file`` is relative to the manifest,
``label`` the class index, 0 to 9) and ``NNNNN.png``, 28x28 pixels, 8-bit grey, one for each of
the first N test pictures (all 10,000 unless told otherwise). It needs the Debian package
``dataset-fashion-mnist`` and nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import sys
import zlib
from pathlib import Path

DATA_DIR = Path("/usr/share/datasets/fashion-mnist")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return one PNG chunk: length, kind, body, checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def grey_png(pixels: bytes, width: int, height: int) -> bytes:
    """Return 8-bit grey pixels (row by row) as the bytes of a PNG file."""
    if len(pixels) != width * height:
        raise ValueError(f"{len(pixels)} pixels, expected {width * height}")
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            png_chunk(b"IDAT", zlib.compress(rows, 9)),
            png_chunk(b"IEND", b""),
        )
    )


def read_images(path: Path) -> tuple[list[bytes], int, int]:
    """Return the pictures of a gzipped IDX3 file, and their width and height."""
    raw = gzip.decompress(path.read_bytes())
    magic, count, height, width = struct.unpack_from(">IIII", raw)
    size = width * height
    if magic != 0x803 or len(raw) != 16 + count * size:
        raise ValueError(f"{path}: not an IDX file of pictures")
    return [raw[16 + i * size : 16 + (i + 1) * size] for i in range(count)], width, height


def read_labels(path: Path) -> bytes:
    """Return the labels of a gzipped IDX1 file, one byte each."""
    raw = gzip.decompress(path.read_bytes())
    magic, count = struct.unpack_from(">II", raw)
    if magic != 0x801 or len(raw) != 8 + count:
        raise ValueError(f"{path}: not an IDX file of labels")
    return raw[8:]


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Write the test pictures and manifest.csv.")
    parser.add_argument("folder", type=Path, help="where to write; made if missing")
    parser.add_argument("--count", type=int, help="how many pictures, from the first (default all)")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="folder of the IDX files")
    arguments = parser.parse_args()
    try:
        images, width, height = read_images(arguments.data / "t10k-images-idx3-ubyte.gz")
        labels = read_labels(arguments.data / "t10k-labels-idx1-ubyte.gz")
    except (OSError, ValueError, EOFError, struct.error, zlib.error) as error:
        print(f"fashion_manifest: {error}", file=sys.stderr)
        print("fashion_manifest: is package dataset-fashion-mnist installed?", file=sys.stderr)
        return 1
    if len(labels) != len(images):
        print(f"fashion_manifest: {len(images)} pictures, {len(labels)} labels", file=sys.stderr)
        return 1
    count = len(images) if arguments.count is None else arguments.count
    if not 1 <= count <= len(images):
        parser.error(f"--count must be from 1 to {len(images)}")
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        lines = ["file,label\n"]
        for i in range(count):
            name = f"{i:05d}.png"
            (arguments.folder / name).write_bytes(grey_png(images[i], width, height))
            lines.append(f"{name},{labels[i]}\n")
        (arguments.folder / "manifest.csv").write_text("".join(lines), encoding="ascii")
    except OSError as error:
        print(f"fashion_manifest: {error}", file=sys.stderr)
        return 1
    print(f"{count} pictures and manifest.csv in {arguments.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
