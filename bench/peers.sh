#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares hone with the engines that people use: peers.sh [OPTIONS of peers.py]. Builds the shared
# library, installs the peers' wheels into a virtual environment, both below build/, and measures.
# A wheel that does not exist for this machine is left out, and said so.
set -eu
cd "$(dirname "$0")/.."

home=build/peers
cmake -S . -B build/shared -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON >/dev/null
cmake --build build/shared -- --quiet

python=${HONE_BENCH_PYTHON:-$home/venv/bin/python}
if [ ! -x "$python" ]; then
    echo "bench-peers: installing the peers into $home/venv"
    python3 -m venv "$home/venv"
    while read -r package; do
        "$python" -m pip install --quiet --disable-pip-version-check "$package" ||
            echo "bench-peers: no $package here; it is left out"
    done <bench/requirements.txt
fi
exec "$python" bench/peers.py --build build/shared --work "$home" "$@"
