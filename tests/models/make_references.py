#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make references.csv and imagenet_top1.csv with LiteRT and ONNX Runtime.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements.txt
    /tmp/venv/bin/python make_references.py HONE SHARED

The engines are fed the very tensors that ``hone run --save-input`` writes: they judge the
arithmetic, while a digest of the tensor tells the tests when reading pictures changed. Run this
again after such a change, or for a new row in spine_models.py.

references.csv has a row for each model and input. ``answer`` is a digest of an integer
output, or ``INDEX:VALUE`` at sixteen places of a float one, behind its least and greatest value.
``top`` lists the best class and all that tie with it.

imagenet_top1.csv lists for 500 pictures the best classes of three models, behind which stands
the digest of an integer output.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from pathlib import Path
from typing import Callable

import flatbuffers
import numpy as np
import onnxruntime
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from hone_arrays import Array, Hone, top_classes
from imagenet import IMAGENET_COLUMNS, IMAGENET_FILE
from compare_outputs import REFERENCES_COLUMNS, REFERENCES_FILE
from spine_models import MODELS, N_INPUTS, Data, Model, imagenet_all, model_of

N_SAMPLES = 16
HERE = Path(__file__).resolve().parent
QUANTIZED_DIMENSION_SLOT = 16  # of QuantizationParameters in its vtable

Engine = Callable[[np.ndarray], np.ndarray]


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


def with_float_weights(raw: bytes) -> bytes:
    """A copy whose int8 constants are expanded to float32."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(raw, 0))
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if tensor.type != schema.TensorType.INT8 or data is None:
            continue
        params = tensor.quantization
        along = [1] * len(tensor.shape)
        if len(params.scale) > 1:
            along[params.quantizedDimension] = len(params.scale)
        scale = np.asarray(params.scale, np.float32).reshape(along)
        zero = np.asarray(params.zeroPoint, np.float32).reshape(along)
        steps = np.asarray(data, np.uint8).view(np.int8).reshape(tensor.shape)
        expanded = (steps.astype(np.float32) - zero) * scale
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(expanded.astype("<f4").tobytes(), np.uint8)
        model.buffers.append(buffer)
        tensor.buffer = len(model.buffers) - 1
        tensor.type = schema.TensorType.FLOAT32
        tensor.quantization = None
    builder = flatbuffers.Builder(len(raw) * 4)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def litert(raw: bytes, kernels: OpResolverType = OpResolverType.BUILTIN_REF) -> Engine:
    """LiteRT on a model of one input and one output."""
    interpreter = Interpreter(
        model_content=with_known_dimensions(raw),
        experimental_op_resolver_type=kernels,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    sink = interpreter.get_output_details()[0]
    if tuple(source["shape"]) != tuple(abs(source["shape_signature"])):
        raise ValueError("free dimensions are 1 here")

    def run(tensor: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(source["index"], tensor)
        interpreter.invoke()
        return interpreter.get_tensor(sink["index"])

    return run


def ort(raw: bytes) -> Engine:
    """ONNX Runtime without optimisation on a model of one input and one output."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    # Initializers are inputs too in old files; they follow the one that matters.
    name = session.get_inputs()[0].name
    return lambda tensor: session.run(None, {name: tensor})[0]


ENGINES: dict[str, Callable[[bytes], Engine]] = {
    "litert": litert,
    "litert_fast": lambda raw: litert(raw, OpResolverType.BUILTIN),
    "litert_f32": lambda raw: litert(with_float_weights(raw)),
    "ort": ort,
}


def as_numpy(array: Array) -> np.ndarray:
    """An array of the command as numpy's."""
    return np.frombuffer(array.data, array.kind).reshape(array.shape)


def as_array(tensor: np.ndarray) -> Array:
    """The other way."""
    tensor = np.ascontiguousarray(tensor)
    return Array(tensor.dtype.str, tensor.shape, tensor.tobytes())


def answer_cell(name: str, output: Array) -> str:
    """What references.csv keeps of an output."""
    if not output.is_float:
        return output.digest()
    values = output.values()
    count = min(N_SAMPLES, len(values))
    places = sorted(random.Random(name).sample(range(len(values)), count))
    samples = [f"{i}:{values[i]:.9g}" for i in places]
    return " ".join([f"{min(values):.9g}", f"{max(values):.9g}", *samples])


def classes_cell(output: Array) -> str:
    """The best classes of an output."""
    return " ".join(map(str, top_classes(output.values())))


def largest_difference(a: Array, b: Array) -> float:
    """Of two outputs, in units of the range of the second."""
    x, y = as_numpy(a).astype(np.float64), as_numpy(b).astype(np.float64)
    return float(np.abs(x - y).max() / (np.ptp(y) or 1.0))


def reference_rows(hone: Hone, data: Data, model: Model) -> list[list[str]]:
    """The rows of a model in references.csv; prints how far the command is off already."""
    path = model.path(data)
    arrays = hone.run(path, model.inputs(data), model.options, with_inputs=True)
    if len(arrays) != N_INPUTS:
        raise ValueError(f"{model.file}: {len(arrays)} inputs instead of {N_INPUTS}")
    rows: list[list[str]] = []
    for engine in (model.engine, *model.others):
        run = ENGINES[engine](path.read_bytes())
        worst = 0.0
        n_equal = n_same_top = 0
        for name, (fed, answer) in arrays.items():
            assert fed is not None
            output = as_array(run(as_numpy(fed)))
            worst = max(worst, largest_difference(answer, output))
            n_equal += answer.data == output.data
            n_same_top += top_classes(answer.values())[0] in top_classes(output.values())
            cells = [answer_cell(f"{model.file}/{name}", output), classes_cell(output)]
            if engine == model.engine:
                rows.append([model.file, engine, name, fed.digest(), *cells])
        print(
            f"{model.file:31} {engine:11} {len(arrays)} inputs, {n_equal} equal in every byte, "
            f"{n_same_top} in the best class, largest difference {worst:.2g} of the range"
        )
    return rows


def imagenet_rows(hone: Hone, data: Data) -> list[list[str]]:
    """The rows of imagenet_top1.csv."""
    files = imagenet_all(data)
    rows = [[file.name] for file in files]
    for column in IMAGENET_COLUMNS:
        model = model_of(column)
        path = model.path(data)
        run = ENGINES[model.engine](path.read_bytes())
        n_equal = n_same_top = 0
        for row, file in zip(rows, files):  # one at a time, since the inputs are large
            (fed, answer), = hone.run(path, [file], model.options, with_inputs=True).values()
            assert fed is not None
            output = as_array(run(as_numpy(fed)))
            row.append(classes_cell(output))
            if not output.is_float:
                row[-1] += f"/{output.digest()}"
            n_equal += answer.data == output.data
            n_same_top += top_classes(answer.values()) == top_classes(output.values())
        print(
            f"{column:31} {model.engine:11} {len(files)} pictures, {n_equal} equal in every byte, "
            f"{n_same_top} with the same best classes",
            flush=True,
        )
    return rows


def write_table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a table as CSV."""
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Make the references of the models' tests.")
    parser.add_argument("hone", type=Path, help="the command")
    parser.add_argument("shared", type=Path, help="the data beside the repository")
    parser.add_argument("--only", choices=("references", "imagenet"), help="one of the two tables")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        hone = Hone(arguments.hone, Path(name))
        data = Data(arguments.shared, Path(name, "inputs"))
        if arguments.only != "imagenet":
            rows = [row for model in MODELS for row in reference_rows(hone, data, model)]
            write_table(HERE / REFERENCES_FILE, REFERENCES_COLUMNS, rows)
        if arguments.only != "references":
            header = ["picture", *IMAGENET_COLUMNS]
            write_table(HERE / IMAGENET_FILE, header, imagenet_rows(hone, data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
