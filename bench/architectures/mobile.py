# SPDX-License-Identifier: Apache-2.0
"""MobileNetV2, MobileNetV3-Large, EfficientNet-Lite0, ShuffleNetV2 x1, and DS-CNN of keyword
spotting."""

import numpy as np

from architectures.net import Architecture, Net


def inverted(net: Net, x: str, out: int, expand: int, kernel: int, stride: int, act: str) -> str:
    c = net.channels[x]
    y = net.conv(x, expand, act=act) if expand != c else x
    y = net.conv(y, expand, kernel, stride, groups=expand, act=act)
    y = net.conv(y, out)
    return net.op("Add", x, y) if stride == 1 and out == c else y


def mobilenetv2(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 32, 3, 2, act="relu6")
    for t, c, n, s in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for i in range(n):
            x = inverted(net, x, c, t * net.channels[x], 3, s if i == 0 else 1, "relu6")
    net.classify(net.conv(x, 1280, act="relu6"))


def efficientnet_lite0(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 32, 3, 2, act="relu6")
    for t, c, n, s, k in (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ):
        for i in range(n):
            x = inverted(net, x, c, t * net.channels[x], k, s if i == 0 else 1, "relu6")
    net.classify(net.conv(x, 1280, act="relu6"))


def excite(net: Net, x: str) -> str:
    c = net.channels[x]
    y = net.conv(net.op("GlobalAveragePool", x), max(8, c // 4), act="Relu")
    y = net.op("HardSigmoid", net.conv(y, c), alpha=1 / 6, beta=0.5)
    return net.op("Mul", x, y)


def mobilenetv3(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 16, 3, 2, act="HardSwish")
    for k, expand, out, has_se, act, s in (
        (3, 16, 16, False, "Relu", 1),
        (3, 64, 24, False, "Relu", 2),
        (3, 72, 24, False, "Relu", 1),
        (5, 72, 40, True, "Relu", 2),
        (5, 120, 40, True, "Relu", 1),
        (5, 120, 40, True, "Relu", 1),
        (3, 240, 80, False, "HardSwish", 2),
        (3, 200, 80, False, "HardSwish", 1),
        (3, 184, 80, False, "HardSwish", 1),
        (3, 184, 80, False, "HardSwish", 1),
        (3, 480, 112, True, "HardSwish", 1),
        (3, 672, 112, True, "HardSwish", 1),
        (5, 672, 160, True, "HardSwish", 2),
        (5, 960, 160, True, "HardSwish", 1),
        (5, 960, 160, True, "HardSwish", 1),
    ):
        c = net.channels[x]
        y = net.conv(x, expand, act=act) if expand != c else x
        y = net.conv(y, expand, k, s, groups=expand, act=act)
        y = net.conv(excite(net, y) if has_se else y, out)
        x = net.op("Add", x, y) if s == 1 and out == c else y
    net.classify(net.conv(net.conv(x, 960, act="HardSwish"), 1280, act="HardSwish"))


def shuffle(net: Net, x: str, size: int) -> str:
    c = net.channels[x]
    y = net.op("Reshape", x, net.constant(np.array([1, 2, c // 2, size, size], np.int64)))
    y = net.op("Transpose", y, perm=[0, 2, 1, 3, 4])
    y = net.op("Reshape", y, net.constant(np.array([1, c, size, size], np.int64)))
    net.channels[y] = c
    return y


def shufflenetv2(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 24, 3, 2, act="Relu")
    x = net.pool(x, "MaxPool", 3, 2, 1)
    size = 56
    for out, n in ((116, 4), (232, 8), (464, 4)):
        half = out // 2
        size //= 2
        for i in range(n):
            if i == 0:
                left = net.conv(x, net.channels[x], 3, 2, groups=net.channels[x])
                left, right, stride = net.conv(left, half, act="Relu"), x, 2
            else:
                left, right = net.node("Split", x, n_out=2, axis=1)
                net.channels[left] = net.channels[right] = half
                stride = 1
            right = net.conv(right, half, act="Relu")
            right = net.conv(right, half, 3, stride, groups=half)
            right = net.conv(right, half, act="Relu")
            x = shuffle(net, net.concat(left, right), size)
    net.classify(net.conv(x, 1024, act="Relu"))


def ds_cnn(net: Net) -> None:
    x = net.conv(net.input("x", [1, 1, 49, 10]), 64, 5, 2, act="Relu")
    for _ in range(4):
        x = net.conv(net.conv(x, 64, 3, groups=64, act="Relu"), 64, act="Relu")
    net.classify(x, 12)


ARCHITECTURES = (
    Architecture("mobilenetv2", mobilenetv2, True),
    Architecture("mobilenetv3", mobilenetv3),
    Architecture("efficientnet_lite0", efficientnet_lite0, True),
    Architecture("shufflenetv2", shufflenetv2, True),
    Architecture("ds_cnn", ds_cnn, True),
)
