#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the readers and the planner: run.sh [SECONDS] [TARGET...]. Builds the targets with the preset
# `asan` and runs each for SECONDS (default: 20), seeded with small real models; targets are tflite,
# onnx, plan, and tune, which reads tune files. An input that ends a target is copied to
# tests/data/crashes, which the test `crashes` replays. The corpus that grows in build/asan/corpus is
# kept between runs.
set -eu
cd "$(dirname "$0")/../.."
HONE_SHARED=${HONE_SHARED:-$PWD/../shared}
build=${FUZZ_BUILD:-build/asan}
seconds=${FUZZ_SECONDS:-20}
# A loop may allocate and free for seconds: what AddressSanitizer keeps of that is not the model's.
ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16:allocator_release_to_os_interval_ms=100
export ASAN_OPTIONS
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
[ $# -gt 0 ] || set -- tflite onnx plan tune

skip() {
    echo "skipped: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v clang >/dev/null 2>&1 || skip "clang is absent"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset asan -B "$build" && cmake --build "$build" --target "${@/#/fuzz_}"; } >"$log" 2>&1; then
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
    if [ "$1" = tune ]; then
        cp tests/data/seed.tune "$2"
        return
    fi
    find models tests/data/onnx "$HONE_SHARED/models" -maxdepth 1 -regex "$pattern" -size -200k \
        2>/dev/null | sort | while read -r file; do
        cp "$file" "$2/seed_$(sha1sum <"$file" | cut -c1-12)"
    done
}

run() { # run TARGET
    local corpus=$build/corpus/$1 found=$build/found/$1
    rm -rf "$found"
    mkdir -p "$found"
    seeds "$1" "$corpus"
    nice -n 10 "$build/fuzz_$1" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 \
        -malloc_limit_mb=1024 -max_len=262144 -print_final_stats=0 -verbosity=1 \
        -artifact_prefix="$found/" "$corpus" >"$build/$1.log" 2>&1
}

declare -A job
for target in "$@"; do # side by side
    run "$target" &
    job[$target]=$!
done
passed=0 failed=0
for target in "$@"; do
    code=0
    wait "${job[$target]}" || code=$?
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
    find "$build/found/$target" -type f | while read -r file; do
        name=${file##*/}
        cp "$file" "tests/data/crashes/${target}_${name%%-*}_$(sha1sum <"$file" | cut -c1-12)"
    done
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
