# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Boxes: found by the outputs' shapes, as a table, as JSON, and drawn in the picture's size.
need "$HONE_SHARED/models/fomo_i8.tflite"
model=$HONE_SHARED/models/fomo_i8.tflite
picture=$PICTURES/bag.png
ask run "$model" "$picture" --min-score 0.01 --draw out/box.png | sed "s#$HONE_SHARED/##" | head -n 3
mkdir out
ask run "$model" "$picture" --min-score 0.01 --draw out/box.png | sed "s#$HONE_SHARED/##" | digits | head -n 3
python3 -c 'import struct; print(struct.unpack(">II", open("out/box.png", "rb").read(24)[16:]))'
ask run "$model" "$picture" "$PICTURES/coat.png" --min-score 0.01 --draw all >/dev/null
ls all
ask run "$model" "$picture" --min-score 0.01 --json | tail -n +2 | keys | grep -v outputs
ask run "$model" "$picture" --decode none | sed "s#$HONE_SHARED/##" | digits
ask run "$model" "$picture" --decode segments | sed "s#$HONE_SHARED/##" | digits | tail -n +2
ask run "$model" "$picture" --decode pose 2>&1 | sed "s#$HONE_SHARED/##"
ask run "$model" "$picture" --decode what 2>&1 | sed "s#$HONE_SHARED/##"
