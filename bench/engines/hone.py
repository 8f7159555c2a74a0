# SPDX-License-Identifier: Apache-2.0
"""hone, by the C API of its shared library, whose path is in HONE_LIBRARY."""

import ctypes
import os

import numpy as np

FILES = (".onnx", ".tflite")

MAX_RANK = 8
DTYPES = {1: "f4", 2: "f2", 4: "f8", 10: "i1", 11: "u1", 12: "i2", 13: "u2"} | {
    14: "i4",
    15: "u4",
    16: "i8",
    17: "u8",
    18: "?",
}


class InputShape(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("rank", ctypes.c_uint32),
        ("dim", ctypes.c_int64 * MAX_RANK),
    ]


class ModelOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("input_shapes", ctypes.POINTER(InputShape)),
        ("n_input_shapes", ctypes.c_uint32),
        ("entry", ctypes.c_char_p),
        ("data_folder", ctypes.c_char_p),
        ("constants", ctypes.c_void_p),
        ("n_constants", ctypes.c_uint32),
    ]


class SessionOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("threads", ctypes.c_uint32),
        ("providers", ctypes.c_char_p),
        ("strict_providers", ctypes.c_int),
        ("memory_limit", ctypes.c_uint64),
        ("keep_inputs", ctypes.c_int),
        ("tile_steps", ctypes.c_uint32),
        ("tile_rows", ctypes.c_uint32),
        ("plan_level", ctypes.c_int),
        ("cpu", ctypes.c_char_p),
        ("schedule_seed", ctypes.c_uint32),
        ("pack", ctypes.c_char_p),
    ]


class Tensor(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_uint32),
        ("dim", ctypes.c_int64 * MAX_RANK),
        ("data", ctypes.c_void_p),
        ("n_bytes", ctypes.c_size_t),
        ("scale", ctypes.c_float),
        ("zero_point", ctypes.c_int32),
    ]


LIBRARY = ctypes.CDLL(os.environ["HONE_LIBRARY"])
for function in ("hone_ctx_message", "hone_model_message", "hone_session_message"):
    getattr(LIBRARY, function).restype = ctypes.c_char_p


def array_of(tensor: Tensor) -> np.ndarray:
    """The tensor's memory as an array; it stays the session's."""
    shape = tuple(tensor.dim[: tensor.rank])
    dtype = np.dtype(DTYPES[tensor.dtype])
    if tensor.n_bytes == 0:
        return np.empty(shape, dtype)
    memory = (ctypes.c_char * tensor.n_bytes).from_address(tensor.data)
    return np.frombuffer(memory, dtype).reshape(shape)


class Engine:
    pack: str | None = None  # packed weights to load

    def __init__(self, path: str, threads: int, feeds: dict[str, np.ndarray]) -> None:
        self.ctx, self.model, self.session = (ctypes.c_void_p() for _ in range(3))
        self.check(LIBRARY.hone_ctx_new(None, ctypes.byref(self.ctx)), "ctx", self.ctx)
        shapes = (InputShape * len(feeds))()
        for shape, (name, value) in zip(shapes, feeds.items()):
            shape.name, shape.rank = name.encode(), value.ndim
            shape.dim[: value.ndim] = value.shape
        options = ModelOptions(ctypes.sizeof(ModelOptions), shapes, len(feeds))
        status = LIBRARY.hone_model_load(
            self.ctx, path.encode(), ctypes.byref(options), ctypes.byref(self.model)
        )
        self.check(status, "ctx", self.ctx)
        asked = SessionOptions(ctypes.sizeof(SessionOptions), threads, keep_inputs=1, plan_level=1)
        asked.pack = self.pack.encode() if self.pack else None
        status = LIBRARY.hone_session_new(
            self.model, ctypes.byref(asked), ctypes.byref(self.session)
        )
        self.check(status, "model", self.model)
        for i in range(LIBRARY.hone_model_input_count(self.model)):
            name, memory = self.tensor(LIBRARY.hone_session_input, i)
            memory[...] = feeds[name]

    def check(self, status: int, what: str, owner: ctypes.c_void_p) -> None:
        if status != 0:
            message = getattr(LIBRARY, f"hone_{what}_message")(owner)
            raise RuntimeError(message.decode() if message else f"status {status}")

    def tensor(self, function: "ctypes._FuncPointer", i: int) -> tuple[str, np.ndarray]:
        tensor = Tensor(ctypes.sizeof(Tensor))
        self.check(function(self.session, i, ctypes.byref(tensor)), "session", self.session)
        return tensor.name.decode(), array_of(tensor)

    def write_pack(self, path: str) -> None:
        status = LIBRARY.hone_session_write_pack(self.session, path.encode())
        self.check(status, "session", self.session)

    def run(self) -> None:
        self.check(LIBRARY.hone_session_run(self.session), "session", self.session)

    def outputs(self) -> list[np.ndarray]:
        n = LIBRARY.hone_model_output_count(self.model)
        return [self.tensor(LIBRARY.hone_session_output, i)[1].copy() for i in range(n)]
