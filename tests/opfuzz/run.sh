#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs mutated operators for OPFUZZ_SECONDS (default: 60): run.sh HONE, where the program opfuzz of
# the same build lies beside HONE. 1800 is the long run that is made before a release. Each run
# begins where OPFUZZ_FROM says (default: 0), so that longer ones need not repeat shorter ones.
set -eu
cd "$(dirname "$0")/../.."
exec nice -n 10 "$(dirname "$1")/opfuzz" --seconds "${OPFUZZ_SECONDS:-60}" --from "${OPFUZZ_FROM:-0}"
