# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a model is, in the three forms of the page; numbers of the plan are not held here.
need "$MODEL"
need "$ONNX"
ask info "$MODEL" | grep -vE '^(arena|steps| +[0-9,]+ borrowed)'
ask info "$ONNX" | grep -vE '^(arena|steps| +[0-9,]+ borrowed)'
ask info "$MODEL" --json | tail -n +2 | keys
ask info "$MODEL" --json --plan | tail -n +2 | keys | grep '^plan'
