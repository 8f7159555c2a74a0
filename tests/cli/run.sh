#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the command: run.sh [--update] [COMMAND] [NAME...]. COMMAND has a '/' and stands for
# HONE (default: build/release/hone). Each NAME.sh is run in a new folder with ask.sh loaded; what it
# prints must be NAME.expected, which --update writes. A test that exits 77 is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$here/../.." && pwd)
HONE=${HONE:-$ROOT/build/release/hone}
HONE_SHARED=$(realpath -m "${HONE_SHARED:-$ROOT/../shared}")
MODEL=$ROOT/models/fashion_i8.tflite
ONNX=$ROOT/models/fashion_f32.onnx
PICTURES=$ROOT/models/pictures
NAMES=$ROOT/models/fashion_labels.txt
export ROOT HONE HONE_SHARED MODEL ONNX PICTURES NAMES LC_ALL=C COLUMNS=100

update=0
if [ "${1:-}" = --update ]; then
    update=1
    shift
fi
case "${1:-}" in
*/*)
    HONE=$(realpath "$1")
    shift
    ;;
esac
if [ ! -x "$HONE" ]; then
    echo "cli: $HONE is not built" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
if [ $# -eq 0 ]; then
    for file in "$here"/*.sh; do
        name=${file##*/}
        name=${name%.sh}
        case "$name" in run | ask) ;; *) set -- "$@" "$name" ;; esac
    done
fi

passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in "$@"; do
    mkdir "$work/$name"
    code=0
    (cd "$work/$name" && bash -eu -c '. "$0"; . "$1"' "$here/ask.sh" "$here/$name.sh") \
        >"$work/$name.got" 2>&1 || code=$?
    if [ $code -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "SKIP $name: $(tail -n 1 "$work/$name.got")"
        continue
    fi
    [ $code -eq 0 ] || echo "the test ended with $code" >>"$work/$name.got"
    if [ $update -eq 1 ] && [ $code -eq 0 ]; then
        cp "$work/$name.got" "$here/$name.expected"
    fi
    if diff -u "$here/$name.expected" "$work/$name.got" >"$work/$name.diff" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        cat "$work/$name.diff"
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
