# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The processor is always there.
ask devices --json | tail -n +2 | keys
ask devices | grep -E '^(provider|cpu)' | awk '{ print $1, $2 }'
