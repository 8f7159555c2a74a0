# SPDX-License-Identifier: Apache-2.0
"""Tables by key, hashes of items, groups of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lite_common import Cases, start
from lite_model import Quant, Tensor


def texts(words: list[str]) -> bytes:
    """A buffer of strings: how many, where each begins, the end, the characters."""
    raw = [w.encode() for w in words]
    at = np.cumsum([4 * (len(raw) + 2)] + [len(w) for w in raw])
    return np.array([len(raw), *at], np.int32).tobytes() + b"".join(raw)


def hash_tables() -> Cases:
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


def keyed_rows() -> Cases:
    """Keys below, between and above; one key alone; rows of any rank and type."""
    keys = [-7, 1, 3, 5, 7, 900]
    asked = [5, 0, -7, 900, 901, -8, 3, 3]
    for kind in ("f32", "i32", "i64", "i8", "u8", "i16", "bool", "f16"):
        for n, row in enumerate(([], [2], [2, 3])):
            full, m = start(f"keyed_rows_{kind}_{n}")
            quant = Quant(0.1, 3) if kind in ("i8", "u8") else None
            operands = [m.given(asked), m.ints(keys), m.const(kind, [len(keys)] + row, quant)]
            m.op("HASHTABLE_LOOKUP", operands, [m.out(kind, quant), m.out("u8")])
            yield full, m
    for n, (k, a) in enumerate((([4], [4, 5, 3]), ([1, 2], [0, 1, 2, 3]), ([5, 1, 9], [1, 5, 9]))):
        full, m = start(f"keyed_rows_few_{n}")
        operands = [m.given(a), m.ints(k), m.input("f32", [len(k), 3])]
        m.op("HASHTABLE_LOOKUP", operands, [m.out("f32"), m.out("u8")])
        yield full, m
    full, m = start("keyed_rows_string")
    words = ["a", "", "three", "f i v e", "seven", "nine hundred"]
    operands = [m.given(asked), m.ints(keys), m.const("string", [6], data=texts(words))]
    m.op("HASHTABLE_LOOKUP", operands, [m.out("string"), m.out("u8")])
    yield full, m


def projections() -> Cases:
    """Items of every length that the hash has a form for."""
    for kind, width in [("u8", w) for w in (1, 2, 3, 4, 5, 11, 12, 13, 27, 28, 29, 59, 60, 61)] + [
        ("f32", w) for w in (0, 1, 3, 8, 16, 31, 32, 33, 64, 100)
    ]:
        for kind_of in (1, 2):
            for has_weights in (False, True):
                full, m = start(f"projection_{kind}_{width}_{kind_of}_{int(has_weights)}")
                operands = [m.const("f32", [3, 4]), m.input(kind, [5, width] if width else [5])]
                if has_weights:
                    operands.append(m.input("f32", [5]))
                m.op("LSH_PROJECTION", operands, [m.out("i32")], "LSHProjection", type=kind_of)
                yield full, m
    full, m = start("projection_wide")
    operands = [m.const("f32", [4, 31]), m.input("i64", [2, 3])]
    m.op("LSH_PROJECTION", operands, [m.out("i32")], "LSHProjection", type=1)
    yield full, m


def word_groups() -> Cases:
    sentences = [
        "a bb ccc dddd e",
        "the quick brown fox jumps over the lazy dog",
        "  two  spaces\tand\na line ",
        " a b",
        "a",
        "",
        " ",
        " word",
    ]
    sizes: list[dict[str, Any]] = [
        {"ngram_size": n, "max_skip_size": k, "include_all_ngrams": a}
        for n in (1, 2, 3, 5)
        for k in (0, 1, 3)
        for a in (False, True)
    ]
    sizes += [
        {"ngram_size": 0, "max_skip_size": 1},
        {"ngram_size": 2, "max_skip_size": -1, "include_all_ngrams": True},
    ]
    for n, sentence in enumerate(sentences):
        for k, options in enumerate(sizes):
            full, m = start(f"skip_gram_{n}_{k}")
            is_const = (n + k) % 4 == 0
            if is_const:
                x = m.const("string", [1], data=texts([sentence]))
            else:
                x = m.input("string", [1], data=[sentence])
            m.op("SKIP_GRAM", [x], [m.out("string")], "SkipGram", **options)
            yield full, m


def cases() -> Cases:
    yield from hash_tables()
    yield from keyed_rows()
    yield from projections()
    yield from word_groups()
