"""`./escala run`: measures and judges one experiment after the other, on one system."""

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab import console, experiments
from lab.analysis import disturbance, records
from lab.console import wrapped
from lab.errors import Failure, WrongUsage
from lab.experiments.shared import protocol
from lab.experiments.shared.protocol import Experiment
from lab.laboratory import (
    counterexample,
    guess,
    machine_state,
    neighbours,
    provenance,
    report,
    results,
)
from lab.laboratory.laboratory import Laboratory, laboratory
from lab.stack import machine
from lab.stack.home import Home

LOOK_SECONDS = 3  # at the machine, before a run
MOST_REASONS = 3  # in the terminal, for one experiment


def run(
    home: Home,
    names: list[str],
    *,
    quick: bool = False,
    seed: int = 1,
    prove: bool = False,
    keep: bool = False,
    name: str | None = None,
    guessed: str | None = None,
    ask: bool = False,
) -> dict[str, Any]:
    """{experiments, folder ...}: measures and judges the experiments that `names` choose.

    With `prove`, each one runs without what its PROOF removes. Results that were measured before a
    Ctrl-C are kept. An experiment that fails is `unknown`, and the next one follows.

    `name` says for whom the run is. With `keep`, the system of the one experiment is left running:
    `kept` says where it is, and the id of the request that the report shows (`trace`). `guessed` is
    the learner's guess; with `ask` a terminal is asked.
    """
    chosen, name = experiments.chosen(names), provenance.checked_name(name)
    if keep and len(chosen) != 1:
        raise WrongUsage(
            f"--keep leaves the system of one experiment, and these are {len(chosen)}",
            "name exactly one, for example ./escala run 2c --keep",
        )
    guessed = guess.taken(chosen, guessed, ask=ask and not prove)
    folder = results.new_folder(home)
    document: dict[str, Any] = {"seed": seed, "quick": quick, "proving": prove, "experiments": []}
    document |= {"guess": guessed, "before": []}
    document |= machine.fingerprint() | provenance.begun(name, folder)
    return measure(folder, document, chosen, keep=keep)


def measure(
    folder: Path, document: dict[str, Any], chosen: list[Experiment], *, keep: bool = False
) -> dict[str, Any]:
    """Measures these experiments as the document of run.json says; adds or replaces their rows."""
    document["before"].append(before_a_run())
    settings = {name: document[name] for name in ("quick", "seed", "proving")}
    with _kept(folder, document), laboratory(**settings, keep=keep) as lab:
        for number, experiment in enumerate(chosen):
            left = seconds_left(chosen[number:], document["experiments"], document["quick"])
            begins = f"[{number + 1}/{len(chosen)}] {experiment.ID} {protocol.name(experiment)}:"
            console.say(wrapped(f"{begins} {experiment.TITLE} ({minutes(left)} left)", 4))
            result = run_experiment(lab, experiment, folder)
            results.put(document, result)
            provenance.note_end(document)
            results.save(folder, document)
            _say(result)
        if keep:
            document["kept"] = _left(lab, folder)
    return {"folder": str(folder), "report": str(report.write(folder)), **document}


def _left(lab: Laboratory, folder: Path) -> dict[str, str | None] | None:
    _, (result,) = results.load(folder)
    shown = counterexample.of(result) or {"trace": None}
    where = lab.leave()
    return {**where, "trace": shown["trace"]} if where else None


def before_a_run() -> dict[str, Any]:
    """What uses the machine before anything is measured; warns of it and goes on.

    What neighbours took (see neighbours.Watch.others), and `warnings`, as sentences.
    """
    console.say(f"looking for {LOOK_SECONDS} s at what else uses this machine")
    found = neighbours.look(LOOK_SECONDS)
    warnings = [*disturbance.warnings(found), *machine_state.warnings(found["memory_mb"])]
    for warning in warnings:
        console.say(wrapped(f"  warning: {warning}", 4))
    return found | {"warnings": warnings}


def _say(row: dict[str, Any]) -> None:
    first, *others = sentences(row)
    sign = "," if row["because"] else ":"
    first = f"  {row['verdict']}{sign} {first} ({row['seconds']:.0f} s)"
    for line in (first, *(f"    {other}" for other in others)):
        console.say(wrapped(line, 4))


def has_expected_verdicts(document: dict[str, Any]) -> bool:
    """Whether every verdict is `true`, or in a proof `false`."""
    expected = "false" if document["proving"] else "true"
    return all(row["verdict"] == expected for row in document["experiments"])


def run_experiment(lab: Laboratory, experiment: Experiment, folder: Path) -> dict[str, Any]:
    """Measures one experiment and writes its raw records; returns its row of run.json."""
    began = time.monotonic()
    path = folder / f"{protocol.name(experiment)}.jsonl.new"
    with open(path, "w") as file:
        header = {
            "experiment": experiment.ID,
            "seed": lab.seed,
            "quick": lab.quick,
            "proving": lab.proving,
        }
        lab.begin(experiment, records.Writer(file, **header))
        try:
            experiment.measure(lab)
        except Failure as failure:
            lab.abandon(failure.what)
        except Exception as error:  # the next experiments still have to run
            lab.abandon(f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    raw = records.read(results.keep(path))
    judgement = results.judge(experiment, raw)
    return results.Result(experiment, raw, judgement, time.monotonic() - began).as_document()


def seconds_left(remaining: list[Experiment], rows: list[dict[str, Any]], quick: bool) -> float:
    """How long the remaining experiments take on this machine.

    Their expected times are scaled by how long those of `rows` took, compared with what was
    expected of them. Experiments that were aborted do not count.
    """
    measured = [row for row in rows if row["measures"]]
    done = experiments.chosen(row["id"] for row in measured)
    took = sum(row["seconds"] for row in measured)
    scale = took / sum(protocol.expected_seconds(each, quick) for each in done) if done else 1.0
    return scale * sum(protocol.expected_seconds(each, quick) for each in remaining)


def minutes(seconds: float) -> str:
    """Such as `3 min`, or `less than 1 min`."""
    return f"{seconds / 60:.0f} min" if seconds >= 60 else "less than 1 min"


@contextmanager
def _kept(folder: Path, document: dict[str, Any]) -> Iterator[None]:
    """Says after a Ctrl-C where the results are that were measured before it."""
    try:
        yield
    except KeyboardInterrupt:
        if document["experiments"]:
            console.say(f"For the results until now: ./escala report {folder}")
        raise


def sentences(row: dict[str, Any]) -> list[str]:
    """The reasons when the verdict is not true, the most important first; then the finding.

    Of a verdict that is unknown the finding is no result, and says so.
    """
    reasons = [f"because: {reason}" for reason in row["because"]]
    if len(reasons) > MOST_REASONS:
        more = len(reasons) - MOST_REASONS
        reasons[MOST_REASONS:] = [f"and {more} more: see the report"]
    unknown = row["verdict"] == "unknown" and row["conditions"]
    return [*reasons, f"measured, but not decided: {row['finding']}" if unknown else row["finding"]]


def as_text(document: dict[str, Any]) -> str:
    """The verdicts for the terminal."""
    lines = []
    for row in document["experiments"]:
        step = results.next_step(document, row)
        first, *others = [*sentences(row), *([step] if step else [])]
        lines.append(wrapped(f"{row['id']:<4}{row['verdict']:<9}{first}", 13))
        lines += [wrapped(f"{'':<13}{other}", 13) for other in others]
    lines += ["", f"report: {document['report']}"]
    return "\n".join([*lines, *(kept_as_text(document["kept"]) if "kept" in document else [])])


def kept_as_text(kept: dict[str, str | None] | None) -> list[str]:
    """How to look at the system that --keep left, and how to end it."""
    if not kept:
        return ["", "No system was left: none was running when the experiment ended."]
    command = f"  ESCALA_HOME={kept['home']} ./escala"
    return [
        "",
        f"The experiment's system still runs, as it was at the end: {kept['front']}/",
        f"{command} status",
        f"{command} trace {kept['trace'] or 'ID'}",
        f"{command} audit",
        f"{command} down --wipe    # ends it and removes all of it",
    ]


def listed() -> list[dict[str, Any]]:
    """Every experiment: {id, name, claim, title, headline, seconds}."""
    return [
        {
            "id": experiment.ID,
            "name": protocol.name(experiment),
            "claim": experiment.CLAIM,
            "title": experiment.TITLE,
            "headline": experiment in experiments.HEADLINE,
            "seconds": experiment.SECONDS._asdict(),
        }
        for experiment in (*experiments.ALL, *experiments.ALONE)
    ]


def list_as_text(document: dict[str, Any]) -> str:
    """The experiments for the terminal, in 80 columns; a star marks those of `headline`."""
    lines = [f"{'id':<5}{'name':<18}{'quick':>6}{'full':>7}  what it shows"]
    for row in document["experiments"]:
        star, seconds = "*" if row["headline"] else "", row["seconds"]
        times = f"{seconds['quick']:>4} s{seconds['full']:>5} s"
        lines.append(f"{row['id'] + star:<5}{row['name']:<18}{times}  {row['title']}")
    lines += ["", "The first digit is the claim (0: all of them). * = headline"]
    alone = ", ".join(experiment.ID for experiment in experiments.ALONE)
    return "\n".join([*lines, f"{alone} tests the laboratory and runs only when it is named"])
