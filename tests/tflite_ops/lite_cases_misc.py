# SPDX-License-Identifier: Apache-2.0
"""Segments, boxes, embeddings, diagonals, spectra, random numbers, and other single operators."""

from __future__ import annotations

from lite_common import Cases, start, text
from lite_model import Quant


def segments() -> Cases:
    for op in ("SUM", "PROD", "MAX", "MIN"):
        for kind in ("f32", "i32"):
            for n, (x, ids, count) in enumerate(
                (([5, 2], [0, 2, 2, 0, 1], 3), ([4], [1, 1, 3, 0], 5), ([3, 2, 2], [0, -1, 1], 2))
            ):
                full, m = start(f"unsorted_segment_{op.lower()}_{kind}_{n}")
                a = m.input(kind, x, None, *((-3, 3) if op == "PROD" else ()))
                options = f"UnsortedSegment{op.capitalize()}"
                m.op(
                    f"UNSORTED_SEGMENT_{op}",
                    [a, m.ints(ids), m.ints(count)],
                    [m.out(kind)],
                    options,
                )
                yield full, m
    for kind in ("f32", "i32"):
        full, m = start(f"segment_sum_{kind}")
        m.op(
            "SEGMENT_SUM",
            [m.input(kind, [5, 3]), m.ints([0, 0, 1, 1, 2])],
            [m.out(kind)],
            "SegmentSum",
        )
        yield full, m


def boxes() -> Cases:
    for op, options in (
        ("NON_MAX_SUPPRESSION_V4", "NonMaxSuppressionV4"),
        ("NON_MAX_SUPPRESSION_V5", "NonMaxSuppressionV5"),
    ):
        for n, (most, iou, score, sigma) in enumerate(
            ((5, 0.5, 0.1, 0.5), (3, 0.1, 0.4, 0.2), (9, 0.9, 0.0, 0.0), (0, 0.5, 0.0, 0.0))
        ):
            full, m = start(f"{op.lower()}_{n}")
            corners = m.input("f32", [9, 4], None, 0, 2)
            scores = m.input("f32", [9], None, 0, 1)
            operands = [corners, scores, m.ints(most)]
            operands += [
                m.const("f32", [], data=v)
                for v in ((iou, score, sigma) if op[-1] == "5" else (iou, score))
            ]
            outs = [m.out("i32")] + ([m.out("f32")] if op[-1] == "5" else []) + [m.out("i32")]
            m.op(op, operands, outs, options)
            yield full, m


def tables() -> Cases:
    for kind in ("f32", "i8", "u8", "i32"):
        full, m = start(f"embedding_lookup_{kind}")
        quant = Quant(0.1, 0) if kind in ("i8", "u8") else None
        m.op(
            "EMBEDDING_LOOKUP",
            [m.input("i32", [4], None, 0, 4), m.const(kind, [5, 3], quant)],
            [m.out(kind, quant)],
        )
        yield full, m
    full, m = start("embedding_lookup_hybrid")
    m.op(
        "EMBEDDING_LOOKUP",
        [m.input("i32", [4], None, 0, 4), m.const("i8", [5, 3], Quant(0.1, 0))],
        [m.out("f32")],
    )
    yield full, m
    for combiner in range(3):
        full, m = start(f"embedding_lookup_sparse_{combiner}")
        ids, weights = m.input("i32", [4], None, 0, 4), m.input("f32", [4], None, 0.5, 2)
        operands = [
            ids,
            m.ints([[0, 0], [0, 1], [1, 0], [2, 0]]),
            m.ints([3, 2]),
            weights,
            m.const("f32", [5, 3]),
        ]
        m.op(
            "EMBEDDING_LOOKUP_SPARSE",
            operands,
            [m.out("f32")],
            "EmbeddingLookupSparse",
            combiner=combiner,
        )
        yield full, m
    full, m = start("hashtable_lookup_f32")
    operands = [m.input("i32", [5], None, 0, 9), m.ints([1, 3, 5, 7]), m.const("f32", [4, 2])]
    m.op("HASHTABLE_LOOKUP", operands, [m.out("f32"), m.out("u8")])
    yield full, m
    for kind in ("f32", "i32"):
        full, m = start(f"lsh_projection_{kind}")
        operands = [m.const("f32", [3, 2]), m.input(kind, [4, 2]), m.const("f32", [4])]
        m.op("LSH_PROJECTION", operands, [m.out("i32")], "LSHProjection", type=2)
        yield full, m
        full, m = start(f"lsh_projection_sparse_{kind}")
        operands = [m.const("f32", [3, 2]), m.input(kind, [4, 2]), m.const("f32", [4])]
        m.op("LSH_PROJECTION", operands, [m.out("i32")], "LSHProjection", type=1)
        yield full, m


def shapes() -> Cases:
    for kind in ("f32", "i32", "i64", "i8", "u8", "i16"):
        full, m = start(f"matrix_diag_{kind}")
        m.op("MATRIX_DIAG", [m.input(kind, [2, 3])], [m.out(kind)], "MatrixDiag")
        yield full, m
        for x in ([2, 3, 3], [4, 2], [2, 5]):
            full, m = start(f"matrix_set_diag_{kind}_{text(x)}")
            m.op(
                "MATRIX_SET_DIAG",
                [m.input(kind, x), m.input(kind, x[:-2] + [min(x[-2:])])],
                [m.out(kind)],
                "MatrixSetDiag",
            )
            yield full, m
        if kind in ("f32", "i32", "i64", "i8", "u8"):
            for n, (ids, shape, count) in enumerate(
                (([1, 3], [5], 2), ([[0, 1], [2, 2]], [3, 4], 2), (2, [4], 0))
            ):
                full, m = start(f"sparse_to_dense_{kind}_{n}")
                values = m.input(kind, [count] if count else [], None, 1, 9)
                operands = [m.ints(ids), m.ints(shape), values, m.const(kind, [], data=3)]
                m.op("SPARSE_TO_DENSE", operands, [m.out(kind)], "SparseToDense")
                yield full, m
        full, m = start(f"dilate_{kind}")
        m.op(
            "DILATE",
            [m.input(kind, [3, 4]), m.ints([2, 3]), m.const(kind, [], data=1)],
            [m.out(kind)],
            "Dilate",
        )
        yield full, m
    for kind in ("f32", "f64", "i32", "i64"):
        full, m = start(f"bucketize_{kind}")
        x = m.input(kind, [3, 7], None, -5, 15)
        m.op("BUCKETIZE", [x], [m.out("i32")], "Bucketize", boundaries=[-2.0, 0.0, 3.5, 10.0])
        yield full, m


def spectra() -> Cases:
    for x, size in (
        ([8, 8], [8, 8]),
        ([2, 4, 8], [4, 8]),
        ([3, 5], [4, 4]),
        ([1, 16], [1, 16]),
        ([2, 32], [2, 16]),
    ):
        full, m = start(f"rfft2d_{text(x)}_{text(size)}")
        m.tolerance = 1e-4
        m.op("RFFT2D", [m.input("f32", x), m.ints(size)], [m.out("c64")], "Rfft2d")
        yield full, m


def random() -> Cases:
    for op in ("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL"):
        for seed in (0, 7):
            full, m = start(f"{op.lower()}_{seed}")
            m.is_random = True
            m.op(op, [m.ints([32, 32])], [m.out("f32")], "Random", seed=seed, seed2=3)
            yield full, m
    for kind in ("i32", "i64"):
        full, m = start(f"multinomial_{kind}")
        m.is_random = True
        m.op(
            "MULTINOMIAL",
            [m.input("f32", [1, 4]), m.ints(900)],
            [m.out(kind)],
            "Random",
            seed=1,
            seed2=3,
        )
        yield full, m
    for algorithm in (0, 1, 2):
        full, m = start(f"rng_bits_{algorithm}")
        m.op(
            "STABLEHLO_RNG_BIT_GENERATOR",
            [m.given([5, 9], "u64")],
            [m.out("u64"), m.out("i32")],
            "StablehloRngBitGenerator",
            algorithm=algorithm,
        )
        m.graph.outputs[0].shape, m.graph.outputs[1].shape = [2], [3, 4]
        yield full, m


def detections() -> Cases:
    flex = flexbuffer()
    for most in (4,):
        full, m = start(f"detection_postprocess_{most}")
        operands = [
            m.input("f32", [1, 6, 4]),
            m.input("f32", [1, 6, 3], None, 0, 1),
            m.const("f32", [6, 4], None, 0.1, 1),
        ]
        m.op(
            "custom:TFLite_Detection_PostProcess",
            operands,
            [m.out("f32") for _ in range(4)],
            custom=flex,
        )
        yield full, m


def flexbuffer() -> bytes:
    """The options of a detection: a map of numbers."""
    from flatbuffers import flexbuffers

    b = flexbuffers.Builder()
    with b.Map():
        b.Int("max_detections", 4)
        b.Int("max_classes_per_detection", 1)
        b.Float("nms_score_threshold", 0.2)
        b.Float("nms_iou_threshold", 0.5)
        b.Int("num_classes", 2)
        b.Float("y_scale", 10.0)
        b.Float("x_scale", 10.0)
        b.Float("h_scale", 5.0)
        b.Float("w_scale", 5.0)
    return bytes(b.Finish())


def cases() -> Cases:
    yield from segments()
    yield from boxes()
    yield from tables()
    yield from shapes()
    yield from spectra()
    yield from random()
    yield from detections()
