#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks the libraries that an aarch64 build links, as Debian has them, into build/aarch64-root. The
# packages are fetched by apt with a state of its own below build: the system's architectures, lists
# and packages stay as they are, and no rights are needed.
set -eu
cd "$(dirname "$0")/.."

packages="libnanopb-dev zlib1g-dev libcjson-dev libcjson1 libjpeg62-turbo-dev libpng-dev"
root=$PWD/build/aarch64-root
state=$PWD/build/aarch64-apt
[ ! -e "$root/done" ] || exit 0

mkdir -p "$root" "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
as_arm64() {
    apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= \
        -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::State::lists="$state/lists" \
        -o Dir::Cache="$state/cache" "$@"
}
# shellcheck disable=SC2086 # one package a word is meant
if ! { as_arm64 update && cd "$state" && as_arm64 download $packages; } >"$state/log" 2>&1; then
    tail -n 10 "$state/log" >&2
    echo "aarch64_root: could not fetch $packages for arm64" >&2
    exit 1
fi
for package in "$state"/*.deb; do dpkg-deb -x "$package" "$root"; done
: >"$root/done"
