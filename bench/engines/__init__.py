# SPDX-License-Identifier: Apache-2.0
"""The engines that are compared. A module here has FILES, the suffixes of the files that it
reads, and a class Engine; what it needs is imported before anything is measured."""

from typing import Protocol

import numpy as np

ORDER = ("hone", "hone_pack", "litert", "onnxruntime", "openvino", "mnn")


class Engine(Protocol):
    """A model loaded with `threads` threads whose inputs are `feeds`."""

    def __init__(self, path: str, threads: int, feeds: dict[str, np.ndarray]) -> None: ...

    def run(self) -> None: ...

    def outputs(self) -> list[np.ndarray]: ...
