# SPDX-License-Identifier: Apache-2.0
"""The models whose answers are compared with a reference engine: all of the TFLite and ONNX files
beside the repository, and the project's own.

Engines, as make_references.py has them: ``litert``, the reference kernels of LiteRT, which know all
of these models but what is named here; ``ort``, ONNX Runtime without optimisation;
``litert_builtin`` and ``ort_sign``, both on a copy whose custom operators were written as builtin
ones; ``tflm``, TensorFlow Lite Micro.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import array_inputs as arrays
import picture_inputs as images
from picture_inputs import Cases, pictures
from sources import REPOSITORY, Data

UNSCALED = ("--scale", "1")  # a float model that takes pixels from 0 to 255
BGR = ("--bgr", "--scale", "1")
IMAGENET = (
    "--scale=0.00392156862745098",
    "--mean=0.485,0.456,0.406",
    "--std=0.229,0.224,0.225",
)
BALANCED = ("--scale", "1", "--mean", "127.5", "--std", "127.5")
ULTRAFACE = ("--scale", "1", "--mean", "127", "--std", "128")
HALVES = ("--scale=0.00392156862745098", "--mean=0.5", "--std=0.5")

FACES = pictures("faces3.png", "grace_hopper.bmp", "cat.bmp")
STREETS = pictures("dog.jpg", "parrot.jpg", "street.jpg")
LINES = pictures("text_line.jpg", "text_cls.jpg", "mnist_nine.bmp")


@dataclass(frozen=True)
class Model:
    """A model: its file, inputs, options of `hone run`, the kind of its float outputs (answers.py),
    the engine, and what one step hands to the next: inputs by the file stems of outputs."""

    file: str
    cases: Cases
    options: tuple[str, ...] = ()
    kind: str = "float"
    engine: str = ""
    carry: dict[str, str] = field(default_factory=dict)

    def path(self, data: Data) -> Path:
        """Where the model is."""
        own = REPOSITORY / "models" / self.file
        return own if own.exists() else data.shared / "models" / self.file

    @property
    def judge(self) -> str:
        """The engine, by the kind of the file where none is named."""
        return self.engine or ("ort" if self.file.endswith(".onnx") else "litert")


# mobilenet_v2_qdq.onnx rounds to int8 after each of 52 layers, so that one rounding that falls the
# other way changes many behind it. ONNX Runtime with its Q/DQ nodes fused, as the command fuses
# them, agrees with itself without optimisation in 78 to 100 % of the scores to one step and in 99 %
# to four; the command agrees with the latter just as well. The best class is what counts.
#
# The scores of yunet_320.onnx and ppocr_v3_det.onnx may all be below 0.001, where the engine's
# sigmoid is off by 1e-7. Of ppocr_cls.onnx the range is what two probabilities differ by, of
# silero_vad.onnx its only probability.
CLASSIFIERS = [
    Model("mobilenet_v1_025_128_u8.tflite", images.imagenet_some),
    Model("mobilenet_v1_025_224_u8.tflite", images.imagenet_some),
    Model("mobilenet_v2_birds_u8.tflite", pictures("bird.bmp", "parrot.jpg", "owl.jpg")),
    Model("mbnet128_f32.tflite", pictures("cat.bmp", "fox.jpg", "burger.jpg", "parrot.jpg")),
    Model("mbnet128_i8.tflite", pictures("cat.bmp", "fox.jpg", "burger.jpg", "parrot.jpg")),
    Model("mobilenet_v2_qdq.onnx", images.imagenet_some, IMAGENET, "step 4"),
    Model("resnet8_cifar10_f32.tflite", images.cifar("nhwc"), UNSCALED),
    Model("resnet8_cifar10_i8.tflite", images.cifar("s8")),
    Model("resnet8_cifar10.onnx", images.cifar("nchw"), UNSCALED),
    Model("mnist8.onnx", images.digits, UNSCALED),
    Model("mnist_resnet_f32.tflite", images.some_digits),
    Model("mnist_resnet_i8.tflite", images.some_digits),
    Model("mnist_lstm_f32.tflite", arrays.digit_rows("<f4")),
    Model("mnist_lstm_i8.tflite", arrays.digit_rows("|i1")),
    Model("small_conv_i8.tflite", arrays.seeded((1, 4, 4, 1), -128, 127, "|i1")),
    Model("person_detect_i8.tflite", images.people),
    Model("fashion_i8.tflite", images.clothes),
    Model("fashion_f32.onnx", images.clothes),
]
DETECTORS = [
    Model(
        "ssd_mobilenet_v1_coco_u8.tflite",
        pictures("cats_and_dogs.jpg", "dog.jpg", "street.jpg", "parrot.jpg"),
    ),
    Model("yolox_nano.onnx", STREETS, (*BGR, "--resize", "letterbox")),
    Model("yolox_nano_f16.tflite", STREETS, (*BGR, "--resize", "letterbox")),
    Model("fastestdet.onnx", STREETS, ("--bgr",)),
    Model("person_yolo_i8.tflite", pictures("squat.bmp", "street.jpg", "dog.jpg")),
    Model("fomo_f32.tflite", pictures("burger.jpg", "dog.jpg", "street.jpg")),
    Model("fomo_i8.tflite", pictures("burger.jpg", "dog.jpg", "street.jpg")),
    Model("ultraface_320.onnx", FACES, ULTRAFACE),
    Model("ultraface_320.tflite", FACES, ULTRAFACE),
    Model("yunet_320.onnx", FACES, BGR, "float 0.01"),
    Model("blazeface_f16.tflite", FACES, BALANCED),
]
PICTURE_TO_PICTURE = [
    Model("deeplabv3_dm05_u8.tflite", pictures("bird_seg.bmp", "dog.jpg", "cat.bmp")),
    Model(
        "selfie_seg_f16.tflite",
        pictures("grace_hopper.bmp", "couple_and_dog.jpg", "cat.bmp"),
        (),
        engine="litert_builtin",
    ),
    Model("movenet_lightning_u8.tflite", pictures("squat.bmp", "grace_hopper.bmp", "street.jpg")),
    Model("hand_keypoints.tflite", arrays.seeded((1, 42), -1, 1)),
    Model("super_resolution.onnx", images.luma, (*UNSCALED, "--shape", "1x1x224x224")),
    Model(
        "ppocr_v3_det.onnx",
        pictures("text_page.jpg", "text_line.jpg", "cat.bmp"),
        (*IMAGENET, "--shape", "1x3x320x256"),
        "float 0.01",
    ),
    Model(
        "ppocr_cls.onnx",
        pictures("text_cls.jpg", "text_line.jpg", "cat.bmp"),
        (*HALVES, "--shape", "1x3x48x192"),
        "float 0.1",
    ),
    Model("captcha_ocr.tflite", LINES, (), "dynamic"),
]
BINARY = [
    Model("tfc_1w1a_qonnx.onnx", images.some_digits, engine="ort_sign"),
    Model(
        "larq_bsign.tflite",
        arrays.seeded((1, 28, 28, 3), -1, 1),
        engine="litert_builtin",
    ),
]
DTLN_1 = {"Identity_1": "input_3"}
DTLN_2 = {"Identity_1": "input_5"}
SOUNDS = [
    Model("micro_speech_i8.tflite", arrays.micro_speech),
    Model("micro_speech_features_i8.tflite", arrays.micro_speech_frames, engine="tflm"),
    Model("kws_f32.tflite", arrays.words_f32, (), "dynamic"),
    Model("kws_i8.tflite", arrays.words_s8),
    Model("dtln_1.onnx", arrays.noise_steps(1), carry={"tf_op_layer_stack_2": "input_3"}),
    Model("dtln_2.onnx", arrays.noise_steps(2), carry={"tf_op_layer_stack_5": "input_5"}),
    Model("dtln_1.tflite", arrays.noise_steps(1), carry=DTLN_1),
    Model("dtln_1_dyn.tflite", arrays.noise_steps(1), (), "dynamic", carry=DTLN_1),
    Model("dtln_2_dyn.tflite", arrays.noise_steps(2), (), "dynamic", carry=DTLN_2),
    Model("silero_vad.onnx", arrays.vad_steps, (), "float 0.1", carry={"stateN": "state"}),
    Model("microvad_f32.tflite", arrays.voice_frames),
    Model("microvad_stream_i8.tflite", arrays.wake_steps(0.10217524, "speech", "music")),
    Model("mww_hey_jarvis_i8.tflite", arrays.wake_steps(0.10196079, "hey_jarvis", "alexa")),
    Model("mww_okay_nabu_i8.tflite", arrays.wake_steps(0.10196079, "okay_nabu", "alexa")),
    Model("oww_melspec.onnx", arrays.whole_sounds, ("--shape", "1x12400")),
    Model("oww_embedding.onnx", arrays.mel_windows, ("--shape", "1x76x32x1")),
    Model("oww_hey_mycroft.onnx", arrays.embeddings, ("--shape", "1x16x96")),
    Model("basic_pitch.onnx", arrays.notes, ("--shape", "1x43844x1")),
    Model("basic_pitch.tflite", arrays.notes, ("--shape", "1x43844x1")),
    Model("toycar_ad_i8.tflite", arrays.machine_sounds),
]
TEXTS = [
    Model("movie_review.tflite", arrays.reviews),
    Model("magika.onnx", arrays.file_types, ("--shape", "1x2048")),
    Model("byte_bilstm.onnx", arrays.byte_texts),
    Model("bert_toy.onnx", arrays.token_rows),
    Model(
        "toy_lm_kv.tflite",
        arrays.language_steps,
        carry={
            "StatefulPartitionedCall_1": "signature_1_cache_0:0",
            "StatefulPartitionedCall_2": "signature_1_cache_1:0",
        },
    ),
]
SENSORS = [
    Model("motion_dense.onnx", arrays.motions),
    Model("gestures_i8.tflite", arrays.gestures),
    Model("temp_regression_f32.tflite", arrays.room_temperatures(None)),
    Model("temp_regression_i8.tflite", arrays.room_temperatures(0.14666668)),
    Model("fan_f32.tflite", arrays.temperatures),
    Model("lgbm_wine.onnx", arrays.wines, ("--shape", "1x13")),
]
MODELS = [
    *CLASSIFIERS,
    *DETECTORS,
    *PICTURE_TO_PICTURE,
    *BINARY,
    *SOUNDS,
    *TEXTS,
    *SENSORS,
]


def model_of(file: str) -> Model:
    """The row of a model's file."""
    return next(model for model in MODELS if model.file == file)
