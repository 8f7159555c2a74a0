#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hostile files into a folder: make_hostile.py FOLDER FASHION.tflite PICTURE.png.

Small valid-looking models that ask for far too much, arrays whose headers lie, and pictures that
unfold to gigabytes. Only the standard library: ONNX's protobuf is written by hand.
"""
import os
import struct
import sys
import zlib

F32, S32, S64, BOOL = 1, 6, 7, 9


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(tag, n):
    return varint(tag << 3) + varint(n)


def field(tag, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(tag << 3 | 2) + varint(len(data)) + data


def ints(name, values):
    return field(5, field(1, name) + b"".join(number(8, v) for v in values) + number(20, 7))


def integer(name, value):
    return field(5, field(1, name) + number(3, value) + number(20, 2))


def body(name, data):
    return field(5, field(1, name) + field(6, data) + number(20, 5))


def node(op, inputs, outputs, attributes=b""):
    ports = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs)
    return field(1, ports + field(3, "n_" + outputs[0]) + field(4, op) + attributes)


def value(name, dims, dtype=F32):
    shape = field(2, b"".join(field(1, number(1, d)) for d in dims))
    return field(1, name) + field(2, field(1, number(1, dtype) + shape))


def tensor(name, dims, dtype, raw):
    return field(5, b"".join(number(1, d) for d in dims) + number(2, dtype) + field(8, name) + field(9, raw))


def longs(name, *values):
    return tensor(name, [len(values)], S64, struct.pack("<%dq" % len(values), *values))


def graph(nodes, inputs, outputs, constants=b""):
    ports = b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs)
    return nodes + field(2, "g") + constants + ports


def model(nodes, inputs, outputs, constants=b"", opset=13):
    made = graph(nodes, inputs, outputs, constants)
    return number(1, 8) + field(7, made) + field(8, field(1, "") + number(2, opset))


def models():
    x, y = value("x", [4]), value("y", [4])
    huge = 1 << 21
    yield "huge_input", model(node("Relu", ["x"], ["y"]), [value("x", [huge, huge])], [value("y", [huge, huge])])
    yield "huge_rank", model(node("Relu", ["x"], ["y"]), [value("x", [2] * 9)], [value("y", [2] * 9)])
    yield "overflow", model(node("Relu", ["x"], ["y"]), [value("x", [1 << 62, 1 << 62])], [y])
    big = longs("s", 1 << 20, 1 << 20, 4)
    yield "expand", model(node("Expand", ["x", "s"], ["y"]), [x], [y], big)
    yield "constant_of_shape", model(node("ConstantOfShape", ["s"], ["c"]) + node("Add", ["x", "c"], ["y"]),
                                     [x], [y], big)
    yield "tile", model(node("Tile", ["x", "s"], ["y"]), [x], [y], longs("s", 1 << 40))
    yield "pad", model(node("Pad", ["x", "s"], ["y"]), [x], [y], longs("s", 1 << 40, 0))
    yield "range", model(node("Range", ["a", "b", "d"], ["y"]), [x], [value("y", [1], S64)],
                         tensor("a", [], S64, bytes(8)) + tensor("b", [], S64, struct.pack("<q", 1 << 45)) +
                         tensor("d", [], S64, struct.pack("<q", 1)))
    yield "resize", model(node("Resize", ["p", "", "f"], ["y"]), [value("p", [1, 1, 64, 64])],
                          [value("y", [1, 1, 1, 1])], tensor("f", [4], F32, struct.pack("<4f", 1, 1, 1e9, 1e9)))
    yield "conv", model(node("Conv", ["p", "w"], ["y"], ints("pads", [1 << 30] * 4)), [value("p", [1, 1, 64, 64])],
                        [value("y", [1, 1, 1, 1])], tensor("w", [1, 1, 1, 1], F32, bytes(4)))
    yield "matmul", model(node("MatMul", ["a", "b"], ["y"]), [value("a", [1 << 16, 1 << 14]), value("b", [1 << 14, 1 << 16])],
                          [value("y", [1 << 16, 1 << 16])])
    doubled = b"".join(node("Concat", ["v%d" % i] * 2, ["v%d" % (i + 1)], integer("axis", 0)) for i in range(50))
    yield "doubling", model(doubled, [value("v0", [4])], [value("v50", [4 << 50])])
    yield "doubling_constant", model(doubled + node("Add", ["x", "v50"], ["y"]), [x], [y],
                                     tensor("v0", [4], F32, bytes(16)))
    squares = b"".join(node("Mul", ["v%d" % i] * 2, ["v%d" % (i + 1)]) for i in range(4000))
    yield "long_chain", model(squares, [value("v0", [4])], [value("v4000", [4])])
    step = graph(node("Identity", ["c"], ["d"]) + node("Add", ["v", "one"], ["w"]),
                 [value("i", [], S64), value("c", [], BOOL), value("v", [])],
                 [value("d", [], BOOL), value("w", [])], tensor("one", [], F32, struct.pack("<f", 1)))
    yield "endless_loop", model(node("Loop", ["", "t", "z"], ["y"], body("body", step)), [value("z", [])],
                                [value("y", [])], tensor("t", [], BOOL, b"\1"))
    yield "many_trips", model(node("Loop", ["m", "", "z"], ["y"], body("body", step)), [value("z", [])],
                              [value("y", [])], tensor("m", [], S64, struct.pack("<q", 1 << 62)))
    yield "gigabytes", model(node("Relu", ["x"], ["y"]), [value("x", [1 << 29])], [value("y", [1 << 29])])
    yield "empty_graph", model(b"", [], [])
    yield "no_nodes", model(b"", [x], [x])
    yield "same_name", model(node("Relu", ["x"], ["y"]) + node("Neg", ["x"], ["y"]), [x], [y])
    yield "cycle", model(node("Add", ["x", "b"], ["a"]) + node("Neg", ["a"], ["b"]), [x], [value("b", [4])])


def running_models():
    """Valid models whose data is bad: they load, and the run says what is wrong."""
    yield "gather", model(node("Gather", ["x", "i"], ["y"], integer("axis", 0)), [value("x", [4])], [value("y", [2])],
                          longs("i", 1, 1000000))
    yield "gather_input", model(node("Gather", ["x", "i"], ["y"], integer("axis", 0)),
                                [value("x", [4]), value("i", [2], S64)], [value("y", [2])])
    yield "divide", model(node("Div", ["x", "d"], ["y"]), [value("x", [4], S32)], [value("y", [4], S32)],
                          tensor("d", [4], S32, bytes(16)))
    yield "divide_input", model(node("Div", ["x", "d"], ["y"]), [value("x", [4], S32), value("d", [4], S32)],
                                [value("y", [4], S32)])
    yield "modulo", model(node("Mod", ["x", "d"], ["y"]), [value("x", [4], S32), value("d", [4], S32)],
                          [value("y", [4], S32)])


def npy(header, data=b""):
    text = header.encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def head(descr, shape, order="False"):
    return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)


def arrays():
    size = 28 * 28
    yield "wrong_shape", npy(head("|i1", "(1, 27, 28, 1)"), bytes(27 * 28))
    yield "wrong_rank", npy(head("|i1", "(%d,)" % (size + 1)), bytes(size + 1))
    yield "wrong_type", npy(head("<f4", "(1, 28, 28, 1)"), bytes(4 * size))
    yield "unsigned", npy(head("|u1", "(1, 28, 28, 1)"), bytes(size))
    yield "big_endian", npy(head(">i2", "(1, 28, 28, 1)"), bytes(2 * size))
    yield "object", npy(head("|O", "(1, 28, 28, 1)"), bytes(size))
    yield "short", npy(head("|i1", "(1, 28, 28, 1)"), bytes(size - 1))
    yield "huge", npy(head("|i1", "(4611686018427387904, 4)"), bytes(16))
    yield "terabytes", npy(head("|i1", "(1, 1000000, 1000000, 1)"), bytes(16))
    yield "negative", npy(head("|i1", "(1, -28, -28, 1)"), bytes(size))
    yield "no_header", b"\x93NUMPY\x01\x00\xff\xff"
    yield "no_shape", npy("{'descr': '|i1', 'fortran_order': False, }", bytes(size))
    yield "nested", npy("{" * 60000)
    yield "scalar", npy(head("|i1", "()"), bytes(1))


def chunk(kind, data):
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def png(width, height, data):
    head_data = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head_data) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pictures(good):
    zeros = zlib.compress(bytes(1 << 24), 9)
    yield "bomb.png", png(60000, 60000, zeros)
    yield "wide.png", png(0x7fffffff, 1, zeros)
    yield "no_pixels.png", png(0, 0, b"")
    yield "cut.png", good[:len(good) // 2]
    yield "cut_head.png", good[:20]
    yield "cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0"
    bmp = struct.pack("<2sIHHI", b"BM", 70, 0, 0, 54)
    yield "huge.bmp", bmp + struct.pack("<IiiHHIIiiII", 40, 1 << 30, 1 << 30, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(16)
    yield "negative.bmp", bmp + struct.pack("<IiiHHIIiiII", 40, -5, -(1 << 31), 1, 24, 0, 0, 0, 0, 0, 0) + bytes(16)


def patched(good):
    """The model's input of 28 x 28 becomes one of terabytes."""
    shape, wanted = struct.pack("<4i", 1, 28, 28, 1), struct.pack("<4i", 1, 1 << 20, 1 << 20, 1)
    yield "huge_input.tflite", good.replace(shape, wanted)
    yield "overflow.tflite", good.replace(shape, struct.pack("<4i", *[0x7fffffff] * 4))
    yield "negative.tflite", good.replace(shape, struct.pack("<4i", -1, -28, -28, -1))
    yield "only_head.tflite", good[:8]
    yield "bad_root.tflite", struct.pack("<I", 0xfffffff0) + good[4:]


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def main():
    folder, tflite, picture = sys.argv[1:]
    with open(tflite, "rb") as f:
        good_model = f.read()
    with open(picture, "rb") as f:
        good_picture = f.read()
    for name, data in models():
        write(os.path.join(folder, "models"), name + ".onnx", data)
    for name, data in patched(good_model):
        write(os.path.join(folder, "models"), name, data)
    for name, data in running_models():
        write(os.path.join(folder, "running"), name + ".onnx", data)
    for name, data in arrays():
        write(os.path.join(folder, "arrays"), name + ".npy", data)
    for name, data in pictures(good_picture):
        write(os.path.join(folder, "pictures"), name, data)
    bad = npy(head("<i8", "(2,)"), struct.pack("<2q", 1, 1 << 40))
    write(os.path.join(folder, "inputs"), "i.npy", bad)
    write(os.path.join(folder, "inputs"), "x_f32.npy", npy(head("<f4", "(4,)"), bytes(16)))
    write(os.path.join(folder, "inputs"), "x_s32.npy", npy(head("<i4", "(4,)"), bytes(16)))


if __name__ == "__main__":
    main()
