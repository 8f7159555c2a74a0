# SPDX-License-Identifier: Apache-2.0
"""The processes of a comparison: workers, and the probe of the machine."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Worker:
    """An engine that has loaded a model. `facts` holds what set-up took, or an error."""

    def __init__(self, engine: str, path: Path, threads: int, inputs: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), engine, str(path), str(threads), str(inputs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.orders, self.replies = self.process.stdin, self.process.stdout
        self.facts: dict = self.reply()

    def reply(self) -> dict:
        line = self.replies.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def ask(self, line: str) -> dict:
        try:
            self.orders.write(line + "\n")
            self.orders.flush()
        except BrokenPipeError:
            return {"error": "the process ended"}
        return self.reply()

    def run(self, budget_us: float) -> list[float]:
        return self.ask(f"run {budget_us}").get("times_us", [])

    def save(self, path: Path) -> bool:
        return "saved" in self.ask(f"save {path}")

    def close(self) -> None:
        self.orders.close()
        self.process.wait()


def probe(build: Path) -> dict[str, list[float]]:
    """Multiply-adds a second of one thread and of all."""
    command = [str(build / "hone"), "devices", "--measure", "--json"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)["peak"]
