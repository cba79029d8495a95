"""docs/error-rates.md, and the terminal's answer: the error rates that were measured until now."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lab import experiments
from lab.analysis import error_rates
from lab.analysis.error_rates import Line, Rate
from lab.console import wrapped
from lab.experiments.shared import protocol
from lab.stack.home import ROOT

PAGE = ROOT / "docs" / "error-rates.md"
TEXT = """\
# Error rates: how often the laboratory itself is wrong

An experiment says `true`, `false` or `unknown`. This page says how often that is wrong. It is
written by `./escala error-rates --write` from what was measured until then. That is for those who
change the laboratory, and takes hours. Each part adds to one file, and can be measured apart. The
command names the file. After a change of the laboratory, move it away to begin anew:

```sh
# 200 comparisons of equal sides, and 100 of sides that really differ
./escala error-rates --part same
./escala error-rates --part planted
# all experiments and all proofs, beside a program that burns one processor, or 30 % of one
./escala error-rates --part burner
./escala error-rates --part burner --prove
./escala error-rates --part burner --burn 30
./escala error-rates --part burner --burn 30 --prove
./escala error-rates --write
```

## Rates

{rates}

The interval is the exact one (Clopper-Pearson, 95 %) of the share. "too few": the promise is about
more cases than were measured, and can still be kept. Comparisons that other programs disturbed do
not count, because an experiment would then say `unknown`: {disturbed}.

Equal sides (an A/A comparison) get the same requests, and nothing differs. A comparison is {rounds}
pairs of phases, in turns. It is judged by the mean change and Student's interval (`mean_change`),
p95 by the change of its geometric mean over the phases and Welch's interval
(`change_of_latency`). The level of each interval is {level} %, so that chance alone makes the three
figures of a comparison differ in 0.5 % of all. Experiments compare fewer pairs, and their intervals
have 95 % or more. The sides count as different when the interval excludes zero; a latency must
change by more than 5 % too. Where something was planted, requests compute a fifth or a twentieth
longer. The first is looked for in the median latency, the second in the instance's processor time.

## Experiments beside a busy program

The program is started by the command. It is no part of the laboratory, so the laboratory has to
notice it itself. Each experiment ran with `--quick`. What is true of the shop must never come out
`false`, and no proof `true`. A dash: not measured yet.

{experiments}

{reasons}## What was measured, when and where

{sources}
"""
COLUMNS = [(burn, proving) for burn in error_rates.BURNT for proving in (False, True)]


def document(lines: Sequence[Line]) -> dict[str, Any]:
    """{rates, experiments, sources}: what `--json` prints; see as_text and write."""
    rates = error_rates.rates(lines, len(experiments.ALL))
    return {
        "rates": [rate.as_document() for rate in rates],
        "experiments": [
            {"id": line["experiment"]}
            | {name: line[name] for name in ("burn", "proving", "verdict", "because", "when")}
            for line in lines
            if line["part"] == "burner"
        ],
        "sources": sources(lines),
    }


def is_kept(lines: Sequence[Line]) -> bool:
    """Whether no rate is beyond what is allowed; what was not measured breaks nothing."""
    rates = error_rates.rates(lines, len(experiments.ALL))
    return all(rate.state != "broken" for rate in rates)


def as_text(lines: Sequence[Line]) -> str:
    """The rates for the terminal, in 80 columns."""
    found = []
    for rate in error_rates.rates(lines, len(experiments.ALL)):
        found.append(wrapped(f"{rate.state:<13}{rate.name}: {measured(rate)}", 13))
    return "\n".join(found)


def write(lines: Sequence[Line], rounds: int) -> Path:
    """Writes docs/error-rates.md; returns its path."""
    compared = [line for line in lines if line["part"] != "burner"]
    disturbed = sum(line["disturbed"] for line in compared)
    rates = error_rates.rates(lines, len(experiments.ALL))
    text = TEXT.format(
        rates=_table(("what", "measured", "promised", "state"), map(_row, rates)),
        disturbed=f"{disturbed} of {len(compared)}",
        rounds=rounds,
        level=f"{100 * error_rates.LEVEL:.2f}",
        experiments=_table(_header(), _verdicts(lines)),
        reasons=_reasons(lines),
        sources=_table(
            ("part", "measured", "when", "commits", "machine"),
            (
                [row[name] for name in ("part", "lines", "when", "commits", "machine")]
                for row in sources(lines)
            ),
        ),
    )
    PAGE.write_text(text)
    return PAGE


def measured(rate: Rate) -> str:
    """Such as `1 of 200, 0.5 % (0.0 to 2.8 %)`."""
    if not rate.interval:
        return "not measured yet"
    share, low, high = rate.interval.times(100)
    return f"{rate.found} of {rate.total}, {share:.1f} % ({low:.1f} to {high:.1f} %)"


def sources(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """For each part and machine: how many lines, from when to when, and of which commits."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((_part(line), line["machine"]), []).append(line)
    found = []
    for (part, machine), own in groups.items():
        days = sorted({line["when"] for line in own})
        found.append(
            {
                "part": part,
                "lines": len(own),
                "when": days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}",
                "commits": ", ".join(sorted({str(line["commit"]) for line in own})),
                "machine": machine,
            }
        )
    return found


def _part(line: Line) -> str:
    if line["part"] != "burner":
        return str(line["part"])
    return f"burner, {line['burn']} %{', proofs' * line['proving']}"


def _row(rate: Rate) -> tuple[str, ...]:
    allowed = f"{rate.relation} {100 * rate.allowed:.3g} %" if rate.allowed else "none"
    promise = f"{allowed}, of {rate.least} or more"
    return rate.name, measured(rate), promise, rate.state


def _header() -> tuple[str, ...]:
    names = [f"{burn} % burnt{', proof' * proving}" for burn, proving in COLUMNS]
    return ("experiment", *names)


def _verdicts(lines: Sequence[Line]) -> Iterable[tuple[str, ...]]:
    for experiment in experiments.ALL:
        cells = []
        for burn, proving in COLUMNS:
            own = [
                line["verdict"]
                for line in error_rates.verdicts(lines, burn, proving)
                if line["experiment"] == experiment.ID
            ]
            counts = [f"{each} {times}" for each, times in Counter(own).items()]
            cells.append(", ".join(counts) if len(own) != 1 else own[0])
        name = protocol.name(experiment).replace("_", " ")
        yield (f"{experiment.ID} {name}", *(cell or "-" for cell in cells))


def _reasons(lines: Iterable[Line]) -> str:
    """Why each one was unknown, or wrong: the first reason of each line, in a list."""
    found = []
    for line in lines:
        expected = "false" if line.get("proving") else "true"
        if line["part"] == "burner" and line["verdict"] != expected:
            what = f"{line['experiment']}{', proof' * line['proving']}, {line['burn']} % burnt"
            why = line["because"][0] if line["because"] else "no reason was given"
            found.append(wrapped(f"* {what}: {line['verdict']}, because: {why}", 2))
    return (
        "\n".join(["Not as it should be, and why (first reason):", "", *found, "", ""])
        if found
        else ""
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    cells = [list(header), *([str(cell) for cell in row] for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]])
