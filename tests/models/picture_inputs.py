# SPDX-License-Identifier: Apache-2.0
"""The pictures that models are compared on. They go to the command as they are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from sources import REPOSITORY, Data, floats, read_tensor_proto

FASHION_DATA = Path("/usr/share/datasets/fashion-mnist")
PHOTOS = """
    cat.bmp parrot.jpg bird.bmp bird_seg.bmp squat.bmp grace_hopper.bmp hot_dog.jpg owl.jpg face.jpg
    burger.jpg cats_and_dogs.jpg sparrow.png fox.jpg couple_and_dog.jpg thumb_up.jpg dog.jpg
    street.jpg faces3.png exif_rotated.jpg coco/000000000072.jpg""".split()


@dataclass(frozen=True)
class Case:
    """An input of a model: for each step a file by the name of the input, "" for the only one.

    A model whose state is its own takes all steps from one session: then `series` is the same
    numbers as a table, that the command steps through. The answers of all steps are one array.
    """

    name: str
    steps: tuple[dict[str, Path], ...]
    options: tuple[str, ...] = field(default=())
    series: Path | None = None


Cases = Callable[[Data], list[Case]]


def one_each(paths: list[Path]) -> list[Case]:
    """A case for each file."""
    return [Case(path.stem, ({"": path},)) for path in paths]


def imagenet_all(data: Data) -> list[Path]:
    """The 500 pictures."""
    return sorted((data.shared / "images" / "imagenet").glob("*.jpg"))


def imagenet_some(data: Data) -> list[Case]:
    """Every 25th picture."""
    return one_each(imagenet_all(data)[::25])


def pictures(*names: str) -> Cases:
    """These pictures."""
    return lambda data: one_each([data.shared / "images" / name for name in names])


def photos(data: Data) -> list[Case]:
    """Twenty photographs of all sizes."""
    return pictures(*PHOTOS)(data)


def people(data: Data) -> list[Case]:
    """Two test pictures and eighteen photographs."""
    return pictures("person_96.bmp", "no_person_96.bmp", *PHOTOS[:18])(data)


def resnet_cat(data: Data, form: str) -> Path:
    """The cat of 32x32 RGB bytes as the model takes it: nhwc or nchw floats, or s8."""
    pixels = (data.shared / "tests" / "resnet8_cat.u8").read_bytes()
    if form == "s8":
        return data.write("s8/resnet8_cat.s8", bytes(value ^ 0x80 for value in pixels))
    if form == "nchw":
        pixels = b"".join(pixels[channel::3] for channel in range(3))
    return data.write(f"{form}/resnet8_cat.f32", floats([float(pixel) for pixel in pixels]))


def cifar(form: str) -> Cases:
    """That cat and nineteen photographs."""
    return lambda data: [*one_each([resnet_cat(data, form)]), *photos(data)[:19]]


def mnist_set(data: Data, i: int, part: str) -> Path:
    """The input or output of one of the three tests that come with mnist8.onnx."""
    return data.shared / "tests" / "mnist8" / f"set{i}_{part}_0.pb"


def digits(data: Data) -> list[Case]:
    """Handwritten digits as PNG, BMP and protocol buffers, and six pieces of clothing."""
    images = data.shared / "images"
    given = [
        data.write(f"mnist8/set{i}.f32", read_tensor_proto(mnist_set(data, i, "input")))
        for i in range(3)
    ]
    samples = [images / "mnist" / f"sample{i}.png" for i in range(10)]
    return one_each([*samples, images / "mnist_nine.bmp", *given, *own_pictures()[:6]])


def some_digits(data: Data) -> list[Case]:
    """Five handwritten digits."""
    return pictures(*(f"mnist/sample{i}.png" for i in (0, 3, 4, 7, 9)))(data)


def luma(data: Data) -> list[Case]:
    """The plane that comes with super_resolution.onnx, and two photographs."""
    given = read_tensor_proto(data.shared / "tests" / "super_resolution" / "input_0.pb")
    return one_each([data.write("luma/given.f32", given)]) + pictures("cat.bmp", "fox.jpg")(data)


def own_pictures() -> list[Path]:
    """The ten pictures that come with the project's own model."""
    return sorted((REPOSITORY / "models" / "pictures").glob("*.png"))


def clothes(data: Data) -> list[Case]:
    """The project's own pictures, and the first ten of the test set where it is installed."""
    if not FASHION_DATA.exists():
        return one_each(own_pictures())
    folder = data.work / "fashion"
    script = REPOSITORY / "models" / "fashion_manifest.py"
    command = [sys.executable, str(script), str(folder), "--count", "10"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return one_each(own_pictures() + sorted(folder.glob("*.png")))
