# SPDX-License-Identifier: Apache-2.0
"""DenseNet-121, whose normalisation comes before its convolutions, and a U-Net of four levels."""

import numpy as np

from architectures.net import Architecture, Net

GROWTH = 32


def norm_relu(net: Net, x: str) -> str:
    c = net.channels[x]
    scale, bias, mean = (net.random(c, fan_in=200) for _ in range(3))
    variance = net.constant(np.ones(c, np.float32))
    return net.op("Relu", net.op("BatchNormalization", x, scale, bias, mean, variance))


def densenet121(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 64, 7, 2, act="Relu")
    x = net.pool(x, "MaxPool", 3, 2, 1)
    for stage, layers in enumerate((6, 12, 24, 16)):
        for _ in range(layers):
            y = net.conv(norm_relu(net, x), 4 * GROWTH, act="Relu")
            x = net.concat(x, net.conv(y, GROWTH, 3))
        if stage < 3:
            x = net.conv(norm_relu(net, x), net.channels[x] // 2)
            x = net.pool(x, "AveragePool", 2, 2)
    net.classify(norm_relu(net, x))


def twice(net: Net, x: str, c: int) -> str:
    return net.conv(net.conv(x, c, 3, act="Relu"), c, 3, act="Relu")


def unet(net: Net) -> None:
    x = net.input("x", [1, 3, 128, 128])
    skips = []
    for c in (16, 32, 64, 128):
        x = twice(net, x, c)
        skips.append(x)
        x = net.pool(x, "MaxPool", 2, 2)
    x = twice(net, x, 256)
    for c, skip in zip((128, 64, 32, 16), reversed(skips)):
        weights = net.random(net.channels[x], c, 2, 2, fan_in=net.channels[x])
        x = net.op("ConvTranspose", x, weights, kernel_shape=[2, 2], strides=[2, 2])
        net.channels[x] = c
        x = twice(net, net.concat(x, skip), c)
    net.output(net.op("Sigmoid", net.conv(x, 1)))


ARCHITECTURES = (
    Architecture("densenet121", densenet121),
    Architecture("unet", unet, True),
)
