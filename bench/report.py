# SPDX-License-Identifier: Apache-2.0
"""From raw times to tables: text, JSON, and a page with bars.

A round counts when its probe's one-thread rate is at least 0.9 of the best that was seen and, for
more threads, the rate of all is at least 1.8 times that of one. A model of which no round counts
shows all of them, marked."""

import json
import math
import statistics
from pathlib import Path

from page import write_page

ONE_THREAD_LEAST, TWO_THREADS_LEAST = 0.9, 1.8
AGREES_FLOAT, AGREES_INT8 = 1e-2, 0.5  # a peer whose answer is further off is no measure


def kept_rounds(result: dict, best: float) -> tuple[list[int], bool]:
    """The rounds that count, and whether the machine was itself in any."""
    good = []
    for i, probe in enumerate(result["probes"]):
        one, all_threads = probe["f32_macs_per_s"]
        scales = result["threads"] == 1 or all_threads >= TWO_THREADS_LEAST * one
        if one >= ONE_THREAD_LEAST * best and scales:
            good.append(i)
    return (good, True) if good else (list(range(len(result["probes"]))), False)


def engine_row(facts: dict, rounds: list[int], file_bytes: int) -> dict:
    if "error" in facts:
        return {"error": facts["error"]}
    times = [facts["rounds"][i] for i in rounds if facts["rounds"][i]]
    if not times:
        return {"error": "the process ended"}
    return {
        "median_us": statistics.median(statistics.median(t) for t in times),
        "min_us": min(min(t) for t in times),
        "setup_us": facts["setup_us"],
        "extra_bytes": max(facts["resident_bytes"] - file_bytes, 0),
        "differs": facts.get("differs"),
    }


def ratio(row: dict, key: str, ours_name: str = "hone") -> tuple[float, str] | None:
    """hone's value by the best peer's, and that peer; those that give another answer are none."""
    most = AGREES_INT8 if row["int8"] else AGREES_FLOAT
    peers = {
        n: e[key]
        for n, e in row["engines"].items()
        if not n.startswith("hone")
        and e.get(key)
        and e["differs"] is not None
        and e["differs"] <= most
    }
    ours = row["engines"].get(ours_name, {}).get(key)
    if not peers or ours is None:
        return None
    best = min(peers, key=lambda n: peers[n])
    return ours / peers[best], best


def summarise(results: list[dict]) -> dict:
    best = max(p["f32_macs_per_s"][0] for r in results for p in r["probes"])
    rows, dropped, total = [], 0, 0
    for result in results:
        rounds, is_quiet = kept_rounds(result, best)
        total += len(result["probes"])
        dropped += len(result["probes"]) - (len(rounds) if is_quiet else 0)
        row = {key: result[key] for key in ("model", "threads", "int8")}
        row["quiet"] = is_quiet
        row["engines"] = {
            name: engine_row(facts, rounds, result["file_bytes"])
            for name, facts in result["engines"].items()
        }
        for key in ("median_us", "min_us", "setup_us", "extra_bytes"):
            found = ratio(row, key)
            row[f"ratio_{key}"] = found[0] if found else None
            row[f"peer_{key}"] = found[1] if found else None
        packed = ratio(row, "setup_us", "hone_pack")
        row["ratio_setup_packed"] = packed[0] if packed else None
        rows.append(row)
    return {"best_f32_macs_per_s": best, "rounds": total, "dropped": dropped, "rows": rows}


def geometric_mean(values: list[float]) -> float | None:
    positive = [v for v in values if v and v > 0]
    return math.exp(sum(map(math.log, positive)) / len(positive)) if positive else None


def short(us: float) -> str:
    return f"{us / 1e3:.2f} ms" if us >= 1e3 else f"{us:.0f} us"


MEANS = {
    "median_us": "latency",
    "setup_us": "set-up",
    "setup_packed": "set-up with a pack",
    "extra_bytes": "memory",
}


def text_of(summary: dict) -> str:
    names = list(summary["rows"][0]["engines"]) if summary["rows"] else []
    lines = [
        "Medians of the rounds that count; ratio: hone by the best peer, below 1 is faster.",
        f"{summary['rounds']} rounds, {summary['dropped']} dropped; one thread reaches "
        f"{summary['best_f32_macs_per_s'] / 1e9:.1f} GMAC/s of float32.",
        "",
        f"{'model':32} T "
        + "".join(f"{n:>12}" for n in names)
        + "   ratio set-up packed memory  differ",
    ]
    for row in summary["rows"]:
        cells = ""
        for name in names:
            engine = row["engines"].get(name, {"error": ""})
            cells += f"{'-' if 'error' in engine else short(engine['median_us']):>12}"
        ratios = ""
        for key in ("median_us", "setup_us", "setup_packed", "extra_bytes"):
            value = row[f"ratio_{key}"]
            ratios += f"{value:7.2f}" if value is not None else "      -"
        far = [e["differs"] for e in row["engines"].values() if e.get("differs") is not None]
        mark = "" if row["quiet"] else "  (no quiet round)"
        lines.append(
            f"{row['model']:32} {row['threads']} {cells} {ratios}  "
            f"{min(far) if far else math.nan:.0e}{mark}"
        )
    lines.append("")
    for threads in sorted({r["threads"] for r in summary["rows"]}):
        for is_int8, kind in ((False, "float32"), (True, "int8")):
            rows = [r for r in summary["rows"] if r["threads"] == threads and r["int8"] == is_int8]
            for key, what in MEANS.items():
                mean = geometric_mean([r[f"ratio_{key}"] for r in rows])
                if mean is not None:
                    lines.append(f"{kind}, {threads} threads: {what}, geometric mean {mean:.3f}")
    return "\n".join(lines) + "\n"


def write_report(results: list[dict], out: Path) -> None:
    summary = summarise(results)
    text = text_of(summary)
    (out / "peers.txt").write_text(text)
    (out / "peers.json").write_text(json.dumps(summary, indent=1))
    write_page(summary, out / "peers.html")
    print(text)
