#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sizes to watch: lines by folder, rows of the tables, options, bytes of the library and the
# command, and bytes of the default model exported for a Cortex-M4. Builds nothing.
set -eu
cd "$(dirname "$0")/.."

build=${HONE_BUILD:-build/release}
line() { printf '%-34s %10s\n' "$1" "$2"; }
rows() { [ -f "$1" ] && grep -cE '^ *[A-Z_]+\([A-Za-z0-9_"]' "$1" || echo 0; }
lines() { find "$1" -type f \( -name '*.[ch]' -o -name '*.def' \) -exec cat {} + | wc -l; }

echo "lines"
for folder in include src/* cli examples bench tests; do
    [ -d "$folder" ] && [ "$(lines "$folder")" -gt 0 ] && line "  $folder" "$(lines "$folder")"
done
line "  all of src" "$(lines src)"

echo "tables"
line "  operators" "$(rows src/ops/ops.def)"
line "  kernel variants" "$(rows src/kernels/kernels.def)"
line "  passes" "$(rows src/passes/passes.def)"
line "  formats" "$(rows src/formats/formats.def)"
line "  verbs" "$(rows cli/verbs.def)"
line "  options of the command" "$(grep -hoE '^ *\{?"[a-z-]+", (0|'"'.'"'), ' cli/*.[ch] | wc -l)"
line "  options of the build" "$(grep -ciE '^ *option\(' CMakeLists.txt 2>/dev/null || true)"

echo "bytes (text + data)"
measure() { # measure SIZE_TOOL FILE...
    local tool=$1
    shift
    "$tool" "$@" | awk 'NR > 1 { sum += $1 + $2 } END { print sum }'
}
for file in "$build"/libhone.so "$build"/libhone.a "$build"/hone; do
    [ -f "$file" ] && line "  ${file##*/}" "$(measure size "$file")"
done

model=models/fashion_i8.tflite
if [ -x "$build/hone" ] && [ -f $model ] && command -v arm-none-eabi-gcc >/dev/null 2>&1; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$build/hone" export $model "$folder/fashion" >/dev/null
    (cd "$folder/fashion" && arm-none-eabi-gcc -c -Os -std=c99 -mcpu=cortex-m4 -mthumb \
        -ffunction-sections -fdata-sections -ffp-contract=off -I. ./*.c)
    line "  $model on a Cortex-M4" "$(measure arm-none-eabi-size "$folder"/fashion/*.o)"
fi
