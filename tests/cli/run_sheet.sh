# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A sheet is a PNG; --show draws beside the table.
need "$PICTURES"
"$HONE" run "$MODEL" "$PICTURES"/*.png --labels "$NAMES" --sheet sheet.png >/dev/null
head -c 8 sheet.png | od -An -tx1
"$HONE" run "$MODEL" "$PICTURES/bag.png" --labels "$NAMES" --show >shown.txt
grep -c "$(printf '\033')" shown.txt | sed 's/[1-9][0-9]*/colours are there/'
grep -o 'Bag' shown.txt
