#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/tflite_ops/onnx_refused.cases: malformed ONNX nodes that ONNX Runtime refuses.

    make_refused.py [--list]

The first vector of each operator and number of operands of the onnx package is changed: an operand
gone, one more, one of another type or rank, an attribute of another kind or far outside of what it
can be, an output more. What ONNX Runtime refuses when it makes a session (not for want of a kernel)
is kept; hone must refuse it at load. Development only: needs onnx, onnxruntime,
numpy and the packages of make_lite_cases.py, whose archive this is.
"""

from __future__ import annotations

import copy
import os
import struct
import sys
from typing import Callable, Iterator

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, TensorProto, helper
from onnx.backend.test.loader import load_model_tests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tflite_ops"))
from lite_archive import REFUSED, write_archive  # noqa: E402

FAR = 99

Change = Callable[[ModelProto], bool]


def drop_operand(m: ModelProto) -> bool:
    node = m.graph.node[0]
    if not node.input:
        return False
    del node.input[-1]
    return True


def add_operand(m: ModelProto) -> bool:
    m.graph.node[0].input.append(m.graph.node[0].input[0] if m.graph.node[0].input else "none")
    return True


def add_output(m: ModelProto) -> bool:
    m.graph.node[0].output.append("one_more")
    return True


def input_of(m: ModelProto, k: int) -> onnx.ValueInfoProto | None:
    names = m.graph.node[0].input
    for value in m.graph.input:
        if k < len(names) and value.name == names[k] and value.type.HasField("tensor_type"):
            return value
    return None


def other_type(k: int) -> Change:
    def change(m: ModelProto) -> bool:
        value = input_of(m, k)
        if value is None:
            return False
        kind = value.type.tensor_type
        is_float = kind.elem_type == TensorProto.FLOAT
        kind.elem_type = TensorProto.INT32 if is_float else TensorProto.FLOAT
        return True

    return change


def other_shape(k: int, shape: list[int]) -> Change:
    def change(m: ModelProto) -> bool:
        value = input_of(m, k)
        if value is None or not value.type.tensor_type.HasField("shape"):
            return False
        del value.type.tensor_type.shape.dim[:]
        for d in shape:
            value.type.tensor_type.shape.dim.add().dim_value = d
        return True

    return change


def far_attribute(k: int, sign: int) -> Change:
    def change(m: ModelProto) -> bool:
        attributes = m.graph.node[0].attribute
        if k >= len(attributes):
            return False
        a = attributes[k]
        if a.type == onnx.AttributeProto.INT:
            a.i = sign * FAR
        elif a.type == onnx.AttributeProto.INTS and len(a.ints) > 0:
            a.ints[0] = sign * FAR
        elif a.type == onnx.AttributeProto.STRING:
            a.s = b"far"
        else:
            return False
        return True

    return change


def longer_attribute(k: int) -> Change:
    def change(m: ModelProto) -> bool:
        attributes = m.graph.node[0].attribute
        if k >= len(attributes) or attributes[k].type != onnx.AttributeProto.INTS:
            return False
        attributes[k].ints.append(1)
        return True

    return change


def other_kind(k: int) -> Change:
    def change(m: ModelProto) -> bool:
        attributes = m.graph.node[0].attribute
        if k >= len(attributes):
            return False
        a = attributes[k]
        value = "text" if a.type != onnx.AttributeProto.STRING else 1
        a.CopyFrom(helper.make_attribute(a.name, value))
        return True

    return change


CHANGES: dict[str, Change] = {
    "operand_gone": drop_operand,
    "operand_more": add_operand,
    "output_more": add_output,
} | {
    f"{name}_{k}": change
    for k in range(3)
    for name, change in (
        ("type", other_type(k)),
        ("scalar", other_shape(k, [])),
        ("rank_2", other_shape(k, [11, 13])),
        ("rank_5", other_shape(k, [3, 1, 2, 1, 7])),
        ("attr_far", far_attribute(k, 1)),
        ("attr_near", far_attribute(k, -1)),
        ("attr_long", longer_attribute(k)),
        ("attr_kind", other_kind(k)),
    )
}


def first_models() -> Iterator[tuple[str, ModelProto]]:
    """The first vector of each operator and number of operands."""
    seen: set[str] = set()
    for case in load_model_tests(kind="node"):
        m = case.model
        if m is None or len(m.graph.node) != 1 or m.graph.node[0].domain not in ("", "ai.onnx.ml"):
            continue
        key = f"{m.graph.node[0].op_type}_{len(m.graph.node[0].input)}"
        if key not in seen:
            seen.add(key)
            yield key, m


def why_refused(m: ModelProto) -> str:
    """What ONNX Runtime says of it; "" where it makes a session or has no kernel."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(m.SerializeToString(), options)
    except Exception as e:  # noqa: BLE001 (its exceptions have no common type)
        text = " ".join(str(e).split())
        is_for_want = "NOT_IMPLEMENTED" in text or "opset" in text or "ir_version" in text
        return "" if is_for_want else text
    return ""


def pack(name: str, m: ModelProto) -> bytes:
    file = m.SerializeToString()
    head = struct.pack("<H", len(name)) + name.encode() + struct.pack("<BB", REFUSED, 1)
    return head + struct.pack("<I", len(file)) + file + struct.pack("<HB", 0, 0)


def in_child(m: ModelProto) -> str:
    """In a process of its own: ONNX Runtime ends with some of what it does not check."""
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ends[1], why_refused(m).encode()[:2000])
        os._exit(0)
    os.close(ends[1])
    with os.fdopen(ends[0], "rb") as f:
        text = f.read().decode(errors="replace")
    return text if os.waitpid(child, 0)[1] == 0 else ""


def main() -> None:
    records = []
    for key, model in first_models():
        if why_refused(model):
            continue
        for name, change in CHANGES.items():
            m = copy.deepcopy(model)
            if not change(m):
                continue
            text = in_child(m)
            if not text:
                continue
            if "--list" in sys.argv:
                print(f"{key}_{name}: {text[:200]}", flush=True)
            records.append(pack(f"onnx_refused_{key}_{name}", m))
    path = os.path.join(HERE, "..", "tflite_ops", "onnx_refused.cases")
    print(len(records), "cases,", write_archive(path, records), "bytes")


if __name__ == "__main__":
    main()
