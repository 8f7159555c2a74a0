# SPDX-License-Identifier: Apache-2.0
"""LiteRT with its default delegate, XNNPACK."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

FILES = (".tflite",)


class Engine:
    def __init__(self, path: str, threads: int, feeds: dict[str, np.ndarray]) -> None:
        self.interpreter = Interpreter(model_path=path, num_threads=threads)
        details = self.interpreter.get_input_details()
        for detail in details:
            self.interpreter.resize_tensor_input(detail["index"], feeds[detail["name"]].shape)
        self.interpreter.allocate_tensors()
        for detail in details:
            self.interpreter.set_tensor(detail["index"], feeds[detail["name"]])

    def run(self) -> None:
        self.interpreter.invoke()

    def outputs(self) -> list[np.ndarray]:
        details = self.interpreter.get_output_details()
        return [self.interpreter.get_tensor(detail["index"]) for detail in details]
