#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a command prints in a terminal, as SVG: terminal.py OUT.svg COMMAND [ARGUMENT...].

The command runs in a pseudo-terminal of 100 columns, so that it prints as for a person. Colours of
24 bits, carriage returns and "erase to the end of the line" are understood; that is all that the
program uses.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

COLUMNS = 100
CELL_WIDTH, LINE_HEIGHT, FONT_SIZE, MARGIN = 8, 17, 13, 12
BACKGROUND, FOREGROUND, PROMPT = "#16181d", "#d8dee9", "#88c0d0"
TOKEN = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n])|(.)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """A character and its colours; no colour is the terminal's."""

    text: str = " "
    ink: str = ""
    paper: str = ""


def printed_by(command: list[str]) -> str:
    """All that the command writes to its terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(COLUMNS), TERM="xterm-256color", LC_ALL="C.UTF-8")
        os.execvp(command[0], command)
    pieces = []
    try:
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    except OSError:  # the other end was closed
        pass
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
        raise SystemExit(b"".join(pieces).decode())
    return b"".join(pieces).decode()


def colours_after(codes: str, ink: str, paper: str) -> tuple[str, str]:
    """Ink and paper after one escape sequence."""
    numbers = [int(code or 0) for code in codes.split(";")]
    if numbers[:2] == [38, 2]:
        return "#{:02x}{:02x}{:02x}".format(*numbers[2:5]), paper
    if numbers[:2] == [48, 2]:
        return ink, "#{:02x}{:02x}{:02x}".format(*numbers[2:5])
    return ("", "") if numbers == [0] else (ink, paper)


def screen_of(text: str) -> list[list[Cell]]:
    """The lines that are left to see."""
    lines: list[list[Cell]] = [[]]
    at, ink, paper = 0, "", ""
    for codes, final, control, character in TOKEN.findall(text):
        line = lines[-1]
        if final == "m":
            ink, paper = colours_after(codes, ink, paper)
        elif final == "K":
            del line[at:]
        elif control == "\r":
            at = 0
        elif control == "\n":
            lines.append([])
            at = 0
        elif character:
            line[at : at + 1] = [Cell(character, ink, paper)]
            at += 1
    while lines and not lines[-1]:
        lines.pop()
    return lines


def spans(line: list[Cell]) -> list[tuple[int, str, str, str]]:
    """Runs of one colour: column, text, ink, paper."""
    runs: list[tuple[int, str, str, str]] = []
    for column, cell in enumerate(line):
        if runs and runs[-1][2:] == (cell.ink, cell.paper):
            first, text, ink, paper = runs[-1]
            runs[-1] = (first, text + cell.text, ink, paper)
        else:
            runs.append((column, cell.text, cell.ink, cell.paper))
    return runs


def drawn(line: list[Cell], y: int) -> str:
    """One line: papers, then letters, each run stretched to its cells."""
    out = ""
    for column, text, ink, paper in spans(line):
        x, width = MARGIN + column * CELL_WIDTH, len(text) * CELL_WIDTH
        if paper:
            out += f'<rect x="{x}" y="{y}" width="{width}" height="{LINE_HEIGHT}" fill="{paper}"/>'
        if text == "▀" * len(text) and ink:
            out += f'<rect x="{x}" y="{y}" width="{width}" height="{LINE_HEIGHT / 2}" fill="{ink}"/>'
        elif text.strip():
            fill = f' fill="{ink}"' if ink else ""
            out += (
                f'<text x="{x}" y="{y + FONT_SIZE}" textLength="{width}"'
                f' lengthAdjust="spacingAndGlyphs"{fill}>{escape(text)}</text>'
            )
    return out


def svg_of(title: str, lines: list[list[Cell]]) -> str:
    """The picture, with the command as its first line."""
    lines = [[Cell(c, PROMPT) for c in "$ " + title], *lines]
    width = 2 * MARGIN + CELL_WIDTH * max(len(line) for line in lines)
    height = 2 * MARGIN + LINE_HEIGHT * len(lines)
    rows = "\n".join(drawn(line, MARGIN + i * LINE_HEIGHT) for i, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" shape-rendering="crispEdges" xml:space="preserve"'
        f' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT_SIZE}"'
        f' fill="{FOREGROUND}"><title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="6" fill="{BACKGROUND}"/>\n{rows}\n</svg>\n'
    )


def main() -> None:
    """The program."""
    if len(sys.argv) < 3:
        raise SystemExit("usage: terminal.py OUT.svg COMMAND [ARGUMENT...]")
    out, *command = sys.argv[1:]
    title = shlex.join([Path(command[0]).name, *command[1:]])
    Path(out).write_text(svg_of(title, screen_of(printed_by(command))), encoding="utf-8")


if __name__ == "__main__":
    main()
