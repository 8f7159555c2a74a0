# SPDX-License-Identifier: Apache-2.0
"""Runs the command and reads the arrays that it writes, with the standard library alone."""

from __future__ import annotations

import ast
import hashlib
import json
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

CODES = {"<f4": "f", "|i1": "b", "|u1": "B", "<i4": "i", "<i8": "q"}
FILES_PER_RUN = 100  # keeps a command line short


@dataclass(frozen=True)
class Array:
    """An array as .npy stores it: numpy's name of the type, dimensions, elements in C order."""

    kind: str
    shape: tuple[int, ...]
    data: bytes

    @property
    def is_float(self) -> bool:
        """Whether the elements are floats."""
        return self.kind == "<f4"

    def digest(self) -> str:
        """BLAKE2b of the elements' bytes, 64 bits as 16 hexadecimal digits."""
        return hashlib.blake2b(self.data, digest_size=8).hexdigest()

    def values(self) -> tuple[float, ...]:
        """The elements as numbers."""
        code = CODES[self.kind]
        return struct.unpack(f"<{len(self.data) // struct.calcsize(code)}{code}", self.data)


def read_npy(path: Path) -> Array:
    """Read an .npy file of one of the types above."""
    raw = path.read_bytes()
    if raw[:6] != b"\x93NUMPY":
        raise ValueError(f"{path}: not an .npy file")
    wide = raw[6] > 1
    (n_header,) = struct.unpack_from("<I" if wide else "<H", raw, 8)
    start = (12 if wide else 10) + n_header
    header = ast.literal_eval(raw[start - n_header : start].decode("latin-1"))
    if header["descr"] not in CODES or header["fortran_order"]:
        raise ValueError(f"{path}: an array of {header['descr']} is not expected here")
    return Array(header["descr"], header["shape"], raw[start:])


def top_classes(values: Sequence[float]) -> list[int]:
    """The index of the largest value and of all that tie with it, in rising order."""
    best = max(values)
    return [i for i, value in enumerate(values) if value == best]


class Hone:
    """The command, and a folder for what it writes."""

    def __init__(self, command: Path, work: Path) -> None:
        self.command = command
        self.work = work

    def call(self, arguments: Sequence[str]) -> str:
        """Run the command; return its output, or raise RuntimeError with its message."""
        done = subprocess.run(
            [str(self.command), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() or f"hone ended with {done.returncode}")
        return done.stdout

    def run(
        self, model: Path, files: Sequence[Path], options: Sequence[str], with_inputs: bool
    ) -> dict[str, tuple[Array | None, Array]]:
        """Run a model of one input and one output on files.

        Returns what it was fed (if asked for) and what it answered, by the stem of the file.
        """
        arrays: dict[str, tuple[Array | None, Array]] = {}
        for first in range(0, len(files), FILES_PER_RUN):
            some = files[first : first + FILES_PER_RUN]
            with tempfile.TemporaryDirectory(dir=self.work) as name:
                fed, answers = Path(name, "in"), Path(name, "out")
                save = ["--save-input", str(fed)] if with_inputs else []
                self.call(["run", str(model), *map(str, some), "-o", str(answers), *save, *options])
                for file in some:
                    part = file.stem if len(some) > 1 else "."
                    pair = [read_npy(next(folder.joinpath(part).glob("*.npy")))
                            for folder in ((fed, answers) if with_inputs else (answers,))]
                    arrays[file.stem] = (pair[0] if with_inputs else None, pair[-1])
        return arrays

    def classes(self, model: Path, file: Path, options: Sequence[str]) -> list[dict[str, Any]]:
        """The best classes of one file as --json lists them: index, label, score."""
        text = self.call(["run", str(model), str(file), "--json", *options])
        return json.loads(text)["results"][0]["top"]
