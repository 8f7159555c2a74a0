# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Loaded before each test of the command.

# ask ARGUMENT...: runs the command, prints it, its output and its exit code. Paths of this machine
# are shortened to their last part.
ask() {
    local code=0 line="hone"
    for word in "$@"; do line="$line ${word//"$ROOT"\//}"; done
    printf '$ %s\n' "$line"
    "$HONE" "$@" 2>&1 | sed "s#$ROOT/##g" || true
    code=${PIPESTATUS[0]}
    [ "$code" -eq 0 ] || echo "exit $code"
}

# measured: replaces what a clock says.
measured() {
    sed -E 's/[0-9]+(\.[0-9]+)? (ns|us|ms|s)\b/TIME/g; s/^(fps +)[0-9.]+/\1N/'
}

# digits: replaces every number.
digits() {
    sed -E 's/-?[0-9][0-9,]*(\.[0-9]+)?(e[-+]?[0-9]+)?/N/g'
}

# keys: the keys of a JSON object, in order, one a line.
keys() {
    python3 -c '
import json, sys
def walk(value, at):
    if isinstance(value, dict):
        for key in value:
            walk(value[key], at + "." + key)
    elif isinstance(value, list):
        if value and isinstance(value[0], (dict, list)):
            walk(value[0], at + "[]")
        else:
            print(at.lstrip(".") + "[]")
    else:
        print(at.lstrip("."), type(value).__name__.replace("int", "number").replace("float", "number"))
walk(json.load(sys.stdin), "")'
}

# array FILE TYPE SHAPE: writes an .npy of zeros, such as array x.npy "|i1" "(1, 28, 28, 1)".
array() {
    python3 -c '
import ast, math, sys
path, kind, shape = sys.argv[1:]
header = f"{{\x27descr\x27: \x27{kind}\x27, \x27fortran_order\x27: False, \x27shape\x27: {shape}, }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
size = math.prod(ast.literal_eval(shape)) * int(kind[-1])
open(path, "wb").write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(size))' "$@"
}

need() { # need PATH: skips the test where it is absent
    [ -e "$1" ] || {
        echo "needs ${1#"$ROOT"/}"
        exit 77
    }
}
