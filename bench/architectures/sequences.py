# SPDX-License-Identifier: Apache-2.0
"""Encoders of the sizes of BERT-tiny and MiniLM, an LSTM and a GRU."""

import numpy as np
from onnx import TensorProto

from architectures.net import Architecture, Net

VOCABULARY, N_TOKENS = 4000, 128


def heads_of(net: Net, x: str, heads: int, perm: list[int]) -> str:
    shape = net.constant(np.array([1, N_TOKENS, heads, -1], np.int64))
    return net.op("Transpose", net.op("Reshape", x, shape), perm=perm)


def attention(net: Net, x: str, width: int, heads: int) -> str:
    q = heads_of(net, net.dense(x, width, width), heads, [0, 2, 1, 3])
    k = heads_of(net, net.dense(x, width, width), heads, [0, 2, 3, 1])
    v = heads_of(net, net.dense(x, width, width), heads, [0, 2, 1, 3])
    root = net.constant(np.array(np.sqrt(width // heads), np.float32))
    y = net.op("Softmax", net.op("Div", net.op("MatMul", q, k), root), axis=-1)
    y = net.op("Transpose", net.op("MatMul", y, v), perm=[0, 2, 1, 3])
    y = net.op("Reshape", y, net.constant(np.array([1, N_TOKENS, width], np.int64)))
    return net.dense(y, width, width)


def add_norm(net: Net, x: str, y: str, width: int) -> str:
    scale, bias = (net.random(width, fan_in=200) for _ in range(2))
    return net.op("LayerNormalization", net.op("Add", x, y), scale, bias, axis=-1, epsilon=1e-12)


def gelu(net: Net, x: str) -> str:
    root, one, half = (net.constant(np.array(v, np.float32)) for v in (np.sqrt(2), 1.0, 0.5))
    y = net.op("Add", net.op("Erf", net.op("Div", x, root)), one)
    return net.op("Mul", net.op("Mul", x, y), half)


def encoder(net: Net, layers: int, width: int, heads: int) -> None:
    ids = net.input("ids", [1, N_TOKENS], TensorProto.INT64)
    x = net.op("Gather", net.random(VOCABULARY, width), ids)
    x = add_norm(net, x, net.random(1, N_TOKENS, width), width)
    for _ in range(layers):
        x = add_norm(net, x, attention(net, x, width, heads), width)
        y = net.dense(gelu(net, net.dense(x, width, 4 * width)), 4 * width, width)
        x = add_norm(net, x, y, width)
    net.output(x)


def recurrent(net: Net, op: str, gates: int) -> None:
    width, n_in, steps = 128, 64, 50
    x = net.input("x", [steps, 1, n_in])
    for _ in range(2):
        w = net.random(1, gates * width, n_in, fan_in=2 * n_in)
        r = net.random(1, gates * width, width, fan_in=2 * width)
        bias = net.random(1, 2 * gates * width, fan_in=200)
        y = net.node(op, x, w, r, bias, n_out=1, hidden_size=width)[0]
        x, n_in = net.op("Squeeze", y, net.constant(np.array([1], np.int64))), width
    net.output(net.dense(x, width, 10))


ARCHITECTURES = (
    Architecture("bert_tiny", lambda net: encoder(net, 2, 128, 2)),
    Architecture("minilm", lambda net: encoder(net, 6, 384, 12)),
    Architecture("lstm", lambda net: recurrent(net, "LSTM", 4)),
    Architecture("gru", lambda net: recurrent(net, "GRU", 3)),
)
