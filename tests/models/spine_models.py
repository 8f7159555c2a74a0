# SPDX-License-Identifier: Apache-2.0
"""The models whose answers are compared with a reference engine, and twenty inputs of each.

Pictures go to the command as they are. What is no picture (cepstra of words, sensor readings,
protocol buffers) is written as an array into a folder of the test, in the same way each time.
"""

from __future__ import annotations

import csv
import math
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
FASHION_DATA = Path("/usr/share/datasets/fashion-mnist")
UNSCALED = ("--scale", "1")  # a float model that takes pixels from 0 to 255
IMAGENET = (
    "--scale=0.00392156862745098",
    "--mean=0.485,0.456,0.406",
    "--std=0.229,0.224,0.225",
)
PHOTOS = """
    cat.bmp parrot.jpg bird.bmp bird_seg.bmp squat.bmp grace_hopper.bmp hot_dog.jpg owl.jpg face.jpg
    burger.jpg cats_and_dogs.jpg sparrow.png fox.jpg couple_and_dog.jpg thumb_up.jpg dog.jpg
    street.jpg faces3.png exif_rotated.jpg coco/000000000072.jpg""".split()
WORDS = "yes no up down left right on off stop go".split()
KWS_FRAMES, KWS_COEFFICIENTS = 49, 10
KWS_SCALE, KWS_ZERO = 0.58470289, 83  # of the input of kws_i8.tflite
FAN_FEATURES = 33


@dataclass(frozen=True)
class Data:
    """Where things are: the data beside the repository, and a folder to write inputs to."""

    shared: Path
    work: Path

    def write(self, name: str, data: bytes) -> Path:
        """Write an input of that name; return its path."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


@dataclass(frozen=True)
class Model:
    """A model: its file, inputs, options of `hone run`, reference engine and tolerance.

    The tolerance is the largest difference from a float output, in units of its range. Of integer
    outputs every byte is compared. How far other engines are off is said when references are made.
    """

    file: str
    inputs: Callable[[Data], list[Path]]
    options: tuple[str, ...]
    engine: str
    tolerance: float
    others: tuple[str, ...] = ()

    def path(self, data: Data) -> Path:
        """Where the model is."""
        own = REPOSITORY / "models" / self.file
        return own if own.exists() else data.shared / "models" / self.file


def floats(values: list[float]) -> bytes:
    """Numbers as little-endian float32."""
    return struct.pack(f"<{len(values)}f", *values)


def imagenet_all(data: Data) -> list[Path]:
    """The 500 pictures."""
    return sorted((data.shared / "images" / "imagenet").glob("*.jpg"))


def imagenet_some(data: Data) -> list[Path]:
    """Every 25th picture."""
    return imagenet_all(data)[::25]


def photos(data: Data) -> list[Path]:
    """Twenty photographs of all sizes."""
    return [data.shared / "images" / name for name in PHOTOS]


def people(data: Data) -> list[Path]:
    """The two test pictures of the model and eighteen photographs."""
    names = ["person_96.bmp", "no_person_96.bmp", *PHOTOS[:18]]
    return [data.shared / "images" / name for name in names]


def resnet_cat(data: Data, form: str) -> Path:
    """The cat of 32x32 RGB bytes as the model takes it: nhwc or nchw floats, or s8."""
    pixels = (data.shared / "tests" / "resnet8_cat.u8").read_bytes()
    if form == "s8":
        return data.write("s8/resnet8_cat.s8", bytes(value ^ 0x80 for value in pixels))
    if form == "nchw":
        pixels = b"".join(pixels[channel::3] for channel in range(3))
    return data.write(f"{form}/resnet8_cat.f32", floats(list(pixels)))


def cifar(form: str) -> Callable[[Data], list[Path]]:
    """That cat and nineteen photographs."""
    return lambda data: [resnet_cat(data, form), *photos(data)[:19]]


def read_varint(raw: bytes, at: int) -> tuple[int, int]:
    """A protocol buffer's integer at an offset, and the offset behind it."""
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if raw[at - 1] < 0x80:
            return value, at


def read_tensor_proto(path: Path) -> bytes:
    """The float elements of an ONNX TensorProto: field 9, raw_data, or field 4, float_data."""
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        tag, at = read_varint(raw, at)
        size, at = read_varint(raw, at)  # the value itself, for a field of wire type 0
        if tag & 7 == 2:
            if tag >> 3 in (4, 9):
                return raw[at : at + size]
            at += size
        elif tag & 7 != 0:
            raise ValueError(f"{path}: wire type {tag & 7} is not expected here")
    raise ValueError(f"{path}: no elements")


def digits(data: Data) -> list[Path]:
    """Handwritten digits as PNG, BMP and protocol buffers, and six pieces of clothing."""
    images = data.shared / "images"
    given = [
        data.write(f"mnist8/set{i}.f32", read_tensor_proto(mnist_set(data, i, "input")))
        for i in range(3)
    ]
    samples = [images / "mnist" / f"sample{i}.png" for i in range(10)]
    return [*samples, images / "mnist_nine.bmp", *given, *own_pictures()[:6]]


def mnist_set(data: Data, i: int, part: str) -> Path:
    """The input or output of one of the three tests that come with mnist8.onnx."""
    return data.shared / "tests" / "mnist8" / f"set{i}_{part}_0.pb"


def words(data: Data) -> dict[str, list[float]]:
    """Cepstra of ten spoken words, and each again turned by some frames, every other negated."""
    found = {}
    for i, word in enumerate(WORDS):
        raw = (data.shared / "tests" / "kws_mfcc" / f"{word}.f32").read_bytes()
        cepstra = list(struct.unpack(f"<{KWS_FRAMES * KWS_COEFFICIENTS}f", raw))
        cut = (i + 1) * 4 * KWS_COEFFICIENTS
        sign = -1.0 if i % 2 else 1.0
        found[word] = cepstra
        found[f"{word}_turned"] = [sign * value for value in cepstra[cut:] + cepstra[:cut]]
    return found


def words_f32(data: Data) -> list[Path]:
    """The words as floats."""
    return [data.write(f"kws/{name}.f32", floats(v)) for name, v in words(data).items()]


def words_s8(data: Data) -> list[Path]:
    """The words as the integers of kws_i8.tflite."""
    paths = []
    for name, cepstra in words(data).items():
        steps = [round(value / KWS_SCALE) + KWS_ZERO for value in cepstra]
        clamped = [min(max(step, -128), 127) for step in steps]
        paths.append(data.write(f"kws/{name}.s8", struct.pack(f"{len(clamped)}b", *clamped)))
    return paths


def temperatures(data: Data) -> list[Path]:
    """Twenty windows of a machine's temperature, over its mean and standard deviation."""
    table = data.shared / "sensor" / "machine_temperature.csv"
    with table.open(encoding="ascii", newline="") as file:
        values = [float(row["value"]) for row in csv.DictReader(file)]
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    step = (len(values) - FAN_FEATURES) // 19
    paths = []
    for i in range(20):
        window = values[i * step : i * step + FAN_FEATURES]
        scaled = [(value - mean) / deviation for value in window]
        paths.append(data.write(f"fan/window{i:02}.f32", floats(scaled)))
    return paths


def own_pictures() -> list[Path]:
    """The ten pictures that come with the project's own model."""
    return sorted((REPOSITORY / "models" / "pictures").glob("*.png"))


def clothes(data: Data) -> list[Path]:
    """The project's own pictures, and the first ten of the test set where it is installed."""
    if not FASHION_DATA.exists():
        return own_pictures()
    folder = data.work / "fashion"
    script = REPOSITORY / "models" / "fashion_manifest.py"
    command = [sys.executable, str(script), str(folder), "--count", "10"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return own_pictures() + sorted(folder.glob("*.png"))


# litert: the reference kernels of LiteRT. ort: ONNX Runtime without optimisation.
#
# litert_f32: LiteRT's reference kernels on a copy of the model whose int8 weights were expanded to
# float32. LiteRT runs the file itself with hybrid kernels, which quantize the activations of such
# layers on the way; on these inputs its reference and its optimised ones are as far from each
# other (0.3 of the range) as the former from the float network, which is what hone computes.
#
# The QDQ model rounds to int8 after each layer. Fed with the same input, a layer's output differs
# from ONNX Runtime's at 2 in a million values, by one step, where a product falls between two; 52
# layers make that a few steps in the scores. The best class is what counts.
MODELS = [
    Model("mobilenet_v1_025_128_u8.tflite", imagenet_some, (), "litert", 0),
    Model("mobilenet_v1_025_224_u8.tflite", imagenet_some, (), "litert", 0),
    Model("resnet8_cifar10_f32.tflite", cifar("nhwc"), UNSCALED, "litert", 1e-4),
    Model("resnet8_cifar10_i8.tflite", cifar("s8"), (), "litert", 0),
    Model("resnet8_cifar10.onnx", cifar("nchw"), UNSCALED, "ort", 1e-4),
    Model("mnist8.onnx", digits, UNSCALED, "ort", 1e-4),
    Model("kws_f32.tflite", words_f32, (), "litert_f32", 1e-4, ("litert", "litert_fast")),
    Model("kws_i8.tflite", words_s8, (), "litert", 0),
    Model("fan_f32.tflite", temperatures, (), "litert", 1e-4),
    Model("person_detect_i8.tflite", people, (), "litert", 0),
    Model("mobilenet_v2_qdq.onnx", imagenet_some, IMAGENET, "ort", 5e-2),
    Model("fashion_i8.tflite", clothes, (), "litert", 0),
    Model("fashion_f32.onnx", clothes, (), "ort", 1e-4),
]
N_INPUTS = 20


def model_of(file: str) -> Model:
    """The row of a model's file."""
    return next(model for model in MODELS if model.file == file)
