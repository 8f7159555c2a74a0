#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make references.csv, refused.csv and imagenet_top1.csv with the reference engines.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements.txt
    /tmp/venv/bin/python make_references.py HONE SHARED [MODEL...]

With names of models only their rows are made again; ``imagenet`` among them stands for the table
of 500 pictures. Where an input is a picture, the engines are fed the very tensor that ``hone run
--save-input`` writes: they judge the arithmetic, while a digest of the tensor tells the tests when
reading pictures changed. Run this again after such a change, or for a new row in model_table.py.

references.csv has a row for each output of each case; answers.py says what is in it.
refused.csv lists the models that the command cannot run, with the operator and its reason.
imagenet_top1.csv lists for 500 pictures the best classes, behind which stands the digest of an
integer output.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from answers import COLUMNS, Row, answer_cell, classes_cell, judge
from engines import ENGINES, as_array, as_numpy, last_steps
from hone_arrays import Array, Hone, top_classes
from imagenet import IMAGENET_FILE, IMAGENET_MODELS
from model_table import MODELS, Model
from picture_inputs import Case, imagenet_all
from runner import Answer, is_of_pictures, names_of, read_feed, run_model, step_name
from sources import Data
from tables import REFERENCES_FILE, REFUSED_COLUMNS, REFUSED_FILE, read_table, table_path


def write_table(file: str, columns: list[str], rows: list[Row]) -> None:
    """Write a table as CSV."""
    with table_path(file).open("w", encoding="ascii", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def merged(file: str, made: dict[str, list[Row]]) -> list[Row]:
    """The rows of a table in the order of the models, those of some models made again."""
    rows = read_table(file)
    found = []
    for model in MODELS:
        old = [row for row in rows if row["model"] == model.file]
        found += made.get(model.file, old)
    return found


def fed_tensors(case: Case, step: int, fed: Array | None) -> dict[str, np.ndarray]:
    """What an engine is fed: what the command was, or the arrays of the case."""
    if fed is not None:
        return {"": as_numpy(fed)}
    return {name: as_numpy(read_feed(path)) for name, path in case.steps[step].items()}


def engine_answers(
    model: Model, raw: bytes, case: Case, answers: dict[str, Answer]
) -> dict[str, dict[str, Array]]:
    """The engine's outputs of a case by the names of answers."""
    run = ENGINES[model.judge](raw)
    carried: dict[str, np.ndarray] = {}
    found: list[dict[str, np.ndarray]] = []
    for i in range(len(case.steps)):
        mine = answers.get(step_name(case, i))
        outputs = run({**fed_tensors(case, i, mine.fed if mine else None), **carried})
        carried = {name: outputs[stem] for stem, name in model.carry.items()}
        found.append(outputs)
    if case.series is not None:
        found = [{stem: np.concatenate([step[stem] for step in found]) for stem in found[0]}]
    return {
        name: {stem: as_array(tensor) for stem, tensor in outputs.items()}
        for name, outputs in zip(names_of(case), found)
    }


def make_row(model: Model, case: Case, name: str, stem: str, kind: str, output: Array) -> Row:
    """A row of references.csv; what the command was fed is added where it matters."""
    return {
        "model": model.file,
        "case": name,
        "output": stem,
        "kind": kind if output.is_float else "bytes",
        "engine": model.judge,
        "fed": "",
        "form": output.form,
        "answer": answer_cell(output, kind),
        "top": classes_cell(output),
    }


def difference(a: Array, b: Array) -> tuple[float, int]:
    """Of two outputs the largest difference in units of the range of the second, and how many."""
    if a.form != b.form:
        return float("inf"), -1
    x, y = as_numpy(a).astype(np.float64), as_numpy(b).astype(np.float64)
    with np.errstate(invalid="ignore"):
        off = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y))
    return float(off.max(initial=0.0) / (np.ptp(y) or 1.0)), int(np.count_nonzero(off))


def model_rows(hone: Hone, data: Data, model: Model) -> tuple[list[Row], str]:
    """The rows of a model, and why the command refuses it; prints how far the command is off."""
    raw = model.path(data).read_bytes()
    cases = model.cases(data)
    answers: dict[str, Answer] = {}
    refusal = ""
    try:
        answers = run_model(hone, data, model, cases, with_inputs=True)
    except RuntimeError as error:
        refusal = str(error)
    if refusal and any(is_of_pictures(case) for case in cases):
        return [], refusal
    is_stepped = model.kind.startswith("step")
    steps = last_steps(model.file, raw) if is_stepped else {}
    rows: list[Row] = []
    worst, n_off, wrong = 0.0, 0, []
    for case in cases:
        for name, outputs in engine_answers(model, raw, case, answers).items():
            for stem, output in outputs.items():
                kind = model.kind
                if is_stepped:
                    kind = f"step {steps[stem]:.9g} {model.kind.split()[1]}"
                row = make_row(model, case, name, stem, kind, output)
                rows.append(row)
                if refusal:
                    continue
                mine = answers[name]
                if is_of_pictures(case) and mine.fed is not None:
                    row["fed"] = mine.fed.digest()
                off, n = difference(mine.outputs[stem], output)
                worst, n_off = max(worst, off), n_off + (n != 0)
                verdict = judge(row, mine.outputs[stem])
                if not verdict.is_right:
                    wrong.append(f"{name} {stem}: {verdict.note} ({n} values, {off:.2g})")
    state = "refused" if refusal else "WRONG" if wrong else "ok"
    print(
        f"{state:7} {model.file:33} {model.judge:14} {len(rows)} outputs, {n_off} not equal in "
        f"every byte, largest difference {worst:.2g} of the range",
        flush=True,
    )
    for line in wrong[:4]:
        print(f"          {line}")
    return rows, refusal


def refused_row(model: Model, message: str) -> Row:
    """A row of refused.csv."""
    operator = re.search(r"operator (\S+)", message)
    reason = message.partition(f"{model.file}: ")[2] or message
    return {
        "model": model.file,
        "operator": operator[1] if operator else "",
        "reason": reason.encode("ascii", "replace").decode(),
    }


def make_references(hone: Hone, data: Data, models: list[Model]) -> None:
    """The rows of some models in both tables."""
    rows: dict[str, list[Row]] = {}
    refused: dict[str, list[Row]] = {}
    for model in models:
        found, message = model_rows(hone, data, model)
        refused[model.file] = [refused_row(model, message)] if message else []
        rows[model.file] = [] if message else found
        if message:
            print(f"          {message}", flush=True)
    write_table(REFERENCES_FILE, COLUMNS, merged(REFERENCES_FILE, rows))
    write_table(REFUSED_FILE, REFUSED_COLUMNS, merged(REFUSED_FILE, refused))


def imagenet_rows(hone: Hone, data: Data) -> list[Row]:
    """The rows of imagenet_top1.csv."""
    files = imagenet_all(data)
    rows = [{"picture": file.name} for file in files]
    for model in IMAGENET_MODELS:
        path = model.path(data)
        run = ENGINES[model.judge](path.read_bytes())
        n_equal = n_same_top = 0
        for row, file in zip(rows, files):  # one at a time, since the inputs are large
            ((_, mine),) = hone.run_on(path, [file], model.options, with_inputs=True).items()
            (tensor,) = mine.fed.values()
            (output,) = (as_array(array) for array in run({"": as_numpy(tensor)}).values())
            row[model.file] = classes_cell(output)
            if not output.is_float:
                row[model.file] += f"/{output.digest()}"
            n_equal += mine.answer().data == output.data
            n_same_top += top_classes(mine.answer().values()) == top_classes(output.values())
        print(
            f"{model.file:31} {model.judge:11} {len(files)} pictures, {n_equal} equal in every "
            f"byte, {n_same_top} with the same best classes",
            flush=True,
        )
    return rows


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Make the references of the models' tests.")
    parser.add_argument("hone", type=Path, help="the command")
    parser.add_argument("shared", type=Path, help="the data beside the repository")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="files, or imagenet")
    arguments = parser.parse_args()
    chosen = [model for model in MODELS if not arguments.models or model.file in arguments.models]
    with tempfile.TemporaryDirectory() as name:
        hone = Hone(arguments.hone, Path(name))
        data = Data(arguments.shared, Path(name, "inputs"))
        if chosen:
            make_references(hone, data, chosen)
        if not arguments.models or "imagenet" in arguments.models:
            columns = ["picture", *(model.file for model in IMAGENET_MODELS)]
            write_table(IMAGENET_FILE, columns, imagenet_rows(hone, data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
