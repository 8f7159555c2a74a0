# SPDX-License-Identifier: Apache-2.0
"""MNN, of a file that its own converter makes from the ONNX or TFLite one; converting is not
counted as set-up."""

import subprocess
import sys
from pathlib import Path

import MNN
import numpy as np

FILES = (".onnx", ".tflite")


def convert(path: str, work: str) -> str:
    """The .mnn file below `work`, made unless it is there."""
    made = Path(work) / (Path(path).name + ".mnn")
    if not made.exists():
        kind = "ONNX" if path.endswith(".onnx") else "TFLITE"
        tool = Path(sys.executable).with_name("mnnconvert")
        command = [str(tool), "-f", kind, "--modelFile", path, "--MNNModel", str(made)]
        subprocess.run([*command, "--bizCode", "b"], check=True, capture_output=True, cwd=work)
    return str(made)


class Engine:
    def __init__(self, path: str, threads: int, feeds: dict[str, np.ndarray]) -> None:
        self.interpreter = MNN.Interpreter(path)
        config = {"backend": "CPU", "numThread": threads, "precision": "high"}
        self.session = self.interpreter.createSession(config)
        inputs = self.interpreter.getSessionInputAll(self.session)
        for name, value in feeds.items():
            self.interpreter.resizeTensor(inputs[name], value.shape)
        self.interpreter.resizeSession(self.session)
        self.inputs = inputs
        self.feeds = feeds
        self.feed()

    def feed(self) -> None:
        """MNN runs over its inputs' memory, so that they hold for one run."""
        for name, value in self.feeds.items():
            kind = self.inputs[name].getDataType()
            host = MNN.Tensor(value.shape, kind, value, MNN.Tensor_DimensionType_Caffe)
            self.inputs[name].copyFrom(host)

    def run(self) -> None:
        self.interpreter.runSession(self.session)

    def outputs(self) -> list[np.ndarray]:
        self.feed()
        self.run()
        found = self.interpreter.getSessionOutputAll(self.session)
        result = []
        for tensor in found.values():
            shape = tensor.getShape()
            host = MNN.Tensor(
                shape,
                tensor.getDataType(),
                np.zeros(shape, np.float32),
                MNN.Tensor_DimensionType_Caffe,
            )
            tensor.copyToHostTensor(host)
            result.append(np.array(host.getData(), np.float32).reshape(shape))
        return result
