# SPDX-License-Identifier: Apache-2.0
"""Reads rows MODEL | WORDS | CHECK, runs the command on each, and checks its answer.

Checks, of the best class, boxes, points and levels that --json lists, or of the arrays of -o:
  top I [S T]         class I is the best (with a score within T of S)
  top3 I [S]          class I is among the best three (with at least S)
  label NAME          the name of the best class or box
  box I S [X Y W H]   a box of label I within 0.05 of S (that shares 0.75 of the place)
  boxes I LOW HIGH    from LOW to HIGH boxes of label I
  best S T            the best box's score is within T of S
  overlap BMP S       the map agrees with the 8-bit picture: common / all pixels of both
  share I S T         class I covers S of the map
  pose CSV W H T      points lie within T of the picture's sides, W and H
  levels FILE T       levels of a stream, a number a line
  greatest S T, below S, stretches N, stretch LOW HIGH (one stretch, so many seconds long)
  majority NAME       the class of most windows
  values NPY T        the only output, or the one of that shape, within T of its range
  error CSV S T       the mean squared difference from the rows that were fed
  pitch DIR T         note and onset maps, windows joined without 15 frames at both their ends
"""

from __future__ import annotations

import csv
import json
import shlex
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Callable, Sequence

from hone_arrays import Array, read_npy, write_npy

PB_SHAPES = {
    "mnist8/input": (1, 1, 28, 28),
    "mnist8/output": (1, 10),
    "super_resolution/input": (1, 1, 224, 224),
    "super_resolution/output": (1, 1, 672, 672),
}
GESTURES = "idle\nsnake\nupdown\nwave\n"
OVERLAP = 15  # frames that windows of basic_pitch share at each end


class Wrong(Exception):
    """What an answer has wrong."""


def require(is_right: bool, otherwise: str) -> None:
    """Raise Wrong with a message where something is."""
    if not is_right:
        raise Wrong(otherwise)


def number(word: str) -> float:
    """A word as a number."""
    return float(word)


def read_varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number of a protocol buffer, and where it ends."""
    value = shift = 0
    while True:
        value |= (raw[at] & 127) << shift
        shift += 7
        at += 1
        if raw[at - 1] < 128:
            return value, at


def read_floats(path: Path) -> bytes:
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
    raise ValueError(f"{path}: no elements")


class Files:
    """Words of rows as paths: shared ones, and those that are made from shared ones."""

    def __init__(self, shared: Path, work: Path) -> None:
        self.shared = shared
        self.work = work

    def path(self, word: str) -> str:
        """What a word stands for."""
        if word.startswith("@"):
            return str(self.shared / word[1:])
        if not word.startswith("%"):
            return word
        if word.endswith(".shape"):
            return "x".join(map(str, read_npy(Path(self.path(word[:-6] + ".npy"))).shape))
        made = self.work / word[1:]
        if not made.exists():
            made.parent.mkdir(parents=True, exist_ok=True)
            self.make(word[1:], made)
        return str(made)

    def make(self, name: str, to: Path) -> None:
        """Write the file of that name."""
        folder, _, stem = name.rpartition("/")
        tests = self.shared / "tests"
        if name == "gestures.txt":
            to.write_text(GESTURES, encoding="ascii")
        elif name == "toycar.csv":
            raw = (tests / "toycar_normal_640.f32").read_bytes()
            rows = struct.iter_unpack("<640f", raw)
            to.write_text("\n".join(",".join(map(repr, row)) for row in rows), encoding="ascii")
        elif (tests / f"{folder}_io.npz").exists():
            with zipfile.ZipFile(tests / f"{folder}_io.npz") as archive:
                to.write_bytes(archive.read(stem))
        else:
            kind = "input" if "input" in stem else "output"
            data = read_floats(tests / folder / (stem[: -len(".npy")] + ".pb"))
            write_npy(to, Array("<f4", PB_SHAPES[f"{folder}/{kind}"], data))


class Answer:
    """What the command answered to one row."""

    def __init__(self, result: dict[str, Any], arrays: dict[str, Array], files: Files) -> None:
        self.result = result
        self.arrays = arrays
        self.files = files

    def boxes(self, label: int | None = None) -> list[dict[str, Any]]:
        """The boxes of a label, or all."""
        found = self.result["detections"]
        return [box for box in found if label is None or box["index"] == label]

    def classes(self) -> list[dict[str, Any]]:
        """The best classes, best first."""
        return self.result["top"]

    def levels(self) -> list[float]:
        """The levels of a stream."""
        return self.result["levels"]


def check_top(answer: Answer, words: Sequence[str]) -> None:
    """The best class."""
    best = answer.classes()[0]
    require(best["index"] == int(words[0]), f"is {best['index']} {best['score']:.4f}")
    if len(words) > 1:
        near = abs(best["score"] - number(words[1])) <= number(words[2])
        require(near, f"scores {best['score']:.4f}")


def check_top3(answer: Answer, words: Sequence[str]) -> None:
    """One of the best three classes."""
    best = {row["index"]: row["score"] for row in answer.classes()[:3]}
    least = number(words[1]) if len(words) > 1 else 0.0
    require(best.get(int(words[0]), -1.0) >= least, f"are {best}")


def check_label(answer: Answer, words: Sequence[str]) -> None:
    """The name of the best."""
    found = answer.result.get("detections") or answer.classes()
    require(found[0]["label"] == " ".join(words), f"is {found[0]['label']}")


def shared_place(box: dict[str, Any], x: float, y: float, w: float, h: float) -> float:
    """Intersection over union."""
    across = min(box["x"] + box["w"], x + w) - max(box["x"], x)
    down = min(box["y"] + box["h"], y + h) - max(box["y"], y)
    both = max(across, 0.0) * max(down, 0.0)
    return both / (box["w"] * box["h"] + w * h - both)


def check_box(answer: Answer, words: Sequence[str]) -> None:
    """A box."""
    found = answer.boxes(int(words[0]))
    if len(words) > 2:
        place = [number(word) for word in words[2:6]]
        found = [box for box in found if shared_place(box, *place) >= 0.75]
    scores = [round(box["score"], 4) for box in found]
    require(any(abs(score - number(words[1])) <= 0.05 for score in scores), f"scores {scores}")


def check_boxes(answer: Answer, words: Sequence[str]) -> None:
    """How many boxes."""
    n = len(answer.boxes(int(words[0])))
    require(int(words[1]) <= n <= int(words[2]), f"{n} boxes")


def check_best(answer: Answer, words: Sequence[str]) -> None:
    """The best box's score."""
    best = answer.boxes()[0]["score"]
    require(abs(best - number(words[0])) <= number(words[1]), f"is {best:.4f}")


def check_share(answer: Answer, words: Sequence[str]) -> None:
    """How much of the map a class covers."""
    shares = {row["index"]: row["share"] for row in answer.result["segments"]}
    share = shares.get(int(words[0]), 0.0)
    require(abs(share - number(words[1])) <= number(words[2]), f"is {share:.4f}")


def read_mask(path: str) -> list[bytes]:
    """The indices of an 8-bit BMP, row by row from the top."""
    raw = Path(path).read_bytes()
    (at,) = struct.unpack_from("<I", raw, 10)
    width, height, _, bits = struct.unpack_from("<iiHH", raw, 18)
    require(bits == 8 and height > 0, f"{path}: another kind of BMP than the test knows")
    stride = (width + 3) // 4 * 4
    rows = [raw[at + y * stride : at + y * stride + width] for y in range(height)]
    return rows[::-1]


def check_overlap(answer: Answer, words: Sequence[str]) -> None:
    """A map against a mask, as the source's test does: all classes count, 255 is background."""
    (array,) = answer.arrays.values()
    mask = [0 if value == 255 else value for row in read_mask(answer.files.path(words[0])) for value in row]
    values = array.values()
    require(len(mask) == len(values), f"{len(values)} pixels, not {len(mask)}")
    common = sum(a == b for a, b in zip(mask, values))
    share = common / (2 * len(mask) - common)
    require(share > number(words[1]), f"overlap {share:.4f}")


def check_pose(answer: Answer, words: Sequence[str]) -> None:
    """Points against a table of keypoints as shares of the picture's sides."""
    with open(answer.files.path(words[0]), encoding="ascii", newline="") as file:
        wanted = list(csv.DictReader(file))
    sides = number(words[1]), number(words[2])
    found = answer.result["points"]
    require(len(found) == len(wanted), f"{len(found)} points")
    for point, row in zip(found, wanted):
        off = max(
            abs(point["x"] / sides[0] - number(row["keypoint_x"])),
            abs(point["y"] / sides[1] - number(row["keypoint_y"])),
        )
        require(off <= number(words[3]), f"{point['name']} is {off:.3f} off")


def check_levels(answer: Answer, words: Sequence[str]) -> None:
    """All levels."""
    wanted = [number(line) for line in Path(answer.files.path(words[0])).read_text().split()]
    found = answer.levels()
    require(len(found) == len(wanted), f"{len(found)} steps, not {len(wanted)}")
    off = max(abs(a - b) for a, b in zip(found, wanted))
    require(off <= number(words[1]), f"{off:.4f} off")


def check_greatest(answer: Answer, words: Sequence[str]) -> None:
    """The greatest level."""
    most = max(answer.levels())
    require(abs(most - number(words[0])) <= number(words[1]), f"is {most:.4f}")


def check_below(answer: Answer, words: Sequence[str]) -> None:
    """A bound on levels."""
    most = max(answer.levels())
    require(most < number(words[0]), f"is {most:.4f}")


def check_stretches(answer: Answer, words: Sequence[str]) -> None:
    """How many stretches there are."""
    n = len(answer.result["stretches"])
    require(n == int(words[0]), f"{n} stretches, greatest {max(answer.levels()):.4f}")


def check_stretch(answer: Answer, words: Sequence[str]) -> None:
    """The length of the only stretch."""
    lengths = [row["end_s"] - row["begin_s"] for row in answer.result["stretches"]]
    is_right = len(lengths) == 1 and number(words[0]) <= lengths[0] <= number(words[1])
    require(is_right, f"are {[round(length, 2) for length in lengths]}")


def check_majority(answer: Answer, words: Sequence[str]) -> None:
    """The class of most windows."""
    label = answer.result["majority"]["label"]
    require(label == words[0], f"is {label}")


def check_values(answer: Answer, words: Sequence[str]) -> None:
    """An output against an array."""
    wanted = read_npy(Path(answer.files.path(words[0])))
    found = [array for array in answer.arrays.values() if array.shape == wanted.shape]
    require(len(found) == 1, f"shapes {[array.shape for array in answer.arrays.values()]}")
    values, expected = found[0].values(), wanted.values()
    span = max(expected) - min(expected)
    off = max(abs(a - b) for a, b in zip(values, expected)) / span
    require(off <= number(words[1]), f"{off:.1e} of the range off")


def check_error(answer: Answer, words: Sequence[str]) -> None:
    """Reconstruction of rows by a quantized autoencoder, by the output's own scale."""
    rows = Path(answer.files.path(words[0])).read_text(encoding="ascii").split("\n")
    fed = [number(word) for row in rows for word in row.split(",")]
    (array,) = answer.arrays.values()
    scale, zero = answer.result["outputs"]
    made = [scale * (value - zero) for value in array.values()]
    mean = sum((a - b) ** 2 for a, b in zip(made, fed)) / len(fed)
    require(abs(mean - number(words[1])) <= number(words[2]), f"is {mean:.2f}")


def check_pitch(answer: Answer, words: Sequence[str]) -> None:
    """Maps of notes and onsets."""
    for name in ("note", "onset"):
        wanted = read_npy(Path(answer.files.path(words[0]), f"{name}.npy"))
        offs = []
        for array in answer.arrays.values():
            steps, frames, keys = array.shape
            values = array.values()
            if keys != wanted.shape[1]:
                continue
            joined: list[float] = []
            for step in range(steps):
                first = step * frames + OVERLAP
                joined += values[first * keys : (first + frames - 2 * OVERLAP) * keys]
            offs.append(max(abs(a - b) for a, b in zip(joined, wanted.values())))
        require(bool(offs) and min(offs) <= number(words[1]), f"{name}: {offs} off")


CHECKS: dict[str, Callable[[Answer, Sequence[str]], None]] = {
    name[len("check_") :]: check for name, check in list(globals().items()) if "check_" in name
}
NEED_ARRAYS = {"overlap", "values", "error", "pitch"}


def run_row(hone: str, files: Files, model: str, words: Sequence[str], check: str) -> None:
    """Ask one row; raises Wrong."""
    kind, *rest = check.split()
    path = files.path(f"@models/{model}")
    with tempfile.TemporaryDirectory(dir=files.work) as folder:
        command = [hone, "run", path, *map(files.path, words), "--json"]
        if kind in NEED_ARRAYS:
            command += ["-o", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        require(done.returncode == 0, done.stderr.strip())
        arrays = {file.stem: read_npy(file) for file in sorted(Path(folder).glob("*.npy"))}
    result = json.loads(done.stdout)["results"][0]
    if kind == "error":
        info = json.loads(subprocess.check_output([hone, "info", path, "--json"], text=True))
        result["outputs"] = [info["outputs"][0]["scale"], info["outputs"][0]["zero_point"]]
    CHECKS[kind](Answer(result, arrays, files), rest)


def main() -> int:
    """All rows of standard input."""
    hone, shared = sys.argv[1], Path(sys.argv[2]).resolve()
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory() as work:
        files = Files(shared, Path(work))
        for line in sys.stdin:
            model, words, check = (part.strip() for part in line.split("|"))
            if not (shared / "models" / model).exists():
                skipped += 1
                continue
            try:
                run_row(hone, files, model, shlex.split(words), check)
                passed += 1
            except (Wrong, KeyError, IndexError, OSError, ValueError) as error:
                failed += 1
                print(f"FAIL {model} {words}: {check}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
