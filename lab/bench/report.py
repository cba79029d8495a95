"""What a benchmark found, for people: the table in 80 columns, the table of the README, and files
under results/."""

import io
import json
import re

import matplotlib
from matplotlib.figure import Figure

from lab.bench.servers import PEERS
from lab.stack.home import ROOT

README = ROOT / "README.md"
MARKS = re.compile(
    r"(<!-- written by `\./escala bench --peers --write` -->\n).*(<!-- end -->)", re.DOTALL
)


def as_text(document):
    """The table for people, in 80 columns."""
    lines = [f"{'row':<26}{'CPU us/request':>16}{'requests/s':>14}{'spread':>10}"]
    for row in document["rows"]:
        spent = _or_dash(row["cpu_us_per_request"])
        lines.append(
            f"{row['name']:<26}{spent:>16}{row['requests_per_second']:>14,}{row['spread']:>10.1%}"
        )
    lines += ["", f"{'ratio':<46}{'value':>8}{'target':>12}"]
    for name, value in document["ratios"].items():
        target = document["targets"][name]
        lines.append(
            f"{name:<46}{value:>8}{target['target']:>12}  {'met' if target['met'] else 'missed'}"
        )
    lines += [
        "",
        *(f"not measured: {name}: {reason}" for name, reason in document["left_out"].items()),
    ]
    return "\n".join(lines).rstrip()


def as_markdown(document):
    """The table of the README, with the machine that it was measured on."""
    bare = next(row for row in document["rows"] if row["name"] == "bare")["cpu_us_per_request"]
    lines = ["| row | CPU a request, µs | of bare | requests/s |", "|---|--:|--:|--:|"]
    for row in document["rows"]:
        spent = row["cpu_us_per_request"]
        share = f"{spent / bare:.1f}" if spent else "-"
        lines.append(
            f"| {row['name']} | {_or_dash(spent)} | {share} | {row['requests_per_second']:,} |"
        )
    met = [target["met"] for target in document["targets"].values()]
    machine, versions = document["machine"], document["versions"]
    lines += [
        "",
        f"{sum(met)} of {len(met)} targets met ([lab/bench/targets.py](lab/bench/targets.py)). {machine['processor']}, "
        f"{machine['cores']} cores, {machine['system']}, Python {versions['Python']}, "
        f"Django {versions['Django']}, Gunicorn {versions['gunicorn']}, commit {document['commit']}.",
    ]
    return "\n".join(lines) + "\n"


def save(home, name, document, chart=None):
    """Writes results/NAME.json, and NAME.svg; the folder."""
    folder = home.folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    if chart:
        (folder / f"{name}.svg").write_text(chart)
    return folder


def write_readme(document):
    """Puts this table in the place of the one between the README's two marks."""
    text = MARKS.sub(lambda found: found[1] + as_markdown(document) + found[2], README.read_text())
    README.write_text(text)


def _or_dash(number):
    return "-" if number is None else f"{number:,}"


OURS, OTHERS, FLOOR = "#0072b2", "#9a9a9a", "#d55e00"  # told apart without colour vision, too
SHOWN = ("bare", "near", "local", "redis", "redis+token", "off", *PEERS)


def chart(document):
    """A bar for each page that was measured, cheapest first, with its figure; the title says what
    was found."""
    spent = {
        row["name"]: row["cpu_us_per_request"] for row in document["rows"] if row["name"] in SHOWN
    }
    rows = sorted(spent.items(), key=lambda row: -row[1])
    figure = Figure(figsize=(8, 0.6 + 0.38 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh([name for name, _ in rows], [value for _, value in rows], color=_colours(rows))
    axes.bar_label(bars, [f"{value:,} µs" for _, value in rows], padding=3)
    axes.set_title(finding(spent), loc="left", fontsize=11)
    axes.set_xlabel(
        "processor time of one instance for a page of 20 products, µs (median of the rounds)"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    return _as_svg(figure)


def finding(spent):
    """What the figures say, in one sentence."""
    if "plain" not in spent:
        return f"A page from near takes {spent['near'] / spent['bare']:.1f} times as long as a bare callable"
    return (
        f"Stock DRF takes {spent['plain'] / spent['redis']:.1f} times as long for a page as Redis, "
        f"and {spent['plain'] / spent['near']:.1f} times as long as near"
    )


def _colours(rows):
    return [FLOOR if name == "bare" else OTHERS if name in PEERS else OURS for name, _ in rows]


def _as_svg(figure):
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "escala", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def growth_as_text(document):
    """The tables of `bench --growth` for people, in 80 columns."""
    lines = [
        f"{'median of an answer, ms':<34}{'small':>12}{'large':>12}{'ratio':>10}{'spread':>10}"
    ]
    for row in document["rows"]:
        name, few, many = row["name"], row["small_ms"], row["large_ms"]
        lines.append(
            f"{name:<34}{few:>12,.2f}{many:>12,.2f}{row['ratio']:>10.2f}{row['spread']:>10.1%}"
        )
    sizes, report, imported = document["sizes"], document["report"], document["import"]
    for size in ("small", "large"):
        lines.append(
            f"{size}: " + ", ".join(f"{count:,} {what}" for what, count in sizes[size].items())
        )
    lines += [
        "",
        f"report of {report['lines']:,} lines: {report['seconds']:.1f} s, {report['peak_mb']} MB",
        f"import of {imported['rows']:,} rows: {imported['whole_seconds']:.1f} s; validation alone "
        f"{imported['validation_seconds']:.1f} s, COPY {imported['copy_seconds']:.2f} s",
        "",
        f"{'figure':<46}{'value':>8}{'target':>12}",
    ]
    for name, value in document["figures"].items():
        target = document["targets"][name]
        lines.append(
            f"{name:<46}{value:>8}{target['target']:>12}  {'met' if target['met'] else 'missed'}"
        )
    return "\n".join(lines)
