"""The results of a benchmark: tables for the terminal and the README, a chart, result files.

First `./escala bench`, then `./escala bench --growth`, then the files.
"""

import io
import json
import re
import statistics
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from lab.bench.servers import PEERS
from lab.stack.home import ROOT, Home

README = ROOT / "README.md"
FLEET = "fleet_cpu_us_per_request"
MARKS = re.compile(
    r"(<!-- written by `\./escala bench --peers --write` -->\n).*(<!-- end -->)", re.DOTALL
)
OURS, OTHERS, FLOOR = "#0072b2", "#9a9a9a", "#d55e00"  # distinguishable without colour vision too
ON_CHART = ("bare", "near", "local", "redis", "redis+token", "off", *PEERS)


def as_text(document: dict[str, Any]) -> str:
    """The tables of `bench` for the terminal, in 80 columns."""
    lines = [f"{'CPU us/request:':<28}{'process':>12}{'all':>12}{'requests/s':>14}{'spread':>10}"]
    for row in document["rows"]:
        process, everything = _or_dash(row["cpu_us_per_request"]), _or_dash(row[FLEET])
        rate = f"{row['requests_per_second']:,}"
        lines.append(
            f"{row['name']:<28}{process:>12}{everything:>12}{rate:>14}{row['spread']:>10.1%}"
        )
    lines += ["", *_target_lines("ratio", document["ratios"], document["targets"]), ""]
    lines += [f"not measured: {name}: {reason}" for name, reason in document["left_out"].items()]
    return "\n".join(lines).rstrip()


def as_markdown(document: dict[str, Any]) -> str:
    """The table of the README, with the machine on which it was measured."""
    bare = next(row for row in document["rows"] if row["name"] == "bare")["cpu_us_per_request"]
    lines = [
        "| row | CPU a request, µs | of bare | of all processes, µs | requests/s |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in document["rows"]:
        cpu, everything = row["cpu_us_per_request"], _or_dash(row[FLEET])
        times = f"{cpu / bare:.1f}" if cpu else "-"
        rate = f"{row['requests_per_second']:,}"
        lines.append(f"| {row['name']} | {_or_dash(cpu)} | {times} | {everything} | {rate} |")
    met = [target["met"] for target in document["targets"].values()]
    machine, versions = document["machine"], document["versions"]
    lines += [
        "",
        f"{sum(met)} of {len(met)} targets met ([lab/bench/targets.py](lab/bench/targets.py))."
        f" {machine['processor']}, {machine['cores']} cores, {machine['system']},"
        f" Python {versions['Python']}, Django {versions['Django']},"
        f" Gunicorn {versions['gunicorn']}, commit {document['commit']}.",
    ]
    return "\n".join(lines) + "\n"


def chart(document: dict[str, Any]) -> str:
    """An SVG with a bar for each page that was measured; its title is the finding."""
    costs = {
        row["name"]: row["cpu_us_per_request"]
        for row in document["rows"]
        if row["name"] in ON_CHART
    }
    rows = sorted(costs.items(), key=lambda row: -row[1])
    figure = Figure(figsize=(8, 0.6 + 0.38 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    colors = [FLOOR if n == "bare" else OTHERS if n in PEERS else OURS for n, _ in rows]
    bars = axes.barh([name for name, _ in rows], [cost for _, cost in rows], color=colors)
    axes.bar_label(bars, [f"{cost:,} µs" for _, cost in rows], padding=3)
    axes.set_title(finding(costs), loc="left", fontsize=11)
    axes.set_xlabel(
        "processor time of one instance for a page of 20 products, µs (median of the rounds)"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "escala", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def finding(costs: dict[str, float]) -> str:
    """What was found, in one sentence; `costs` are microseconds per page of each row."""
    if "plain" not in costs:
        times = costs["near"] / costs["bare"]
        return f"A page from near takes {times:.1f} times the processor time of a bare callable"
    return (
        f"A page from stock DRF takes {costs['plain'] / costs['redis']:.1f} times"
        f" the processor time of redis, and {costs['plain'] / costs['near']:.1f} times that of near"
    )


def growth_as_text(document: dict[str, Any]) -> str:
    """The tables of `bench --growth` for the terminal, in 80 columns."""
    lines = [f"{'median latency, ms':<34}{'small':>12}{'large':>12}{'ratio':>10}{'spread':>10}"]
    for row in document["rows"]:
        name, small, large = row["name"], row["small_ms"], row["large_ms"]
        lines.append(
            f"{name:<34}{small:>12,.2f}{large:>12,.2f}{row['ratio']:>10.2f}{row['spread']:>10.1%}"
        )
    sizes, report, imported = document["sizes"], document["report"], document["import"]
    for size in ("small", "large"):
        amounts = [f"{count:,} {what}" for what, count in sizes[size].items()]
        lines.append(f"{size}: {', '.join(amounts)}")
    lines += [
        "",
        f"report of {report['lines']:,} lines: {report['seconds']:.1f} s, {report['peak_mb']} MB",
        f"import of {imported['rows']:,} rows: {imported['whole_seconds']:.1f} s; validation alone "
        f"{imported['validation_seconds']:.1f} s, COPY {imported['copy_seconds']:.2f} s",
        "",
        *_target_lines("figure", document["figures"], document["targets"]),
    ]
    return "\n".join(lines)


def idle_as_text(document: dict[str, Any]) -> str:
    """The tables of `bench --idle` for the terminal, in 80 columns."""
    lines = [f"{'nobody asks':<26}{'% of a core':>14}{'wake-ups/s':>14}{'spread':>10}"]
    for row in document["rows"]:
        cpu, wakeups = row["cpu_percent"], row["wakeups_per_second"]
        lines.append(f"{row['name']:<26}{cpu:>14.2f}{wakeups:>14,.1f}{row['spread']:>10.1%}")
    delays = document["event_seconds"]
    lines += [
        "",
        f"{len(delays)} orders, in analytics after {min(delays):.2f} to {max(delays):.2f} s,"
        f" median {statistics.median(delays):.2f} s",
        "",
        *_target_lines("figure", document["figures"], document["targets"]),
    ]
    return "\n".join(lines)


def prices_as_text(document: dict[str, Any]) -> str:
    """The table of `bench --prices` for the terminal, in 80 columns."""
    lines = [f"{'price of':<28}{'for':<21}{'process':>9}{'in rounds':>14}{'all':>8}"]
    for row in document["rows"]:
        rounds = f"{row['low']:+.0f}..{row['high']:+.0f} %"
        lines.append(
            f"{row['protection']:<28}{row['request']:<21}"
            f"{row['cpu_percent']:>+8.1f}%{rounds:>14}{row['fleet_percent']:>+7.1f}%"
        )
    return "\n".join(lines)


def save(home: Home, name: str, document: dict[str, Any], chart: str | None = None) -> Path:
    """Writes results/NAME.json and, with a chart, NAME.svg; returns the folder."""
    folder = home.folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    if chart:
        (folder / f"{name}.svg").write_text(chart)
    return folder


def write_readme(document: dict[str, Any]) -> None:
    """Replaces the table between the two marks in the README by this one."""
    text = MARKS.sub(lambda found: found[1] + as_markdown(document) + found[2], README.read_text())
    README.write_text(text)


def _target_lines(header: str, values: dict[str, float], targets: dict[str, dict]) -> list[str]:
    lines = [f"{header:<46}{'value':>8}{'target':>12}"]
    for name, value in values.items():
        met = "met" if targets[name]["met"] else "missed"
        lines.append(f"{name:<46}{value:>8}{targets[name]['target']:>12}  {met}")
    return lines


def _or_dash(number: float | None) -> str:
    return "-" if number is None else f"{number:,}"
