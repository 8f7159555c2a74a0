# SPDX-License-Identifier: Apache-2.0
"""OpenVINO's CPU plugin, for latency, in float32 where the file says float32."""

import numpy as np
import openvino

FILES = (".onnx", ".tflite")


class Engine:
    def __init__(self, path: str, threads: int, feeds: dict[str, np.ndarray]) -> None:
        core = openvino.Core()
        model = core.read_model(path)
        model.reshape({port: feeds[port.get_any_name()].shape for port in model.inputs})
        options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": "1",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.compiled = core.compile_model(model, "CPU", options)
        self.request = self.compiled.create_infer_request()
        for i, port in enumerate(self.compiled.inputs):
            value = feeds[port.get_any_name()]
            self.request.set_input_tensor(i, openvino.Tensor(value.copy()))

    def run(self) -> None:
        self.request.infer()

    def outputs(self) -> list[np.ndarray]:
        count = len(self.compiled.outputs)
        return [self.request.get_output_tensor(i).data.copy() for i in range(count)]
