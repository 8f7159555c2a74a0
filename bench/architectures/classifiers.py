# SPDX-License-Identifier: Apache-2.0
"""ResNet-18 and -50, SqueezeNet 1.1."""

from architectures.net import Architecture, Net


def stem(net: Net) -> str:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 64, 7, 2, act="Relu")
    return net.pool(x, "MaxPool", 3, 2, 1)


def add_relu(net: Net, x: str, y: str) -> str:
    return net.op("Relu", net.op("Add", x, y))


def resnet18(net: Net) -> None:
    x = stem(net)
    for stage, width in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            y = net.conv(net.conv(x, width, 3, stride, act="Relu"), width, 3)
            x = add_relu(net, y, net.conv(x, width, 1, stride) if stride == 2 else x)
    net.classify(x)


def resnet50(net: Net) -> None:
    x = stem(net)
    for stage, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            y = net.conv(net.conv(x, width, act="Relu"), width, 3, stride, act="Relu")
            y = net.conv(y, 4 * width)
            x = add_relu(net, y, net.conv(x, 4 * width, 1, stride) if block == 0 else x)
    net.classify(x)


def squeezenet(net: Net) -> None:
    x = net.conv(net.input("x", [1, 3, 224, 224]), 64, 3, 2, act="Relu")
    x = net.pool(x, "MaxPool", 3, 2)
    for i, (squeeze, expand) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
    ):
        s = net.conv(x, squeeze, act="Relu")
        x = net.concat(net.conv(s, expand, act="Relu"), net.conv(s, expand, 3, act="Relu"))
        if i in (1, 3):
            x = net.pool(x, "MaxPool", 3, 2)
    x = net.conv(x, 1000, act="Relu")
    net.output(net.op("Flatten", net.op("GlobalAveragePool", x)))


ARCHITECTURES = (
    Architecture("resnet18", resnet18, True),
    Architecture("resnet50", resnet50, True),
    Architecture("squeezenet", squeezenet, True),
)
