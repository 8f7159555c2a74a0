# SPDX-License-Identifier: Apache-2.0
"""The reference engines. A session of one takes arrays by names of inputs, and gives arrays by the
stems of the files that the command writes; state lasts as long as the session.

litert          LiteRT's reference kernels
litert_builtin  the reference kernels on a copy whose custom operators were written as builtin ones
ort             ONNX Runtime without optimisation
ort_sign        the same, with BipolarQuant written as a comparison
tflm            TensorFlow Lite Micro, which alone knows the operators of signals

LiteRT gets a copy in memory whose quantized vectors name dimension 0: see with_known_dimensions.
"""

from __future__ import annotations

import struct
from typing import Any, Callable

import flatbuffers
import numpy as np
import onnx
import onnxruntime
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from hone_arrays import Array, file_stems

QUANTIZED_DIMENSION_SLOT = 16  # of QuantizationParameters in its vtable
TRANSPOSE_CONV_WITH_BIAS = 3  # the version of the operator

Session = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


def as_numpy(array: Array) -> np.ndarray:
    """An array of the command as numpy's."""
    return np.frombuffer(array.data, array.kind).reshape(array.shape)


def as_array(tensor: np.ndarray) -> Array:
    """The other way."""
    shape = np.shape(tensor)
    tensor = np.ascontiguousarray(tensor)
    return Array(tensor.dtype.str, shape, tensor.tobytes())


def with_known_dimensions(raw: bytes) -> bytes:
    """A copy whose vectors are quantized along dimension 0.

    LiteRT refuses the biases of person_detect_i8.tflite, which name dimension 3 of one. The field
    has no part in the arithmetic of a bias.
    """
    patched = bytearray(raw)
    model = schema.Model.GetRootAs(patched, 0)
    for g in range(model.SubgraphsLength()):
        graph = model.Subgraphs(g)
        for i in range(graph.TensorsLength()):
            tensor = graph.Tensors(i)
            params = tensor.Quantization()
            if params is None or params.QuantizedDimension() < max(1, tensor.ShapeLength()):
                continue
            table = params._tab  # pylint: disable=protected-access
            at = table.Pos + table.Offset(QUANTIZED_DIMENSION_SLOT)
            patched[at : at + 4] = bytes(4)
    return bytes(patched)


class Rewriter:
    """A TFLite model whose custom operators become builtin ones."""

    def __init__(self, raw: bytes) -> None:
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(raw, 0))
        self.graph = self.model.subgraphs[0]

    def code(self, builtin: int, version: int) -> int:
        """The index of an operator."""
        code = schema.OperatorCodeT()
        code.builtinCode, code.version = builtin, version
        code.deprecatedBuiltinCode = min(builtin, 127)
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def tensor(self, kind: int, shape: list[int], values: np.ndarray | None) -> int:
        """The index of a new tensor."""
        buffer = schema.BufferT()
        if values is not None:
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        tensor = schema.TensorT()
        tensor.name, tensor.type = f"added{len(self.graph.tensors)}", kind
        tensor.shape = np.asarray(shape, np.int32)
        tensor.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, value: float) -> int:
        """The index of a new float."""
        return self.tensor(schema.TensorType.FLOAT32, [], np.asarray(value, np.float32))

    def sign(self, op: Any) -> list[Any]:
        """Bsign: 1 from zero on, else -1."""
        is_positive = self.tensor(
            schema.TensorType.BOOL, list(self.graph.tensors[op.inputs[0]].shape), None
        )
        compare, choose = schema.OperatorT(), schema.OperatorT()
        compare.opcodeIndex = self.code(schema.BuiltinOperator.GREATER_EQUAL, 1)
        compare.inputs = [op.inputs[0], self.constant(0.0)]
        compare.outputs = [is_positive]
        choose.opcodeIndex = self.code(schema.BuiltinOperator.SELECT_V2, 1)
        choose.inputs = [is_positive, self.constant(1.0), self.constant(-1.0)]
        choose.outputs = op.outputs
        return [compare, choose]

    def deconvolution(self, op: Any) -> list[Any]:
        """Convolution2DTransposeBias: a transposed convolution, and a bias."""
        padding, stride_w, stride_h = struct.unpack_from("<iii", bytes(op.customOptions))
        shape = np.asarray(self.graph.tensors[op.outputs[0]].shape, np.int32)
        options = schema.TransposeConvOptionsT()
        options.padding = padding - 1  # the engine's own numbers begin with "unknown"
        options.strideW, options.strideH = stride_w, stride_h
        new = schema.OperatorT()
        new.opcodeIndex = self.code(schema.BuiltinOperator.TRANSPOSE_CONV, TRANSPOSE_CONV_WITH_BIAS)
        size = self.tensor(schema.TensorType.INT32, [4], shape)
        new.inputs = [size, op.inputs[1], op.inputs[0], op.inputs[2]]
        new.outputs = op.outputs
        new.builtinOptionsType = schema.BuiltinOptions.TransposeConvOptions
        new.builtinOptions = options
        return [new]

    def rewritten(self) -> bytes:
        """The whole model."""
        known = {b"Bsign": self.sign, b"Convolution2DTransposeBias": self.deconvolution}
        operators = []
        for op in self.graph.operators:
            name = self.model.operatorCodes[op.opcodeIndex].customCode
            operators += known[name](op) if name in known else [op]
        self.graph.operators = operators
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def litert(raw: bytes) -> Session:
    """A session of LiteRT."""
    interpreter = Interpreter(
        model_content=with_known_dimensions(raw),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    sources = {detail["name"]: detail["index"] for detail in interpreter.get_input_details()}
    sinks = interpreter.get_output_details()
    stems = file_stems([detail["name"] for detail in sinks])
    shapes: dict[str, tuple[int, ...]] = {}

    def run(feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        named = {name or next(iter(sources)): tensor for name, tensor in feeds.items()}
        new_shapes = {name: tensor.shape for name, tensor in named.items()}
        if new_shapes != shapes:
            for detail in interpreter.get_input_details():
                if tuple(detail["shape"]) != named[detail["name"]].shape:
                    interpreter.resize_tensor_input(detail["index"], named[detail["name"]].shape)
            interpreter.allocate_tensors()
            shapes.update(new_shapes)
        for name, tensor in named.items():
            interpreter.set_tensor(sources[name], tensor)
        interpreter.invoke()
        found = [np.array(interpreter.get_tensor(sink["index"])) for sink in sinks]
        return dict(zip(stems, found))

    return run


def with_comparisons(raw: bytes) -> bytes:
    """A copy whose BipolarQuant(x, scale) is scale from zero on, else -scale."""
    model = onnx.load_model_from_string(raw)
    zero = onnx.numpy_helper.from_array(np.zeros((), np.float32), "bipolar_zero")
    model.graph.initializer.append(zero)
    nodes = []
    for node in model.graph.node:
        if node.op_type != "BipolarQuant":
            nodes.append(node)
            continue
        x, scale, y = *node.input, node.output[0]
        nodes += [
            onnx.helper.make_node("Less", [x, zero.name], [f"{y}/is_less"]),
            onnx.helper.make_node("Neg", [scale], [f"{y}/minus"]),
            onnx.helper.make_node("Where", [f"{y}/is_less", f"{y}/minus", scale], [y]),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model.SerializeToString()


def ort(raw: bytes) -> Session:
    """A session of ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    # Initializers are inputs too in old files; they follow the one that matters.
    first = session.get_inputs()[0].name
    stems = file_stems([sink.name for sink in session.get_outputs()])

    def run(feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        named = {name or first: tensor for name, tensor in feeds.items()}
        return dict(zip(stems, session.run(None, named)))

    return run


def tflm(raw: bytes) -> Session:
    """A session of TensorFlow Lite Micro, for a model of one input and one output."""
    # pylint: disable=import-outside-toplevel
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(raw)
    graph = schema.Model.GetRootAs(raw, 0).Subgraphs(0)
    (stem,) = file_stems([graph.Tensors(graph.Outputs(0)).Name().decode()])

    def run(feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        (tensor,) = feeds.values()
        interpreter.set_input(tensor, 0)
        interpreter.invoke()
        return {stem: np.array(interpreter.get_output(0))}

    return run


ENGINES: dict[str, Callable[[bytes], Session]] = {
    "litert": litert,
    "litert_builtin": lambda raw: litert(Rewriter(raw).rewritten()),
    "ort": ort,
    "ort_sign": lambda raw: ort(with_comparisons(raw)),
    "tflm": tflm,
}


def last_step_tflite(raw: bytes) -> dict[str, float]:
    """The step of the last quantizer in front of each output of a TFLite model that has one."""
    model = schema.Model.GetRootAs(raw, 0)
    graph = model.Subgraphs(0)
    scales = {}
    for i in range(graph.OperatorsLength()):
        op = graph.Operators(i)
        code = model.OperatorCodes(op.OpcodeIndex())
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())  # old files have the latter
        if builtin == schema.BuiltinOperator.DEQUANTIZE:
            source = graph.Tensors(op.Inputs(0)).Quantization()
            scales[op.Outputs(0)] = float(source.Scale(0))
    sinks = [graph.Outputs(i) for i in range(graph.OutputsLength())]
    stems = file_stems([graph.Tensors(i).Name().decode() for i in sinks])
    return {stem: scales[i] for stem, i in zip(stems, sinks) if i in scales}


def last_step_onnx(raw: bytes) -> dict[str, float]:
    """The same of an ONNX model."""
    graph = onnx.load_model_from_string(raw).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
    scales = {
        node.output[0]: float(np.max(constants[node.input[1]]))
        for node in graph.node
        if node.op_type == "DequantizeLinear" and node.input[1] in constants
    }
    names = [sink.name for sink in graph.output]
    stems = file_stems(names)
    return {stem: scales[name] for stem, name in zip(stems, names) if name in scales}


def last_steps(file: str, raw: bytes) -> dict[str, float]:
    """The step of the last quantizer in front of each output that has one."""
    return last_step_onnx(raw) if file.endswith(".onnx") else last_step_tflite(raw)
