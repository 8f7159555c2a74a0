# SPDX-License-Identifier: Apache-2.0
"""The best class of 500 pictures against the reference engines, by three models.

Of the integer models every output byte is compared. The QDQ model rounds to integers between
float operations whose last bits differ from engine to engine, so a few of its values land one
step beside; its best class must be among those that tie for the best of ONNX Runtime on nearly
every picture.
"""

from __future__ import annotations

import csv
from pathlib import Path

from hone_arrays import Hone, top_classes
from spine_models import Data, imagenet_all, model_of
from tally import Tally

IMAGENET_FILE = "imagenet_top1.csv"
IMAGENET_COLUMNS = [
    "mobilenet_v1_025_128_u8.tflite",
    "mobilenet_v1_025_224_u8.tflite",
    "mobilenet_v2_qdq.onnx",
]
QDQ_AGREEMENT = 0.98


def check_imagenet(hone: Hone, data: Data, tally: Tally) -> None:
    """One test for each of the models."""
    table = Path(__file__).resolve().parent / IMAGENET_FILE
    with table.open(encoding="ascii", newline="") as file:
        rows = {row["picture"]: row for row in csv.DictReader(file)}
    pictures = imagenet_all(data)
    if [picture.name for picture in pictures] != sorted(rows):
        tally.skip(len(IMAGENET_COLUMNS), "imagenet: the pictures are not there")
        return
    for column in IMAGENET_COLUMNS:
        with tally.test(f"{column} on {len(pictures)} pictures") as test:
            model = model_of(column)
            arrays = hone.run(model.path(data), pictures, model.options, with_inputs=False)
            n_top = n_bytes = 0
            for picture in pictures:
                _, answer = arrays[picture.stem]
                best, _, digest = rows[picture.name][column].partition("/")
                n_top += top_classes(answer.values())[0] in map(int, best.split())
                n_bytes += answer.digest() == digest
            test.note = f"the same best class on {n_top}"
            if answer.is_float:
                test.require(n_top >= QDQ_AGREEMENT * len(pictures), test.note)
            else:
                test.note += f", every byte equal on {n_bytes}"
                test.require(n_top == n_bytes == len(pictures), test.note)
