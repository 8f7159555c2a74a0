# SPDX-License-Identifier: Apache-2.0
"""Writes vectors of the com.microsoft and ai.onnx.ml operators, made by ONNX Runtime, to a folder.

Each case is a model of one node with random weights and inputs; its outputs are what ONNX Runtime
gives. The layout is that of make_vectors.py. Development only: needs onnx, onnxruntime and numpy.

    python3 tests/conformance/make_contrib.py FOLDER
    build/release/conformance --data FOLDER test_
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(7)
F32 = np.float32


def floats(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(F32)


def u8(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def s8(*shape: int) -> np.ndarray:
    return RNG.integers(-128, 128, shape, dtype=np.int8)


def number(value: float, dtype: Any = F32) -> np.ndarray:
    return np.array(value, dtype=dtype)


class Case:
    """A node: operands that are inputs, operands that are constants, attributes."""

    def __init__(self, op: str, name: str, operands: list, n_out: int = 1, **attrs: Any) -> None:
        self.op, self.name, self.operands, self.n_out = op, name, operands, n_out
        self.domain = attrs.pop("domain", "com.microsoft")
        self.fixed = attrs.pop("fixed", ())
        self.out_types = attrs.pop("out_types", None)
        self.ml_version = attrs.pop("ml_version", 3)
        self.attrs = attrs

    def model(self) -> onnx.ModelProto:
        names, inputs, constants = [], [], []
        for i, value in enumerate(self.operands):
            names.append("" if value is None else f"in{i}")
            if value is None:
                continue
            if i in self.fixed:
                constants.append(numpy_helper.from_array(value, f"in{i}"))
                continue
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            inputs.append(helper.make_tensor_value_info(f"in{i}", kind, value.shape))
        outputs = [f"out{i}" for i in range(self.n_out)]
        node = helper.make_node(self.op, names, outputs, domain=self.domain, **self.attrs)
        infos = [onnx.ValueInfoProto(name=name) for name in outputs]
        graph = helper.make_graph([node], self.name, inputs, infos, constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        opsets.append(helper.make_opsetid("ai.onnx.ml", self.ml_version))
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = 8
        return model

    def write(self, folder: Path) -> None:
        model = self.model()
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        feed = {
            f"in{i}": value
            for i, value in enumerate(self.operands)
            if value is not None and i not in self.fixed
        }
        results = session.run(None, feed)
        data = folder / "test_data_set_0"
        data.mkdir(parents=True, exist_ok=True)
        del model.graph.output[:]
        for i, result in enumerate(results):
            if isinstance(result, list):
                result = np.array(result)
            kind = TensorProto.STRING if result.dtype == object else None
            kind = kind or helper.np_dtype_to_tensor_dtype(result.dtype)
            info = helper.make_tensor_value_info(f"out{i}", kind, result.shape)
            model.graph.output.append(info)
            tensor = numpy_helper.from_array(result, f"out{i}")
            (data / f"output_{i}.pb").write_bytes(tensor.SerializeToString())
        onnx.save(model, str(folder / "model.onnx"))
        for i, (name, value) in enumerate(feed.items()):
            tensor = numpy_helper.from_array(value, name)
            (data / f"input_{i}.pb").write_bytes(tensor.SerializeToString())


def fused_cases() -> list:
    a, b = floats(2, 3, 4), floats(2, 4, 5)
    bt = floats(2, 5, 4)
    return [
        Case("FusedMatMul", "fused_matmul", [a, b], alpha=0.5),
        Case("FusedMatMul", "fused_matmul_trans_b", [a, bt], transB=1, alpha=2.0),
        Case("FusedMatMul", "fused_matmul_trans_a", [floats(2, 4, 3), b], transA=1),
        Case("BiasGelu", "bias_gelu", [floats(2, 3, 8), floats(8)]),
        Case("FastGelu", "fast_gelu", [floats(2, 3, 8)]),
        Case("FastGelu", "fast_gelu_bias", [floats(2, 3, 8), floats(8)]),
        Case("Gelu", "gelu", [floats(2, 3, 8)]),
        Case("QuickGelu", "quick_gelu", [floats(2, 3, 8)], alpha=1.702),
        Case("FusedConv", "fused_conv", [floats(1, 3, 6, 6), floats(4, 3, 3, 3), floats(4)],
             fixed=(1, 2), activation="Relu", kernel_shape=[3, 3]),
        Case("FusedGemm", "fused_gemm", [floats(3, 4), floats(4, 5), floats(5)], activation="Relu"),
        Case("SkipLayerNormalization", "skip_norm",
             [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8)], epsilon=1e-5),
        Case("SkipLayerNormalization", "skip_norm_bias",
             [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8), floats(8)]),
        Case("SkipSimplifiedLayerNormalization", "skip_rms_norm",
             [floats(2, 3, 8), floats(2, 3, 8), floats(8)], epsilon=1e-6),
        Case("SimplifiedLayerNormalization", "rms_norm", [floats(2, 3, 8), floats(8)],
             domain="", axis=-1, epsilon=1e-5),
        Case("EmbedLayerNormalization", "embed_norm",
             [RNG.integers(0, 20, (2, 4)).astype(np.int32),
              RNG.integers(0, 2, (2, 4)).astype(np.int32),
              floats(20, 8), floats(10, 8), floats(2, 8), floats(8), floats(8)], n_out=2),
        Case("EmbedLayerNormalization", "embed_norm_mask",
             [RNG.integers(0, 20, (2, 4)).astype(np.int32), None, floats(20, 8), floats(10, 8),
              None, floats(8), floats(8), np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)],
             n_out=2),
    ]  # fmt: skip


def attention_cases() -> list:
    x, w, b = floats(2, 4, 8), floats(8, 24), floats(24)
    q, k, v = floats(2, 3, 8), floats(2, 5, 8), floats(2, 5, 8)
    keys = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    mask = np.array([[1, 1, 1, 0], [1, 1, 1, 1]], np.int32)
    return [
        Case("Attention", "ms_attention", [x, w, b], num_heads=2),
        Case("Attention", "ms_attention_causal", [x, w, b], num_heads=2, unidirectional=1),
        Case("Attention", "ms_attention_mask", [x, w, b, mask], num_heads=2),
        Case("Attention", "ms_attention_lengths", [x, w, b, np.array([3, 4], np.int32)],
             num_heads=2),
        Case("MultiHeadAttention", "ms_mha", [q, k, v], num_heads=2),
        Case("MultiHeadAttention", "ms_mha_bias", [q, k, v, b], num_heads=2),
        Case("MultiHeadAttention", "ms_mha_mask", [q, k, v, None, keys], num_heads=2),
        Case("MultiHeadAttention", "ms_mha_scores", [q, k, v, None, None, floats(2, 2, 3, 5)],
             num_heads=2, scale=0.25),
    ]  # fmt: skip


def bits_cases() -> list:
    cases = []
    for name, n, k, block, zeros in (("", 6, 32, 16, False), ("_zeros", 5, 64, 32, True),
                                     ("_tail", 4, 40, 16, True)):  # fmt: skip
        n_blocks = -(-k // block)
        operands = [floats(3, k), u8(n, n_blocks, block // 2), np.abs(floats(n * n_blocks))]
        if zeros:
            operands.append(u8(n * (-(-n_blocks // 2))))
        cases.append(Case("MatMulNBits", f"matmul_4_bits{name}", operands,
                          fixed=(1, 2, 3), K=k, N=n, bits=4, block_size=block))  # fmt: skip
    cases.append(Case("MatMulIntegerToFloat", "matmul_integer_to_float",
                      [u8(3, 4), s8(4, 5), number(0.02), number(0.03), number(7, np.uint8),
                       None, floats(5)], fixed=(1,)))  # fmt: skip
    cases.append(Case("DynamicQuantizeMatMul", "dynamic_quantize_matmul",
                      [floats(3, 4), s8(4, 5), number(0.03), number(0, np.int8), floats(5)],
                      fixed=(1, 2, 3)))  # fmt: skip
    return cases


def qlinear_cases() -> list:
    def scaled(value: np.ndarray, scale: float, zero: int) -> list:
        return [value, number(scale), number(zero, value.dtype)]

    cases = []
    out = [number(0.0531), number(120, np.uint8)]
    one = scaled(u8(1, 3, 4, 4), 0.0213, 100)
    pair = scaled(u8(1, 3, 4, 4), 0.0317, 140)
    for op in ("Add", "Mul"):
        cases.append(Case(f"QLinear{op}", f"qlinear_{op.lower()}", one + pair + out,
                          fixed=(1, 2, 4, 5, 6, 7)))  # fmt: skip
        signed = scaled(s8(2, 5), 0.0213, 3) + scaled(s8(1, 5), 0.0117, -9)
        cases.append(Case(f"QLinear{op}", f"qlinear_{op.lower()}_s8",
                          signed + [number(0.0431), number(-5, np.int8)],
                          fixed=(1, 2, 4, 5, 6, 7)))  # fmt: skip
    for op, name, attrs in (
        ("QLinearSigmoid", "sigmoid", {}),
        ("QLinearLeakyRelu", "leaky_relu", {"alpha": 0.1}),
        ("QLinearGlobalAveragePool", "global_average_pool", {"channels_last": 0}),
        ("QLinearAveragePool", "average_pool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ):
        ends = [number(1 / 256), number(0, np.uint8)] if name == "sigmoid" else out
        cases.append(Case(op, f"qlinear_{name}", one + ends, fixed=(1, 2, 3, 4), **attrs))
    softmax = [number(1 / 256), number(0, np.uint8)]
    cases.append(Case("QLinearSoftmax", "qlinear_softmax", scaled(u8(2, 10), 0.0531, 128) + softmax,
                      fixed=(1, 2, 3, 4), axis=-1, opset=13))  # fmt: skip
    cases.append(Case("QLinearConcat", "qlinear_concat", out + one + pair,
                      fixed=(0, 1, 3, 4, 6, 7), axis=1))  # fmt: skip
    gemm = scaled(u8(3, 4), 0.0213, 100) + scaled(s8(4, 5), 0.01, 0)
    bias = RNG.integers(-500, 500, (5,)).astype(np.int32)
    cases.append(Case("QGemm", "qgemm", gemm + [bias] + out, fixed=(1, 2, 3, 4, 5, 6, 7, 8)))
    return cases


def tree_attrs() -> dict:
    """Two trees of depth two over three features."""
    n = 7
    return {
        "nodes_treeids": [0] * n + [1] * n,
        "nodes_nodeids": list(range(n)) * 2,
        "nodes_featureids": [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0],
        "nodes_modes": (["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT"] + ["LEAF"] * 4) * 2,
        "nodes_values": [0.1, -0.2, 0.3, 0, 0, 0, 0, -0.1, 0.2, 0.0, 0, 0, 0, 0],
        "nodes_truenodeids": [1, 3, 5, 0, 0, 0, 0] * 2,
        "nodes_falsenodeids": [2, 4, 6, 0, 0, 0, 0] * 2,
        "nodes_hitrates": [1.0] * (2 * n),
        "nodes_missing_value_tracks_true": [0] * (2 * n),
    }


def ml_cases() -> list:
    x = floats(6, 3)
    leaves = {"treeids": [0] * 4 + [1] * 4, "nodeids": [3, 4, 5, 6] * 2}
    weights = [float(v) for v in RNG.standard_normal(8)]
    positive = [abs(v) / 4 for v in weights]
    target = {f"target_{k}": v for k, v in leaves.items()}
    votes = {f"class_{k}": v for k, v in leaves.items()}
    linear = [float(v) for v in RNG.standard_normal(9)]
    words = np.array(["a", "b", "z"], dtype=object)

    def case(op: str, name: str, operands: list, n_out: int = 1, **attrs: Any) -> Case:
        return Case(op, f"ml_{name}", operands, n_out, domain="ai.onnx.ml", **attrs)

    return [
        case("Scaler", "scaler", [x], offset=[0.1, 0.2, 0.3], scale=[2.0, 3.0, 4.0]),
        case("Binarizer", "binarizer", [x], threshold=0.2),
        case("Normalizer", "normalizer_l1", [x], norm="L1"),
        case("Normalizer", "normalizer_l2", [x], norm="L2"),
        case("ArrayFeatureExtractor", "features", [x, np.array([2, 0])]),
        case("LinearRegressor", "linear_regressor", [x], coefficients=linear[:6],
             intercepts=[0.5, -0.5], targets=2),
        case("LinearClassifier", "linear_classifier", [x], 2, coefficients=linear,
             intercepts=[0.1, 0.2, 0.3], classlabels_ints=[4, 7, 9], post_transform="SOFTMAX"),
        case("LinearClassifier", "linear_classifier_text", [x], 2, coefficients=linear,
             intercepts=[0.1, 0.2, 0.3], classlabels_strings=["x", "y", "z"]),
        case("LabelEncoder", "label_encoder", [words], keys_strings=["a", "b"],
             values_int64s=[3, 5], default_int64=-7),
        case("LabelEncoder", "label_encoder_numbers", [np.array([1, 2, 3])], keys_int64s=[1, 3],
             values_strings=["one", "three"], default_string="none"),
        case("TreeEnsembleRegressor", "tree_regressor", [x], n_targets=2,
             target_ids=[0, 1, 0, 1] * 2, target_weights=weights, **target, **tree_attrs()),
        case("TreeEnsembleRegressor", "tree_regressor_average", [x], n_targets=1,
             aggregate_function="AVERAGE", base_values=[0.5], target_ids=[0] * 8,
             target_weights=weights, **target, **tree_attrs()),
        case("TreeEnsembleClassifier", "tree_classifier", [x], 2, class_ids=[0, 1, 2, 0] * 2,
             class_weights=positive, classlabels_int64s=[1, 2, 3], post_transform="SOFTMAX",
             **votes, **tree_attrs()),
        case("TreeEnsembleClassifier", "tree_classifier_text", [x], 2, class_ids=[0, 1, 2, 2] * 2,
             class_weights=positive, classlabels_strings=["no", "may", "yes"],
             **votes, **tree_attrs()),
        case("TreeEnsembleClassifier", "tree_classifier_second", [x], 2, class_ids=[1] * 8,
             class_weights=positive, classlabels_int64s=[0, 1], **votes, **tree_attrs()),
        case("TreeEnsembleClassifier", "tree_classifier_first", [x], 2, class_ids=[0] * 8,
             class_weights=positive, classlabels_int64s=[0, 1], **votes, **tree_attrs()),
        case("TreeEnsembleClassifier", "tree_classifier_logistic", [x], 2, class_ids=[0] * 8,
             class_weights=weights, classlabels_int64s=[0, 1], post_transform="LOGISTIC",
             **votes, **tree_attrs()),
    ]  # fmt: skip


def svm_attrs(n_classes: int, kernel: str) -> dict:
    """A machine over three features with random vectors."""
    counts = [2, 3, 2, 4][:n_classes]
    n, n_pairs = sum(counts), n_classes * (n_classes - 1) // 2
    return {
        "kernel_type": kernel,
        "kernel_params": [0.5, 0.3, 2.0],
        "support_vectors": floats(n * 3).tolist(),
        "vectors_per_class": counts,
        "coefficients": floats((n_classes - 1) * n).tolist(),
        "rho": floats(n_pairs).tolist(),
        "classlabels_ints": [10, 20, 30, 40][:n_classes],
    }


def pair_attrs(n_classes: int) -> dict:
    n = n_classes * (n_classes - 1) // 2
    return {"prob_a": (-np.abs(floats(n))).tolist(), "prob_b": floats(n).tolist()}


def svm_cases() -> list:
    x = floats(5, 3)

    def case(op: str, name: str, n_out: int = 1, **attrs: Any) -> Case:
        return Case(op, f"ml_svm_{name}", [x], n_out, domain="ai.onnx.ml", **attrs)

    def classifier(name: str, n: int, kernel: str, **more: Any) -> Case:
        return case("SVMClassifier", f"classifier_{name}", 2, **svm_attrs(n, kernel), **more)

    cases = []
    for kernel in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        machine = svm_attrs(2, kernel)
        n = sum(machine.pop("vectors_per_class"))
        del machine["classlabels_ints"]
        cases.append(case("SVMRegressor", f"regressor_{kernel.lower()}", n_supports=n, **machine))
        machine["one_class"] = 1
        cases.append(case("SVMRegressor", f"one_class_{kernel.lower()}", n_supports=n, **machine))
    linear = {"kernel_type": "LINEAR", "kernel_params": [0.5, 0.3, 2.0], "rho": [0.2]}
    cases.append(case("SVMRegressor", "regressor_plain", coefficients=floats(3).tolist(), **linear))
    for transform in ("NONE", "LOGISTIC", "SOFTMAX"):
        for n in (2, 3, 4):
            name = f"{n}_{transform.lower()}"
            cases.append(classifier(name, n, "RBF", post_transform=transform))
            cases.append(classifier(f"{name}_p", n, "POLY", post_transform=transform,
                                    **pair_attrs(n)))  # fmt: skip
    for n in (2, 3):
        cases.append(case("SVMClassifier", f"classifier_plain_{n}", 2,
                          coefficients=floats(3 * n).tolist(),
                          classlabels_strings=["a", "b", "c"][:n], **linear))  # fmt: skip
    positive = np.abs(floats(6)).tolist()
    cases.append(case("SVMClassifier", "classifier_plain_positive", 2, coefficients=positive,
                      classlabels_ints=[1, 2], **linear))  # fmt: skip
    return cases


def tensor(value: list, dtype: Any) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, dtype))


def forest_attrs(dtype: Any) -> dict:
    """Two trees over three features, whose branches and leaves are in one list each."""
    nan = float("nan")
    return {
        "tree_roots": [0, 3],
        "nodes_featureids": [0, 1, 2, 2, 0],
        "nodes_modes": tensor([0, 6, 3, 1, 2], np.uint8),
        "nodes_splits": tensor([0.1, 0.0, 0.3, -0.1, 0.2], dtype),
        "nodes_truenodeids": [1, 0, 2, 4, 5],
        "nodes_falsenodeids": [2, 1, 3, 4, 6],
        "nodes_trueleafs": [0, 1, 1, 0, 1],
        "nodes_falseleafs": [0, 1, 1, 1, 1],
        "nodes_missing_value_tracks_true": [0, 1, 0, 1, 0],
        "membership_values": tensor([1.0, 2.0, -1.0, nan], dtype),
        "leaf_targetids": [0, 1, 0, 1, 1, 0, 1],
        "leaf_weights": tensor(floats(7).tolist(), dtype),
        "n_targets": 2,
    }


def forest_cases() -> list:
    x = np.round(floats(12, 3) * 2)
    x[1, 0] = x[3, 1] = np.nan
    cases = []
    for how in range(4):
        cases.append(Case("TreeEnsemble", f"ml_forest_{how}", [x], domain="ai.onnx.ml",
                          ml_version=5, aggregate_function=how, **forest_attrs(F32)))  # fmt: skip
    for transform in (3, 4):  # of 1 and 2 ONNX Runtime has another opinion
        cases.append(Case("TreeEnsemble", f"ml_forest_transform_{transform}", [x],
                          domain="ai.onnx.ml", ml_version=5, post_transform=transform,
                          **forest_attrs(F32)))  # fmt: skip
    cases.append(Case("TreeEnsemble", "ml_forest_double", [x.astype(np.float64)],
                      domain="ai.onnx.ml", ml_version=5, **forest_attrs(np.float64)))  # fmt: skip
    return cases


def feature_cases() -> list:
    x = np.round(floats(4, 3) * 2)
    holes = x.copy()
    holes[0, 1] = holes[2, 2] = np.nan
    whole = RNG.integers(-1, 3, (2, 5))
    words = np.array([["b", "x"], ["a", "c"]], dtype=object)

    def case(op: str, name: str, operands: list, **attrs: Any) -> Case:
        return Case(op, f"ml_{name}", operands, domain="ai.onnx.ml", **attrs)

    return [
        case("Imputer", "imputer", [x], imputed_value_floats=[0.5, 1.5, 2.5],
             replaced_value_float=0.0),
        case("Imputer", "imputer_nan", [holes], imputed_value_floats=[0.5],
             replaced_value_float=float("nan")),
        case("Imputer", "imputer_whole", [whole], imputed_value_int64s=[7],
             replaced_value_int64=-1),
        case("FeatureVectorizer", "features_joined", [x, x[:, :2], floats(4, 2)],
             inputdimensions=[3, 1, 4]),
        case("FeatureVectorizer", "features_whole", [whole], inputdimensions=[5]),
        case("OneHotEncoder", "one_hot", [whole], cats_int64s=[0, 2, -1]),
        case("OneHotEncoder", "one_hot_real", [x], cats_int64s=[-2, 0, 1]),
        case("OneHotEncoder", "one_hot_text", [words], cats_strings=["a", "b", "c"]),
        case("OneHotEncoder", "one_hot_closed", [words], cats_strings=["x", "c", "a", "b"],
             zeros=0),
        case("CategoryMapper", "categories", [words], cats_strings=["a", "b"],
             cats_int64s=[5, -6], default_int64=9),
        case("CategoryMapper", "categories_back", [whole], cats_strings=["two", "none"],
             cats_int64s=[2, 0], default_string="?"),
        case("LabelEncoder", "label_encoder_1", [words], classes_strings=["b", "a"],
             default_int64=3, ml_version=1),
        case("LabelEncoder", "label_encoder_1_back", [whole], classes_strings=["nil", "one"],
             default_string="?", ml_version=1),
    ]  # fmt: skip


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: make_contrib.py FOLDER")
    n_cases = 0
    groups = (fused_cases, attention_cases, bits_cases, qlinear_cases, ml_cases, svm_cases,
              forest_cases, feature_cases)  # fmt: skip
    for case in [case for group in groups for case in group()]:
        case.write(Path(sys.argv[1]) / "contrib" / f"test_{case.name}")
        n_cases += 1
    print(f"{n_cases} cases by onnxruntime {onnxruntime.__version__} in {sys.argv[1]}")


if __name__ == "__main__":
    main()
