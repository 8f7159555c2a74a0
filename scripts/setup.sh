#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing: setup.sh [build] [test] [demo]. Without arguments,
# all of them. Installs nothing that is there, and says what is needed when it may not install.
set -eu

build="build-essential cmake ninja-build pkg-config python3 nanopb protobuf-compiler libnanopb-dev
    libcjson-dev libcpuinfo-dev libjpeg-dev libpng-dev zlib1g-dev libminizip-dev"
tests="libcriterion-dev clang clang-format libclang-rt-dev shellcheck gcc-arm-none-eabi
    libnewlib-arm-none-eabi qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user llvm
    dataset-fashion-mnist libonnx-testdata"
demo="dataset-fashion-mnist"

wanted=""
[ $# -gt 0 ] || set -- build test demo
for set in "$@"; do
    case "$set" in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $build $tests" ;;
    demo) wanted="$wanted $build $demo" ;;
    *)
        echo "setup: $set: no such set; use build, test or demo" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: no Debian packages on this system; needed are: $wanted" >&2
    exit 0
fi

missing=""
# shellcheck disable=SC2086 # one package a word is meant
for package in $(printf "%s\n" $wanted | sort -u); do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: packages are missing; install them as root: apt-get install$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup: installing$missing"
install() {
    # shellcheck disable=SC2086 # one package a word is meant
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
if ! { $as_root apt-get update -q && install; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    echo "setup: could not install$missing" >&2
    exit 1
fi
