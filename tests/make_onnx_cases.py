#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small ONNX files of tests/data/onnx that tests/unit/test_onnx_read.c reads.

The files are committed; this script is only needed to change them. It wants the packages onnx and
numpy. Broken files are made by hand, because the onnx package checks what it writes.
"""
import os
import struct
import sys

import numpy as np
from onnx import AttributeProto, TensorProto, ValueInfoProto, helper, numpy_helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "onnx")
F32 = TensorProto.FLOAT
BOOL = TensorProto.BOOL


def info(name, shape=("n",), dtype=F32):
    return helper.make_tensor_value_info(name, dtype, shape)


def const(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype), name)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, name="n_" + outputs[0], **attributes)


def save(name, graph, opset=17, **model):
    opsets = [helper.make_opsetid("", opset)]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="cases", **model)
    save_bytes(name, proto.SerializeToString())


def save_bytes(name, data):
    if len(data) > 2048:
        sys.exit("%s: %d bytes" % (name, len(data)))
    with open(os.path.join(FOLDER, name + ".onnx"), "wb") as f:
        f.write(data)


def graph(nodes, inputs, outputs, initializers=(), name="g"):
    return helper.make_graph(list(nodes), name, list(inputs), list(outputs), list(initializers))


def make_if(cond, then_graph, else_graph, output):
    """An If whose else branch stands first in the file, as exporters write it."""
    made = helper.make_node("If", [cond], [output], name="n_" + output)
    made.attribute.append(helper.make_attribute("else_branch", else_graph))
    made.attribute.append(helper.make_attribute("then_branch", then_graph))
    return made


def branches():
    # then: x + w (both from outside); else: h * k, where k is its own and h is computed outside.
    then_graph = graph([node("Add", ["x", "w"], ["t"])], [], [info("t")], name="then")
    else_graph = graph([node("Mul", ["h", "k"], ["e"])], [], [info("e")], [const("k", [3])], "else")
    nodes = [node("Relu", ["x"], ["h"]), make_if("c", then_graph, else_graph, "y")]
    save("if_captures", graph(nodes, [info("x"), info("c", (), BOOL)], [info("y")], [const("w", [2])]))


def nested():
    # The inner bodies read "x" from two levels out, and their outer body's own "m".
    inner_then = graph([node("Add", ["x", "m"], ["a"])], [], [info("a")])
    inner_else = graph([node("Sub", ["m", "x"], ["b"])], [], [info("b")])
    then_nodes = [node("Neg", ["w"], ["m"]), make_if("d", inner_then, inner_else, "t")]
    then_graph = graph(then_nodes, [], [info("t")])
    else_graph = graph([node("Identity", ["x"], ["e"])], [], [info("e")])
    inputs = [info("x"), info("c", (), BOOL), info("d", (), BOOL)]
    nodes = [make_if("c", then_graph, else_graph, "y")]
    save("if_nested", graph(nodes, inputs, [info("y")], [const("w", [2])]))


def deep(name, depth):
    body = graph([node("Identity", ["x"], ["y"])], [], [ValueInfoProto(name="y")])
    for _ in range(depth):
        made = helper.make_node("If", ["c"], ["y"])
        made.attribute.append(helper.make_attribute("then_branch", body))
        made.attribute.append(helper.make_attribute("else_branch", graph([], [], [])))
        body = graph([made], [], [ValueInfoProto(name="y")])
    body.input.extend([info("x"), info("c", (), BOOL)])
    save(name, body)


def order():
    forward = [node("Relu", ["x"], ["a"]), node("Neg", ["a"], ["b"]), node("Add", ["a", "b"], ["y"])]
    save("unsorted", graph(forward[::-1], [info("x")], [info("y")]))
    cycle = [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"])]
    save("cycle", graph(cycle, [info("x")], [info("b")]))
    save("undefined", graph([node("Add", ["x", "nowhere"], ["y"])], [info("x")], [info("y")]))
    twice = [node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])]
    save("defined_twice", graph(twice, [info("x")], [info("y")]))


def typed(name, dtype, dims, **fields):
    proto = TensorProto(name=name, data_type=dtype, dims=dims)
    for field, values in fields.items():
        if field == "raw_data":
            proto.raw_data = values
        else:
            getattr(proto, field).extend(values)
    return proto


def tensors():
    half = np.array([1, -2, 0.5], np.float16).view(np.uint16)
    brain = (np.array([1, -2, 0.5], np.float32).view(np.uint32) >> 16).astype(int)
    kinds = [
        typed("s4", TensorProto.INT4, [3], int32_data=[0xE1, 0x07]),  # 1, -2, 7
        typed("u4", TensorProto.UINT4, [2, 2], raw_data=bytes([0x21, 0xF3])),  # 1, 2, 3, 15
        typed("f16", TensorProto.FLOAT16, [3], int32_data=half.tolist()),
        typed("bf16", TensorProto.BFLOAT16, [3], int32_data=brain.tolist()),
        typed("s8", TensorProto.INT8, [2], int32_data=[-128, 127]),
        typed("bool", BOOL, [3], int32_data=[1, 0, 1]),
        typed("s32", TensorProto.INT32, [2], int32_data=[-2147483648, 5]),
        typed("s64", TensorProto.INT64, [2], int64_data=[-1, 1 << 40]),
        typed("u32", TensorProto.UINT32, [1], uint64_data=[4000000000]),
        typed("f64", TensorProto.DOUBLE, [], double_data=[0.25]),
        typed("f32", F32, [2], float_data=[1.5, -2.5]),
        typed("empty", F32, [0, 4]),
        typed("text", TensorProto.STRING, [2], string_data=[b"ab", b""]),
    ]
    save("tensors", graph([node("Relu", ["x"], ["y"])], [info("x")], [info("y")], kinds))


def unpacked():
    """Floats one by one, as writers of proto2 without packing leave them."""
    def field(number, data):
        return bytes([number << 3 | 2, len(data)]) + data

    floats = b"".join(bytes([4 << 3 | 5]) + struct.pack("<f", v) for v in (1.5, -2.5))
    tensor = bytes([1 << 3, 2, 2 << 3, 1]) + floats + field(8, b"w")
    parts = graph([node("Add", ["x", "w"], ["y"])], [info("x")], [info("y")]).SerializeToString()
    model = bytes([1 << 3, 8]) + field(8, bytes([2 << 3, 17])) + field(7, parts + field(5, tensor))
    save_bytes("unpacked", model)


def constants():
    nodes = [
        node("Constant", [], ["c_value"], value=const("", [[1, 2]])),
        node("Constant", [], ["c_float"], value_float=0.5),
        node("Constant", [], ["c_floats"], value_floats=[0.5, 1.5]),
        node("Constant", [], ["c_int"], value_int=-7),
        node("Constant", [], ["c_ints"], value_ints=[1, 2, 3]),
        node("Constant", [], ["c_string"], value_string="word"),
        node("Constant", [], ["c_strings"], value_strings=["a", "b"]),
        node("Add", ["x", "c_value"], ["y"]),
    ]
    save("constants", graph(nodes, [info("x")], [info("y")]))


def old_versions():
    nodes = [
        node("Clip", ["x"], ["a"], min=0.0),
        node("Pad", ["a"], ["b"], pads=[0, 1, 0, 2], value=1.5),
        node("Softmax", ["b"], ["c"]),
        helper.make_node("Dropout", ["c"], ["d", "mask"], name="n_d", ratio=0.5),
        node("Reshape", ["d", "shape"], ["e"]),
        node("ReduceSum", ["e"], ["f"], axes=[0], keepdims=0),
        node("Max", ["f", "f", "f"], ["g"]),
        node("Sum", ["g", "f"], ["y"]),
    ]
    shape = const("shape", [1, -1], np.int64)
    save("opset8", graph(nodes, [info("x", ("n", 4))], [info("y", ("m",))], [shape]), opset=8)


def new_versions():
    nodes = [
        helper.make_node("Conv", ["x", "w", ""], ["a"], name="n_a", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("Dropout", ["a", "half", "training"], ["b"]),
        node("Gemm", ["b", "w"], ["c"], transB=1, alpha=0.5),
        node("Reshape", ["c", "shape"], ["d"], allowzero=1),
        node("QuantizeLinear", ["d", "half"], ["e"]),
        node("DequantizeLinear", ["e", "half"], ["f"]),
        node("FancyGelu", ["f"], ["g"], domain="com.example", power=3),
        node("Erf", ["g"], ["h"]),
        node("MaxPool", ["h"], ["y", "indices"], kernel_shape=[2, 2]),
    ]
    initializers = [const("w", np.ones((1, 1, 2, 2))), const("half", 0.5), const("training", False, np.bool_),
                    const("shape", [1, 0], np.int64)]
    inputs = [info("x", ("batch", 1, None, 4)), info("w", (1, 1, 2, 2))]
    save("opset17", graph(nodes, inputs, [info("y"), info("indices", None, TensorProto.INT64)], initializers))


def kinds():
    sequence = helper.make_tensor_sequence_value_info("s", TensorProto.INT64, None)
    tensor = helper.make_tensor_type_proto(F32, None)
    optional = helper.make_value_info("o", helper.make_optional_type_proto(tensor))
    nodes = [node("SequenceLength", ["s"], ["y"]), node("OptionalHasElement", ["o"], ["z"])]
    outputs = [ValueInfoProto(name="y"), ValueInfoProto(name="z")]
    save("kinds", graph(nodes, [sequence, optional], outputs))


def external(name, entries, dims=(2,)):
    tensor = TensorProto(name="w", data_type=F32, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    save(name, graph([node("Add", ["x", "w"], ["y"])], [info("x")], [info("y")], [tensor]))


def externals():
    os.makedirs(os.path.join(FOLDER, "weights"), exist_ok=True)
    with open(os.path.join(FOLDER, "weights", "w.bin"), "wb") as f:
        f.write(struct.pack("<4f", 0.5, 1.5, 2.5, 3.5))
    external("external", {"location": "weights/w.bin", "offset": 4, "length": 8})
    external("external_beyond", {"location": "weights/w.bin", "offset": 12, "length": 8})
    external("external_overflow", {"location": "weights/w.bin", "offset": (1 << 64) - 4, "length": 8})
    external("external_length", {"location": "weights/w.bin", "offset": 0, "length": 4})
    external("external_parent", {"location": "../onnx/weights/w.bin"})
    external("external_inner_parent", {"location": "weights/../weights/w.bin"})
    external("external_absolute", {"location": "/etc/passwd"})
    external("external_link", {"location": "link.bin"})
    external("external_link_folder", {"location": "link/w.bin"})
    external("external_folder", {"location": "weights"})
    external("external_missing", {"location": "weights/none.bin"})


def broken():
    nodes, inputs, outputs = [node("Add", ["x", "w"], ["y"])], [info("x")], [info("y")]

    def with_tensor(name, tensor):
        save(name, graph(nodes, inputs, outputs, [tensor]))

    with_tensor("short_raw", typed("w", F32, [3], raw_data=bytes(8)))
    with_tensor("huge_shape", typed("w", F32, [1 << 40, 1 << 40], raw_data=bytes(8)))
    with_tensor("huge_varints", typed("w", TensorProto.INT32, [1 << 33], int32_data=[1]))
    with_tensor("negative_dim", typed("w", F32, [-2], raw_data=bytes(8)))
    with_tensor("rank_9", typed("w", F32, [1] * 9, raw_data=bytes(4)))
    with_tensor("bad_type", typed("w", 99, [1], raw_data=bytes(4)))
    with_tensor("complex128", typed("w", TensorProto.COMPLEX128, [1], raw_data=bytes(16)))
    reference = node("Relu", ["x"], ["y"])
    reference.attribute.append(AttributeProto(name="a", ref_attr_name="b", type=AttributeProto.INT))
    save("reference", graph([reference], inputs, outputs))


def problems():
    """For hone check: an unknown operator, what hangs on it, and shapes that do not fit."""
    foreign = helper.make_node("NhwcMaxPool", ["a"], ["b"], name="n_b", domain="com.microsoft")
    nodes = [node("Relu", ["x"], ["a"]), foreign, node("Neg", ["b"], ["c"]),
             node("MatMul", ["a", "w"], ["d"]), node("Abs", ["x"], ["e"])]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    outputs = [info("c", ("n", "n")), info("d", ("n", "n")), info("e", (2, 3))]
    made = graph(nodes, [info("x", (2, 3))], outputs, [const("w", np.zeros((4, 5)))])
    proto = helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="cases")
    save_bytes("problems", proto.SerializeToString())


def make_loop(trips, carried, body, outputs):
    """A Loop without a condition; its body may read names from outside."""
    made = helper.make_node("Loop", [trips, "", *carried], outputs, name="n_" + outputs[0])
    made.attribute.append(helper.make_attribute("body", body))
    return made


def loop_body(nodes, carried, results, initializers=()):
    """carried and results: value infos; the condition is handed on."""
    head = [info("i", (), TensorProto.INT64), info("go", (), BOOL)]
    return graph([node("Identity", ["go"], ["on"]), *nodes], [*head, *carried],
                 [info("on", (), BOOL), *results], initializers)


def loops():
    # y = x doubled m times, all shapes known.
    count = info("m", (), TensorProto.INT64)
    body = loop_body([node("Add", ["v", "v"], ["w"])], [info("v")], [info("w")])
    save("loop_power", graph([make_loop("m", ["x"], body, ["y"])], [info("x"), count], [info("y")]))
    # A product over and over, without end.
    square = (64, 64)
    body = loop_body([node("MatMul", ["v", "k"], ["w"])], [info("v", square)], [info("w", square)])
    save("loop_endless", graph([make_loop("", ["x"], body, ["y"])],
                               [info("x", square), info("k", square)], [info("y", square)]))
    # y = m + 1 copies of x, s = the sums so far, z = where y is not zero: sizes that m and x decide.
    body = loop_body([node("Concat", ["v", "x"], ["w"], axis=0), node("Add", ["a", "x"], ["b"]),
                      node("Identity", ["b"], ["s_i"])],
                     [info("v", ("l",)), info("a")], [info("w", ("k",)), info("b"), info("s_i")])
    nodes = [make_loop("m", ["x", "x"], body, ["y", "last", "s"]), node("NonZero", ["y"], ["z"])]
    save("loop_grow", graph(nodes, [info("x"), count],
                            [info("y", ("k",)), info("s", ("m", "n")),
                             info("z", (1, "j"), TensorProto.INT64)]))


def mixed():
    """Every kind of control flow with constant counts, for the test that lets allocations fail."""
    body = loop_body([node("Add", ["v", "x"], ["w"])], [info("v")], [info("w")])
    grow = loop_body([node("Concat", ["v", "x"], ["w"], axis=0)], [info("v", ("l",))],
                     [info("w", ("k",))])
    scan = graph([node("Add", ["a", "e"], ["b"]), node("Neg", ["b"], ["d"])],
                 [info("a", ()), info("e", ())], [info("b", ()), info("d", ())])
    made = helper.make_node("Scan", ["zero", "p"], ["sum", "sums"], name="n_sum", num_scan_inputs=1)
    made.attribute.append(helper.make_attribute("body", scan))
    nodes = [make_loop("three", ["x"], body, ["p"]), make_loop("three", ["p"], grow, ["q"]), made,
             node("NonZero", ["q"], ["z"])]
    save("loop_mixed", graph(nodes, [info("x", (4,))],
                             [info("q", ("k",)), info("sums", (4,)),
                              info("z", (1, "j"), TensorProto.INT64)],
                             [const("three", 3, np.int64), const("zero", 0)]))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    branches()
    nested()
    deep("deep_15", 15)
    deep("deep_17", 17)
    order()
    tensors()
    unpacked()
    constants()
    old_versions()
    new_versions()
    kinds()
    externals()
    broken()
    problems()
    loops()
    mixed()
