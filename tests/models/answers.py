# SPDX-License-Identifier: Apache-2.0
"""What references.csv keeps of an output, and how an answer is judged by it.

Of an output of up to 64 values all are kept, of a larger one samples at places that follow from its
size alone: 64, or 400 where a share of the values may be off. Integers have a digest of all bytes
in front, floats the least and the greatest value.

The kind of a row says what agreement means:

``bytes``     every byte is equal;
``float R``   no value is off by more than 1e-4 of the range, or of R where the range is smaller;
``step S N``  99 % of the values are off by at most N times S, the step of the last quantizer;
``dynamic``   no value is off by more than 2e-2 of the range: weights are integers, sums are not.

Of float outputs that have classes the best class, or one that ties with it, is the same as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hone_arrays import Array, top_classes

N_SAMPLES = 64
N_SHARED_SAMPLES = 200
FLOAT_TOLERANCE = 1e-4
DYNAMIC_TOLERANCE = 2e-2
SHARE_WITHIN_STEP = 0.99
MOST_CLASSES = 1001
ROUNDING = 1.001  # of steps, since references have seven digits

Row = dict[str, str]
COLUMNS = ["model", "case", "output", "kind", "engine", "fed", "form", "answer", "top"]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer agrees, how far floats are off in units of their range, and what is not."""

    is_right: bool
    off: float
    note: str


def sample_places(n: int, count: int) -> list[int]:
    """Places of samples among n values: all, or spread, one in each of `count` equal parts."""
    if n <= count:
        return list(range(n))
    part = n // count
    return [i * n // count + i * 7919 % part for i in range(count)]


def n_samples(kind: str) -> int:
    """How many values a row of this kind keeps."""
    return N_SHARED_SAMPLES if kind.startswith("step") else N_SAMPLES


def is_of_classes(array: Array) -> bool:
    """Whether an output may be scores of classes."""
    return (
        len(array.shape) in (1, 2)
        and (len(array.shape) == 1 or array.shape[0] == 1)
        and 2 <= array.shape[-1] <= MOST_CLASSES
    )


def finite(values: tuple[float, ...]) -> list[float]:
    """Those that are numbers, or a zero where none is."""
    return [value for value in values if math.isfinite(value)] or [0.0]


def answer_cell(array: Array, kind: str) -> str:
    """What references.csv keeps of an output."""
    values = array.values()
    samples = [values[i] for i in sample_places(len(values), n_samples(kind))]
    if array.is_float:
        samples = [min(finite(values)), max(finite(values)), *samples] if values else []
        return " ".join(f"{value:.7g}" for value in samples)
    return " ".join([array.digest(), *(str(int(value)) for value in samples)])


def classes_cell(array: Array) -> str:
    """The best class and those that tie with it, where the output has classes."""
    return " ".join(map(str, top_classes(array.values()))) if is_of_classes(array) else ""


def distance(a: float, b: float) -> float:
    """Between two values; none between two that are both no number or the same infinity."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    return abs(a - b) if math.isfinite(a) and math.isfinite(b) else math.inf


def judge_integers(row: Row, array: Array) -> Verdict:
    """Every byte."""
    words = row["answer"].split()
    if array.digest() == words[0]:
        return Verdict(True, 0.0, "")
    values = array.values()
    places = sample_places(len(values), n_samples(row["kind"]))
    offs = [abs(values[i] - int(word)) for i, word in zip(places, words[1:])]
    n_off = sum(off > 0 for off in offs)
    return Verdict(
        False, math.inf, f"bytes differ, in {n_off} of {len(offs)} samples by up to {max(offs)}"
    )


def judge_floats(row: Row, array: Array) -> Verdict:
    """By the kind of the row."""
    values = array.values()
    kept = [float(word) for word in row["answer"].split()]
    if not values or not kept:
        return Verdict(not values and not kept, 0.0, "another number of values")
    least, greatest, *samples = kept
    words = row["kind"].split()
    extent = (greatest - least) or max(abs(greatest), 1e-30)
    places = sample_places(len(values), n_samples(row["kind"]))
    offs = [distance(values[i], sample) for i, sample in zip(places, samples)]
    if words[0] == "step":
        most = float(words[1]) * int(words[2]) * ROUNDING
        share = sum(off <= most for off in offs) / len(offs)
        note = f"{share:.1%} of the values within {words[2]} steps"
        return Verdict(share >= SHARE_WITHIN_STEP, max(offs) / extent, note)
    offs.append(distance(min(finite(values)), least))
    offs.append(distance(max(finite(values)), greatest))
    off = max(offs) / (max(extent, float(words[1])) if len(words) > 1 else extent)
    tolerance = DYNAMIC_TOLERANCE if words[0] == "dynamic" else FLOAT_TOLERANCE
    return Verdict(off <= tolerance, off, f"off by {off:.2g} of the range")


def judge(row: Row, array: Array) -> Verdict:
    """An answer by its row."""
    if array.form != row["form"]:
        return Verdict(False, math.inf, f"is {array.form}, not {row['form']}")
    verdict = judge_floats(row, array) if array.is_float else judge_integers(row, array)
    if not verdict.is_right or not row["top"] or not array.is_float:
        return verdict
    tied = [int(word) for word in row["top"].split()]
    best = top_classes(array.values())
    if any(index in tied for index in best):
        return verdict
    return Verdict(False, verdict.off, f"best classes {best}, expected {tied}")
