# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Both dumps are there.
need "$MODEL"
ask info "$MODEL" --dump | grep -E '^(source_graph|plan_steps)$'
ask info "$ONNX" --dump | grep -cE 'Conv' | sed 's/[1-9][0-9]*/convolutions are listed/'
