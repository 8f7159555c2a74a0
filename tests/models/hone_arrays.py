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
from typing import Any, Iterable, Sequence

CODES = {  # numpy's name of a type: the letter of module struct
    "<f4": "f",
    "<f2": "e",
    "<f8": "d",
    "|i1": "b",
    "|u1": "B",
    "<i2": "h",
    "<u2": "H",
    "<i4": "i",
    "<u4": "I",
    "<i8": "q",
    "<u8": "Q",
    "|b1": "?",
}
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
        return self.kind[1] == "f"

    @property
    def form(self) -> str:
        """Type and dimensions in one word, as f4[1,10]."""
        return f"{self.kind[1:]}[{','.join(map(str, self.shape))}]"

    def digest(self) -> str:
        """BLAKE2b of the elements' bytes, 64 bits as 16 hexadecimal digits."""
        return hashlib.blake2b(self.data, digest_size=8).hexdigest()

    def values(self) -> tuple[float, ...]:
        """The elements as numbers."""
        code = CODES[self.kind]
        return struct.unpack(f"<{len(self.data) // struct.calcsize(code)}{code}", self.data)


def array_of(kind: str, shape: Sequence[int], values: Iterable[float]) -> Array:
    """Numbers as an array of a type."""
    numbers = list(values)
    return Array(kind, tuple(shape), struct.pack(f"<{len(numbers)}{CODES[kind]}", *numbers))


def parse_npy(raw: bytes, name: str) -> Array:
    """The array of an .npy file of one of the types above."""
    if raw[:6] != b"\x93NUMPY":
        raise ValueError(f"{name}: not an .npy file")
    wide = raw[6] > 1
    (n_header,) = struct.unpack_from("<I" if wide else "<H", raw, 8)
    start = (12 if wide else 10) + n_header
    header = ast.literal_eval(raw[start - n_header : start].decode("latin-1"))
    if header["descr"] not in CODES or header["fortran_order"]:
        raise ValueError(f"{name}: an array of {header['descr']} is not expected here")
    return Array(header["descr"], header["shape"], raw[start:])


def read_npy(path: Path) -> Array:
    """Read an .npy file."""
    return parse_npy(path.read_bytes(), str(path))


def npy_bytes(array: Array) -> bytes:
    """An array as the bytes of an .npy file."""
    header = f"{{'descr': '{array.kind}', 'fortran_order': False, 'shape': {array.shape}, }}"
    padding = " " * (-(len(header) + 11) % 64)
    raw = f"{header}{padding}\n".encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(raw)) + raw + array.data


def write_npy(path: Path, array: Array) -> None:
    """Write an .npy file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(npy_bytes(array))


def file_stems(names: Sequence[str]) -> list[str]:
    """The stems of the files that the command writes for tensors of these names."""
    stems = []
    for i, name in enumerate(names):
        stem = "".join("_" if c in "/:" else c for c in name) or "unnamed"
        stems.append(f"{stem}_{i}" if name in names[:i] else stem)
    return stems


def top_classes(values: Sequence[float]) -> list[int]:
    """The index of the largest value and of all that tie with it, in rising order."""
    best = max(values)
    return [i for i, value in enumerate(values) if value == best]


@dataclass(frozen=True)
class Run:
    """What a model was fed, where that was asked for, and what it answered, by stems of files."""

    fed: dict[str, Array]
    answers: dict[str, Array]

    def answer(self) -> Array:
        """The only answer."""
        (array,) = self.answers.values()
        return array


def read_folder(folder: Path) -> dict[str, Array]:
    """All arrays of a folder."""
    return {path.stem: read_npy(path) for path in sorted(folder.glob("*.npy"))}


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

    def run_on(
        self, model: Path, files: Sequence[Path], options: Sequence[str], with_inputs: bool = False
    ) -> dict[str, Run]:
        """Run a model on each of some files, from its first state; the results by stem of file."""
        found: dict[str, Run] = {}
        for first in range(0, len(files), FILES_PER_RUN):
            some = files[first : first + FILES_PER_RUN]
            with tempfile.TemporaryDirectory(dir=self.work) as name:
                fed, answers = Path(name, "in"), Path(name, "out")
                save = ["--save-input", str(fed)] if with_inputs else []
                self.call(["run", str(model), *map(str, some), "-o", str(answers), *save, *options])
                for file in some:
                    part = file.stem if len(some) > 1 else "."
                    found[file.stem] = Run(read_folder(fed / part), read_folder(answers / part))
        return found

    def run(self, model: Path, feeds: dict[str, Path], options: Sequence[str]) -> Run:
        """Run a model once on a file for each of its inputs."""
        named = [word for name, path in feeds.items() for word in ("-i", f"{name}={path}")]
        with tempfile.TemporaryDirectory(dir=self.work) as name:
            self.call(["run", str(model), *named, "-o", name, *options])
            return Run({}, read_folder(Path(name)))

    def classes(self, model: Path, file: Path, options: Sequence[str]) -> list[dict[str, Any]]:
        """The best classes of one file as --json lists them: index, label, score."""
        text = self.call(["run", str(model), str(file), "--json", *options])
        found: list[dict[str, Any]] = json.loads(text)["results"][0]["top"]
        return found
