# SPDX-License-Identifier: Apache-2.0
"""Runs hone and its peers in turn on the same files and inputs, and writes what came out.

Each engine with each model is a process of its own (worker.py). A round lets every engine run for
a short time, one after the other, so that all meet the same machine; each round begins with a probe
of the processor, and rounds in which it was not itself are dropped when the tables are made."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import models
from compare import disagreement
from engines import ORDER
from feeds import make_feeds
from process import Worker, probe
from report import write_report

HERE = Path(__file__).parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "words", nargs="*", help="models: parts of names, or tags (quick, int8 ...)"
    )
    parser.add_argument("--engines", default=",".join(ORDER), help="in this order")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ms", type=float, default=100, help="for each engine in a round")
    parser.add_argument("--setups", type=int, default=3, help="processes; the quickest counts")
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="folder for peers.txt, .json, .html")
    parser.add_argument("--shared", type=Path, default=os.environ.get("HONE_SHARED", "../shared"))
    return parser.parse_args()


def measure(model: models.Model, path: Path, threads: int, options: argparse.Namespace) -> dict:
    """All engines on one model."""
    inputs = make_feeds(path, options.work, options.build, model.shapes)
    result: dict = {"model": model.name, "threads": threads, "int8": model.is_int8}
    result |= {"engines": {}, "probes": [], "file_bytes": path.stat().st_size}
    workers: dict[str, Worker] = {}
    for name in options.engines.split(","):
        worker = Worker(name, path, threads, inputs)
        facts = worker.facts
        for _ in range(options.setups - 1):
            if "error" in facts:
                break
            again = Worker(name, path, threads, inputs)
            if "error" not in again.facts:
                facts = {key: min(facts[key], again.facts[key]) for key in facts}
            again.close()
        result["engines"][name] = facts | {"rounds": []}
        if "error" in facts:
            worker.close()
        else:
            workers[name] = worker
    for _ in range(options.rounds):
        result["probes"].append(probe(options.build))
        for name, worker in workers.items():
            result["engines"][name]["rounds"].append(worker.run(options.ms * 1e3))
    disagreement(result, workers, options.work)
    for worker in workers.values():
        worker.close()
    return result


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    options.work = options.work.resolve()
    os.environ["HONE_LIBRARY"] = str((options.build / "libhone.so").resolve())
    out = options.out or options.work
    out.mkdir(parents=True, exist_ok=True)
    results, begin = [], time.time()
    for model in models.selected(options.words):
        path = models.file_of(model, Path(options.shared) / "models", options.work)
        if path is None:
            print(f"{model.name}: not here, left out", file=sys.stderr)
            continue
        for threads in map(int, options.threads.split(",")):
            results.append(measure(model, path, threads, options))
            print(f"{time.time() - begin:6.0f} s  {model.name}, {threads}", file=sys.stderr)
    (out / "peers_raw.json").write_text(json.dumps(results))
    write_report(results, out)


if __name__ == "__main__":
    main()
