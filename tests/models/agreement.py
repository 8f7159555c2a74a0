# SPDX-License-Identifier: Apache-2.0
"""How far the command's answers agree with references.csv, model by model."""

from __future__ import annotations

import concurrent.futures
import statistics
from dataclasses import dataclass, field

from answers import Row, judge
from hone_arrays import Hone
from model_table import MODELS, Model
from runner import Answer, run_model
from sources import Data
from tables import REFERENCES_FILE, REFUSED_FILE, read_table
from tally import Tally

PROCESSES = 2


@dataclass
class Agreement:
    """Of one model: how many of its outputs were compared, what is wrong, and the largest
    difference of a float in units of its output's range; -1 where all are integers."""

    model: Model
    n: int = 0
    n_skipped: int = 0
    off: float = -1.0
    kind: str = "bytes"
    wrong: list[str] = field(default_factory=list)

    @property
    def says(self) -> str:
        """In a few words."""
        if self.wrong:
            return f"{len(self.wrong)} of {self.n} outputs differ"
        return "every byte equal" if self.off < 0 else f"within {self.off:.1e} of the range"


def judge_row(row: Row, answers: dict[str, Answer], agreement: Agreement) -> None:
    """Add one row."""
    agreement.n += 1
    mine = answers[row["case"]]
    name = f"{row['case']} {row['output']}"
    if row["fed"] and (mine.fed is None or mine.fed.digest() != row["fed"]):
        agreement.wrong.append(f"{name}: the input is another one; did reading pictures change?")
        return
    if row["output"] not in mine.outputs:
        agreement.wrong.append(f"{name}: no such output")
        return
    verdict = judge(row, mine.outputs[row["output"]])
    if not verdict.is_right:
        agreement.wrong.append(f"{name}: {verdict.note}")
    if row["kind"] != "bytes":
        agreement.off = max(agreement.off, verdict.off)
        agreement.kind = row["kind"].split()[0]


def judge_model(hone: Hone, data: Data, model: Model, rows: list[Row]) -> Agreement:
    """All rows of a model."""
    agreement = Agreement(model)
    if not model.path(data).exists():
        agreement.n_skipped = len(rows)
        return agreement
    try:
        cases = model.cases(data)
        answers = run_model(hone, data, model, cases, with_inputs=any(row["fed"] for row in rows))
    except (RuntimeError, OSError, ValueError, StopIteration) as error:
        agreement.n = max(1, len(rows))
        agreement.wrong = [str(error)] * agreement.n
        return agreement
    for row in rows:
        if row["case"] in answers:
            judge_row(row, answers, agreement)
        else:
            agreement.n_skipped += 1
    return agreement


def judge_models(hone: Hone, data: Data) -> list[Agreement]:
    """All models that are not refused, two at a time."""
    rows = read_table(REFERENCES_FILE)
    refused = {row["model"] for row in read_table(REFUSED_FILE)}
    models = [model for model in MODELS if model.file not in refused]
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        return list(
            pool.map(
                lambda model: judge_model(
                    hone, data, model, [row for row in rows if row["model"] == model.file]
                ),
                models,
            )
        )


def median_off(agreements: list[Agreement]) -> float:
    """The median over the float models of their largest difference."""
    offs = [a.off for a in agreements if a.kind == "float" and a.off >= 0]
    return statistics.median(offs) if offs else 0.0


def check_references(hone: Hone, data: Data, tally: Tally) -> None:
    """One test for each row."""
    agreements = judge_models(hone, data)
    for agreement in agreements:
        file = agreement.model.file
        if agreement.n_skipped > 0:
            tally.skip(agreement.n_skipped, f"{file}: the model or some inputs are not there")
        tally.failed += len(agreement.wrong)
        tally.passed += agreement.n - len(agreement.wrong)
        for line in dict.fromkeys(agreement.wrong):  # a crash is said once
            print(f"FAIL {file} {line}", flush=True)
        if not agreement.wrong and agreement.n > 0:
            print(f"ok   {file} in {agreement.n} outputs: {agreement.says}", flush=True)
        elif agreement.n == agreement.n_skipped == 0:
            tally.failed += 1
            print(f"FAIL {file}: neither in references.csv nor in refused.csv", flush=True)
    n_right = sum(a.n > 0 and not a.wrong for a in agreements)
    off = median_off(agreements)
    print(f"{n_right} models agree; the median over the float ones is {off:.1e} of the range")


def check_refused(hone: Hone, data: Data, tally: Tally) -> None:
    """A model of refused.csv is refused, with its operator named, and no other way."""
    for row in read_table(REFUSED_FILE):
        model = next(model for model in MODELS if model.file == row["model"])
        if not model.path(data).exists():
            tally.skip(1, f"{model.file} is not there")
            continue
        with tally.test(f"{model.file} is refused") as test:
            try:
                run_model(hone, data, model, model.cases(data)[:1], with_inputs=False)
            except RuntimeError as error:
                test.note = row["reason"]
                test.require(row["operator"] in str(error), f"another reason: {error}")
                continue
            test.require(False, "it runs: take it off refused.csv, make its references")
