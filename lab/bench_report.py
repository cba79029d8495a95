"""What a benchmark found, for people: the table in 80 columns, the table of the README, and files
under results/."""

import json
import re

from lab.home import ROOT

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
        f"{sum(met)} of {len(met)} targets met ([lab/ratios.py](lab/ratios.py)). {machine['processor']}, "
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
