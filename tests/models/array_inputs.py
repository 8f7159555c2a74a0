# SPDX-License-Identifier: Apache-2.0
"""Inputs that are no pictures: sounds, sensor readings, text, and seeded numbers.

They are written as arrays into a folder of the test, in the same way each time. A stateful model
gets several steps; what it carries from one to the next, the table of models says.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
import re
import struct
from pathlib import Path
from typing import Sequence

from hone_arrays import Array, array_of
from picture_inputs import Case, Cases, one_each
from sources import (
    Data,
    bands,
    floats,
    int8,
    magnitudes,
    read_cbor_samples,
    read_floats,
    read_grey_png,
    read_npz,
    read_wav,
)

WORDS = "yes no up down left right on off stop go".split()
SOUNDS = "hey_jarvis okay_nabu alexa speech music".split()
KWS_FRAMES, KWS_COEFFICIENTS = 49, 10
KWS_SCALE, KWS_ZERO = 0.58470289, 83  # of the input of kws_i8.tflite
FAN_FEATURES = 33
GESTURE_SAMPLES = 125
REVIEWS = {
    "praise": "this is one of the best movies i have ever seen a wonderful story and great actors",
    "blame": "what a terrible boring film the plot is stupid and the acting is awful",
    "mixed": "a slow start but the end is worth it",
    "empty": "",
}
REVIEW_TOKENS = 256


def single(data: Data, model: str, cases: dict[str, Array]) -> list[Case]:
    """Arrays of a model's only input, by names of cases."""
    return one_each([data.array(f"{model}/{name}", array) for name, array in cases.items()])


def seeded(shape: tuple[int, ...], least: float, greatest: float, kind: str = "<f4") -> Cases:
    """Three arrays of numbers between two; the last begins with a ramp through all of them."""

    def make(data: Data) -> list[Case]:
        n = math.prod(shape)
        cases = {}
        for i in range(3):
            rng = random.Random(f"{shape} {i}")
            values = [rng.uniform(least, greatest) for _ in range(n)]
            if i == 2:
                ramp = min(n, 256)
                values[:ramp] = [least + (greatest - least) * k / ramp for k in range(ramp)]
            if kind[1] != "f":
                values = [float(round(value)) for value in values]
            numbers = values if kind[1] == "f" else [int(value) for value in values]
            cases[f"seeded{i}"] = array_of(kind, shape, numbers)
        return single(data, f"seeded/{kind[1:]}_{'_'.join(map(str, shape))}", cases)

    return make


# ---- sounds


def words(data: Data) -> dict[str, list[float]]:
    """Cepstra of ten spoken words, and each again turned by some frames, every other negated."""
    found = {}
    for i, word in enumerate(WORDS):
        cepstra = read_floats(data.shared / "tests" / "kws_mfcc" / f"{word}.f32")
        cut = (i + 1) * 4 * KWS_COEFFICIENTS
        sign = -1.0 if i % 2 else 1.0
        found[word] = cepstra
        found[f"{word}_turned"] = [sign * value for value in cepstra[cut:] + cepstra[:cut]]
    return found


def words_f32(data: Data) -> list[Case]:
    """The words as floats."""
    return one_each([data.write(f"kws/{name}.f32", floats(v)) for name, v in words(data).items()])


def words_s8(data: Data) -> list[Case]:
    """The words as the integers of kws_i8.tflite."""
    paths = []
    for name, cepstra in words(data).items():
        array = int8((len(cepstra),), cepstra, KWS_SCALE, KWS_ZERO)
        paths.append(data.write(f"kws/{name}.s8", array.data))
    return one_each(paths)


def sound_path(data: Data, name: str) -> Path:
    """A sound by its name."""
    return data.shared / "audio" / f"{name}.wav"


def features(data: Data, name: str, n_frames: int, n_bands: int, hop: int = 160) -> list[float]:
    """A sound's frames of bands, one after the other."""
    return list(itertools.chain(*bands(sound_path(data, name), n_frames, n_bands, hop)))


def micro_speech(data: Data) -> list[Case]:
    """The bands of five sounds in steps of 20 ms."""
    return single(
        data,
        "micro_speech",
        {
            name: int8((1, 1960), features(data, name, 49, 40, 320), 0.10171568, -128)
            for name in ("yes", "no", "silence", "noise", "marvin")
        },
    )


def micro_speech_frames(data: Data) -> list[Case]:
    """Five pieces of 30 ms of sounds."""
    cases = {}
    for name, at in (("yes", 6000), ("no", 7000), ("silence", 0), ("noise", 800), ("music", 9000)):
        samples = read_wav(sound_path(data, name))[at : at + 480]
        cases[name] = array_of("<i2", (1, 480), [int(value * 32768) for value in samples])
    return single(data, "micro_speech_features", cases)


def voice_frames(data: Data) -> list[Case]:
    """The bands of five sounds for microvad."""
    return single(
        data,
        "microvad",
        {
            name: array_of("<f4", (1, 74, 40), features(data, name, 74, 40))
            for name in ("speech", "silence2", "music", "yes", "noise")
        },
    )


def rows_of(values: Sequence[float], n_columns: int) -> str:
    """Numbers as the rows of a table under the names of its columns."""
    rows = [",".join(f"band{i}" for i in range(n_columns))]
    for at in range(0, len(values), n_columns):
        rows.append(",".join(f"{value:.9g}" for value in values[at : at + n_columns]))
    return "\n".join(rows) + "\n"


def wake_steps(scale: float, *names: str) -> Cases:
    """Sounds in steps of three frames, that go into one session one after the other."""

    def make(data: Data) -> list[Case]:
        cases = []
        for name in names:
            n_steps = 12
            values = features(data, name, 3 * n_steps, 40)
            steps = []
            for i in range(n_steps):
                step = int8((1, 3, 40), values[i * 120 : i * 120 + 120], scale, -128)
                steps.append({"": data.array(f"wake{scale}/{name}_{i:02}", step)})
            table = data.write(f"wake{scale}/{name}.csv", rows_of(values, 40).encode("ascii"))
            cases.append(Case(name, tuple(steps), ("--stream",), table))
        return cases

    return make


def mel_windows(data: Data) -> list[Case]:
    """76 frames of 32 bands of five sounds, for the second stage of openWakeWord."""
    return single(
        data,
        "oww_embedding",
        {
            name: array_of("<f4", (1, 76, 32, 1), [v / 4 for v in features(data, name, 76, 32)])
            for name in SOUNDS
        },
    )


def embeddings(data: Data) -> list[Case]:
    """Numbers as the second stage makes them, for the third."""
    return seeded((1, 16, 96), -40.0, 40.0)(data)


def whole_sounds(data: Data) -> list[Case]:
    """A second of four sounds as 16-bit numbers, for the first stage of openWakeWord."""
    cases = {}
    for name in ("hey_mycroft", "alexa", "music"):
        samples = [32768 * value for value in read_wav(sound_path(data, name))[:12400]]
        cases[name] = array_of("<f4", (1, 12400), samples)
    return single(data, "oww_melspec", cases)


def notes(data: Data) -> list[Case]:
    """Two seconds of singing from three places, at half of the file's rate."""
    song = read_wav(sound_path(data, "vocadito_10"))
    cases = {}
    for at in (0, 100000, 250000):
        pairs = zip(song[at : at + 87688 : 2], song[at + 1 : at + 87688 : 2])
        samples = [(a + b) / 2 for a, b in pairs]
        cases[f"song{at}"] = array_of("<f4", (1, 43844, 1), samples)
    return single(data, "basic_pitch", cases)


def zeros(data: Data, shape: tuple[int, ...]) -> Path:
    """An array of zeros, the state that a model starts with."""
    name = "_".join(map(str, shape))
    return data.array(f"zeros/{name}", array_of("<f4", shape, [0.0] * math.prod(shape)))


def noise_steps(model: int) -> Cases:
    """Frames of speech and music for one of the two halves of DTLN, hop 128."""
    source, state = ("input_2", "input_3") if model == 1 else ("input_4", "input_5")

    def make(data: Data) -> list[Case]:
        cases = []
        for name, at in (("speech", 16000), ("music", 40000), ("noise", 0)):
            sound = read_wav(sound_path(data, name))
            steps = []
            for i in range(4):
                frame = list(sound[at + i * 128 : at + i * 128 + 512])
                values = magnitudes(frame) if model == 1 else frame
                array = array_of("<f4", (1, 1, len(values)), values)
                steps.append({source: data.array(f"dtln_{model}/{name}{i}", array)})
            steps[0][state] = zeros(data, (1, 2, 128, 2))
            cases.append(Case(name, tuple(steps)))
        return cases

    return make


def vad_steps(data: Data) -> list[Case]:
    """Chunks of three sounds for silero_vad, at both rates that it knows."""
    cases = []
    for name, at, rate in (("speech", 15872, 16000), ("silence2", 0, 16000), ("music", 0, 8000)):
        sound = read_wav(sound_path(data, name))
        n = 512 if rate == 16000 else 256
        shapes = ("--shape", f"input=1x{n}", "--shape", "state=2x1x128")
        hertz = data.array(f"silero/{rate}", array_of("<i8", (), [rate]))
        steps = []
        for i in range(5):
            chunk = array_of("<f4", (1, n), sound[at + i * n : at + i * n + n])
            steps.append({"input": data.array(f"silero/{name}{i}", chunk), "sr": hertz})
        steps[0]["state"] = zeros(data, (2, 1, 128))
        cases.append(Case(name, tuple(steps), shapes))
    return cases


# ---- sensors and tables


def temperatures(data: Data) -> list[Case]:
    """Twenty windows of a machine's temperature, over its mean and standard deviation."""
    table = data.shared / "sensor" / "machine_temperature.csv"
    with table.open(encoding="ascii", newline="") as file:
        values = [float(row["value"]) for row in csv.DictReader(file)]
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    step = (len(values) - FAN_FEATURES) // 19
    paths = []
    for i in range(20):
        window = values[i * step : i * step + FAN_FEATURES]
        scaled = [(value - mean) / deviation for value in window]
        paths.append(data.write(f"fan/window{i:02}.f32", floats(scaled)))
    return one_each(paths)


def room_temperatures(scale: float | None) -> Cases:
    """Five windows of hourly temperatures in degrees Celsius, as floats or steps."""

    def make(data: Data) -> list[Case]:
        table = data.shared / "sensor" / "ambient_temperature.csv"
        with table.open(encoding="ascii", newline="") as file:
            celsius = [(float(row["value"]) - 32) / 1.8 for row in csv.DictReader(file)]
        cases = {}
        for i in range(5):
            window = celsius[i * 1400 : i * 1400 + 8]
            array = array_of("<f4", (1, 8), window)
            cases[f"hour{i * 1400}"] = array if scale is None else int8((1, 8), window, scale, -128)
        return single(data, f"temperature{scale}", cases)

    return make


def gestures(data: Data) -> list[Case]:
    """The first 125 samples of five recordings, as the integers of gestures_i8.tflite."""
    cases = {}
    for name in ("idle.0", "snake.0", "updown.0", "wave.0", "wave.2"):
        path = data.shared / "sensor" / "gestures" / f"{name}.cbor"
        samples = itertools.chain(*read_cbor_samples(path)[:GESTURE_SAMPLES])
        cases[name.replace(".", "")] = int8((1, 375), list(samples), 0.21295719, 16)
    return single(data, "gestures", cases)


def motions(data: Data) -> list[Case]:
    """Five rows of motion_features.npy."""
    raw = (data.shared / "tests" / "motion_features.npy").read_bytes()
    n = 39
    rows = [128 + i * 4 * n for i in (0, 800, 1600, 2400, 3000)]
    return single(
        data,
        "motion",
        {
            f"row{(at - 128) // (4 * n)}": array_of(
                "<f4", (1, n), struct.unpack_from("<39f", raw, at)
            )
            for at in rows
        },
    )


def machine_sounds(data: Data) -> list[Case]:
    """Five windows of a machine's sound, as the integers of toycar_ad_i8.tflite."""
    values = read_floats(data.shared / "tests" / "toycar_normal_640.f32")
    return single(
        data,
        "toycar",
        {
            f"window{i}": int8((1, 640), values[i * 640 : i * 640 + 640], 0.39101523, 89)
            for i in (0, 9, 18, 27, 36)
        },
    )


def wines(data: Data) -> list[Case]:
    """The given wine, and three whose numbers are up to a half larger or smaller."""
    given = read_npz(data.shared / "tests" / "lgbm_wine_io.npz")["input"]
    cases = {"given": given}
    for i in range(3):
        rng = random.Random(f"wine {i}")
        values = [value * rng.uniform(0.5, 1.5) for value in given.values()]
        cases[f"changed{i}"] = array_of("<f4", (1, 13), values)
    return single(data, "lgbm_wine", cases)


# ---- text and bytes


def reviews(data: Data) -> list[Case]:
    """Sentences as the tokens of movie_review_vocab.txt: a start, words, padding."""
    lines = (data.shared / "labels" / "movie_review_vocab.txt").read_text("utf-8").split("\n")
    tokens = {
        word: int(number) for word, _, number in (line.rpartition(" ") for line in lines if line)
    }
    cases = {}
    for name, text in REVIEWS.items():
        found = [tokens.get(word, tokens["<UNKNOWN>"]) for word in re.findall(r"[a-z']+", text)]
        padded = [tokens["<START>"], *found] + [tokens["<PAD>"]] * REVIEW_TOKENS
        cases[name] = array_of("<i4", (1, REVIEW_TOKENS), padded[:REVIEW_TOKENS])
    return single(data, "movie_review", cases)


def file_types(data: Data) -> list[Case]:
    """The first and last bytes of five sample files, as magika takes them."""
    folder = data.shared / "tests" / "magika"
    settings = json.loads((folder / "config.min.json").read_text("utf-8"))
    n, padding = settings["beg_size"], settings["padding_token"]
    cases = {}
    for name in ("pdf", "json", "png", "markdown", "ini"):
        raw = (folder / f"{name}.sample").read_bytes()
        block = settings["block_size"]
        first, last = raw[:block].lstrip()[:n], raw[-block:].rstrip()[-n:]
        values = [*first, *[padding] * (n - len(first)), *[padding] * (n - len(last)), *last]
        cases[name] = array_of("<i4", (1, 2 * n), values)
    return single(data, "magika", cases)


def byte_texts(data: Data) -> list[Case]:
    """The given bytes, and two sentences of another length."""
    given = read_npz(data.shared / "tests" / "byte_bilstm_io.npz")["input"]
    arrays = {"given": given}
    for name in ("praise", "blame"):
        text = REVIEWS[name].encode("ascii")
        arrays[name] = array_of("|u1", (1, len(text)), text)
    return [
        Case(name, ({"": data.array(f"bytes/{name}", array)},), shape_options("", array.shape))
        for name, array in arrays.items()
    ]


def shape_options(name: str, shape: Sequence[int]) -> tuple[str, ...]:
    """The option that gives an input its shape."""
    return ("--shape", f"{name}{'=' if name else ''}{'x'.join(map(str, shape))}")


def token_rows(data: Data) -> list[Case]:
    """Seeded tokens of bert_toy.onnx in three lengths, the last of two rows, one masked in part."""
    cases = []
    for rows, n in ((1, 16), (1, 7), (2, 12)):
        rng = random.Random(f"bert {rows} {n}")
        tokens = [rng.randrange(99) for _ in range(rows * n)]
        kinds = [int(i % n >= n // 2) for i in range(rows * n)]
        mask = [int(i < rows * n - 3) for i in range(rows * n)]
        feeds: dict[str, Path] = {}
        options: tuple[str, ...] = ()
        for name, values in (
            ("input_ids", tokens),
            ("token_type_ids", kinds),
            ("input_mask", mask),
        ):
            feeds[name] = data.array(f"bert/{rows}x{n}_{name}", array_of("<i8", (rows, n), values))
            options += shape_options(name, (rows, n))
        cases.append(Case(f"rows{rows}x{n}", (feeds,), options))
    return cases


def language_steps(data: Data) -> list[Case]:
    """Seeded tokens of toy_lm_kv.tflite, whose caches go from one step to the next."""
    cases = []
    for i in range(3):
        rng = random.Random(f"language {i}")
        steps = []
        for k in range(2):
            tokens = array_of("<i4", (1, 100), [rng.randrange(400) for _ in range(100)])
            places = array_of("<i4", (1, 100), range(100))
            steps.append(
                {
                    "signature_1_tokens:0": data.array(f"lm/tokens{i}_{k}", tokens),
                    "signature_1_positions:0": data.array("lm/positions", places),
                }
            )
        for c in range(2):
            cache = [rng.uniform(-1, 1) if i else 0.0 for _ in range(1600)]
            path = data.array(f"lm/cache{c}_{i}", array_of("<f4", (1, 100, 4, 4), cache))
            steps[0][f"signature_1_cache_{c}:0"] = path
        cases.append(Case(f"seeded{i}", tuple(steps)))
    return cases


# ---- pictures of models whose input has not the form of one


def digit_rows(kind: str) -> Cases:
    """Five handwritten digits as [1,28,28]."""

    def make(data: Data) -> list[Case]:
        cases = {}
        for i in (0, 3, 4, 7, 9):
            height, width, pixels = read_grey_png(
                data.shared / "images" / "mnist" / f"sample{i}.png"
            )
            shape = (1, height, width)
            if kind == "<f4":
                cases[f"sample{i}"] = array_of(kind, shape, [pixel / 255 for pixel in pixels])
            else:
                cases[f"sample{i}"] = array_of(kind, shape, [pixel - 128 for pixel in pixels])
        return single(data, f"digits{kind[1:]}", cases)

    return make
