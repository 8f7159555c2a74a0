# SPDX-License-Identifier: Apache-2.0
"""Static quantization by ONNX Runtime's own tool: Q/DQ, unsigned activations, signed weights by
channel, calibrated on seeded noise."""

from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

CALIBRATION_RUNS = 4


class Noise(CalibrationDataReader):
    def __init__(self, path: Path) -> None:
        self.rng = np.random.default_rng(7)
        self.left = CALIBRATION_RUNS
        self.shapes = {
            value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
            for value in onnx.load(path).graph.input
        }

    def get_next(self) -> dict[str, np.ndarray] | None:
        if self.left == 0:
            return None
        self.left -= 1
        return {
            name: self.rng.uniform(-1, 1, shape).astype(np.float32)
            for name, shape in self.shapes.items()
        }


def quantize(source: Path, target: Path) -> None:
    quantize_static(
        source,
        target,
        Noise(source),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
