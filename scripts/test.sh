#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every test: test.sh [PRESET...], of release, clang, asan and tsan (default: all).
#
#   release  ctest, and each group tests/{cli,export,install,models}/run.sh on the command
#   clang    ctest, built by clang
#   asan     ctest, tests/cli, tests/hostile, tests/opfuzz and the targets of libFuzzer (each for
#            FUZZ_SECONDS, default: 60) under AddressSanitizer and UBSan
#   tsan     the tests of ctest that use threads
#
# A group prints lines `N passed, N failed[, N skipped]`; they are added up. Tests that need the
# data of HONE_SHARED (default: ../shared) count as skipped without it, which CI=true makes a
# failure. The last line is the sum.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- release clang asan tsan
HONE_SHARED=${HONE_SHARED:-$PWD/../shared}
HONE_MODELS=$PWD/models
HOSTILE_MB=800 # what AddressSanitizer keeps of its own included
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
export HONE_SHARED HONE_MODELS HOSTILE_MB FUZZ_SECONDS
jobs=$(nproc)
logs=build/logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0 seconds=0
threaded='^system_(schedule|two_threads|control|providers|loops|state)$' # that tsan runs

add() { # add TITLE "P F S"
    local p f s
    read -r p f s <<<"$2"
    printf '%-16s %5d s %9d passed, %d failed, %d skipped\n' "$1" "$seconds" "$p" "$f" "$s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Adds up the lines of a log. Of ctest, the lines of a test (its own summary or Criterion's) count;
# a test without any counts as one.
# shellcheck disable=SC2016 # the program is awk's
count='
function numbers(line, n) {
    if (match(line, /[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/)) {
        split(substr(line, RSTART), word, " ")
        p[n] += word[1]; f[n] += word[3]; s[n] += word[5]; seen[n] = 1
    } else if (match(line, /Tested: [0-9]+ \| Passing: [0-9]+ \| Failing: [0-9]+ \| Crashing: [0-9]+/)) {
        split(substr(line, RSTART), word, " ")
        p[n] += word[5]; f[n] += word[8] + word[11]; seen[n] = 1
    }
}
{ gsub(/\033\[[0-9;]*m/, ""); sub(/[ \r]+$/, "") }
/^[0-9]+: / { n = $1; sub(/:.*/, "", n); numbers($0, n); next }
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    n = $0; sub(/^.*#/, "", n); sub(/:.*/, "", n)
    if ($0 ~ /\*\*\*Skipped/) { if (!seen[n]) s[n] = 1 }
    else if ($0 ~ / Passed +[0-9.]+ sec/) { if (!seen[n]) p[n] = 1 }
    else if (f[n] == 0) f[n] = 1
    next
}
/ (passed|Passing)[:,] / { numbers($0, "group") }
END {
    for (n in p) sum_p += p[n]
    for (n in f) sum_f += f[n]
    for (n in s) sum_s += s[n]
    print sum_p + 0, sum_f + 0, sum_s + 0
}'

# Shows what failed: the lines of a failing log that say so, or its end.
show_failures() {
    local lines
    lines=$(grep -aE '\*\*\*|^[0-9]+: .*(ERROR|runtime error|WARNING: ThreadSanitizer|FAIL|differs|failed)|^(FAIL|SUMMARY|---|\+|-)' "$1" |
        grep -v 'passed, 0 failed' || true)
    [ -n "$lines" ] || lines=$(tail -n 40 "$1")
    head -n 60 <<<"$lines"
}

log_of() { # log_of TITLE
    echo "$logs/${1//[^a-z0-9]/_}.log"
}

start() { # start TITLE COMMAND...: in the background
    local log began=$SECONDS
    log=$(log_of "$1")
    shift
    (
        code=0
        "$@" >"$log" 2>&1 || code=$?
        echo "$code $((SECONDS - began))" >"$log.end"
    ) &
}

report() { # report TITLE: of a group that has ended; it prints its own sum, or counts as one test
    local log sums code
    log=$(log_of "$1")
    read -r code seconds <"$log.end"
    sums=$(awk "$count" "$log")
    if [ "$code" -ne 0 ]; then
        [ "$(cut -d' ' -f2 <<<"$sums")" -gt 0 ] || sums="0 1 0"
    elif [ "$sums" = "0 0 0" ]; then
        sums="1 0 0"
    fi
    add "$1" "$sums"
    [ "$code" -eq 0 ] || show_failures "$log"
}

run_group() { # run_group TITLE COMMAND...
    start "$@"
    wait
    report "$1"
}

build() { # build PRESET
    local log=$logs/build_$1.log targets=()
    [ "$1" != tsan ] || targets=(--target system_tests test_plugin)
    local began=$SECONDS
    if ! { cmake --preset "$1" && cmake --build "build/$1" -j "$jobs" "${targets[@]}"; } >"$log" 2>&1; then
        grep -aE 'error|Error|warning' "$log" | head -n 30 || tail -n 30 "$log"
        seconds=$((SECONDS - began))
        add "build $1" "0 1 0"
        return 1
    fi
    seconds=$((SECONDS - began))
    add "build $1" "1 0 0"
}

run_group layers scripts/check_layers.sh
run_group style scripts/check_style.sh
for preset in "$@"; do
    build "$preset" || continue
    select=()
    [ "$preset" != tsan ] || select=(-R "$threaded")
    run_group "ctest $preset" ctest --test-dir "build/$preset" -V -j "$jobs" --no-tests=error "${select[@]}"
    groups=""
    case "$preset" in
    release) groups="cli export install models arm" ;;
    asan) groups="cli hostile opfuzz fuzz" ;;
    esac
    for group in $groups; do # side by side: most of them use one processor
        start "$group $preset" "tests/$group/run.sh" "$PWD/build/$preset/hone"
    done
    wait
    for group in $groups; do report "$group $preset"; done
done

echo "$passed passed, $failed failed, $skipped skipped"
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "test: with CI=true nothing may be skipped" >&2
    echo "$passed passed, $((failed + skipped)) failed, 0 skipped"
    exit 1
fi
[ "$failed" -eq 0 ]
