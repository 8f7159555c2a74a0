# SPDX-License-Identifier: Apache-2.0
"""Do the engines agree? For each, the largest distance of an output from hone's, in parts of that
output's range; outputs are matched by position, or by shape where an engine orders them its way."""

from pathlib import Path

import numpy as np

from process import Worker


def distance(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    if x.size == 0:
        return 0.0
    span = float(np.nanmax(x) - np.nanmin(x)) or float(np.nanmax(np.abs(x))) or 1.0
    return float(np.nanmax(np.abs(x - y))) / span


def worst(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float | None:
    """None where the outputs cannot be matched."""
    left, far = list(theirs), 0.0
    for output in ours:
        fits = [i for i, other in enumerate(left) if other.size == output.size]
        if not fits:
            return None
        distances = [distance(output, left[i]) for i in fits]
        best = int(np.argmin(distances))
        far = max(far, distances[best])
        left.pop(fits[best])
    return far


def disagreement(result: dict, workers: dict[str, Worker], work: Path) -> None:
    """Sets `differs` of each engine but hone."""
    outputs: dict[str, list[np.ndarray]] = {}
    for name, worker in workers.items():
        path = work / f"outputs_{name}.npz"
        if worker.save(path):
            outputs[name] = list(np.load(path).values())
    for name, found in outputs.items():
        if name != "hone" and "hone" in outputs:
            result["engines"][name]["differs"] = worst(outputs["hone"], found)
