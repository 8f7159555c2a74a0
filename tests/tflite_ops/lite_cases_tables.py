# SPDX-License-Identifier: Apache-2.0
"""Hash tables that a subgraph fills when a session starts."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lite_common import Cases, start
from lite_model import Tensor


def texts(words: list[str]) -> bytes:
    """A buffer of strings: how many, where each begins, the end, the characters."""
    raw = [w.encode() for w in words]
    at = np.cumsum([4 * (len(raw) + 2)] + [len(w) for w in raw])
    return np.array([len(raw), *at], np.int32).tobytes() + b"".join(raw)


def cases() -> Cases:
    """Numbers to words and back, through two tables that a subgraph fills."""
    keys, words = [7, -3, 100, 0], ["a", "bb", "", "long word"]
    for n, asked in enumerate(([7, 100, 5], [[0, -3], [1, 7]], [9])):
        full, m = start(f"hash_tables_{n}")
        m.op("CALL_ONCE", [], [], "CallOnce", init_subgraph_index=1)

        def tables() -> tuple[Tensor, Tensor]:
            to_word, to_number = m.between("resource", None, [1]), m.between("resource", None, [1])
            string, number = schema.TensorType.STRING, schema.TensorType.INT64
            m.op("HASHTABLE", [], [to_word], "Hashtable", table_id=1, key_dtype=number, value_dtype=string)
            m.op("HASHTABLE", [], [to_number], "Hashtable", table_id=2, key_dtype=string, value_dtype=number)
            return to_word, to_number

        to_word, to_number = tables()
        x, found = m.given(asked, "i64"), m.between("string", None, np.shape(asked))
        m.op("HASHTABLE_FIND", [to_word, x, m.const("string", [1], data=texts(["?"]))], [found])
        m.op("HASHTABLE_FIND", [to_number, found, m.const("i64", [1], data=[-77])], [m.out("i64")])
        m.op("HASHTABLE_SIZE", [to_word], [m.out("i64")])
        m.subgraph()
        to_word, to_number = tables()
        for table, k, v in ((to_word, 0, 1), (to_number, 1, 0)):
            lists = [m.const("i64", [4], data=keys), m.const("string", [4], data=texts(words))]
            m.op("HASHTABLE_IMPORT", [table, lists[k], lists[v]], [])
        m.at = 0
        yield full, m
