# SPDX-License-Identifier: Apache-2.0
"""Counts tests that passed, failed and were skipped."""

from __future__ import annotations

import contextlib
from typing import Iterator

BROKEN = (RuntimeError, OSError, LookupError, TypeError, ValueError, StopIteration)


class TestFailure(Exception):
    """What a test found wrong."""


class Test:
    """A test under way. It passes unless something is raised in its block."""

    def __init__(self) -> None:
        self.note = ""

    def require(self, is_right: bool, otherwise: str) -> None:
        """End the test with a message where something is wrong."""
        if not is_right:
            raise TestFailure(otherwise)


class Tally:
    """The counts. Failures are printed as they come."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    @contextlib.contextmanager
    def test(self, name: str, is_quiet: bool = False) -> Iterator[Test]:
        """Run the block as one test; what it raises is printed, and goes no further."""
        test = Test()
        try:
            yield test
        except (TestFailure, *BROKEN) as error:
            self.failed += 1
            print(f"FAIL {name}: {error or type(error).__name__}", flush=True)
            return
        self.passed += 1
        if not is_quiet:
            print(f"ok   {name}{': ' if test.note else ''}{test.note}", flush=True)

    def skip(self, count: int, why: str) -> None:
        """Count tests that cannot run here."""
        self.skipped += count
        print(f"SKIP {why} ({count})", flush=True)

    def summary(self) -> str:
        """The closing line."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
