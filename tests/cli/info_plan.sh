# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The drawing's parts agree: the rows' highest end and the scratch are the arena, on a narrow and a
# wide terminal, and the page carries every buffer.
need "$MODEL"
for columns in 60 80 200; do
    COLUMNS=$columns "$HONE" info "$MODEL" --plan --threads 1 >plan.txt
    grep -c '#' plan.txt | sed 's/[1-9][0-9]*/rows are drawn/'
done
"$HONE" info "$MODEL" --plan --threads 1 --html plan.html --json >plan.json
python3 - <<'P'
import json, re
info = json.load(open("plan.json"))
text = open("plan.txt").read()
page = open("plan.html").read()
buffers = info["plan"]["buffers"]
end = max(b["offset"] + b["bytes"] for b in buffers)
stated = [int(n.replace(",", "")) for n in re.findall(r"[\d,]{3,}", re.search(r"^arena .*\(.*", text, re.M)[0])]
print("arena stated:", stated[0] == info["arena_bytes"])
print("buffers and scratch fit:", end + info["scratch_bytes"] <= info["arena_bytes"])
for i, a in enumerate(buffers):
    for b in buffers[:i]:
        in_time = a["first_step"] <= b["last_step"] and b["first_step"] <= a["last_step"]
        in_space = a["offset"] < b["offset"] + b["bytes"] and b["offset"] < a["offset"] + a["bytes"]
        if in_time and in_space:
            print("overlap:", a, b)
print("page has all buffers:", page.count('class="box"') == len(buffers))
print("page is well formed:", page.count("<svg") == page.count("</svg>") == 1)
P
