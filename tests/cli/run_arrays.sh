# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What --save-input wrote gives the same output again, as .npy and as raw elements; -i names an input.
need "$PICTURES"
"$HONE" run "$MODEL" "$PICTURES/bag.png" --save-input fed -o first >/dev/null
input=$(cd fed && echo *.npy)
output=$(cd first && echo *.npy)
"$HONE" run "$MODEL" "fed/$input" -o second >/dev/null
cmp "first/$output" "second/$output" && echo "same from .npy"
tail -c 784 "fed/$input" >fed.s8
"$HONE" run "$MODEL" fed.s8 -o third >/dev/null
cmp "first/$output" "third/$output" && echo "same from raw elements"
name=$("$HONE" info "$MODEL" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["inputs"][0]["name"])')
"$HONE" run "$MODEL" -i "$name=fed/$input" -o fourth >/dev/null
cmp "first/$output" "fourth/$output" && echo "same by name"
for threads in 1 2 5; do
    "$HONE" run "$MODEL" "fed/$input" -o "t$threads" --threads $threads >/dev/null
    cmp "first/$output" "t$threads/$output" && echo "same with --threads $threads"
done
"$HONE" run "$MODEL" "fed/$input" -o tiled --tile 2:4 >/dev/null
cmp "first/$output" "tiled/$output" && echo "same in row strips"
"$HONE" run "$MODEL" "$PICTURES/bag.png" "$PICTURES/coat.png" -o both >/dev/null
cmp "first/$output" "both/bag/$output" && echo "same among several"
ls both
