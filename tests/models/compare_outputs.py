#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the answers of ``hone run`` with those of the reference engines.

    python3 compare_outputs.py HONE SHARED [PART...]

HONE is the command, SHARED the data beside the repository. The parts are ``references`` (each
model of model_table.py on a few inputs against references.csv), ``refused`` (what cannot run, with
its reason), ``expected`` (what the models' sources expect) and ``imagenet`` (500 pictures); all of
them by default. What needs absent data is skipped, which CI=true makes a failure. The last line
counts. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Callable

from agreement import check_references, check_refused
from expected_answers import N_EXPECTED, check_expected
from hone_arrays import Hone
from imagenet import IMAGENET_MODELS, check_imagenet
from sources import Data
from tally import Tally

Check = Callable[[Hone, Data, Tally], None]
PARTS: dict[str, tuple[Check, int]] = {  # the check, and its tests where all data is absent
    "references": (check_references, 0),
    "refused": (check_refused, 0),
    "expected": (check_expected, N_EXPECTED),
    "imagenet": (check_imagenet, len(IMAGENET_MODELS)),
}


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Compare answers with reference engines.")
    parser.add_argument("hone", type=Path, help="the command")
    parser.add_argument("shared", type=Path, help="the data beside the repository")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    tally = Tally()
    has_shared = (arguments.shared / "models").is_dir()
    with tempfile.TemporaryDirectory() as name:
        hone = Hone(arguments.hone.resolve(), Path(name))
        data = Data(arguments.shared.resolve(), Path(name, "inputs"))
        for part, (check, n_tests) in PARTS.items():
            if arguments.parts and part not in arguments.parts:
                continue
            if has_shared or n_tests == 0:
                check(hone, data, tally)
            else:
                tally.skip(n_tests, f"{part}: no models")
    if os.environ.get("CI") == "true" and tally.skipped > 0:
        print("FAIL with CI=true nothing may be skipped")
        tally.failed, tally.skipped = tally.failed + tally.skipped, 0
    print(tally.summary())
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
