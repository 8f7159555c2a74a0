# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What cannot be done ends with 1, one line, and nothing left behind.
need "$PICTURES"
: >empty.tflite
echo "hello" >hello.txt
array wrong.npy "|i1" "(1, 27, 28, 1)"
array other.npy "<f4" "(1, 28, 28, 1)"
echo "12345" >short.s8
one_line() { # one_line ARGUMENT...: the exit code, and whether exactly one line says why
    local code=0
    "$HONE" "$@" >stdout.txt 2>stderr.txt || code=$?
    printf '%s: exit %s, %s on stdout, %s on stderr, %s\n' "$(printf '%s ' "$@" | sed "s#$ROOT/##g; s/ \$//")" \
        "$code" "$(wc -l <stdout.txt)" "$(wc -l <stderr.txt)" "$(cut -c1-6 stderr.txt)"
}
one_line info absent.tflite
one_line info "$PICTURES/bag.png"
one_line info empty.tflite
one_line info .
one_line run "$MODEL"
one_line run "$MODEL" absent.png
one_line run "$MODEL" hello.txt
one_line run "$MODEL" wrong.npy
one_line run "$MODEL" other.npy
one_line run "$MODEL" short.s8
one_line run "$MODEL" -i nobody=wrong.npy
one_line run "$MODEL" "$PICTURES/bag.png" --labels absent.txt
one_line run "$MODEL" "$PICTURES/bag.png" -o hello.txt
one_line run "$MODEL" "$PICTURES/bag.png" --cpu abacus
one_line run "$MODEL" "$PICTURES/bag.png" --memory-limit 1KB
one_line run "$MODEL" "$PICTURES/bag.png" --provider nobody
one_line eval "$MODEL" --data absent.csv
one_line eval "$MODEL" --data hello.txt
one_line export "$MODEL" hello.txt/x
one_line info "$MODEL" --html hello.txt/x
ls
ask run "$MODEL" short.s8
ask run "$MODEL" -i nobody=wrong.npy
ask run "$MODEL"
