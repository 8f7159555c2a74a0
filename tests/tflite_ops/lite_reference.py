# SPDX-License-Identifier: Apache-2.0
"""What LiteRT answers: BUILTIN_REF, or BUILTIN_WITHOUT_DEFAULT_DELEGATES where it lacks the op."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from lite_model import Model, Tensor

REF, DEFAULT = "ref", "default"
RESOLVERS = {
    REF: OpResolverType.BUILTIN_REF,
    DEFAULT: OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}


@dataclass
class Answer:
    """outputs[run][i]; resolver: which one ran; refused: the message where none did."""

    resolver: str = REF
    outputs: list[list[Any]] = field(default_factory=list)
    shapes: dict[int, list[int]] = field(default_factory=dict)
    refused: str = ""
    failed: str = ""


def input_array(t: Tensor, run: int) -> Any:
    """An input of a run, in the form that the interpreter takes."""
    if t.dtype == "string":
        return np.array(t.data, dtype=object).reshape(t.shape)
    return t.array(1000003 * run)


def open_model(data: bytes, model: Model, resolver: str) -> Any:
    interpreter = Interpreter(
        model_content=data, experimental_op_resolver_type=RESOLVERS[resolver], num_threads=1
    )
    for t, d in zip(model.graphs[0].inputs, interpreter.get_input_details()):
        if t.signature is not None:
            interpreter.resize_tensor_input(d["index"], t.shape)
    interpreter.allocate_tensors()
    return interpreter


def attempt(model: Model, data: bytes, resolver: str) -> Answer:
    answer = Answer(resolver)
    try:
        interpreter = open_model(data, model, resolver)
    except (RuntimeError, ValueError) as e:
        answer.refused = " ".join(str(e).split())
        return answer
    details = interpreter.get_output_details()
    before = [list(d["shape"]) for d in details]
    try:
        for run in range(model.runs):
            for t, d in zip(model.graphs[0].inputs, interpreter.get_input_details()):
                interpreter.set_tensor(d["index"], input_array(t, run))
            interpreter.invoke()
            answer.outputs.append([np.array(interpreter.get_tensor(d["index"])) for d in details])
    except (RuntimeError, ValueError) as e:
        answer.failed = " ".join(str(e).split())
        return answer
    for d, shape in zip(interpreter.get_output_details(), before):
        if list(d["shape"]) == shape:
            answer.shapes[d["index"]] = shape
    return answer


def ask(model: Model) -> tuple[bytes, list[tuple[int, int, Tensor]], Answer]:
    """The file with the shapes of its outputs as LiteRT finds them, its places, and the answer."""
    data, places = model.pack()
    answer = attempt(model, data, model.resolver)
    if answer.refused and model.resolver == REF:
        other = attempt(model, data, DEFAULT)
        if not other.refused:
            answer = other
    if not answer.refused:
        for t in model.graphs[0].outputs:
            found = answer.shapes.get(t.index)
            t.shape = [int(v) for v in found] if found is not None else []
            rank = answer.outputs[0][model.graphs[0].outputs.index(t)].ndim if answer.outputs else 0
            if found is None and rank > 0:
                t.shape, t.signature = [1] * rank, [-1] * rank
        data, places = model.pack()
    return data, places, answer
