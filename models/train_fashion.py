#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train the default Fashion-MNIST model and write it as ONNX (float) and TFLite (int8).

Needs
-----
* the data: Debian package ``dataset-fashion-mnist`` (``apt install dataset-fashion-mnist``),
  or the same four ``*.gz`` files in another folder, given with ``--data``;
* Python 3.11 or newer with, from PyPI::

      pip install tensorflow-cpu onnx onnxruntime ai-edge-litert

  (made with tensorflow-cpu 2.21.0, keras 3.15.1, onnx 1.23.2, onnxruntime 1.32.0,
  ai-edge-litert 2.3.0, numpy 2.4.6).

Run
---
::

    python3 train_fashion.py            # train, write both models and the pictures, check them
    python3 train_fashion.py --check    # only check the two files as they are, rewrite pictures

Seeds are fixed and TensorFlow's deterministic operations are on, so the same package versions
on the same kind of processor with the same ``--threads`` give the same weights. Training uses
all 60,000 training pictures and a fixed number of epochs; the 10,000 test pictures are looked
at only once training is over. Files written, next to this script unless ``--out`` says otherwise:
``fashion_f32.onnx``, ``fashion_i8.tflite`` and ``pictures/*.png``.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import numpy.typing as npt

from fashion_manifest import DATA_DIR, grey_png

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

SEED = 20240607
CLASSES = 10
SIDE = 28
SHIFT = 2  # pixels a training picture may be moved, each way
MINIMUM_ACCURACY = 0.91
MAXIMUM_BYTES = 200_000


@dataclass(frozen=True)
class Layer:
    """One step of the network: a 3x3 convolution with ReLU, or a 2x2 max pool."""

    kind: str  # "conv", "residual" (output = relu(x + conv(x))) or "pool"
    name: str
    channels_in: int = 0
    channels_out: int = 0


NETWORK: tuple[Layer, ...] = (
    Layer("conv", "conv1", 1, 16),  # 28x28
    Layer("pool", "pool1"),
    Layer("conv", "conv2", 16, 24),  # 14x14
    Layer("residual", "conv3", 24, 24),
    Layer("residual", "conv4", 24, 24),
    Layer("pool", "pool2"),
    Layer("conv", "conv5", 24, 48),  # 7x7
    Layer("residual", "conv6", 48, 48),
)
FEATURES = 48

# name -> (weights, bias); convolution weights are HWIO, the dense layer's are (in, out)
Weights = dict[str, tuple[Floats, Floats]]


def read_idx(path: Path, header_bytes: int) -> Bytes:
    """Return the bytes of a gzipped IDX file after its header."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), dtype=np.uint8, offset=header_bytes)


def read_set(folder: Path, name: str) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Return pictures (n, 28, 28) and labels (n,) of the set ``train`` or ``t10k``."""
    images = read_idx(folder / f"{name}-images-idx3-ubyte.gz", 16).reshape(-1, SIDE, SIDE)
    labels = read_idx(folder / f"{name}-labels-idx1-ubyte.gz", 8).astype(np.int64)
    if len(images) != len(labels):
        raise ValueError(f"{name}: {len(images)} pictures but {len(labels)} labels")
    return images, labels


def multiply_accumulates() -> int:
    """Count the multiply-accumulates of one inference (convolutions and dense layer)."""
    side, total = SIDE, 0
    for layer in NETWORK:
        if layer.kind == "pool":
            side //= 2
        else:
            total += side * side * 9 * layer.channels_in * layer.channels_out
    return total + FEATURES * CLASSES


def build_trainable() -> Any:
    """Return the network as a Keras model with batch norm after each convolution, giving logits."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 1))
    x = inputs
    for layer in NETWORK:
        if layer.kind == "pool":
            x = keras.layers.MaxPooling2D(2, name=layer.name)(x)
            continue
        y = keras.layers.Conv2D(
            layer.channels_out,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=layer.name,
        )(x)
        y = keras.layers.BatchNormalization(momentum=0.98, name=f"{layer.name}_norm")(y)
        if layer.kind == "residual":
            y = keras.layers.Add(name=f"{layer.name}_add")([x, y])
        x = keras.layers.ReLU(name=f"{layer.name}_relu")(y)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES, name="dense")(x))


def train(data: Path, epochs: int, batch: int, threads: int) -> Weights:
    """Train on all training pictures and return the weights with batch norm folded in."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(SEED)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()

    images, labels = read_set(data, "train")
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    targets = np.eye(CLASSES, dtype=np.float32)[labels]
    steps = len(images) // batch

    model = build_trainable()
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps * (epochs - 2), warmup_target=0.15, warmup_steps=steps * 2
    )
    optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=2e-3)
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05)

    @tf.function  # type: ignore[untyped-decorator]
    def step(x: Any, y: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(y, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        right = tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == tf.argmax(y, 1), tf.float32))
        return loss, right

    random = np.random.default_rng(SEED)
    began = time.monotonic()
    for epoch in range(epochs):
        order = random.permutation(len(images))
        sums = np.zeros(2)
        for i in range(steps):
            index = order[i * batch : (i + 1) * batch]
            down, across = random.integers(0, 2 * SHIFT + 1, (2, batch))
            pictures = windows[index, down, across]
            flip = random.random(batch) < 0.5
            pictures[flip] = pictures[flip, :, ::-1]
            x = pictures[..., None].astype(np.float32) / np.float32(255)
            loss, right = step(tf.constant(x), tf.constant(targets[index]))
            sums += (float(loss), float(right))
        print(
            f"epoch {epoch + 1:2d}/{epochs}  loss {sums[0] / steps:.4f}  "
            f"right {sums[1] / steps:.4f}  {time.monotonic() - began:6.0f} s",
            flush=True,
        )
    return fold(model)


def fold(model: Any) -> Weights:
    """Fold each batch norm into the weights and bias of the convolution before it."""
    weights: Weights = {}
    for layer in NETWORK:
        if layer.kind == "pool":
            continue
        kernel = model.get_layer(layer.name).get_weights()[0].astype(np.float64)
        norm = model.get_layer(f"{layer.name}_norm")
        gamma, beta, mean, variance = (w.astype(np.float64) for w in norm.get_weights())
        factor = gamma / np.sqrt(variance + norm.epsilon)
        weights[layer.name] = (
            (kernel * factor).astype(np.float32),
            (beta - mean * factor).astype(np.float32),
        )
    kernel, bias = model.get_layer("dense").get_weights()
    weights["dense"] = (kernel, bias)
    return weights


def write_onnx(weights: Weights, path: Path) -> None:
    """Write the float network as ONNX, opset 13, NCHW."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Floats) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    x = "image"
    for layer in NETWORK:
        if layer.kind == "pool":
            x = node("MaxPool", [x], layer.name, kernel_shape=[2, 2], strides=[2, 2])
            continue
        kernel, bias = weights[layer.name]
        y = node(
            "Conv",
            [
                x,
                constant(f"{layer.name}_weight", kernel.transpose(3, 2, 0, 1)),
                constant(f"{layer.name}_bias", bias),
            ],
            layer.name,
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            strides=[1, 1],
        )
        if layer.kind == "residual":
            y = node("Add", [x, y], f"{layer.name}_add")
        x = node("Relu", [y], f"{layer.name}_relu")
    x = node("GlobalAveragePool", [x], "mean")
    x = node("Flatten", [x], "features", axis=1)
    kernel, bias = weights["dense"]
    x = node(
        "Gemm",
        [x, constant("dense_weight", kernel.T), constant("dense_bias", bias)],
        "dense",
        transB=1,
    )
    node("Softmax", [x], "scores", axis=1)

    shape_in, shape_out = [1, 1, SIDE, SIDE], [1, CLASSES]
    graph = helper.make_graph(
        nodes,
        "fashion",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape_in)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, shape_out)],
        constants,
    )
    model = helper.make_model(
        graph,
        producer_name="train_fashion.py",
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=7,
    )
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_tflite(weights: Weights, data: Path, path: Path) -> None:
    """Write the same network with the same weights as a full-integer int8 TFLite file."""
    import tensorflow as tf

    signature = [tf.TensorSpec([1, SIDE, SIDE, 1], tf.float32, name="image")]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def network(image: Any) -> Any:
        x = image
        for layer in NETWORK:
            if layer.kind == "pool":
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
                continue
            kernel, bias = weights[layer.name]
            y = tf.nn.bias_add(tf.nn.conv2d(x, tf.constant(kernel), 1, "SAME"), bias)
            x = tf.nn.relu(x + y if layer.kind == "residual" else y)
        x = tf.nn.avg_pool2d(x, SIDE // 4, SIDE // 4, "VALID")
        x = tf.reshape(x, [1, FEATURES])
        kernel, bias = weights["dense"]
        x = tf.nn.bias_add(tf.matmul(x, tf.constant(kernel)), bias)
        return {"scores": tf.nn.softmax(x)}

    images, _ = read_set(data, "train")
    chosen = np.random.default_rng(SEED).permutation(len(images))[:1000]

    def calibration() -> Any:
        for picture in images[chosen]:
            yield [picture[None, ..., None].astype(np.float32) / np.float32(255)]

    module = tf.Module()
    module.network = network
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [network.get_concrete_function()], module
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    # Convolutions per channel; the dense layer per tensor, as TFLite's quantization
    # specification has it and as every integer kernel library can run it.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    path.write_bytes(converter.convert())


def predict_onnx(path: Path, images: Bytes) -> npt.NDArray[np.int64]:
    """Return the class the ONNX file gives each picture, by onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found = np.empty(len(images), np.int64)
    for i, picture in enumerate(images):
        x = picture[None, None].astype(np.float32) / np.float32(255)
        found[i] = np.argmax(session.run(["scores"], {"image": x})[0])
    return found


def predict_tflite(path: Path, images: Bytes) -> npt.NDArray[np.int64]:
    """Return the class the TFLite file gives each picture, by LiteRT's interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    given, got = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if given["dtype"] is not np.int8 or got["dtype"] is not np.int8:
        raise ValueError(f"{path}: input or output is not int8")
    scale, zero = given["quantization"]
    print(f"int8 input: scale {scale:.8f} (1/{1 / scale:.3f}), zero point {zero}")
    print("int8 output: scale {:.8f}, zero point {}".format(*got["quantization"]))
    found = np.empty(len(images), np.int64)
    for i, picture in enumerate(images):
        q = np.round(picture.astype(np.float32) / 255 / scale) + zero
        q8 = np.clip(q, -128, 127).astype(np.int8)
        interpreter.set_tensor(given["index"], q8[None, ..., None])
        interpreter.invoke()
        found[i] = np.argmax(interpreter.get_tensor(got["index"]))
    return found


def check(data: Path, out: Path) -> bool:
    """Print size and accuracy of both files, write the example pictures, say if all is well."""
    images, labels = read_set(data, "t10k")
    onnx_path, tflite_path = out / "fashion_f32.onnx", out / "fashion_i8.tflite"
    by_onnx = predict_onnx(onnx_path, images)
    by_tflite = predict_tflite(tflite_path, images)
    well = True
    print(f"{multiply_accumulates()} multiply-accumulates for one picture")
    for path, found in ((onnx_path, by_onnx), (tflite_path, by_tflite)):
        right, size = float(np.mean(found == labels)), path.stat().st_size
        print(f"{path.name}: {size} bytes, {right:.2%} of {len(labels)} test pictures right")
        well = well and right >= MINIMUM_ACCURACY and size <= MAXIMUM_BYTES
    print(f"both files agree on {float(np.mean(by_onnx == by_tflite)):.2%}")

    names = (Path(__file__).resolve().parent / "fashion_labels.txt").read_text().split("\n")
    (out / "pictures").mkdir(exist_ok=True)
    for label, name in enumerate(names[:CLASSES]):
        first = np.flatnonzero((labels == label) & (by_onnx == label) & (by_tflite == label))[0]
        file = name.lower().replace(" ", "-").replace("/", "-") + ".png"
        (out / "pictures" / file).write_bytes(grey_png(images[first].tobytes(), SIDE, SIDE))
        print(f"pictures/{file}: test picture {first}")
    return well


def main() -> int:
    """Run the script; return its exit status."""
    parser = argparse.ArgumentParser(description="Train, write and check the Fashion-MNIST model.")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="folder of the IDX files")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--epochs", type=int, default=32, help="at least 3")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1, help="training threads")
    parser.add_argument("--check", action="store_true", help="do not train, only check the files")
    arguments = parser.parse_args()
    if arguments.epochs < 3:
        parser.error("--epochs must be at least 3")
    if not arguments.check:
        arguments.out.mkdir(parents=True, exist_ok=True)
        weights = train(arguments.data, arguments.epochs, arguments.batch, arguments.threads)
        write_onnx(weights, arguments.out / "fashion_f32.onnx")
        write_tflite(weights, arguments.data, arguments.out / "fashion_i8.tflite")
    return 0 if check(arguments.data, arguments.out) else 1


if __name__ == "__main__":
    sys.exit(main())
