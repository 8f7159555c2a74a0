# SPDX-License-Identifier: Apache-2.0
"""The best class of 500 pictures against the reference engines, by six models.

Of the integer models every output byte is compared. A float model and one that rounds to integers
between float operations may differ in the last bit where two classes are as good as equal: its best
class, or one that ties with it, must be among the engine's on 99.8 % of the pictures.
"""

from __future__ import annotations

import concurrent.futures
from dataclasses import dataclass
from pathlib import Path

from answers import Row
from hone_arrays import Hone, top_classes
from model_table import IMAGENET, Model
from picture_inputs import imagenet_all, imagenet_some
from sources import Data
from tables import read_table
from tally import Tally

IMAGENET_FILE = "imagenet_top1.csv"
IMAGENET_MODELS = [
    Model("mobilenet_v1_025_128_u8.tflite", imagenet_some),
    Model("mobilenet_v1_025_224_u8.tflite", imagenet_some),
    Model("mobilenet_v2_birds_u8.tflite", imagenet_some),
    Model("mbnet128_i8.tflite", imagenet_some),
    Model("mbnet128_f32.tflite", imagenet_some),
    Model("mobilenet_v2_qdq.onnx", imagenet_some, IMAGENET),
]
# Float networks: nearly all. Q/DQ networks round to 8 bits between operators, where one rounding
# that falls the other way can change the best class of a picture.
AGREEMENT = 0.998
AGREEMENT_QDQ = 0.98
PROCESSES = 2
PART = 50  # pictures of one run


@dataclass
class Count:
    """On how many pictures what was equal."""

    pictures: int = 0
    best: int = 0  # the first of the best classes is one of the engine's
    tied: int = 0  # one of the best classes is
    bytes: int = 0
    is_float: bool = False


def count_some(
    hone: Hone, path: Path, model: Model, pictures: list[Path], rows: list[Row]
) -> Count:
    """Compare some pictures."""
    runs = hone.run_on(path, pictures, (*model.options, "--threads", "1"))
    count = Count(len(pictures))
    for picture, row in zip(pictures, rows):
        answer = runs[picture.stem].answer()
        best, _, digest = row[model.file].partition("/")
        top, tied = top_classes(answer.values()), [int(word) for word in best.split()]
        count.best += top[0] in tied
        count.tied += any(index in tied for index in top)
        count.bytes += answer.digest() == digest
        count.is_float = answer.is_float
    return count


def count_all(hone: Hone, data: Data, model: Model, pictures: list[Path], rows: list[Row]) -> Count:
    """Compare all pictures, in as many processes as the numbers above say."""
    total = Count()
    parts = range(0, len(pictures), PART)
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        counts = pool.map(
            lambda at: count_some(
                hone, model.path(data), model, pictures[at : at + PART], rows[at : at + PART]
            ),
            parts,
        )
        for count in counts:
            total.pictures += count.pictures
            total.best += count.best
            total.tied += count.tied
            total.bytes += count.bytes
            total.is_float = count.is_float
    return total


def check_imagenet(hone: Hone, data: Data, tally: Tally) -> None:
    """One test for each of the models."""
    rows = read_table(IMAGENET_FILE)
    pictures = imagenet_all(data)
    if [picture.name for picture in pictures] != [row["picture"] for row in rows]:
        tally.skip(len(IMAGENET_MODELS), "imagenet: the pictures are not there")
        return
    for model in IMAGENET_MODELS:
        with tally.test(f"{model.file} on {len(pictures)} pictures") as test:
            count = count_all(hone, data, model, pictures, rows)
            test.note = f"the same best class on {count.best}"
            if count.is_float:
                test.note += f", or one that ties with it on {count.tied}"
                share = AGREEMENT_QDQ if "qdq" in model.file else AGREEMENT
                test.require(count.tied >= share * count.pictures, test.note)
            else:
                test.note += f", every byte equal on {count.bytes}"
                test.require(count.best == count.bytes == count.pictures, test.note)
