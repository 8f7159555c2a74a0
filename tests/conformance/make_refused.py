#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/tflite_ops/onnx_refused.cases: malformed ONNX nodes that ONNX Runtime refuses.

    make_refused.py [--list]

The first vector of each operator and number of operands of the onnx package is changed: an operand
gone, empty, one more, one of another type, rank or extent; an attribute of another kind, length or
value, one that must be there gone (what the standard leaves out, ONNX Runtime's kernels may still
want), one that nobody knows; an output more, twice, or of another type or rank than is said; the
model's opset older; some of it once more behind other nodes. What ONNX Runtime refuses when it
makes a session (not for want of a kernel) is kept; hone must refuse it at load. Development only:
needs onnx, onnxruntime, numpy and the packages of make_lite_cases.py, whose archive this is.
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
from onnx import AttributeProto, ModelProto, TensorProto, helper
from onnx.backend.test.loader import load_model_tests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tflite_ops"))
from lite_archive import REFUSED, write_archive  # noqa: E402

FAR = 99

Change = Callable[[ModelProto], bool]
Edit = Callable[[AttributeProto], bool]


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


def far(sign: int) -> Edit:
    def edit(a: AttributeProto) -> bool:
        if a.type == AttributeProto.INT:
            a.i = sign * FAR
        elif a.type == AttributeProto.INTS and len(a.ints) > 0:
            a.ints[0] = sign * FAR
        elif a.type == AttributeProto.STRING:
            a.s = b"far"
        else:
            return False
        return True

    return edit


def zero(a: AttributeProto) -> bool:
    if a.type == AttributeProto.INT:
        a.i = 0
    elif a.type == AttributeProto.INTS and len(a.ints) > 0:
        a.ints[0] = 0
    else:
        return False
    return True


def longer(a: AttributeProto) -> bool:
    if a.type != AttributeProto.INTS:
        return False
    a.ints.append(1)
    return True


def shorter(a: AttributeProto) -> bool:
    if len(a.ints) == 0:
        return False
    del a.ints[-1]
    return True


def last_far(a: AttributeProto) -> bool:
    if len(a.ints) < 2:
        return False
    a.ints[-1] = -FAR
    return True


def other_kind(a: AttributeProto) -> bool:
    value = "text" if a.type != AttributeProto.STRING else 1
    a.CopyFrom(helper.make_attribute(a.name, value))
    return True


EDITS: dict[str, Edit] = {
    "attr_far": far(1),
    "attr_near": far(-1),
    "attr_zero": zero,
    "attr_long": longer,
    "attr_short": shorter,
    "attr_end": last_far,
    "attr_kind": other_kind,
}


def on_attribute(k: int, edit: Edit) -> Change:
    def change(m: ModelProto) -> bool:
        attributes = m.graph.node[0].attribute
        return k < len(attributes) and edit(attributes[k])

    return change


def no_attribute(k: int) -> Change:
    def change(m: ModelProto) -> bool:
        node = m.graph.node[0]
        schema = onnx.defs.get_schema(node.op_type, domain=node.domain)
        must = [name for name, a in schema.attributes.items() if a.required]
        if k >= len(node.attribute) or node.attribute[k].name not in must:
            return False
        del node.attribute[k]
        return True

    return change


def unknown_attribute(m: ModelProto) -> bool:
    m.graph.node[0].attribute.append(helper.make_attribute("nobody_knows", 1))
    return True


def no_operand(k: int) -> Change:
    """The operand's name is empty."""

    def change(m: ModelProto) -> bool:
        names = m.graph.node[0].input
        if k >= len(names) or names[k] == "":
            return False
        names[k] = ""
        return True

    return change


def near_type(k: int) -> Change:
    """A type of the same sort but another width."""
    near = {
        TensorProto.FLOAT: TensorProto.DOUBLE,
        TensorProto.DOUBLE: TensorProto.FLOAT,
        TensorProto.FLOAT16: TensorProto.FLOAT,
        TensorProto.INT64: TensorProto.INT16,
        TensorProto.INT32: TensorProto.INT16,
        TensorProto.INT8: TensorProto.UINT8,
        TensorProto.UINT8: TensorProto.INT8,
        TensorProto.BOOL: TensorProto.UINT8,
    }

    def change(m: ModelProto) -> bool:
        value = input_of(m, k)
        if value is None or value.type.tensor_type.elem_type not in near:
            return False
        value.type.tensor_type.elem_type = near[value.type.tensor_type.elem_type]
        return True

    return change


def longer_shape(k: int, at: int) -> Change:
    """Another extent of the first or last dimension."""

    def change(m: ModelProto) -> bool:
        value = input_of(m, k)
        if value is None or len(value.type.tensor_type.shape.dim) == 0:
            return False
        value.type.tensor_type.shape.dim[at].dim_value += 1
        return True

    return change


def other_output(elem_type: int) -> Change:
    """The file says another type of the first output."""

    def change(m: ModelProto) -> bool:
        kind = m.graph.output[0].type
        if not kind.HasField("tensor_type") or kind.tensor_type.elem_type == elem_type:
            return False
        kind.tensor_type.elem_type = elem_type
        return True

    return change


def output_rank(m: ModelProto) -> bool:
    """The file says another rank of the first output."""
    kind = m.graph.output[0].type
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return False
    kind.tensor_type.shape.dim.add().dim_value = 2
    return True


def output_twice(m: ModelProto) -> bool:
    names = m.graph.node[0].output
    if len(names) < 2:
        return False
    names[-1] = names[0]
    return True


def behind(change: Change) -> Change:
    """The same of operands that other nodes compute."""

    def both(m: ModelProto) -> bool:
        if not change(m):
            return False
        inputs = [v.name for v in m.graph.input if v.type.HasField("tensor_type")]
        node = copy.deepcopy(m.graph.node[0])
        taken = [name for name in dict.fromkeys(node.input) if name in inputs]
        for i, name in enumerate(node.input):
            if name in taken:
                node.input[i] = name + "_same"
        copies = [helper.make_node("Identity", [name], [name + "_same"]) for name in taken]
        del m.graph.node[:]
        m.graph.node.extend([*copies, node])
        return True

    return both


def older(version: int) -> Change:
    """The form of today in a model of an older opset."""

    def change(m: ModelProto) -> bool:
        for opset in m.opset_import:
            if opset.domain == "" and opset.version > version:
                opset.version = version
                return True
        return False

    return change


CHANGES: dict[str, Change] = (
    {
        "operand_gone": drop_operand,
        "operand_more": add_operand,
        "output_more": add_output,
        "output_f64": other_output(TensorProto.DOUBLE),
        "output_s8": other_output(TensorProto.INT8),
        "output_rank": output_rank,
        "output_twice": output_twice,
        "attr_unknown": unknown_attribute,
    }
    | {
        f"{name}_{k}": change
        for k in range(3)
        for name, change in (
            ("type", other_type(k)),
            ("behind_type", behind(other_type(k))),
            ("scalar", other_shape(k, [])),
            ("behind_scalar", behind(other_shape(k, []))),
            ("rank_2", other_shape(k, [11, 13])),
            ("behind_rank_2", behind(other_shape(k, [11, 13]))),
            ("rank_5", other_shape(k, [3, 1, 2, 1, 7])),
        )
    }
    | {
        f"{name}_{k}": change
        for k in range(8)
        for name, change in (
            ("near", near_type(k)),
            ("behind_near", behind(near_type(k))),
            ("first", longer_shape(k, 0)),
            ("last", longer_shape(k, -1)),
            ("empty", no_operand(k)),
            ("attr_gone", no_attribute(k)),
        )
    }
    | {f"{name}_{k}": on_attribute(k, edit) for k in range(8) for name, edit in EDITS.items()}
    | {f"opset_{v}": older(v) for v in (6, 9, 11, 13, 17)}
)


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
