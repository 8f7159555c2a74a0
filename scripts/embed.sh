#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh OUT.c FILE...: writes the table of codegen/embedded.h. FILEs are relative to the working
# folder, which is src/; their order is the table's.
set -eu

if [ $# -lt 2 ]; then
    echo "usage: embed.sh OUT.c FILE..." >&2
    exit 2
fi
out=$1
shift

part="$out.tmp$$"
trap 'rm -f "$part"' EXIT
{
    echo '/* Made by scripts/embed.sh. */'
    echo '#include "codegen/embedded.h"'
    echo
    i=0
    for file in "$@"; do
        echo "static const unsigned char text_${i}[] = {"
        od -An -v -tu1 "$file" | sed 's/  */,/g; s/^,//; s/$/,/'
        echo '};'
        i=$((i + 1))
    done
    echo
    echo 'const hn_embedded hn_embedded_files[] = {'
    i=0
    for file in "$@"; do
        echo "    {\"$file\", text_${i}, (uint32_t)sizeof text_${i}},"
        i=$((i + 1))
    done
    echo '};'
    echo "const uint32_t hn_n_embedded_files = $i;"
} >"$part"
mv "$part" "$out"
