# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Control characters of a file name never reach the terminal.
cp "$MODEL" "$(printf 'a\033[31mb.tflite')"
"$HONE" info "$(printf 'a\033[31mb.tflite')" >out.txt 2>&1 || true
head -n 1 out.txt | cut -d: -f1
"$HONE" info "$(printf 'c\033[31md.tflite')" 2>&1 | cut -c1-22
