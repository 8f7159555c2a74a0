#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration: the project's own Fashion-MNIST model classifies real pictures, shown in the
# terminal and on a sheet (out/demo.png); then its accuracy, latency and memory plan.
set -eu
cd "$(dirname "$0")/.."

hone=${HONE:-build/release/hone}
model=models/fashion_i8.tflite
title() { printf '\n\033[1m%s\033[0m\n\n' "$1"; }

mkdir -p out
title "Ten pictures that the model has not seen in training"
$hone run $model models/pictures/*.png --labels models/fashion_labels.txt --top 3 --show --sheet out/demo.png
printf '\nThe same as a sheet: out/demo.png\n'

title "Accuracy on the 10,000 test pictures"
[ -f out/fashion/manifest.csv ] || python3 models/fashion_manifest.py out/fashion
for each in models/fashion_f32.onnx $model; do
    printf '%-26s ' "$each"
    $hone eval "$each" --data out/fashion/manifest.csv
done

title "Latency"
$hone bench $model --runs 1000

title "Memory plan"
$hone info $model --plan --html out/demo_plan.html
printf '\nThe same as a page: out/demo_plan.html\n'
