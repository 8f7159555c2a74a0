# SPDX-License-Identifier: Apache-2.0
"""The tables beside this file."""

from __future__ import annotations

import csv
from pathlib import Path

from answers import Row

REFERENCES_FILE = "references.csv"
REFUSED_FILE = "refused.csv"
REFUSED_COLUMNS = ["model", "operator", "reason"]


def table_path(file: str) -> Path:
    """Where a table is."""
    return Path(__file__).resolve().parent / file


def read_table(file: str) -> list[Row]:
    """Its rows; none where the file is not there."""
    path = table_path(file)
    if not path.exists():
        return []
    with path.open(encoding="ascii", newline="") as stream:
        return list(csv.DictReader(stream))
