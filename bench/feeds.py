# SPDX-License-Identifier: Apache-2.0
"""Seeded inputs for a model file: floats from 0 to 1, bytes over their whole range, small
non-negative numbers for indices."""

import json
import subprocess
from pathlib import Path

import numpy as np

SMALL = 50
Shapes = dict[str, tuple[int, ...]]


DTYPES = {"f32": "f4", "f16": "f2", "f64": "f8", "bool": "?"} | {
    f"{kind}{bits}": f"{letter}{bits // 8}"
    for kind, letter in (("s", "i"), ("u", "u"))
    for bits in (8, 16, 32, 64)
}


def inputs_of(path: Path, build: Path, shapes: Shapes) -> dict[str, tuple[list[int], np.dtype]]:
    """Shapes, with 1 where they are open, and types, as hone reads them from the file."""
    command = [str(build / "hone"), "info", "--json", str(path)]
    for name, shape in shapes.items():
        command += ["--shape", f"{name}={'x'.join(map(str, shape))}"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return {
        i["name"]: ([max(1, n) for n in i["shape"]], np.dtype(DTYPES[i["dtype"]]))
        for i in json.loads(answer.stdout)["inputs"]
    }


def make_feeds(path: Path, work: Path, build: Path, shapes: Shapes) -> Path:
    """Writes the inputs of a model as an .npz file and returns its path."""
    target = work / f"{path.name}.npz"
    if target.exists():
        return target
    rng = np.random.default_rng(1)
    feeds = {}
    for name, (shape, dtype) in inputs_of(path, build, shapes).items():
        shape = list(shapes.get(name, shape))
        if dtype.kind == "f":
            feeds[name] = rng.random(shape, np.float32).astype(dtype)
        elif dtype.itemsize == 1 and dtype.kind != "b":
            limits = np.iinfo(dtype)
            feeds[name] = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        else:
            feeds[name] = rng.integers(0, 2 if dtype.kind == "b" else SMALL, shape).astype(dtype)
    np.savez(target, allow_pickle=False, **feeds)
    return target
