# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Tuning: measured, used, packed with, and refused where it does not belong.
need "$MODEL"
ask tune "$MODEL"
ask tune "$MODEL" nowhere/fashion.tune --threads 1 --cpu c
ask tune "$MODEL" fashion.tune --threads 1 --cpu c | sed -E 's/: [0-9]+ choices.*/: N choices/' | measured
sed -E 's/[0-9a-f]{32}/DIGEST/; s/#.*//; s/ +$//' fashion.tune | grep -v '^tile' | sed -E 's/^end .*/end/'
ask run "$MODEL" "$PICTURES/bag.png" --tune fashion.tune --cpu c --threads 1 --top 1
ask run "$MODEL" "$PICTURES/bag.png" --tune fashion.tune --cpu ref --threads 1
ask run "$MODEL" "$PICTURES/bag.png" --tune fashion.tune --cpu c --threads 2
ask run "$ONNX" "$PICTURES/bag.png" --tune fashion.tune --cpu c --threads 1
head -n 7 fashion.tune >cut.tune
ask run "$MODEL" "$PICTURES/bag.png" --tune cut.tune --cpu c --threads 1
sed 's/conv_s8_c/conv_s8_z/' fashion.tune >wrong.tune
ask run "$MODEL" "$PICTURES/bag.png" --tune wrong.tune --cpu c --threads 1
ask run "$MODEL" "$PICTURES/bag.png" --tune "$MODEL" --cpu c --threads 1
sed -E '6s/^step [0-9a-f]{8}/step 00000000/' fashion.tune >other.tune
ask run "$MODEL" "$PICTURES/bag.png" --tune other.tune --cpu c --threads 1 --top 1 2>&1 | sed -E 's/of [0-9]+ choices/of N choices/'
ask optimize "$MODEL" fashion.pack --pack --tune fashion.tune --cpu c --threads 1
"$HONE" run "$MODEL" "$PICTURES/bag.png" --json --cpu c --threads 1 | sed '/_us"/d' >without.json
"$HONE" run "$MODEL" "$PICTURES/bag.png" --json --cpu c --threads 1 --tune fashion.tune --pack fashion.pack | sed '/_us"/d' >with.json
cmp without.json with.json && echo "the same answer"
ls
