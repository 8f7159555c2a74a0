#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what CONTRIBUTING.md asks for and a script can see: SPDX lines, unique file names, the
# ceilings on files, lines and functions, words of unfinished work, calls that the library may not
# make, switches over operators outside of their folders, and shell scripts through shellcheck.
set -eu
cd "$(dirname "$0")/.."

status=0
wrong() {
    [ -n "$2" ] || return 0
    printf '%s:\n' "$1"
    printf '%s\n' "$2" | sed 's/^/  /'
    status=1
}

files() { # files FOLDERS... -- PATTERNS...: paths of tracked and new files, one a line
    local folders=() patterns=()
    while [ "$1" != -- ]; do
        [ -e "$1" ] && folders+=("$1")
        shift
    done
    shift
    for pattern in "$@"; do patterns+=(-o -name "$pattern"); done
    find "${folders[@]}" -type f \( "${patterns[@]:1}" \) -not -name '*.pb.[ch]' | sort
}

code=$(files include src cli bindings examples bench tests -- '*.c' '*.h' '*.def')
scripts=$(files scripts tests models bench .ci -- '*.sh' 'run')

wrong "no SPDX line" "$(printf '%s\n' "$code" "$scripts" "$(files models tests scripts bench -- '*.py')" |
    grep -v '\.def$' | while read -r file; do
        [ -z "$file" ] || head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
    done)"

wrong "file names that are not unique" "$(files include src cli bindings examples bench tests -- '*.c' '*.h' '*.def' '*.sh' |
    sed 's#.*/##' | sort | uniq -d | grep -vx 'run.sh' || true)"

wrong "file names that are not lowercase" "$(printf '%s\n' "$code" | grep '[A-Z]' || true)"

wrong "files over 500 lines" "$(printf '%s\n' "$code" | xargs wc -l |
    awk '$2 != "total" && $1 > 500 { print $2 ": " $1 }')"

wrong "lines over 100 characters" "$(printf '%s\n' "$code" | LC_ALL=C.UTF-8 xargs grep -nE '^.{101}' |
    cut -d: -f1,2 || true)"

# shellcheck disable=SC2016 # the program is awk's
wrong "functions over 60 lines (120 in kernels)" "$(printf '%s\n' "$code" | grep '\.[ch]$' | xargs awk '
    FNR == 1 { start = 0 }
    /^}/ {
        if (start) {
            n = FNR - start - 1
            if (n > (FILENAME ~ /^src\/kernels\// ? 120 : 60)) print FILENAME ":" start ": " n
        }
        start = 0
    }
    /\) \{$/ && !start && !/^(typedef|struct|enum|union)/ && (/^[A-Za-z]/ || /^ +[A-Za-z].*\) \{$/) {
        start = FNR
    }')"

words='TODO|FIXME|XXX|HACK|#if 0|[Pp]laceholder|not (yet )?implemented|[Ff]or now|[Dd]ummy|simplified'
wrong "words of unfinished work" "$(printf '%s\n' "$code" "$scripts" | grep -v check_style |
    xargs grep -nE "\\b($words)\\b" | cut -c1-120 || true)"

# base/env.c is where memory comes from
wrong "calls that the library may not make" "$(files src -- '*.c' '*.h' | grep -v '^src/base/env\.c$' |
    xargs grep -nE '(^|[^_[:alnum:]">.])(exit|abort|printf|puts|malloc|calloc|realloc|system|popen) ?\(' |
    grep -vE ':[[:space:]]*(/?\*|")' || true)"

wrong "switches over operators outside src/ops and src/formats" "$(files src -- '*.c' '*.h' |
    grep -vE '^src/(ops|formats)/' | xargs grep -nE 'case HN_OP_' || true)"

if command -v shellcheck >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # one path a word is meant
    wrong "shellcheck" "$(shellcheck -x -P SCRIPTDIR $scripts 2>&1 || true)"
fi

if command -v clang-format >/dev/null 2>&1; then
    wrong "not as clang-format writes it" "$(printf '%s\n' "$code" | grep '\.[ch]$' |
        xargs clang-format --dry-run 2>&1 | sed -n 's/: warning:.*//p' | cut -d: -f1 | sort -u)"
fi

[ $status -ne 0 ] || echo "style: ok"
exit $status
