#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows how busy the inner loops of the Arm matrix products keep the multiply units, as llvm-mca
# models them: mca.sh [BUILD]. BUILD (default build/aarch64) is a build for aarch64. A loop is found
# in the object by its function and the instruction that multiplies: the innermost one that has most
# of them. Busy is the time of those instructions over the time of a round, on as many units as can
# execute them. MCA_CPU (default cortex-a76) names the core; smmla is not shown, since that core has
# none. A loop below 85 % fails; closes with `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."

build=${1:-build/aarch64}
cpu=${MCA_CPU:-cortex-a76}
objects=$build/CMakeFiles/hone_kernels.dir/src/kernels
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# The loop of FUNCTION with most instructions MULTIPLY, as assembly.
extract() { # extract OBJECT FUNCTION MULTIPLY
    aarch64-linux-gnu-objdump -d --no-show-raw-insn "$1" | awk -v name="<$2>:" -v multiply="$3" '
        $2 == name { inside = 1; next }
        inside && NF == 0 { inside = 0 }
        !inside { next }
        {
            sub(/ *\/\/.*/, ""); sub(/<[^>]*>.*/, ""); sub(/[ \t]+$/, "")
            at = $1; sub(/:$/, "", at)
            text = $0; sub(/^[^:]*:[ \t]*/, "", text)
            line[++n] = text; place[at] = n
            if (text ~ /^(b\.|b |cb|tb)/) target[n] = $NF
        }
        END {
            for (i = 1; i <= n; i++) {
                if (!(i in target) || !(target[i] in place) || place[target[i]] > i) continue
                is_inner = 1; count = 0
                for (j = place[target[i]]; j < i; j++) {
                    if (j in target && (target[j] in place) && place[target[j]] <= j) is_inner = 0
                    if (line[j] ~ "^" multiply "[ \t]") count++
                }
                if (is_inner && count > most) { most = count; from = place[target[i]]; to = i }
            }
            for (j = from; most && j <= to; j++) {
                if (j in target) sub(/[^ \t,]*$/, "again", line[j])
                if (j == from) print "again:"
                print line[j]
            }
        }'
}

# Cycles of a round, and the cycles that instructions MULTIPLY take of UNITS units.
model() { # model MULTIPLY UNITS <ASSEMBLY
    llvm-mca -mtriple=aarch64 -mcpu="$cpu" -mattr=+dotprod,+i8mm,+fullfp16 -iterations=1000 | awk -v multiply="$1" -v units="$2" '
        /^Iterations:/ { rounds = $2 }
        /^Total Cycles:/ { cycles = $3 / rounds }
        /^Resource pressure by instruction/ { inside = 1; next }
        inside && match($0, multiply "[ \t]") {
            n++
            split(substr($0, 1, RSTART - 1), pressure, " ")
            for (i in pressure) if (pressure[i] != "-") busy += pressure[i]
        }
        END { printf "%d %.1f %.1f\n", n, cycles, (cycles > 0 ? 100 * busy / units / cycles : 0) }'
}

show() { # show OBJECT FUNCTION MULTIPLY UNITS TITLE
    local n cycles busy
    extract "$objects/$1" "$2" "$3" >"$work/loop.s"
    read -r n cycles busy < <(model "$3" "$4" <"$work/loop.s")
    printf '%-34s %-10s %5d %8s %5d %8s %%\n' "$5" "$2" "$n" "$cycles" "$4" "$busy"
    if awk -v busy="$busy" 'BEGIN { exit !(busy >= 85) }'; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

printf '%s, as llvm-mca models it: multiplications in a round, its cycles, units\n' "$cpu"
printf '%-34s %-10s %5s %8s %5s %10s\n' loop tile mul cycles units busy
show gemm/gemm_f32_neon.c.o tile_6x4 fmla 2 "f32, fmla by lane"
show gemm/gemm_int_neon_dot.c.o tile_6x4 sdot 2 "s8, sdot by lane"
show gemm/gemm_int_neon.c.o tile_4x1 'smull2?' 1 "s8, smull and sadalp"
show gemm/gemm_f16_neon_fp16.c.o tile_6x4 fmla 2 "f16, fmla by lane"
show conv/conv_f32_neon.c.o tile_6x4 fmla 2 "f32 convolution, fmla by lane"
show conv/conv_int_neon_dot.c.o tile_6x4 sdot 2 "s8 convolution, sdot by lane"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
