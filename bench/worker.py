# SPDX-License-Identifier: Apache-2.0
"""One engine with one model, in a process of its own: worker.py ENGINE MODEL THREADS INPUTS.

Says on standard output, one JSON object a line, what set-up took, and after each line `run US`
the times of as many runs as fit that long (at least three), and after `save FILE` that the outputs
are there. What an engine prints itself goes to standard error."""

import importlib
import json
import os
import sys
import time

import numpy as np

from engines import Engine

LEAST_RUNS = 3


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def timed_runs(engine: Engine, budget_us: float) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + budget_us / 1e6
    while len(times) < LEAST_RUNS or time.perf_counter() < end:
        begin = time.perf_counter()
        engine.run()
        times.append((time.perf_counter() - begin) * 1e6)
    return times


def main() -> None:
    name, path, threads, inputs = sys.argv[1:]
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module = importlib.import_module(f"engines.{name}")
    feeds = dict(np.load(inputs))

    def reply(value: dict) -> None:
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    if not path.endswith(module.FILES):
        reply({"error": "it does not read such files"})
        return
    try:
        if hasattr(module, "convert"):
            path = module.convert(path, os.path.dirname(inputs))
        before = resident_bytes()
        begin = time.perf_counter()
        engine = module.Engine(path, int(threads), feeds)
        engine.run()
        setup_us = (time.perf_counter() - begin) * 1e6
    except Exception as error:  # whatever an engine raises is its answer
        reply({"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]})
        return
    steady = timed_runs(engine, 20000)
    reply(
        {
            "setup_us": max(setup_us - min(steady), 0.0),
            "resident_bytes": max(resident_bytes() - before, 0),
        }
    )
    for line in sys.stdin:
        word, value = line.split()
        if word == "run":
            reply({"times_us": timed_runs(engine, float(value))})
        else:
            np.savez(value, *engine.outputs())
            reply({"saved": value})


if __name__ == "__main__":
    main()
