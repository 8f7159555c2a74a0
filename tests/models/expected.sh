#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The answers that the sources of the shared models state, asked through `hone run`: expected.sh
# [COMMAND] [PATTERN]. A row is MODEL | WORDS | CHECK; a word @PATH lies in HONE_SHARED, %NAME is
# made by expected_table.py, which also explains the checks. PATTERN chooses rows by their text.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
case "${1:-}" in
*/*)
    HONE=$(realpath "$1")
    shift
    ;;
esac
HONE=${HONE:-$root/build/release/hone}
HONE_SHARED=${HONE_SHARED:-$root/../shared}

if [ ! -x "$HONE" ]; then
    echo "expected: $HONE is not built" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

imagenet="--scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"
silero="--stream --shape input=1x576 --shape state=2x1x128 --window 576 --hop 512 --lead 64 --set sr=16000 --feedback stateN=state"
wake="--features micro --step-ms 10 --stream --settings"
vad="--features micro --step-ms 10"

rows() {
    # pictures of one thing
    echo "mobilenet_v1_025_128_u8.tflite | @images/cat.bmp | top3 283 0.25"
    echo "mobilenet_v1_025_224_u8.tflite | @images/burger.jpg | top 934 0.96 0.01"
    echo "mobilenet_v1_025_224_u8.tflite | @images/burger.jpg | label cheeseburger"
    echo "mobilenet_v2_birds_u8.tflite | @images/bird.bmp | top 659 0.75 0.25"
    echo "mobilenet_v2_birds_u8.tflite | @images/parrot.jpg --labels @labels/inat_bird.txt | label Ara macao (Scarlet Macaw)"
    echo "mobilenet_v2_qdq.onnx | @images/parrot.jpg $imagenet | top 88"
    echo "mobilenet_v2_qdq.onnx | @images/cat.bmp $imagenet | top3 281"
    echo "mobilenet_v2_qdq.onnx | @images/cat.bmp $imagenet | top3 282"
    echo "mobilenet_v2_qdq.onnx | @images/cat.bmp $imagenet | top3 285"
    for i in 0 1 2 3 4 5 6 7 8 9; do
        for model in mnist_resnet_f32 mnist_resnet_i8 mnist_lstm_f32 mnist_lstm_i8; do
            echo "$model.tflite | @images/mnist/sample$i.png | top $i"
        done
    done
    for i in 0 1 2; do
        echo "mnist8.onnx | %mnist8/set${i}_input_0.npy | values %mnist8/set${i}_output_0.npy 1e-3"
    done
    echo "super_resolution.onnx | %super_resolution/input_0.npy | values %super_resolution/output_0.npy 1e-3"

    # boxes
    for box in "16 0.64 54 396 393 196" "16 0.61 602 157 394 447" "16 0.56 260 394 180 209" "17 0.50 389 197 278 409"; do
        echo "ssd_mobilenet_v1_coco_u8.tflite | @images/cats_and_dogs.jpg | box $box"
    done
    for model in yolox_nano.onnx yolox_nano_f16.tflite; do
        echo "$model | @images/dog.jpg --labels @labels/coco_80.txt | label dog"
        for score in "16 0.86" "1 0.80" "2 0.80"; do echo "$model | @images/dog.jpg | box $score"; done
        echo "$model | @images/parrot.jpg | box 14 0.86"
        echo "$model | @images/cat.bmp | box 15 0.74"
        echo "$model | @images/couple_and_dog.jpg | box 0 0.94"
        echo "$model | @images/couple_and_dog.jpg | box 16 0.62"
        echo "$model | @images/coco/000000000072.jpg | box 23 0.86"
    done
    for score in "16 0.81" "2 0.76" "1 0.74"; do echo "fastestdet.onnx | @images/dog.jpg | box $score"; done
    echo "fastestdet.onnx | @images/parrot.jpg | box 14 0.80"
    echo "fastestdet.onnx | @images/street.jpg | boxes 0 3 9"
    echo "fastestdet.onnx | @images/street.jpg | boxes 32 1 9"
    for model in ultraface_320.onnx ultraface_320.tflite; do
        for count in "faces3.png 3" "grace_hopper.bmp 1" "face.jpg 4" "couple_and_dog.jpg 2" "cat.bmp 0"; do
            echo "$model | @images/${count% *} | boxes 0 ${count#* } ${count#* }"
        done
    done
    echo "yunet_320.onnx | @images/faces3.png | best 0.87 0.01"
    echo "yunet_320.onnx | @images/grace_hopper.bmp | best 0.88 0.01"
    echo "yunet_320.onnx | @images/cat.bmp --min-score 0.001 | best 0.02 0.01"
    echo "blazeface_f16.tflite | @images/faces3.png --anchors @tests/blazeface_anchors.npy | boxes 0 3 3"
    echo "blazeface_f16.tflite | @images/faces3.png | boxes 0 3 3"

    # maps and poses
    echo "deeplabv3_dm05_u8.tflite | @images/bird_seg.bmp | overlap @images/bird_seg_mask.bmp 0.9"
    echo "movenet_lightning_u8.tflite | @images/squat.bmp | pose @tests/movenet_squat.csv 500 610 0.05"
    echo "ppocr_v3_det.onnx | @images/text_page.jpg --shape 1x3x640x640 $imagenet --bgr --min-score 0.3 | share 1 0.14 0.05"
    echo "ppocr_v3_det.onnx | @images/cat.bmp --shape 1x3x640x640 $imagenet --bgr --min-score 0.3 | share 1 0 0.01"

    # sound
    echo "micro_speech_i8.tflite | @audio/silence.wav --features micro | top 0"
    echo "micro_speech_i8.tflite | @audio/noise.wav --features micro | top 0"
    echo "micro_speech_i8.tflite | @audio/yes.wav --features micro | top 2"
    echo "micro_speech_i8.tflite | @audio/no.wav --features micro | top 3"
    for model in kws_f32 kws_i8; do
        echo "$model.tflite | @audio/yes.wav --features mfcc --peak 1 | top 9"
        echo "$model.tflite | @audio/marvin.wav --features mfcc --peak 1 | top 11"
    done
    echo "silero_vad.onnx | @audio/speech.wav $silero | levels @tests/silero_speech_16k.txt 0.02"
    echo "silero_vad.onnx | @audio/silence2.wav $silero | greatest 0.007 0.003"
    echo "silero_vad.onnx | @audio/music.wav $silero | greatest 0.48 0.02"
    for word in hey_jarvis okay_nabu alexa hey_mycroft; do
        for model in hey_jarvis okay_nabu; do
            n=$([ $word = $model ] && echo 1 || echo 0)
            echo "mww_${model}_i8.tflite | @audio/$word.wav $wake @models/mww_$model.json | stretches $n"
        done
    done
    echo "microvad_f32.tflite | @audio/speech.wav $vad --hop 3 --stream --threshold 0.9 | stretch 1.0 1.5"
    echo "microvad_f32.tflite | @audio/silence2.wav $vad --hop 3 --stream | below 0.5"
    echo "microvad_f32.tflite | @audio/music.wav $vad --hop 3 --stream | below 0.9"
    echo "microvad_stream_i8.tflite | @audio/speech.wav $vad --stream --average 5 | stretch 1.0 1.5"
    echo "microvad_stream_i8.tflite | @audio/silence2.wav $vad --stream | below 0.5"
    echo "microvad_stream_i8.tflite | @audio/music.wav $vad --stream | below 0.9"
    echo "toycar_ad_i8.tflite | %toycar.csv | error %toycar.csv 10.3 0.5"
    for model in basic_pitch.onnx basic_pitch.tflite; do
        echo "$model | @audio/vocadito_10.wav --rate-hz 22050 --stream --lead 3840 --hop 36164 | pitch @tests/basic_pitch 0.05"
    done

    # texts and bytes
    echo "movie_review.tflite | --vocab @labels/movie_review_vocab.txt --text 'What a waste of my time.' | top 0"
    echo "movie_review.tflite | --vocab @labels/movie_review_vocab.txt --text 'The best movie in years, recommended!' | top 1"
    for type in pdf png jpeg json csv zip html yaml wav markdown rtf xlsx pem toml ini; do
        echo "magika.onnx | @tests/magika/$type.sample --tokens bytes --settings @tests/magika/config.min.json | label $type"
    done
    echo "byte_bilstm.onnx | %byte_bilstm/input.npy --shape %byte_bilstm/input.shape | values %byte_bilstm/Add_26.npy 1e-4"

    # sensors and tables
    for file in idle.0 snake.0 snake.1 updown.0 updown.1 wave.0 wave.2; do
        echo "gestures_i8.tflite | @sensor/gestures/$file.cbor --labels %gestures.txt | majority ${file%.*}"
    done
    echo "lgbm_wine.onnx | %lgbm_wine/input.npy --shape %lgbm_wine/input.shape | values %lgbm_wine/probabilities.npy 1e-4"
}

rows | { if [ $# -gt 0 ]; then grep -e "$1"; else cat; fi; } |
    python3 -B "$here/expected_table.py" "$HONE" "$HONE_SHARED"
