# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Packed weights: written, used, and refused where they do not belong.
need "$MODEL"
ask optimize "$MODEL" fashion.pack --pack --cpu c
ask optimize "$MODEL" fashion.pack --pack --cpu c --json
ask optimize "$MODEL" fashion.pack
ask optimize "$MODEL" nowhere/fashion.pack --pack
ask run "$MODEL" "$PICTURES/bag.png" --pack fashion.pack --cpu c --top 1
ask run "$MODEL" "$PICTURES/bag.png" --pack fashion.pack --cpu ref
ask run "$ONNX" "$PICTURES/bag.png" --pack fashion.pack --cpu c
head -c 100 fashion.pack >cut.pack
ask run "$MODEL" "$PICTURES/bag.png" --pack cut.pack --cpu c
ask run "$MODEL" "$PICTURES/bag.png" --pack "$PICTURES/bag.png" --cpu c
"$HONE" optimize "$MODEL" best.pack --pack >/dev/null
"$HONE" run "$MODEL" "$PICTURES/bag.png" --json | sed '/_us"/d' >without.json
"$HONE" run "$MODEL" "$PICTURES/bag.png" --json --pack best.pack | sed '/_us"/d' >with.json
cmp without.json with.json && echo "the same answer"
ls
