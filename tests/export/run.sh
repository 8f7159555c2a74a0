#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh HONE: exports models as C and runs them on the host (gcc, clang) and on a Cortex-M4 (qemu's
# mps2-an386), with the kernels inlined as by default, never and always. Every output byte must be
# what `hone run` gives with the same kernels (HONE_CPU=c). Ends with a table of sizes and
# instructions, and "N passed, N failed". Models of $HONE_SHARED/models (default ../shared) that are
# absent are skipped; with CI=true that is a failure.
set -eu

hone=$(realpath "${1:?usage: run.sh HONE}")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
shared=$(realpath -m "${HONE_SHARED:-$root/../shared}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0
rows=
inputs=()

strict=(-std=c99 -Wall -Wextra -Wpedantic -Werror -O2 -ffp-contract=off)
m4=(-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
modes='default 0 1000'
machine=(-M mps2-an386 -nographic -monitor none -serial none -semihosting -icount shift=0)
# What compilers call on their own for structs and for arithmetic that the machine lacks.
allowed='^(memcpy|memset|memmove|__aeabi_[a-z0-9]+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$'

pass() { passed=$((passed + 1)); }

fail() {
    echo "FAIL $1" >&2
    failed=$((failed + 1))
}

# check NAME COMMAND...: one check, by exit status.
check() {
    local name=$1
    shift
    if "$@"; then pass; else fail "$name"; fi
}

# The elements of a .npy file (format 1.0).
npy_data() {
    local n
    n=$(od -An -tu2 -j8 -N2 "$1")
    tail -c +$((10 + n + 1)) "$1"
}

npy_header() { # TYPE SHAPE
    local descr='|u1'
    case $1 in
    float) descr='<f4' ;;
    int8_t) descr='|i1' ;;
    bool) descr='|b1' ;;
    esac
    printf '\223NUMPY\001\000v\000%-117s\n' \
        "{'descr': '$descr', 'fortran_order': False, 'shape': ($2), }"
}

# seeded_npy SEED TYPE SHAPE BYTES: an array of bytes from a small generator. The high byte of a
# float gives values between 0.5 and 2 of both signs.
seeded_npy() {
    npy_header "$2" "$3"
    # shellcheck disable=SC2059 # the format is the data
    printf "$(awk -v s="$1" -v n="$4" -v type="$2" 'BEGIN {
        for (i = 0; i < n; i++) {
            s = (s * 69069 + 12345) % 16777216
            b = int(s / 65536)
            if (type == "float" && i % 4 == 3) b = b < 128 ? 63 : 191
            printf "\\%03o", b
        }
    }')"
}

# macro HEADER NAME: the value of a macro that ends in NAME.
macro() { sed -n "s/^#define [A-Z0-9_]*_$2 //p" "$1" | head -n 1; }

only_allowed() {
    ! "$1" -u "$2" | awk '{ print $NF }' | grep -v '^$' | grep -Evq "$allowed"
}

section_bytes() { # SECTION OBJECT
    arm-none-eabi-size -A "$2" | awk -v p="^\\\\$1" '$1 ~ p { n += $2 } END { print n + 0 }'
}

# export_main.c makes two runs; of a model with variables each begins anew.
model_header() { # NAME
    local name=$1
    if [ "$(macro "$work/$name/$name.h" STATE_BYTES)" = 0 ]; then
        echo "$name.h"
        return
    fi
    printf '#include "%s.h"\nstatic int %s_anew(void) {\n    %s_reset();\n    return %s_run();\n}\n' \
        "$name" "$name" "$name" "$name" >"$work/$name/anew.h"
    printf '#define %s_run %s_anew\n' "$name" "$name" >>"$work/$name/anew.h"
    echo anew.h
}

defines() {
    local name=$1
    printf '%s\n' "-DMODEL=$name" "-DMODEL_UPPER=${name^^}" \
        "-DMODEL_HEADER=\"$(model_header "$name")\"" \
        "-I$work/$name" "-I$here"
}

build_host() { # CC NAME
    local cc=$1 name=$2 dir=$work/$2
    local flags
    mapfile -t flags < <(defines "$name")
    "$cc" "${strict[@]}" -c "$dir/$name.c" -o "$dir/$cc.o" &&
        "$cc" "${strict[@]}" "${flags[@]}" "$here/export_main.c" "$here/host_io.c" "$dir/$cc.o" \
            -o "$dir/$cc"
}

build_board() { # MODE NAME; MODE is default, or a number for NAME_INLINE
    local mode=$1 name=$2 dir=$work/$2
    local flags
    local inline=("-D${name^^}_INLINE=$mode")
    [ "$mode" != default ] || inline=()
    mapfile -t flags < <(defines "$name")
    arm-none-eabi-gcc "${m4[@]}" "${strict[@]}" "${inline[@]}" -c "$dir/$name.c" \
        -o "$dir/board$mode.o" &&
        arm-none-eabi-gcc "${m4[@]}" "${strict[@]}" "${flags[@]}" -c "$here/export_main.c" \
            -o "$dir/main.o" &&
        arm-none-eabi-gcc "${m4[@]}" "${strict[@]}" -fno-tree-loop-distribute-patterns \
            -c "$here/board_io.c" -o "$dir/board_io.o" &&
        arm-none-eabi-gcc "${m4[@]}" -nostdlib -T "$here/mps2.ld" "$dir/board_io.o" "$dir/main.o" \
            "$dir/board$mode.o" -lgcc -o "$dir/board$mode.elf"
}

# same_bytes FOLDER COMMAND...: the command's out.bin against the reference.
same_bytes() {
    local dir=$1
    shift
    rm -f "$dir/out.bin" "$dir/count.txt"
    (cd "$dir" && timeout 300 "$@" </dev/null) && cmp "$dir/out.bin" "$dir/expected.bin"
}

# compare NAME LABEL: all builds of NAME on the inputs in0.bin... that lie in its folder.
compare() {
    local name=$1 label=$2 dir=$work/$1
    check "$label: gcc" same_bytes "$dir" ./gcc
    check "$label: clang" same_bytes "$dir" ./clang
    for mode in $modes; do
        check "$label: Cortex-M4, inline $mode" \
            same_bytes "$dir" qemu-system-arm "${machine[@]}" -kernel "board$mode.elf"
        cp "$dir/count.txt" "$dir/count$mode.txt" || echo 0 >"$dir/count$mode.txt"
    done
}

# try_inputs NAME MODEL LABEL [ARGUMENT...]: runs `hone run MODEL ARGUMENT...`, then all builds on
# what it was fed. $inputs are the inputs' names in order; empty for the only one.
try_inputs() {
    local name=$1 model=$2 label=$3 i=0 dir=$work/$1
    shift 3
    rm -rf "$dir/fed" "$dir/made"
    if ! HONE_CPU=c "$hone" run "$model" "$@" --save-input "$dir/fed" -o "$dir/made" \
        >"$dir/log" 2>&1; then
        cat "$dir/log" >&2
        fail "$label: hone run"
        return
    fi
    local files=("$dir/fed/"*.npy)
    [ ${#inputs[@]} -eq 0 ] || files=("${inputs[@]/#/$dir/fed/}") files=("${files[@]/%/.npy}")
    for file in "${files[@]}"; do
        npy_data "$file" >"$dir/in$i.bin"
        i=$((i + 1))
    done
    npy_data "$dir/made/"*.npy >"$dir/expected.bin"
    compare "$name" "$label"
}

export_and_build() { # NAME MODEL [OPTION...]
    local name=$1 model=$2
    shift 2
    if ! "$hone" export "$model" "$work/$name" --name "$name" "$@" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        fail "$name: export"
        return 1
    fi
    check "$name: compiles with gcc" build_host gcc "$name"
    check "$name: compiles with clang" build_host clang "$name"
    for mode in $modes; do
        check "$name: compiles for Cortex-M4, inline $mode" build_board "$mode" "$name"
    done
    check "$name: no malloc, no libm on the host" only_allowed nm "$work/$name/gcc.o"
    check "$name: no malloc, no libm on the board" \
        only_allowed arm-none-eabi-nm "$work/$name/boarddefault.o"
}

add_row() { # NAME
    local dir=$work/$1 row=$1
    for mode in $modes; do
        row+=" $(section_bytes .text "$dir/board$mode.o") $(cat "$dir/count$mode.txt")"
    done
    row+=" $(section_bytes .rodata "$dir/boarddefault.o") $(macro "$dir/$1.h" ARENA_BYTES)"
    rows+=$row$'\n'
}

# test_model NAME MODEL [PICTURE] [OPTION...]: a model with one input, on two seeded arrays and a
# picture ("" for none). OPTIONs are for the export.
test_model() {
    local name=$1 model=$2 picture=${3:-} dir=$work/$1 header
    shift 2
    [ $# -eq 0 ] || shift
    if [ ! -e "$model" ]; then
        echo "SKIP $name: $model is absent" >&2
        skipped=$((skipped + 1))
        return
    fi
    export_and_build "$name" "$model" "$@" || return 0
    header=$dir/$name.h
    for seed in 1 2; do
        seeded_npy "$seed" "$(macro "$header" INPUT_0_TYPE)" \
            "$(macro "$header" INPUT_0_SHAPE | tr -d '{}')," \
            "$(macro "$header" INPUT_0_BYTES)" >"$dir/seed.npy"
        try_inputs "$name" "$model" "$name, array $seed" "$dir/seed.npy"
    done
    if [ -n "$picture" ] && [ -e "$picture" ]; then
        try_inputs "$name" "$model" "$name, picture" "$picture"
    fi
    add_row "$name"
}

# A graph with an If: both branches.
test_branch() {
    local name=branch model=$root/tests/data/onnx/if_captures.onnx dir=$work/branch
    export_and_build "$name" "$model" || return 0
    inputs=(x c)
    seeded_npy 3 float "$(macro "$dir/$name.h" INPUT_0_SHAPE | tr -d '{}')," \
        "$(macro "$dir/$name.h" INPUT_0_BYTES)" >"$dir/x.npy"
    for condition in 0 1; do
        { npy_header bool '' && printf '%b' "\\00$condition"; } >"$dir/c.npy"
        try_inputs "$name" "$model" "branch, condition $condition" \
            -i "x=$dir/x.npy" -i "c=$dir/c.npy"
    done
    inputs=()
}

test_model kws_i8 "$shared/models/kws_i8.tflite"
test_model resnet8_cifar10_i8 "$shared/models/resnet8_cifar10_i8.tflite" "$shared/images/cat.bmp"
test_model person_detect_i8 "$shared/models/person_detect_i8.tflite" "$shared/images/person_96.bmp"
test_model fan_f32 "$shared/models/fan_f32.tflite"
test_model fashion_i8 "$root/models/fashion_i8.tflite" "$root/models/pictures/bag.png"
test_model fashion_tiled "$root/models/fashion_i8.tflite" "$root/models/pictures/bag.png" --tile 3:4
test_model mnist_lstm_f32 "$shared/models/mnist_lstm_f32.tflite"
test_model mnist_lstm_i8 "$shared/models/mnist_lstm_i8.tflite"
test_model lstm_hybrid "$here/lstm_hybrid.tflite"
test_model lstm_integer "$here/lstm_integer.tflite"
test_branch

printf '\nCortex-M4, gcc -O2: bytes of code, and instructions of one run (qemu, +-40)\n'
{
    echo "_ default _ never_inlined _ always_inlined _ _ _"
    echo "model code instructions code instructions code instructions constants arena"
    printf '%s' "$rows"
} | awk '{
    printf "%-20s", $1 == "_" ? "" : $1
    for (i = 2; i <= NF; i++) printf "%*s", (i % 2 || i > 7) ? 14 : 8, ($i == "_") ? "" : $i
    print ""
}'
echo
if [ "${CI:-}" = true ]; then
    failed=$((failed + skipped))
    skipped=0
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
