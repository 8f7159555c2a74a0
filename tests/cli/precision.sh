# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Half precision by the portable definition, which every machine has; a model without floats says
# that there is nothing to do; what --precision does not take.
need "$ONNX"
need "$MODEL"
ask info "$ONNX" --cpu c --precision f16 | grep -E '^\$|half'
ask info "$ONNX" --cpu c --precision f32 | grep -E '^\$|half' || true
ask info "$MODEL" --cpu c --precision f16 | grep -E '^\$|half'
ask bench "$ONNX" --cpu c --precision f16 --runs 2 --warmup 0 | grep -E '^\$|half'
"$HONE" bench "$ONNX" --cpu c --precision f16 --runs 2 --warmup 0 --json >half.json
python3 - <<'P'
import json
b = json.load(open("half.json"))
print(b["precision"], 0 < b["half_steps"] < b["steps"])
P
ask run "$ONNX" "$PICTURES/bag.png" --cpu c --precision f16 --top 1
ask run "$ONNX" "$PICTURES/bag.png" --precision f64
