#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the readers and the planner: run.sh [SECONDS] [TARGET...]. Builds the preset `fuzz` and runs
# each target for SECONDS (default: 20), seeded with small real models; targets are tflite, onnx,
# plan. An input that ends a target is copied to tests/data/crashes, which the test `crashes`
# replays. The corpus that grows in build/fuzz/corpus is kept between runs.
set -eu
cd "$(dirname "$0")/../.."
HONE_SHARED=${HONE_SHARED:-$PWD/../shared}
build=${FUZZ_BUILD:-build/fuzz}
seconds=20
case "${1:-}" in
*/*) shift ;; # the command, which other groups of tests take
esac
case "${1:-}" in
'' | *[!0-9]*) ;;
*)
    seconds=$1
    shift
    ;;
esac
[ $# -gt 0 ] || set -- tflite onnx plan

skip() {
    echo "skipped: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v clang >/dev/null 2>&1 || skip "clang is absent"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset fuzz -B "$build" && cmake --build "$build" --target "${@/#/fuzz_}"; } >"$log" 2>&1; then
    tail -n 20 "$log"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

seeds() { # seeds TARGET FOLDER: small models, named by their content
    local pattern
    case "$1" in
    tflite) pattern='.*\.tflite' ;;
    onnx) pattern='.*\.onnx' ;;
    *) pattern='.*\.\(tflite\|onnx\)' ;;
    esac
    mkdir -p "$2"
    find models tests/data/onnx "$HONE_SHARED/models" -maxdepth 1 -regex "$pattern" -size -200k \
        2>/dev/null | sort | while read -r file; do
        cp "$file" "$2/seed_$(sha1sum <"$file" | cut -c1-12)"
    done
}

passed=0 failed=0
for target in "$@"; do
    corpus=$build/corpus/$target found=$build/found/$target
    rm -rf "$found"
    mkdir -p "$found"
    seeds "$target" "$corpus"
    code=0
    ASAN_OPTIONS=detect_leaks=1 nice -n 10 "$build/fuzz_$target" -max_total_time="$seconds" \
        -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=262144 -print_final_stats=0 \
        -verbosity=1 -artifact_prefix="$found/" "$corpus" >"$build/$target.log" 2>&1 || code=$?
    runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$build/$target.log")
    if [ $code -eq 0 ]; then
        passed=$((passed + 1))
        echo "fuzz_$target: ${runs:-0} runs in $seconds s"
        continue
    fi
    failed=$((failed + 1))
    echo "FAIL fuzz_$target"
    grep -aE '^(==[0-9]+==ERROR|SUMMARY|.*runtime error|    #[0-9]+ .*/src/)' "$build/$target.log" |
        head -n 20 || true
    mkdir -p tests/data/crashes
    find "$found" -type f | while read -r file; do
        name=${file##*/}
        cp "$file" "tests/data/crashes/${target}_${name%%-*}_$(sha1sum <"$file" | cut -c1-12)"
    done
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
