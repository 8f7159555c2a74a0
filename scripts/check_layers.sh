#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks every #include of src/ against src/LAYERS, and that the folders above the library (cli,
# bindings, examples, bench) include its public headers only. Prints each wrong line; exit 1 if any.
set -eu
cd "$(dirname "$0")/.."

check_src() {
    find src -type f \( -name '*.[ch]' -o -name '*.def' \) -print0 | sort -z |
        xargs -0 grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]' |
        awk '
            function own(path, parts, n) {
                n = split(path, parts, "/")
                if (parts[2] == "providers" && n > 3) return "providers/" parts[3]
                return parts[2]
            }
            FNR == NR {
                if ($0 ~ /^#/ || $0 !~ /:/) next
                split($0, half, ":")
                known[half[1]] = 1
                n = split(half[2], list, " ")
                for (i = 1; i <= n; i++) allowed[half[1], list[i]] = 1
                next
            }
            {
                split($0, at, ":")
                line = $0
                sub(/^[^#]*#[ \t]*include[ \t]*/, "", line)
                is_system = line ~ /^</
                sub(/^[<"]/, "", line)
                sub(/[>"].*$/, "", line)
                folder = own(at[1])
                if (!(folder in known) && folder ~ /^providers\//) folder = "providers"
                if (!(folder in known)) { print at[1] ": folder is not in src/LAYERS"; bad = 1; next }
                top = line
                sub(/\/.*/, "", top)
                if (is_system && top != "hone") next
                if (line !~ /\//) { print at[1] ":" at[2] ": \"" line "\" has no folder"; bad = 1; next }
                base = folder
                sub(/\/.*/, "", base)
                if (top == base) {
                    n = split(line, to, "/")
                    if (base != "providers" || n == 2 || "providers/" to[2] == folder) next
                }
                if ((folder, top) in allowed || (folder, line) in allowed) next
                print at[1] ":" at[2] ": " folder " may not include " line
                bad = 1
            }
            END { exit bad }
        ' src/LAYERS -
}

check_above() {
    local folder status=0
    for folder in cli bindings examples bench; do
        [ -d "$folder" ] || continue
        find "$folder" -type f -name '*.[ch]' -print0 |
            xargs -0 -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]' |
            awk -v folder="$folder" '
                {
                    split($0, at, ":")
                    line = $0
                    sub(/^[^#]*#[ \t]*include[ \t]*/, "", line)
                    is_system = line ~ /^</
                    sub(/^[<"]/, "", line)
                    sub(/[>"].*$/, "", line)
                    if (line ~ /^hone\//) next
                    if (is_system && system("test -e src/" line) != 0) next
                    if (!is_system && line !~ /\// && system("test -e " folder "/" line) == 0) next
                    print at[1] ":" at[2] ": " folder " may include include/hone only, not " line
                    bad = 1
                }
                END { exit bad }
            ' || status=1
    done
    return $status
}

status=0
check_src || status=1
check_above || status=1
[ $status -ne 0 ] || echo "layers: ok"
exit $status
