# SPDX-License-Identifier: Apache-2.0
"""Writes the backend vectors of the installed onnx package to a folder, for `conformance --data`.

The node cases are made in memory by the package; the other kinds it carries as files. A case
becomes FOLDER/KIND/NAME with model.onnx, test_data_set_0/{input,output}_N.pb, and a file
`tolerance` ("RTOL ATOL") where the case states other tolerances than 1e-3 and 1e-7. Development
only: needs the packages onnx and numpy. With words only the node cases whose names hold one of them
are written, as tests/data/vectors has them.

    python3 tests/conformance/make_vectors.py FOLDER [WORD...]
"""

import sys
import warnings
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.test_case import TestCase
from onnx.backend.test.loader import load_model_tests

DEFAULT = (1e-3, 1e-7)
COPIED = ("simple", "pytorch-converted", "pytorch-operator")


def message_of(value: Any, info: onnx.ValueInfoProto) -> Any:
    """The value as a TensorProto, SequenceProto or OptionalProto, as its declared type asks."""
    kind = info.type.WhichOneof("value")
    if isinstance(value, onnx.TensorProto):
        value.name = info.name
        return value
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name)
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    return numpy_helper.from_array(numpy.asarray(value), info.name)


def write_ports(folder: Path, kind: str, values: Any, infos: Any) -> None:
    for i, (value, info) in enumerate(zip(values, infos)):
        path = folder / f"{kind}_{i}.pb"
        path.write_bytes(message_of(value, info).SerializeToString())


def write_case(case: TestCase, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(case.model, str(folder / "model.onnx"))
    if (case.rtol, case.atol) != DEFAULT:
        (folder / "tolerance").write_text(f"{case.rtol:g} {case.atol:g}\n")
    for i, (inputs, outputs) in enumerate(case.data_sets or []):
        data = folder / f"test_data_set_{i}"
        data.mkdir(exist_ok=True)
        write_ports(data, "input", inputs, case.model.graph.input)
        write_ports(data, "output", outputs, case.model.graph.output)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("usage: make_vectors.py FOLDER [WORD...]")
    target, words = Path(sys.argv[1]), sys.argv[2:]
    warnings.simplefilter("ignore")
    n_cases = 0
    for case in load_model_tests(kind="node"):
        if words and not any(word in case.name for word in words):
            continue
        write_case(case, target / "node" / case.name)
        n_cases += 1
    for kind in [] if words else COPIED:
        for case in load_model_tests(kind=kind):
            copytree(case.model_dir, target / kind / case.name, dirs_exist_ok=True)
            n_cases += 1
    print(f"{n_cases} cases of onnx {onnx.__version__} in {target}")


if __name__ == "__main__":
    main()
