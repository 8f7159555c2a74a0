#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Processors that this machine is not: run.sh [HONE]. Builds for aarch64 and runs, under qemu-aarch64
# as a Cortex-A53 (NEON), a Cortex-A76 (dot products) and the strongest core there is (matrix
# products), every kernel against the definition and the models of this repository and of
# $HONE_SHARED at every level, and in half precision. Asks llvm-mca how busy the inner loops are
# (scripts/mca.sh). Then runs HONE (default build/release/hone), an x86-64 build, and the harness
# beside it as a Nehalem, which has no AVX, and as a Haswell, which has no AVX-512: no illegal
# instruction, the same bytes. What needs a tool that is not installed is skipped. Closes with
# `N passed, N failed, N skipped`.
set -eu
cd "$(dirname "$0")/../.."

hone=${1:-build/release/hone}
root=build/aarch64-root/usr/lib/aarch64-linux-gnu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

has() { # has TOOL...: or counts a skipped check
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 && continue
        echo "skipped: $tool is not installed"
        skipped=$((skipped + 1))
        return 1
    done
}

# Adds up the last line `N passed, N failed[, N skipped]` of a log; without one the program failed.
count() { # count TITLE LOG
    local p f s=0 line
    line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1 || true)
    read -r p f s <<<"$(sed -E 's/[^0-9]+/ /g' <<<"$line")"
    if [ -z "${p:-}" ]; then
        p=0 f=1
        tail -n 5 "$2"
    fi
    printf '%-28s %6d passed, %d failed\n' "$1" "$p" "$f"
    grep -aE '^FAIL' "$2" | head -n 10 || true
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
}

as() { # as CPU PROGRAM...: on an Arm core
    local cpu=$1
    shift
    qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$PWD/$root" -cpu "$cpu" "$@"
}

# What is said of a picture: by all models with the portable kernels, and by the integer model with
# the best ones.
answers() { # answers PROGRAM...
    local model
    for model in models/*.tflite models/*.onnx; do
        HONE_CPU=c "$@" run "$model" models/pictures/bag.png --top 10 --json || return 1
    done
    "$@" run models/fashion_i8.tflite models/pictures/bag.png --top 10 --json
}

same_answers() { # same_answers CPU PROGRAM...: those of this machine
    local cpu=$1
    shift
    [ -e "$work/answers" ] || answers "$hone" >"$work/answers"
    if answers "$@" >"$work/answers.$cpu" 2>"$work/errors" && cmp "$work/answers" "$work/answers.$cpu"; then
        passed=$((passed + 1))
    else
        echo "FAIL answers, $cpu"
        tail -n 5 "$work/errors"
        failed=$((failed + 1))
    fi
}

on_core() { # on_core CPU: kernels and models, into $work
    as "$1" build/aarch64/check >"$work/check.$1" 2>&1 || true
    as "$1" build/aarch64/system_tests levels >"$work/levels.$1" 2>&1 || true
    as "$1" build/aarch64/system_tests precision >"$work/precision.$1" 2>&1 || true
}

test_arm() {
    local cpu cpus="cortex-a53 cortex-a76 max"
    has aarch64-linux-gnu-gcc qemu-aarch64 cmake ninja || return 0
    if ! scripts/aarch64_root.sh; then
        skipped=$((skipped + 1))
        return 0
    fi
    if ! { cmake --preset aarch64 &&
        cmake --build build/aarch64 --target check system_tests hone_cli; } >"$work/build" 2>&1; then
        echo "FAIL the build for aarch64"
        tail -n 20 "$work/build"
        failed=$((failed + 1))
        return 0
    fi
    for cpu in $cpus; do on_core "$cpu" & done
    wait
    for cpu in $cpus; do
        count "kernels, $cpu" "$work/check.$cpu"
        count "models, $cpu" "$work/levels.$cpu"
        count "half precision, $cpu" "$work/precision.$cpu"
        same_answers "$cpu" as "$cpu" build/aarch64/hone
    done
    if has llvm-mca aarch64-linux-gnu-objdump; then
        scripts/mca.sh build/aarch64 >"$work/mca" 2>&1 || true
        cat "$work/mca"
        count "inner loops" "$work/mca"
    fi
}

test_x86() {
    local cpu
    [ "$(uname -m)" = x86_64 ] || return 0
    has qemu-x86_64 || return 0
    for cpu in Nehalem Haswell; do
        qemu-x86_64 -cpu $cpu "$(dirname "$hone")/check" >"$work/check.$cpu" 2>&1 || true &
    done
    wait
    for cpu in Nehalem Haswell; do
        count "kernels, $cpu" "$work/check.$cpu"
        same_answers $cpu qemu-x86_64 -cpu $cpu "$hone"
    done
}

test_arm
test_x86
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
