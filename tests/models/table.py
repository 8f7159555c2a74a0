#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print the table of all models in Markdown: agreement with the engine, set-up, latency, memory.

    python3 table.py HONE SHARED > table.md

Set-up is loading and planning; the latency is the median of runs with one thread. Needs nothing but
Python's standard library. On a busy machine the times mean little.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from agreement import Agreement, judge_models, median_off
from answers import Row
from hone_arrays import Hone
from model_table import Model
from sources import Data
from tables import REFERENCES_FILE, REFUSED_FILE, read_table

HEADER = ["model", "format", "agreement", "set-up ms", "latency ms", "arena bytes"]
ENGINE_NAMES = {
    "litert": "LiteRT",
    "litert_builtin": "LiteRT, custom operators rewritten",
    "ort": "ONNX Runtime",
    "ort_sign": "ONNX Runtime, custom operators rewritten",
    "tflm": "TensorFlow Lite Micro",
}


def shape_options(data: Data, model: Model) -> list[str]:
    """The options that give open dimensions their extents, of the first case."""
    words = [*model.options, *model.cases(data)[0].options]
    found = []
    for i, word in enumerate(words):
        if word == "--shape":
            found += words[i : i + 2]
    return found


def print_row(cells: list[str]) -> None:
    """A row of the table."""
    print(f"| {' | '.join(cells)} |", flush=True)


def measured(hone: Hone, data: Data, model: Model) -> list[str]:
    """Set-up, latency and arena; dashes where the command cannot measure."""
    path = model.path(data)
    words = ["bench", str(path), "--json", "--threads", "1", *shape_options(data, model)]
    try:
        found = json.loads(hone.call(words))
    except RuntimeError:
        return ["-", "-", "-"]
    times = [found["load_us"] / 1000, found["latency_us"]["median"] / 1000]
    return [*(f"{time:.3g}" for time in times), f"{found['arena_bytes']:,}"]


def agreement_row(hone: Hone, data: Data, agreement: Agreement, rows: list[Row]) -> list[str]:
    """The row of a model that runs."""
    model = agreement.model
    form = "ONNX" if model.file.endswith(".onnx") else "TFLite"
    engine = ENGINE_NAMES[rows[0]["engine"]] if rows else "-"
    says = f"{agreement.says}, {agreement.n} outputs of {engine}"
    return [model.file, form, says, *measured(hone, data, model)]


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Print the table of all models.")
    parser.add_argument("hone", type=Path, help="the command")
    parser.add_argument("shared", type=Path, help="the data beside the repository")
    arguments = parser.parse_args()
    references = read_table(REFERENCES_FILE)
    with tempfile.TemporaryDirectory() as name:
        hone = Hone(arguments.hone.resolve(), Path(name))
        data = Data(arguments.shared.resolve(), Path(name, "inputs"))
        agreements = judge_models(hone, data)
        print_row(HEADER)
        print_row(["---", "---", "---", "---:", "---:", "---:"])
        for agreement in agreements:
            rows = [row for row in references if row["model"] == agreement.model.file]
            print_row(agreement_row(hone, data, agreement, rows))
        for row in read_table(REFUSED_FILE):
            print_row([row["model"], "", f"refused: {row['reason']}", "-", "-", "-"])
    off = median_off(agreements)
    n_right = sum(not agreement.wrong for agreement in agreements)
    print(f"\n{n_right} models agree; the median over the float ones is {off:.1e} of the range.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
