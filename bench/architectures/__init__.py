# SPDX-License-Identifier: Apache-2.0
"""Architectures with random weights: name -> how its file is written."""

from architectures import classifiers, dense, mobile, sequences
from architectures.net import Architecture

ARCHITECTURES: dict[str, Architecture] = {
    a.name: a for module in (classifiers, mobile, dense, sequences) for a in module.ARCHITECTURES
}
