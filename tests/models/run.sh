#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The answers of real models against reference engines: run.sh [COMMAND] [PART...].
# COMMAND has a '/' and stands for HONE (default: build/release/hone), HONE_SHARED is the data beside
# the repository (default: ../shared); what needs absent data is skipped, which CI=true makes a
# failure. The parts are those of compare_outputs.py, which needs python3 and nothing else; without one, the
# rows of expected.sh follow.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
HONE=${HONE:-$root/build/release/hone}
case "${1:-}" in
*/*)
    HONE=$(realpath "$1")
    shift
    ;;
esac
HONE_SHARED=${HONE_SHARED:-$root/../shared}

if [ ! -x "$HONE" ]; then
    echo "models: $HONE is not built" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
code=0
python3 -B "$here/compare_outputs.py" "$HONE" "$HONE_SHARED" "$@" || code=1
if [ $# -eq 0 ]; then
    HONE_SHARED=$HONE_SHARED "$here/expected.sh" "$HONE" || code=1
fi
exit $code
