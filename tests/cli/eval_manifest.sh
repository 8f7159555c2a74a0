# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Accuracy over a small manifest; paths are relative to it, fields may be quoted.
need "$PICTURES"
mkdir data
cp "$PICTURES"/*.png data
python3 - <<'P'
import os
names = open(os.environ["NAMES"]).read().split("\n")
with open("data/manifest.csv", "w") as out:
    out.write("label,file\r\n")
    for label, name in enumerate(names[:10]):
        stem = name.lower().replace(" ", "-").replace("/", "-")
        out.write(f'{label},"{stem}.png"\r\n')
P
ask eval "$MODEL" --data data/manifest.csv | measured
ask eval "$ONNX" --data data/manifest.csv --limit 4 | measured
ask eval "$MODEL" --data data/manifest.csv --json | tail -n +2 | keys
ask eval "$MODEL" --data data/manifest.csv --label-offset 1
printf 'file,label\nbag.png,eight\n' >data/word.csv
ask eval "$MODEL" --data data/word.csv
printf 'file,label\nbag.png,8\nabsent.png,3\n' >data/absent.csv
ask eval "$MODEL" --data data/absent.csv | sed 's/: [^:]*$/: .../'
printf 'picture,class\nbag.png,8\n' >data/header.csv
ask eval "$MODEL" --data data/header.csv
printf 'file,label\n' >data/none.csv
ask eval "$MODEL" --data data/none.csv
