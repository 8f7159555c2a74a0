# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The exported sources compile without a warning; JSON lists them.
need "$MODEL"
ask export "$MODEL" out/net --name fashion | digits | head -n 2
ls out/net/fashion.c out/net/fashion.h
"$HONE" export "$MODEL" out/net --name fashion --json >export.json
python3 -c 'import json; print("listed:", any(f["name"] == "fashion.c" and f["bytes"] > 0 for f in json.load(open("export.json"))["files"]))'
(cd out/net && cc -std=c99 -Wall -Wextra -Werror -ffp-contract=off -c -I. ./*.c) && echo compiles
ask export "$MODEL" out/bad --name 'not a name'
ls out
