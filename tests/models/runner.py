# SPDX-License-Identifier: Apache-2.0
"""Runs a model on its cases, with the command or with an engine, and gives the answers by names.

The name of an answer is that of its case, behind which stands the number of the step where a case
has several that are runs of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from hone_arrays import Array, Hone, Run, read_npy
from model_table import Model
from picture_inputs import Case
from sources import Data


@dataclass(frozen=True)
class Answer:
    """What was fed, where the command read it from a picture, and what came out, by stems."""

    fed: Array | None
    outputs: dict[str, Array]


def step_name(case: Case, step: int) -> str:
    """The name of an answer."""
    return f"{case.name}.{step}" if len(case.steps) > 1 and case.series is None else case.name


def names_of(case: Case) -> list[str]:
    """The names of a case's answers."""
    n = 1 if case.series is not None else len(case.steps)
    return [step_name(case, i) for i in range(n)]


def run_steps(hone: Hone, data: Data, model: Model, case: Case) -> Iterator[tuple[str, Answer]]:
    """One run a step; what a step hands to the next goes through files."""
    carried: dict[str, Path] = {}
    for i, feeds in enumerate(case.steps):
        run = hone.run(model.path(data), {**feeds, **carried}, (*model.options, *case.options))
        for stem, name in model.carry.items():
            carried[name] = data.array(f"carried/{model.file}/{stem}", run.answers[stem])
        yield step_name(case, i), Answer(None, run.answers)


def run_series(hone: Hone, path: Path, model: Model, case: Case) -> Answer:
    """All steps of a session."""
    assert case.series is not None
    options = (*model.options, *case.options)
    return Answer(None, hone.run_on(path, [case.series], options)[case.series.stem].answers)


def run_model(
    hone: Hone, data: Data, model: Model, cases: list[Case], with_inputs: bool
) -> dict[str, Answer]:
    """The command's answers on all cases, from the model's first state each."""
    path = model.path(data)
    answers: dict[str, Answer] = {}
    files: dict[tuple[str, ...], list[Path]] = {}
    for case in cases:
        if case.series is not None:
            answers[case.name] = run_series(hone, path, model, case)
        elif list(case.steps[0]) == [""] and len(case.steps) == 1:
            files.setdefault(case.options, []).append(case.steps[0][""])
        else:
            answers.update(run_steps(hone, data, model, case))
    for options, paths in files.items():
        runs: dict[str, Run] = hone.run_on(path, paths, (*model.options, *options), with_inputs)
        for stem, run in runs.items():
            answers[stem] = Answer(next(iter(run.fed.values()), None), run.answers)
    return answers


def is_picture(path: Path) -> bool:
    """Whether the command reads a file as a picture."""
    return path.suffix in (".bmp", ".jpg", ".png")


def is_of_pictures(case: Case) -> bool:
    """Whether the input of a case is what the command makes of a file that is no array."""
    return any(is_picture(path) for path in case.steps[0].values())


def read_feed(path: Path) -> Array:
    """An input that is an array, or raw elements by the extension."""
    if path.suffix == ".npy":
        return read_npy(path)
    kind = {".f32": "<f4", ".s8": "|i1", ".u8": "|u1"}[path.suffix]
    raw = path.read_bytes()
    return Array(kind, (len(raw) // int(kind[2]),), raw)
