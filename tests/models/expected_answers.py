# SPDX-License-Identifier: Apache-2.0
"""What the models' sources expect of them: the answers that a person would check.

Scores that came from another engine have a margin. One test feeds a picture in the way of the test
that it repeats: TensorFlow Lite Micro's takes its bytes for int8 as they are.
"""

from __future__ import annotations

import struct
from pathlib import Path

from hone_arrays import Hone, top_classes
from model_table import UNSCALED, model_of
from picture_inputs import mnist_set, resnet_cat
from sources import Data, read_tensor_proto
from tally import Tally

CHEESEBURGER, TIGER_CAT = 934, 283  # of 1001 classes
MACAW, CATS = 88, {281, 282, 285}  # of 1000
CIFAR_BIRD, CIFAR_CAT = 2, 3
MNIST_SETS = (2, 0, 9)
SCALING = 0.03  # what another way to scale a picture does to a score


def read_bmp(path: Path) -> list[bytes]:
    """The rows of an uncompressed BMP from the top, as RGB or as single bytes."""
    raw = path.read_bytes()
    (offset,) = struct.unpack_from("<I", raw, 10)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", raw, 18)
    n = bits // 8
    if raw[:2] != b"BM" or compression != 0 or n not in (1, 3) or height < 0:
        raise ValueError(f"{path}: another kind of BMP than the test knows")
    stride = (width * n + 3) // 4 * 4
    rows = []
    for y in reversed(range(height)):
        row = raw[offset + y * stride : offset + y * stride + width * n]
        if n == 3:
            row = bytes(row[x + 2 - c] for x in range(0, width * 3, 3) for c in range(3))
        rows.append(row)
    return rows


def check_imagenet_answers(hone: Hone, data: Data, tally: Tally) -> None:
    """Burger, cat and parrot."""
    images = data.shared / "images"
    with tally.test("burger.jpg is a cheeseburger, by the model's own labels") as test:
        path = model_of("mobilenet_v1_025_224_u8.tflite").path(data)
        best = hone.classes(path, images / "burger.jpg", ())[0]
        test.note = f"{best['index']} {best['label']} {best['score']:.4f}"
        is_right = (best["index"], best["label"]) == (CHEESEBURGER, "cheeseburger")
        test.require(is_right and abs(best["score"] - 0.96) <= 0.01, test.note)
    with tally.test("cat.bmp is a tiger cat, as libcoral's test says") as test:
        path = model_of("mobilenet_v1_025_128_u8.tflite").path(data)
        three = hone.classes(path, images / "cat.bmp", ("--top", "3"))
        test.note = ", ".join(f"{row['index']} {row['score']:.4f}" for row in three)
        found = [row["score"] for row in three if row["index"] == TIGER_CAT]
        test.require(bool(found) and found[0] >= 0.25, test.note)
    qdq = model_of("mobilenet_v2_qdq.onnx")
    with tally.test("parrot.jpg is a macaw") as test:
        best = hone.classes(qdq.path(data), images / "parrot.jpg", qdq.options)[0]
        test.note = f"{best['index']} {best['score']:.4f}"
        test.require(best["index"] == MACAW, test.note)
    with tally.test("cat.bmp has three cats first") as test:
        three = hone.classes(qdq.path(data), images / "cat.bmp", (*qdq.options, "--top", "3"))
        test.note = ", ".join(f"{row['index']} {row['score']:.4f}" for row in three)
        test.require({row["index"] for row in three} == CATS, test.note)


def check_resnet(hone: Hone, data: Data, tally: Tally) -> None:
    """The cat of 32x32 pixels: .722 cat and .223 bird, in int8 41 and -56 by Arm NN."""
    for file, form, cat, bird, margin in (
        ("resnet8_cifar10_f32.tflite", "nhwc", 0.722, 0.223, 0.001),
        ("resnet8_cifar10.onnx", "nchw", 0.722, 0.223, 0.001),
        ("resnet8_cifar10_i8.tflite", "s8", (41 + 128) / 256, (-56 + 128) / 256, 0.08),
    ):
        with tally.test(f"{file}: resnet8_cat.u8 is a cat, else a bird") as test:
            options = (*model_of(file).options, "--top", "2")
            best = hone.classes(model_of(file).path(data), resnet_cat(data, form), options)
            test.note = ", ".join(f"{row['index']} {row['score']:.4f}" for row in best)
            test.require([row["index"] for row in best] == [CIFAR_CAT, CIFAR_BIRD], test.note)
            scores = [row["score"] for row in best]
            is_near = abs(scores[0] - cat) <= margin and abs(scores[1] - bird) <= margin
            test.require(is_near, test.note)
        with tally.test(f"{file}: cat.bmp, scaled by the command, is so too") as test:
            picture = data.shared / "images" / "cat.bmp"
            read = hone.classes(model_of(file).path(data), picture, options)
            test.note = ", ".join(f"{row['index']} {row['score']:.4f}" for row in read)
            test.require([row["index"] for row in read] == [CIFAR_CAT, CIFAR_BIRD], test.note)
            most = max(margin, SCALING)
            is_near = all(abs(a["score"] - b["score"]) <= most for a, b in zip(read, best))
            test.require(is_near, test.note)


def check_mnist(hone: Hone, data: Data, tally: Tally) -> None:
    """Ten digits by their file names, and the given inputs with their outputs."""
    path = model_of("mnist8.onnx").path(data)
    files = [data.shared / "images" / "mnist" / f"sample{i}.png" for i in range(10)]
    for i, file in enumerate(files):
        with tally.test(f"{file.name} is {i}", is_quiet=True) as test:
            found = hone.classes(path, file, UNSCALED)[0]["index"]
            test.require(found == i, f"is {found}")
    for i, digit in enumerate(MNIST_SETS):
        with tally.test(f"mnist8 set{i}: {digit}, and the outputs that are given") as test:
            fed = data.write(f"set{i}.f32", read_tensor_proto(mnist_set(data, i, "input")))
            given = struct.unpack("<10f", read_tensor_proto(mnist_set(data, i, "output")))
            ((_, run),) = hone.run_on(path, [fed], ()).items()
            values = run.answer().values()
            test.require(top_classes(values) == [digit], f"is {top_classes(values)}")
            worst = max(abs(a - b) for a, b in zip(values, given)) / (max(given) - min(given))
            test.note = f"largest difference {worst:.1e} of the range"
            test.require(worst <= 1e-4, test.note)


def check_person(hone: Hone, data: Data, tally: Tally) -> None:
    """Person or not, from the bytes of the pictures."""
    path = model_of("person_detect_i8.tflite").path(data)
    for name, index in (("person_96", 1), ("no_person_96", 0)):
        with tally.test(f"{name}.bmp") as test:
            rows = read_bmp(data.shared / "images" / f"{name}.bmp")
            best = hone.classes(path, data.write(f"{name}.s8", b"".join(rows)), ())[0]
            test.note = f"class {best['index']} {best['score']:.4f}"
            test.require(best["index"] == index, test.note)


def check_expected(hone: Hone, data: Data, tally: Tally) -> None:
    """All of them."""
    check_imagenet_answers(hone, data, tally)
    check_resnet(hone, data, tally)
    check_mnist(hone, data, tally)
    check_person(hone, data, tally)


N_EXPECTED = 25
