# SPDX-License-Identifier: Apache-2.0
"""Small TensorFlow Lite files by the schema: tensors, operators, and the bytes with places to fill.

Shapes of computed tensors are not stated by a case; the reference run finds them (set_shape).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Sequence

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lite_fill import BITS, FLOATS, HALVES, INTS, NUMPY, Fill, filled

TYPES = {
    "f32": "FLOAT32",
    "f16": "FLOAT16",
    "f64": "FLOAT64",
    "i8": "INT8",
    "u8": "UINT8",
    "i16": "INT16",
    "u16": "UINT16",
    "i32": "INT32",
    "u32": "UINT32",
    "i64": "INT64",
    "u64": "UINT64",
    "bool": "BOOL",
    "c64": "COMPLEX64",
    "i4": "INT4",
    "i2": "INT2",
    "u4": "UINT4",
    "bf16": "BFLOAT16",
    "string": "STRING",
    "resource": "RESOURCE",
}
ACTIVATIONS = {"": 0, "relu": 1, "relu_n1": 2, "relu6": 3, "tanh": 4}
SAME, VALID = 0, 1


@dataclass
class Quant:
    """Real = scale * (value - zero); lists and an axis where channels differ."""

    scale: Any
    zero: Any = 0
    axis: int = 0


@dataclass
class Tensor:
    """index: its number in the file; fill or data: its bytes, of a constant or an input."""

    index: int
    dtype: str
    shape: list[int]
    quant: Quant | None = None
    fill: Fill | None = None
    data: np.ndarray | bytes | None = None
    is_const: bool = False
    is_variable: bool = False
    signature: list[int] | None = None
    sparsity: Any = None

    def array(self, seed_add: int = 0) -> Any:
        """Its elements, for the run whose seeds are raised by seed_add."""
        if self.fill is None:
            return self.data
        fill = Fill(
            self.fill.kind, self.fill.seed + seed_add, self.fill.low, self.fill.high, self.fill.step
        )
        count = int(np.prod(self.shape)) if self.shape else 1
        if self.dtype == "i4":
            return filled(fill, "i4", (count + 1) // 2)
        return filled(fill, self.dtype, count).reshape(self.shape)


@dataclass
class Graph:
    """One subgraph."""

    tensors: list[Tensor] = field(default_factory=list)
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    ops: list[Any] = field(default_factory=list)


def camel(name: str) -> str:
    """keep_num_dims as the schema's objects spell it: keepNumDims."""
    return re.sub(r"_([a-z0-9])", lambda m: m.group(1).upper(), name)


class Model:
    """A file in the making. Methods give tensors; `op` adds an operator to the current subgraph."""

    def __init__(self, seed: int) -> None:
        self.graphs = [Graph()]
        self.at = 0
        self.codes: list[Any] = []
        self.seed = seed * 64
        self.runs = 1
        self.resolver = "ref"
        self.tolerance = 0.0
        self.steps = 0
        self.is_refused = False
        self.is_tried = False  # to be refused, where LiteRT does so
        self.is_random = False
        self.fails = False
        self.magnitude = 0.0

    @property
    def graph(self) -> Graph:
        return self.graphs[self.at]

    def subgraph(self) -> int:
        """A further subgraph, which becomes the current one; `self.at = 0` goes back."""
        self.graphs.append(Graph())
        self.at = len(self.graphs) - 1
        return self.at

    def next_seed(self) -> int:
        self.seed += 1
        return self.seed

    def tensor(
        self, dtype: str, shape: Sequence[int], quant: Quant | None = None, **more: Any
    ) -> Tensor:
        t = Tensor(len(self.graph.tensors), dtype, list(shape), quant, **more)
        self.graph.tensors.append(t)
        return t

    def seeded(self, dtype: str, low: float | None, high: float | None, step: float) -> Fill:
        """Reals in [-1, 1), integers over the whole of 8 bits or in [-100, 100], unless told."""
        seed = self.next_seed()
        if dtype == "f16":
            return Fill(HALVES, seed)
        if dtype == "i4" or (dtype == "bf16"):
            return Fill(BITS, seed)
        if dtype in ("f32", "f64", "c64") and step == 0:
            return Fill(FLOATS, seed, -1 if low is None else low, 1 if high is None else high)
        ranges = {"i8": (-128, 127), "u8": (0, 255), "bool": (0, 1), "i16": (-30000, 30000)}
        least, most = ranges.get(dtype, (0 if dtype[0] == "u" else -100, 100))
        return Fill(
            INTS, seed, least if low is None else low, most if high is None else high, step or 1
        )

    def input(
        self,
        dtype: str,
        shape: Sequence[int],
        quant: Quant | None = None,
        low: float | None = None,
        high: float | None = None,
        step: float = 0,
        free: Sequence[int] = (),
        data: Any = None,
    ) -> Tensor:
        """free: the dimensions that the file leaves open."""
        t = self.tensor(dtype, shape, quant)
        if data is not None:
            t.data = np.asarray(data, NUMPY[dtype]).reshape(shape) if dtype != "string" else data
        else:
            t.fill = self.seeded(dtype, low, high, step)
        if free:
            t.signature = [-1 if i in free else d for i, d in enumerate(shape)]
        self.graph.inputs.append(t)
        return t

    def const(
        self,
        dtype: str,
        shape: Sequence[int],
        quant: Quant | None = None,
        low: float | None = None,
        high: float | None = None,
        step: float = 0,
        data: Any = None,
    ) -> Tensor:
        t = self.tensor(dtype, shape, quant, is_const=True)
        if data is None:
            t.fill = self.seeded(dtype, low, high, step)
        elif dtype == "string" or isinstance(data, bytes):
            t.data = data
        else:
            t.data = np.asarray(data, NUMPY[dtype]).reshape(shape)
        return t

    def ints(self, values: Sequence[int] | int, dtype: str = "i32") -> Tensor:
        """A constant of these numbers; a single number is a scalar."""
        a = np.asarray(values, NUMPY[dtype])
        return self.const(dtype, a.shape, data=a)

    def given(self, values: Any, dtype: str = "i32") -> Tensor:
        """The same as an input."""
        a = np.asarray(values, NUMPY[dtype])
        return self.input(dtype, a.shape, data=a)

    def between(self, dtype: str, quant: Quant | None = None, shape: Sequence[int] = ()) -> Tensor:
        """A tensor that an operator computes."""
        return self.tensor(dtype, shape, quant)

    def out(self, dtype: str, quant: Quant | None = None) -> Tensor:
        t = self.between(dtype, quant)
        self.graph.outputs.append(t)
        return t

    def op(
        self,
        name: str,
        inputs: Sequence[Tensor | None],
        outputs: Sequence[Tensor],
        options: str = "",
        /,
        version: int = 1,
        custom: bytes | None = None,
        intermediates: Sequence[Tensor] = (),
        **fields: Any,
    ) -> None:
        """options: the name in the schema without `Options`; its fields follow as `snake_case`."""
        o = schema.OperatorT()
        o.opcodeIndex = self.code(name, version)
        o.inputs = [-1 if t is None else t.index for t in inputs]
        o.outputs = [t.index for t in outputs]
        if intermediates:
            o.intermediates = [t.index for t in intermediates]
        if options:
            table = getattr(schema, options + "OptionsT")()
            for key, value in fields.items():
                spelled = camel(key)
                if not hasattr(table, spelled):
                    raise KeyError(f"{options}.{key}")
                setattr(table, spelled, value)
            if hasattr(schema.BuiltinOptions, options + "Options"):
                o.builtinOptionsType = getattr(schema.BuiltinOptions, options + "Options")
                o.builtinOptions = table
            else:
                o.builtinOptions2Type = getattr(schema.BuiltinOptions2, options + "Options")
                o.builtinOptions2 = table
        if custom is not None:
            o.customOptions = np.frombuffer(custom, np.uint8)
        self.graph.ops.append(o)

    def code(self, name: str, version: int) -> int:
        c = schema.OperatorCodeT()
        if name.startswith("custom:"):
            c.customCode = name[7:]
            name = "CUSTOM"
        c.builtinCode = getattr(schema.BuiltinOperator, name)
        c.deprecatedBuiltinCode = min(c.builtinCode, 127)
        c.version = version
        self.codes.append(c)
        return len(self.codes) - 1

    # ---- bytes ----

    def pack(self) -> tuple[bytes, list[tuple[int, int, Tensor]]]:
        """The file, and (offset, bytes, tensor) for each constant that a fill makes."""
        model = schema.ModelT()
        model.version = 3
        model.operatorCodes = self.codes
        model.buffers = [schema.BufferT()]
        model.subgraphs = []
        owners: list[tuple[int, Tensor]] = []
        for number, graph in enumerate(self.graphs):
            model.subgraphs.append(self.pack_graph(graph, number, model.buffers, owners))
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        data = bytes(builder.Output())
        read = schema.Model.GetRootAs(data, 0)
        places = []
        for number, t in owners:
            buffer = read.Buffers(number)
            start = buffer._tab.Vector(buffer._tab.Offset(4))
            places.append((start, buffer.DataLength(), t))
        return data, places

    def pack_graph(self, graph: Graph, number: int, buffers: list[Any], owners: list[Any]) -> Any:
        g = schema.SubGraphT()
        g.name = "g%d" % number
        g.inputs = [t.index for t in graph.inputs]
        g.outputs = [t.index for t in graph.outputs]
        g.operators = graph.ops
        g.tensors = []
        for t in graph.tensors:
            x = schema.TensorT()
            x.name = "t%d" % t.index
            x.shape = t.shape
            x.shapeSignature = t.signature
            x.type = getattr(schema.TensorType, TYPES[t.dtype])
            x.isVariable = t.is_variable
            x.buffer = 0
            x.sparsity = t.sparsity
            if t.is_const:
                b = schema.BufferT()
                raw = t.array() if t.fill is not None else t.data
                b.data = np.frombuffer(
                    raw if isinstance(raw, bytes) else np.ascontiguousarray(raw).tobytes(), np.uint8
                )
                buffers.append(b)
                x.buffer = len(buffers) - 1
                if t.fill is not None and len(b.data) > 0:
                    owners.append((x.buffer, t))
            if t.quant is not None:
                q = schema.QuantizationParametersT()
                q.scale = [float(v) for v in np.atleast_1d(t.quant.scale)]
                zeros = np.atleast_1d(t.quant.zero)
                q.zeroPoint = [
                    int(v)
                    for v in (
                        zeros if len(zeros) == len(q.scale) else np.repeat(zeros, len(q.scale))
                    )
                ]
                q.quantizedDimension = t.quant.axis
                x.quantization = q
            g.tensors.append(x)
        return g
