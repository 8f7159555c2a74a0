#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hostile files and wrong uses on the command: run.sh [COMMAND] (default: build/release/hone). Every
# case must end by itself within 20 s with exit 1, one line "hone: ..." on stderr, and a peak of
# resident memory below HOSTILE_MB (default: 300).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$here/../.." && pwd)
HONE=${HONE:-$ROOT/build/release/hone}
HONE_SHARED=${HONE_SHARED:-$ROOT/../shared}
case "${1:-}" in
*/*) HONE=$1 ;;
esac
HONE=$(realpath "$HONE")
MODEL=$ROOT/models/fashion_i8.tflite
ONNX=$ROOT/models/fashion_f32.onnx
PICTURE=$ROOT/models/pictures/bag.png
most_kb=$((${HOSTILE_MB:-300} * 1024))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LC_ALL=C
passed=0 failed=0 skipped=0

bad() { # bad WHY COMMAND...: counts a failure
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$*" | sed "s#$ROOT/##g; s#$work/##g"
    head -n 5 said.txt 2>/dev/null | cut -c1-300
}

# ends CODES ARGUMENT...: the command ends with one of the codes (such as "1" or "0 1"); with 1 it
# says why in one line.
ends() {
    local codes=$1 code peak lines first
    shift
    read -r code peak lines first < <(python3 "$here/bounded.py" 20 "$HONE" "$@" 2>said.txt)
    case " $codes " in
    *" $code "*) ;;
    *)
        bad "ends with $code:" "$@"
        return
        ;;
    esac
    if [ "$code" = 1 ] && { [ "$lines" -ne 1 ] || [ "$first" != hone: ]; }; then
        bad "says $lines lines:" "$@"
    elif [ "$peak" -gt "$most_kb" ]; then
        bad "takes $peak KB:" "$@"
    else
        passed=$((passed + 1))
    fi
}

nothing_in() { # nothing_in FOLDER: a failed command left nothing behind
    if [ -z "$(find "$1" -mindepth 1 -print -quit 2>/dev/null)" ]; then
        passed=$((passed + 1))
    else
        find "$1" -mindepth 1 >said.txt
        bad "left behind in $1"
    fi
}

python3 "$here/make_hostile.py" "$work" "$MODEL" "$PICTURE"
python3 "$here/make_hostile.py" "$work/again" "$MODEL" "$PICTURE" # tells a wrong generator by diff
diff -r models again/models >/dev/null || bad "models are not written the same twice"

# ---- models that ask for too much, or make no sense
for file in models/*; do
    case "$file" in
    */no_nodes.onnx | */empty_graph.onnx | */long_chain.onnx | */same_name.onnx) codes="0 1" ;;
    *) codes=1 ;;
    esac
    ends "$codes" bench "$file" --runs 1 --warmup 0 --threads 1 --memory-limit 64MB
    ends "0 1" info "$file"
    ends "0 1" check "$file"
done
for file in running/*; do
    options=()
    case "$file" in
    */gather*) options=(-i x=inputs/x_f32.npy) ;;
    *) options=(-i x=inputs/x_s32.npy) ;;
    esac
    case "$file" in
    */gather_input.onnx) options+=(-i i=inputs/i.npy) ;;
    */*_input.onnx | */modulo.onnx) options+=(-i d=inputs/x_s32.npy) ;;
    esac
    ends 1 run "$file" "${options[@]}"
done

# ---- what is no model, under any name
: >empty.tflite
: >empty.onnx
: >empty.png
: >empty.npy
: >empty.csv
: >empty.txt
cp "$PICTURE" picture.tflite
cp "$PICTURE" picture.onnx
cp "$MODEL" model.onnx
cp "$ONNX" model.tflite
cp "$MODEL" model.png
mkdir folder.tflite
mkfifo pipe.onnx
ln -s loop.onnx loop.onnx
head -c 100000 /dev/urandom >random.tflite
printf 'TFL3%.0s' $(seq 1000) >words.tflite
for file in empty.tflite empty.onnx picture.tflite picture.onnx "$PICTURE" folder.tflite pipe.onnx loop.onnx \
    random.tflite words.tflite absent.tflite /dev/zero /dev/full /etc/hostname; do
    ends 1 info "$file"
    ends 1 check "$file"
    ends 1 run "$file" "$PICTURE"
done
ends 0 info model.onnx # the content decides, not the name
ends 0 info model.tflite
ends 0 info model.png

# ---- external data outside of the folder
for file in "$ROOT"/tests/data/onnx/external_*.onnx; do
    ends 1 info "$file"
done

# ---- pictures, arrays and texts
for file in pictures/* empty.png "$MODEL" "$ONNX" model.png absent.png folder.tflite /dev/zero; do
    ends 1 run "$MODEL" "$file"
done
for file in arrays/* empty.npy absent.npy; do
    ends 1 run "$MODEL" "$file"
    ends 1 run "$MODEL" -i "serving_default_image:0=$file"
done
for file in absent.txt folder.tflite /dev/zero; do
    ends 1 run "$MODEL" "$PICTURE" --labels "$file"
    ends 1 eval "$MODEL" --data "$file"
done
printf 'file,label\nabsent.png,3\n' >absent.csv
printf 'file,label\n%s,three\n' "$PICTURE" >words.csv
printf 'file,label\n%s,99999999999999999999\n' "$PICTURE" >number.csv
printf 'picture\n%s\n' "$PICTURE" >columns.csv
for file in empty.csv absent.csv words.csv number.csv columns.csv random.tflite; do
    ends 1 eval "$MODEL" --data "$file"
done

# ---- a full disk: no file may grow over 1 KB, and a device that is always full
mkdir full
on_full_disk() { # on_full_disk ARGUMENT...: writing fails, says so, and leaves nothing in full
    local code=0
    (
        trap '' XFSZ
        ulimit -f 1
        "$HONE" "$@"
    ) >/dev/null 2>said.txt || code=$?
    if [ $code -eq 1 ] && [ "$(wc -l <said.txt)" -eq 1 ]; then
        passed=$((passed + 1))
    else
        bad "on a full disk: exit $code:" "$@"
    fi
    nothing_in full
}
on_full_disk export "$MODEL" full/c
on_full_disk info "$MODEL" --html full/plan.html
on_full_disk run "$MODEL" "$PICTURE" --sheet full/sheet.png
for verb in "info $MODEL" "info $MODEL --json" "run $MODEL $PICTURE" "check $MODEL" "devices" "help" "--version"; do
    code=0
    # shellcheck disable=SC2086 # the words of the verb are meant
    "$HONE" $verb >/dev/full 2>said.txt || code=$?
    if [ $code -eq 1 ] && [ "$(wc -l <said.txt)" -eq 1 ]; then
        passed=$((passed + 1))
    else
        bad "stdout is full: exit $code:" "$verb"
    fi
done

# ---- outputs that cannot be made
mkdir locked
ends 1 run "$MODEL" "$PICTURE" -o "$MODEL/out"
ends 1 run "$MODEL" "$PICTURE" -o empty.txt
ends 1 run "$MODEL" "$PICTURE" --save-input empty.txt
ends 1 export "$MODEL" empty.txt/c
ends 1 export "$MODEL" locked --name "a-b"
ends 1 bench "$MODEL" --runs 1 --trace absent/trace.json
nothing_in locked

# ---- numbers that are too large
ends 1 run "$MODEL" "$PICTURE" --memory-limit 1KB
ends "1 2" run "$MODEL" "$PICTURE" --threads 1000000
ends 1 info "$ONNX" --shape image=1x1x1000000000x1000000000
ends 1 info "$ONNX" --shape nobody=1x1x28x28
ends 0 info "$MODEL" --tile 1000000000:1000000000

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
