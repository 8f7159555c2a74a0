# SPDX-License-Identifier: Apache-2.0
"""A network being written as ONNX: each method adds a node and returns the name of its result.
Weights are random, scaled by their fan-in so that activations keep their size."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Net:
    def __init__(self, name: str) -> None:
        self.name = name
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.channels: dict[str, int] = {}
        self.n_names = 0

    def fresh(self, stem: str) -> str:
        self.n_names += 1
        return f"{stem}_{self.n_names}"

    def input(self, name: str, shape: list[int], dtype: int = TensorProto.FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        self.channels[name] = shape[1] if len(shape) > 1 else 1
        return name

    def output(self, value: str) -> None:
        self.outputs.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, None))

    def constant(self, value: np.ndarray) -> str:
        name = self.fresh("w")
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def random(self, *shape: int, fan_in: int | None = None) -> str:
        fan = fan_in if fan_in is not None else int(np.prod(shape[1:]))
        scale = np.sqrt(2.0 / max(fan, 1))
        return self.constant((self.rng.standard_normal(shape) * scale).astype(np.float32))

    def node(self, op: str, *inputs: str, n_out: int = 1, **attributes: Any) -> list[str]:
        made = [self.fresh(op.lower()) for _ in range(n_out)]
        self.nodes.append(helper.make_node(op, list(inputs), made, **attributes))
        for name in made:
            self.channels[name] = self.channels.get(inputs[0], 1)
        return made

    def op(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self.node(op, *inputs, **attributes)[0]

    def conv(
        self, x: str, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, act: str = ""
    ) -> str:
        """Convolution with bias, padded to keep the size at stride 1, and an activation."""
        c = self.channels[x]
        weights = self.random(out, c // groups, kernel, kernel)
        bias = self.constant((self.rng.standard_normal(out) * 0.1).astype(np.float32))
        p = kernel // 2
        y = self.op(
            "Conv",
            x,
            weights,
            bias,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[p, p, p, p],
            group=groups,
        )
        self.channels[y] = out
        return self.activate(y, act)

    def activate(self, x: str, act: str) -> str:
        if act == "relu6":
            low, high = (self.constant(np.array(v, np.float32)) for v in (0.0, 6.0))
            return self.op("Clip", x, low, high)
        return self.op(act, x) if act else x

    def pool(self, x: str, op: str, kernel: int, stride: int, pad: int = 0) -> str:
        return self.op(op, x, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def concat(self, *inputs: str) -> str:
        y = self.op("Concat", *inputs, axis=1)
        self.channels[y] = sum(self.channels[i] for i in inputs)
        return y

    def dense(self, x: str, n_in: int, n_out: int) -> str:
        """x times a matrix plus a bias, on the last dimension."""
        y = self.op("MatMul", x, self.random(n_in, n_out, fan_in=2 * n_in))
        return self.op("Add", y, self.random(n_out, fan_in=200))

    def classify(self, x: str, n_classes: int = 1000) -> None:
        y = self.op("Flatten", self.op("GlobalAveragePool", x))
        c = self.channels[x]
        weights, bias = self.random(n_classes, c, fan_in=2 * c), self.random(n_classes, fan_in=200)
        self.output(self.op("Gemm", y, weights, bias, transB=1))

    def write(self, path: Path) -> None:
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.save(onnx.shape_inference.infer_shapes(model), path)


@dataclass(frozen=True)
class Architecture:
    name: str
    build: Callable[[Net], None]
    is_quantized_too: bool = False

    def write(self, path: Path) -> None:
        net = Net(self.name)
        self.build(net)
        net.write(path)
