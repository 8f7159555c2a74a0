#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the release build into a folder of its own and builds examples/classify.c against it, once
# through CMake's package and once through pkg-config; both must name the right class. Public headers
# compile alone in C11 and C++17. Usage: run.sh [COMMAND], the build folder is the command's.
set -eu
cd "$(dirname "$0")/../.."

hone=${1:-${HONE:-build/release/hone}}
build=$(cd "$(dirname "$hone")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

try() { # try TITLE COMMAND...
    local title=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $title"
        tail -n 20 "$work/log"
    fi
}

says_bag() {
    "$1" models/fashion_i8.tflite models/pictures/bag.png | head -n 1 | grep -qw 8 # class 8: Bag
}

try install cmake --install "$build" --prefix "$work/usr"
for header in "$work"/usr/include/hone/*.h; do
    name=$(basename "$header")
    printf '#include "hone/%s"\n' "$name" >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    try "$name in C11" gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -I "$work/usr/include" -fsyntax-only "$work/alone.c"
    try "$name in C++17" g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -I "$work/usr/include" -fsyntax-only "$work/alone.cc"
done

mkdir "$work/app"
cp examples/classify.c "$work/app/"
cat >"$work/app/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(app C)
find_package(hone REQUIRED)
add_executable(classify classify.c)
target_link_libraries(classify hone::hone)
CMAKE
try "CMake package" cmake -S "$work/app" -B "$work/app/build" -DCMAKE_PREFIX_PATH="$work/usr"
try "built by CMake" cmake --build "$work/app/build"
try "answer, CMake" says_bag "$work/app/build/classify"

pkgconfig=$(dirname "$(find "$work/usr" -name hone.pc)")
flags=$(PKG_CONFIG_PATH=$pkgconfig pkg-config --static --cflags --libs hone)
# shellcheck disable=SC2086 # flags are words
try "built by pkg-config" gcc -std=c11 "$work/app/classify.c" -o "$work/classify" $flags
try "answer, pkg-config" says_bag "$work/classify"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
