#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the answers of ``hone run`` with those of the reference engines.

    python3 compare_outputs.py HONE SHARED [PART...]

HONE is the command, SHARED the data beside the repository. The parts are ``references`` (each
model of spine_models.py on twenty inputs against references.csv), ``expected`` (what the models'
sources expect) and ``imagenet`` (500 pictures); all of them by default. What needs absent data is
skipped, which CI=true makes a failure. The last line counts. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

from expected_answers import N_EXPECTED, check_expected
from hone_arrays import Array, Hone, top_classes
from imagenet import IMAGENET_COLUMNS, check_imagenet
from spine_models import MODELS, Data, Model
from tally import Tally, Test

REFERENCES_FILE = "references.csv"
REFERENCES_COLUMNS = ["model", "engine", "input", "fed", "answer", "top"]
PARTS = ("references", "expected", "imagenet")

Row = dict[str, str]
Arrays = dict[str, tuple[Array | None, Array]]  # what was fed, what was answered


def difference(answer: Array, cell: str) -> float:
    """The largest one at the sampled places and of the ends, in units of the reference's range."""
    words = cell.split()
    least, greatest = float(words[0]), float(words[1])
    values = answer.values()
    found = [abs(min(values) - least), abs(max(values) - greatest)]
    for word in words[2:]:
        place, _, value = word.partition(":")
        found.append(abs(values[int(place)] - float(value)))
    return max(found) / ((greatest - least) or 1.0)


def check_row(test: Test, row: Row, arrays: Arrays, tolerance: float) -> float:
    """One test; returns how far the answer is off, in units of its range."""
    fed, answer = arrays[row["input"]]
    test.require(
        fed is not None and fed.digest() == row["fed"],
        "the input is not the one that the reference was made with; did preprocessing change?",
    )
    off = difference(answer, row["answer"]) if answer.is_float else 0.0
    if answer.is_float:
        test.require(off <= tolerance, f"off by {off:.2g} of the range")
    else:
        test.require(answer.digest() == row["answer"], "bytes differ")
    top = top_classes(answer.values())
    best = [int(word) for word in row["top"].split()]
    test.require(any(index in best for index in top), f"best classes {top}, expected {best}")
    return off


def check_model(hone: Hone, data: Data, model: Model, rows: list[Row], tally: Tally) -> None:
    """One test for each row of a model."""
    arrays = hone.run(model.path(data), model.inputs(data), model.options, with_inputs=True)
    found = [row for row in rows if row["input"] in arrays]
    worst, failed = 0.0, tally.failed
    for row in found:
        with tally.test(f"{model.file} {row['input']}", is_quiet=True) as test:
            worst = max(worst, check_row(test, row, arrays, model.tolerance))
    if len(found) < len(rows):
        tally.skip(len(rows) - len(found), f"{model.file}: some inputs are not there")
    if tally.failed == failed:
        says = f"within {worst:.1e} of the range" if model.tolerance > 0 else "every byte equal"
        print(f"ok   {model.file} on {len(found)} inputs: {says}", flush=True)


def check_references(hone: Hone, data: Data, tally: Tally) -> None:
    """All models of references.csv."""
    table = Path(__file__).resolve().parent / REFERENCES_FILE
    with table.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    for model in MODELS:
        mine = [row for row in rows if row["model"] == model.file]
        if not model.path(data).exists():
            tally.skip(len(mine), f"{model.file} is not there")
            continue
        try:
            check_model(hone, data, model, mine, tally)
        except (RuntimeError, OSError, ValueError, StopIteration) as error:
            tally.failed += len(mine)
            print(f"FAIL {model.file}: {error}", flush=True)


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Compare answers with reference engines.")
    parser.add_argument("hone", type=Path, help="the command")
    parser.add_argument("shared", type=Path, help="the data beside the repository")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    tally = Tally()
    has_shared = (arguments.shared / "models").is_dir()
    with tempfile.TemporaryDirectory() as name:
        hone = Hone(arguments.hone.resolve(), Path(name))
        data = Data(arguments.shared.resolve(), Path(name, "inputs"))
        if "references" in parts:
            check_references(hone, data, tally)
        if "expected" in parts and has_shared:
            check_expected(hone, data, tally)
        elif "expected" in parts:
            tally.skip(N_EXPECTED, "expected answers: no models")
        if "imagenet" in parts and has_shared:
            check_imagenet(hone, data, tally)
        elif "imagenet" in parts:
            tally.skip(len(IMAGENET_COLUMNS), "imagenet: no models")
    if os.environ.get("CI") == "true" and tally.skipped > 0:
        print("FAIL with CI=true nothing may be skipped")
        tally.failed, tally.skipped = tally.failed + tally.skipped, 0
    print(tally.summary())
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
