# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The keys that others rely on; order of the figures.
need "$MODEL"
ask bench "$MODEL" --runs 20 --json | tail -n +2 | keys
ask bench "$MODEL" --runs 5 --rate 100 --profile --json | tail -n +2 | keys | grep -E 'busy|sleep|profile'
"$HONE" bench "$MODEL" --runs 50 --json >bench.json
python3 - <<'P'
import json
b = json.load(open("bench.json"))
us = b["latency_us"]
print("ordered:", us["min"] <= us["median"] <= us["p90"] <= us["p99"] <= us["max"])
print("runs:", b["runs"])
P
ask bench "$MODEL" --runs 5 --warmup 0 --threads 1 | measured | grep -E '^(load|first|latency|fps|\$)'
"$HONE" bench "$MODEL" --runs 3 --trace trace.json >/dev/null
python3 -c 'import json; print("runs traced:", sum(e["name"] == "run" for e in json.load(open("trace.json"))["traceEvents"]))'
