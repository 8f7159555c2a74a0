# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# docs/ops.md is what the tables say now: `hone ops --markdown >docs/ops.md` writes it.
"$HONE" ops --markdown | diff "$ROOT/docs/ops.md" - && echo "docs/ops.md is up to date"
ask ops --json | tail -n +2 | keys
ask ops --format tflite | sed 's/ *$//' | head -n 4
ask ops --format keras
