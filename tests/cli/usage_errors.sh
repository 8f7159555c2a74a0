# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Wrong usage ends with 2 and one line.
ask fly
ask benhc
ask help fly
ask run
ask info a b
ask eval "$MODEL"
ask export "$MODEL"
ask run "$MODEL" --treads 2
ask run "$MODEL" --qqqqqqq
ask run "$MODEL" -x
ask run "$MODEL" --threads
ask run "$MODEL" --threads two
ask run "$MODEL" --threads=-1
ask run "$MODEL" --top 0
ask run "$MODEL" --json=yes
ask run "$MODEL" --resize squeeze
ask run "$MODEL" --mean 1,2
ask run "$MODEL" --std nan
ask run "$MODEL" --memory-limit 12QB
ask run "$MODEL" --tile 3
ask bench "$MODEL" --rate 0
ask info "$MODEL" --shape 1xx2
ask run "$MODEL" --sheet sheet.png
ask run "$MODEL" --sheet sheet.png input.npy
ask run "$MODEL" -o out a/x.png b/x.png
ask info -- --plan
