# SPDX-License-Identifier: Apache-2.0
"""The page with bars: one group a model, one bar an engine, all as SVG within the page."""

import html
from pathlib import Path

COLOURS = {
    "hone": "#d1495b",
    "hone_pack": "#e07a89",
    "litert": "#edae49",
    "onnxruntime": "#00798c",
    "openvino": "#30638e",
    "mnn": "#6d597a",
}
BAR, GAP, LEFT, WIDTH = 14, 14, 300, 460

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>hone and its peers</title>
<style>body{font:14px system-ui,sans-serif;max-width:60em;margin:2em auto;color:#222}
svg text{font:12px system-ui,sans-serif;fill:#222}</style>
"""


def bars(row: dict, top: int) -> tuple[str, int]:
    """The group of one model at `top`, and where it ends."""
    times = {n: e["median_us"] for n, e in row["engines"].items() if "error" not in e}
    longest = max(times.values(), default=1.0)
    ratio = row["ratio_median_us"]
    label = f"{row['model']}" + (f"  ({ratio:.2f})" if ratio else "")
    parts = [f'<text x="0" y="{top + 11}">{html.escape(label)}</text>']
    for name, us in times.items():
        width = max(1.0, us / longest * WIDTH)
        parts.append(
            f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 2}" '
            f'fill="{COLOURS.get(name, "#999")}"/>'
            f'<text x="{LEFT + width + 6:.1f}" y="{top + 10}">{name} {us / 1e3:.3f} ms</text>'
        )
        top += BAR
    return "".join(parts), top + GAP


def chart(rows: list[dict]) -> str:
    parts, top = [], 0
    for row in rows:
        part, top = bars(row, top)
        parts.append(part)
    return f'<svg width="960" height="{top}" role="img">{"".join(parts)}</svg>'


def write_page(summary: dict, path: Path) -> None:
    body = [
        HEAD,
        "<h1>hone and its peers</h1><p>Median latency; in brackets hone's by that of the ",
    ]
    body.append(f"best peer. {summary['rounds']} rounds, {summary['dropped']} dropped.</p>")
    for threads in sorted({r["threads"] for r in summary["rows"]}):
        for is_int8, kind in ((False, "float32"), (True, "int8")):
            rows = [r for r in summary["rows"] if r["threads"] == threads and r["int8"] == is_int8]
            if rows:
                plural = "s" if threads > 1 else ""
                body.append(f"<h2>{kind}, {threads} thread{plural}</h2>{chart(rows)}")
    path.write_text("".join(body) + "</html>\n")
