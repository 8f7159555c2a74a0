# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What keeps a model from running or from being written: all of it, with a reason each.
need "$MODEL"
BROKEN=$ROOT/tests/data/onnx/problems.onnx
ask check "$MODEL"
ask check "$MODEL" --json
ask check "$MODEL" --target c
ask check "$ONNX" --target onnx
ask check "$BROKEN"
ask check "$BROKEN" --json
ask check "$BROKEN" --target tflite
ask check "$MODEL" --target pytorch
ask check absent.tflite
ask help check | head -n 8
