"""RUN: experiment after experiment on one system; raw records and verdicts land in a folder of
their own."""

import textwrap
import time
import traceback
from contextlib import contextmanager

from lab import console, experiments
from lab.analysis import records
from lab.errors import Failure
from lab.experiments import protocol
from lab.laboratory import report, results
from lab.laboratory.laboratory import laboratory
from lab.stack import machine


def run(home, words, *, quick=False, seed=1, prove=False):
    """{experiments, folder}: measures and judges what `words` choose; with `prove`, each with its
    PROOF in force.

    What was measured before a Ctrl-C is kept. An experiment that fails is `unknown`, and the next
    ones go on.
    """
    chosen = experiments.chosen(words)
    folder = results.new_folder(home)
    document = {
        "seed": seed,
        "quick": quick,
        "proving": prove,
        "experiments": [],
    } | machine.fingerprint()
    with _kept(folder, document), laboratory(quick=quick, seed=seed, proving=prove) as lab:
        for number, experiment in enumerate(chosen):
            _announce(chosen[number:], number, len(chosen), quick)
            result = perform(lab, experiment, folder)
            document["experiments"].append(result)
            results.save(folder, document)
            console.say(
                wrapped(
                    f"  {result['verdict']}: {result['finding']} ({result['seconds']:.0f} s)", 4
                )
            )
            for doubt in result["doubts"]:
                console.say(wrapped(f"    because {doubt}", 4))
    return {"folder": str(folder), "report": str(report.write(folder)), **document}


def is_as_demanded(document):
    """Whether every verdict is `true`, or in a proof `false`."""
    demanded = "false" if document["proving"] else "true"
    return all(row["verdict"] == demanded for row in document["experiments"])


def perform(lab, experiment, folder):
    """Measures one experiment, writes its raw records into the folder, and gives its row of
    run.json."""
    began = time.monotonic()
    path = folder / f"{protocol.name(experiment)}.jsonl"
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
            lab.give_up(failure.what)
        except (
            Exception
        ) as error:  # whatever it is, the experiments after this one are not to pay for it
            lab.give_up(f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    raw = records.read(path)
    return results.Result(
        experiment, raw, results.judge(experiment, raw), time.monotonic() - began
    ).as_document()


def _announce(left, number, total, quick):
    seconds = sum(protocol.expected_seconds(experiment, quick) for experiment in left)
    experiment = left[0]
    console.say(
        f"[{number + 1}/{total}] {experiment.ID} {protocol.name(experiment)}: {experiment.TITLE}"
        f" ({seconds / 60:.0f} min left)"
    )


@contextmanager
def _kept(folder, document):
    """Tells, after a Ctrl-C, where that is which was measured before."""
    try:
        yield
    except KeyboardInterrupt:
        if document["experiments"]:
            console.say(f"What was measured until now: ./escala report {folder}")
        raise


def wrapped(line, indent):
    """The line broken for 80 columns, all but its first part indented."""
    return textwrap.fill(line, 80, subsequent_indent=" " * indent, break_long_words=False)


def as_text(document):
    """The verdicts for people."""
    lines = []
    for row in document["experiments"]:
        lines.append(wrapped(f"{row['id']:<4}{row['verdict']:<9}{row['finding']}", 13))
        lines += [wrapped(f"{'':<13}because {doubt}", 15) for doubt in row["doubts"]]
    return "\n".join([*lines, "", f"report: {document['report']}"])


def listed():
    """Every experiment: {id, name, claim, title, seconds}."""
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


def list_as_text(document):
    """The experiments for people, within 80 columns; the first digit is the claim, a star marks
    those of `headline`."""
    lines = [f"{'id':<5}{'name':<15}{'quick':>7}{'full':>8}   what it shows"]
    for row in document["experiments"]:
        star, seconds = "*" if row["headline"] else "", row["seconds"]
        times = f"{seconds['quick']:>5} s{seconds['full']:>6} s"
        lines.append(f"{row['id'] + star:<5}{row['name']:<15}{times}   {row['title']}")
    return "\n".join(lines)
