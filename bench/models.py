# SPDX-License-Identifier: Apache-2.0
"""The models that are compared: files beside the repository, and architectures of which a script
writes the file with random weights. A row: name, where it comes from, tags to select it by, and
shapes for inputs that the file leaves open."""

from dataclasses import dataclass, field
from pathlib import Path

from architectures import ARCHITECTURES
from quantized import quantize


@dataclass(frozen=True)
class Model:
    name: str
    source: str  # a file below the shared models, or "net:NAME" or "int8:NAME"
    tags: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def is_int8(self) -> bool:
        return "int8" in self.tags


def shared(file: str, *tags: str, **shapes: tuple[int, ...]) -> Model:
    return Model(file, file, ("shared", *tags), shapes)


SHARED = (
    shared("mbnet128_f32.tflite", "float"),
    shared("mbnet128_i8.tflite", "int8"),
    shared("mobilenet_v1_025_224_u8.tflite", "int8"),
    shared("mobilenet_v2_birds_u8.tflite", "int8", "quick"),
    shared("mobilenet_v2_qdq.onnx", "int8", "quick"),
    shared("ssd_mobilenet_v1_coco_u8.tflite", "int8"),
    shared("movenet_lightning_u8.tflite", "float"),
    shared("deeplabv3_dm05_u8.tflite", "int8"),
    shared("person_detect_i8.tflite", "int8"),
    shared("person_yolo_i8.tflite", "int8"),
    shared("resnet8_cifar10_f32.tflite", "float"),
    shared("resnet8_cifar10.onnx", "float"),
    shared("resnet8_cifar10_i8.tflite", "int8"),
    shared("kws_f32.tflite", "float"),
    shared("kws_i8.tflite", "int8"),
    shared("yolox_nano.onnx", "float", "quick"),
    shared("yolox_nano_f16.tflite", "float"),
    shared("yunet_320.onnx", "float", "quick"),
    shared("ultraface_320.onnx", "float"),
    shared("ultraface_320.tflite", "float"),
    shared("fastestdet.onnx", "float"),
    shared("ppocr_v3_det.onnx", "float", x=(1, 3, 320, 320)),
    shared("ppocr_cls.onnx", "float", x=(1, 3, 48, 192)),
    shared("super_resolution.onnx", "float"),
    shared("blazeface_f16.tflite", "float"),
    shared("selfie_seg_f16.tflite", "float"),
    shared("mnist8.onnx", "float"),
    shared("toycar_ad_i8.tflite", "int8"),
    shared("mnist_lstm_f32.tflite", "float"),
    shared("bert_toy.onnx", "float"),
    shared("byte_bilstm.onnx", "float"),
    shared("oww_embedding.onnx", "float"),
    shared("basic_pitch.onnx", "float"),
)

NETS = tuple(Model(name, f"net:{name}", ("net", "float")) for name in ARCHITECTURES)
INT8 = tuple(
    Model(f"{name}_int8", f"int8:{name}", ("net", "int8"))
    for name, builder in ARCHITECTURES.items()
    if builder.is_quantized_too
)
ALL = SHARED + NETS + INT8


def selected(words: list[str]) -> list[Model]:
    """The models whose name contains one of the words, or that have it as a tag."""
    if not words:
        return list(ALL)
    return [m for m in ALL if any(word in m.tags or word in m.name for word in words)]


def file_of(model: Model, shared_models: Path, work: Path) -> Path | None:
    """The model's file, written below `work` where a script makes it; None where it is not here."""
    kind, _, name = model.source.partition(":")
    if not name:
        path = shared_models / model.source
        return path if path.exists() else None
    path = work / f"{name}.onnx"
    if not path.exists():
        ARCHITECTURES[name].write(path)
    if kind == "net":
        return path
    made = work / f"{name}_int8.onnx"
    if not made.exists():
        quantize(path, made)
    return made
