# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sound and recordings as windows: the project's own model takes any 784 numbers.
need "$MODEL"
python3 - <<'E'
import json, math, struct, wave
with wave.open("tone.wav", "wb") as w:
    w.setnchannels(1)
    w.setsampwidth(2)
    w.setframerate(16000)
    w.writeframes(b"".join(struct.pack("<h", int(20000 * math.sin(i / 9))) for i in range(3000)))
rows = [[(i * 7 + k * 3) % 256 / 256 for k in range(28)] for i in range(70)]
with open("rows.csv", "w") as f:
    f.write("timestamp," + ",".join(f"s{k}" for k in range(28)) + "\n")
    f.writelines(f"{i}," + ",".join(map(str, row)) + "\n" for i, row in enumerate(rows))
json.dump({"payload": {"interval_ms": 10, "values": rows}}, open("rows.json", "w"))
E
ask run "$MODEL" tone.wav --top 2
ask run "$MODEL" tone.wav --hop 784
ask run "$MODEL" tone.wav --rate-hz 8000 --lead 100 --top 1
ask run "$MODEL" tone.wav --features spectrum --frame-ms 0.875 --fft 64 --window 20 --top 1
ask run "$MODEL" tone.wav --features mel --bins 28 --stream --hop 14 --threshold 0.3
ask run "$MODEL" tone.wav --stream --hop 500 --json | tail -n +2 | keys
ask run "$MODEL" rows.csv --labels "$NAMES"
ask run "$MODEL" rows.json --window 14 --stride 28 -o out
python3 -c 'import glob; print([open(f, "rb").read(128)[10:].split(b"}")[0] for f in glob.glob("out/*.npy")])'
ask run "$MODEL" rows.json --json | tail -n +2 | keys
ask run "$MODEL" --text "some words" --top 1
printf 'some 100\nwords 50\n<START> 3\n' >vocab.txt
ask run "$MODEL" --text "some words" --vocab vocab.txt --save-input in --top 1
python3 -c 'import glob; print(list(open(glob.glob("in/*.npy")[0], "rb").read()[128:134]))'
# what is wrong is told
ask run "$MODEL" tone.wav --features mel --bins 27
ask run "$MODEL" tone.wav --features mel --high-hz 9000
ask run "$MODEL" tone.wav --feedback a=b
ask run "$MODEL" tone.wav --feedback a=b --stream
ask run "$MODEL" --stream
ask run "$MODEL" tone.wav --text words
ask run "$MODEL" --text words --tokens vocab
ask run "$MODEL" tone.wav --set nothing=1
ask run "$MODEL" tone.wav --decode yolox
ask run "$MODEL" tone.wav --draw out.png
cp tone.wav tone.csv
ask run "$MODEL" tone.csv
cp rows.csv rows.wav
ask run "$MODEL" rows.wav
printf '1,2\n3,x\n' >bad.csv
ask run "$MODEL" bad.csv
printf '{"payload": {"values": [[1, 2], [3]]}}' >bad.json
ask run "$MODEL" bad.json
ask run "$MODEL" tone.wav --settings bad.csv
