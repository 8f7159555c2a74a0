#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of tests/tflite_ops: models of one operator and what LiteRT answers to them.

    make_lite_cases.py [FAMILY...]        writes FAMILY.cases beside this script
    make_lite_cases.py --dump FOLDER PART  writes the cases whose name has PART as model and arrays
    make_lite_cases.py --refused [FAMILY...]  lists what LiteRT does not run, with its reason

The archives are committed; the script is only needed to change them. It wants the packages
ai-edge-litert, flatbuffers and numpy.
"""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from typing import Iterator

import numpy as np

from lite_archive import pack_case, write_archive
from lite_model import Model
from lite_reference import DEFAULT, ask, input_array

FOLDER = os.path.dirname(os.path.abspath(__file__))
FAMILIES = sorted(f[11:-3] for f in os.listdir(FOLDER) if f.startswith("lite_cases_"))


def cases_of(family: str) -> Iterator[tuple[str, Model]]:
    yield from importlib.import_module("lite_cases_" + family).cases()


def dump(folder: str, part: str) -> None:
    for family in FAMILIES:
        for name, model in cases_of(family):
            if part not in name:
                continue
            data, _, answer = ask(model)
            place = os.path.join(folder, name)
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, "model.tflite"), "wb") as f:
                f.write(data)
            for run in range(model.runs):
                for i, t in enumerate(model.graphs[0].inputs):
                    np.save(os.path.join(place, f"in{i}_{run}.npy"), input_array(t, run))
            for run, outputs in enumerate(answer.outputs):
                for i, y in enumerate(outputs):
                    np.save(os.path.join(place, f"out{i}_{run}.npy"), y)
            print(name, answer.resolver, answer.refused or answer.failed)


def in_child(name: str, model: Model) -> tuple[str, bool, bytes]:
    """What LiteRT says against the case ("": nothing), whether the default resolver ran it, and
    its record. In a process of its own: LiteRT ends with some of what it does not check."""
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        data, places, answer = ask(model)
        wrong = answer.refused or answer.failed
        record = pack_case(name, model, data, places, answer)
        with os.fdopen(ends[1], "wb") as f:
            pickle.dump((wrong, answer.resolver == DEFAULT, record), f)
        os._exit(0)
    os.close(ends[1])
    with os.fdopen(ends[0], "rb") as f:
        sent = f.read()
    status = os.waitpid(child, 0)[1]
    return pickle.loads(sent) if sent else (f"it ends with {status}", False, b"")


def make(family: str, shows_refused: bool) -> int:
    records, seen, n_refused, n_default = [], set(), 0, 0
    for name, model in cases_of(family):
        if name in seen:
            sys.exit("two cases are named " + name)
        seen.add(name)
        wrong, is_default, record = in_child(name, model)
        is_meant = model.is_refused or model.fails
        if is_meant and not wrong:
            if model.is_tried:
                continue
            print(f"{name}: it is to be refused, but runs", flush=True)
            continue
        if record and (is_meant or not wrong):
            n_default += is_default
            records.append(record)
            continue
        n_refused += 1
        if shows_refused:
            print(f"{name}: {wrong}", flush=True)
    size = write_archive(os.path.join(FOLDER, family + ".cases"), records)
    print(
        f"{family}: {len(records)} cases, {n_default} by the default resolver, "
        f"{n_refused} that LiteRT does not run, {size} bytes"
    )
    return len(records)


def main() -> None:
    args = sys.argv[1:]
    if args[:1] == ["--dump"]:
        dump(args[1], args[2])
        return
    shows_refused = args[:1] == ["--refused"]
    total = sum(make(f, shows_refused) for f in args[shows_refused:] or FAMILIES)
    print(total, "cases")


if __name__ == "__main__":
    main()
