# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Pictures to classes: each picture's file is named after its class.
need "$PICTURES"
for each in "$MODEL" "$ONNX"; do
    "$HONE" run "$each" "$PICTURES"/*.png --labels "$NAMES" --top 1 --json >all.json
    python3 - <<'P'
import json, os
for result in json.load(open("all.json"))["results"]:
    stem = os.path.basename(result["file"])[:-4]
    best = result["top"][0]
    print(stem, "|", best["label"], "| sure" if best["score"] > 0.5 else "| unsure")
P
done
ask run "$MODEL" "$PICTURES/bag.png" --labels "$NAMES" --top 3 | digits
ask run "$MODEL" "$PICTURES/bag.png" "$PICTURES/coat.png" --top 1 | digits
