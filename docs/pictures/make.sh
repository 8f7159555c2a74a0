#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the pictures of this folder with the program itself: make.sh (needs `make build`, the models
# and pictures of HONE_SHARED (default: ../shared), and python3 with Pillow, which makes the
# pictures small before the program sees them).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
HONE_SHARED=${HONE_SHARED:-../shared}
hone=build/release/hone
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

small() { # small PICTURE: its copy of at most 360 x 270
    local to
    to=$work/$(basename "${1%.*}").png
    python3 - "$HONE_SHARED/images/$1" "$to" <<'PROGRAM'
import sys
from PIL import Image
picture = Image.open(sys.argv[1]).convert("RGB")
picture.thumbnail((360, 270))
picture.save(sys.argv[2])
PROGRAM
    echo "$to"
}

draw() { # draw OUT MODEL PICTURE [OPTION...]
    local out=$here/$1 model=$HONE_SHARED/models/$2 picture
    picture=$(small "$3")
    shift 3
    "$hone" run "$model" "$picture" --draw "$out" "$@" >/dev/null
}

draw detection.png yolox_nano.onnx dog.jpg --labels "$HONE_SHARED/labels/coco_80.txt"
draw segmentation.png deeplabv3_dm05_u8.tflite bird_seg.bmp --labels "$HONE_SHARED/labels/pascal_voc.txt"
draw pose.png movenet_lightning_u8.tflite squat.bmp

model=models/fashion_i8.tflite
"$here/terminal.py" "$here/run.svg" "$hone" run "$model" models/pictures/bag.png --labels models/fashion_labels.txt --show
"$here/terminal.py" "$here/plan.svg" "$hone" info "$model" --plan
"$here/terminal.py" "$here/profile.svg" "$hone" bench "$model" --threads 1 --profile
