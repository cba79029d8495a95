"""The results of a run: one folder with run.json and, for each experiment, NAME.jsonl.

run.json says what ran, on which machine, and with which verdict. NAME.jsonl has the raw records.
Everything else can be made again from the raw records: the same file always gives the same
judgement.
"""

import datetime
import itertools
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from lab import experiments
from lab.analysis import disturbance, records, verdict
from lab.analysis.records import Records
from lab.analysis.verdict import Judgement
from lab.errors import Failure
from lab.experiments.shared import protocol
from lab.experiments.shared.protocol import Experiment
from lab.stack.home import Home


class Result(NamedTuple):
    """One experiment of a run, with the judgement of its raw records."""

    experiment: Experiment
    records: Records
    judgement: Judgement
    seconds: float

    def as_document(self) -> dict[str, Any]:
        """The experiment as `run --json` and run.json have it."""
        judgement = self.judgement
        return {
            "id": self.experiment.ID,
            "name": protocol.name(self.experiment),
            "claim": self.experiment.CLAIM,
            "verdict": judgement.verdict,
            "finding": judgement.finding,
            "because": list(judgement.because),
            "conditions": [condition.as_document() for condition in judgement.conditions],
            "doubts": list(judgement.doubts),
            "seconds": round(self.seconds, 1),
            "measures": {name: each.as_document() for name, each in judgement.measures.items()},
            "costs": list(judgement.costs),
            "others": disturbance.summary(self.records),
        }


def judge(experiment: Experiment, found: Records) -> Judgement:
    """The experiment's own judgement; `unknown` when one of the checks of every run fails.

    It is `unknown` too when the records are not what the experiment expects, for example those of
    an older version.
    """
    disturbed = tuple(disturbance.doubts(found))
    if failures := found.facts("failure"):
        why = failures[0]["what"]
        return Judgement((), "it could not be measured", {}, doubts=(*disturbed, why))
    try:
        judgement = experiment.judge(found)
        steady_phases = protocol.steady_phases(experiment, found)
        doubts = [*judgement.doubts, *verdict.doubts(found, steady_phases)]
    except Exception as error:  # the other experiments of the run still have to be judged
        why = f"its records cannot be judged ({type(error).__name__}: {error})"
        return Judgement((), "it could not be judged", {}, doubts=(*disturbed, why))
    return judgement._replace(
        finding=verdict.in_words(judgement.finding),
        costs=tuple(map(verdict.in_words, judgement.costs)),
        doubts=(*disturbed, *doubts),
    )


def command(run: dict[str, Any], experiment: Experiment) -> str:
    """The command that measures this experiment of a run once more, with the same seed."""
    words = ["./escala run", protocol.name(experiment), *(["--quick"] if run["quick"] else [])]
    return " ".join([*words, *(["--prove"] if run["proving"] else []), f"--seed {run['seed']}"])


def next_step(run: dict[str, Any], row: dict[str, Any]) -> str:
    """What a reader does about the verdict of this row of run.json; empty where nothing is left."""
    (experiment,) = experiments.chosen([row["id"]])
    name, same, removed = protocol.name(experiment), command(run, experiment), experiment.PROOF
    match row["verdict"]:
        case "unknown" if any("./escala " in reason for reason in row["because"]):
            return ""  # the reason says it
        case "unknown" if run["quick"] and not row["doubts"]:
            longer = same.replace(" --quick", "")
            return f"next: {longer} measures longer than --quick, and may decide it"
        case "unknown":
            return f"next: ./escala run {name} --again, while nothing else uses the machine"
        case "false" if run["proving"]:
            return f"as it should be in a proof: {removed.description}"
        case "false" if run.get("changes"):
            return f"next: {same} once more. If it is false again: ./escala report --diff"
        case "false":
            return f"next: {same} once more. If it is false again, the claim does not hold here"
        case "true" if run["proving"]:
            return f"next: {same} once more. It should be false, because {removed.description}"
    return ""


def new_folder(home: Home) -> Path:
    """A new folder below this home's results, named after the time."""
    moment = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    folder = home.folder / "results" / moment
    folder.mkdir(parents=True)
    return folder


def folder_of(home: Home, name: str) -> Path:
    """The folder of a run, given by its path or by its name below this home's results."""
    path, named = callers_path(name), home.folder / "results" / name
    return named if named.exists() and not path.exists() else path


def callers_path(path: str) -> Path:
    """The path as the caller means it: `escala` changes the working folder before it runs us."""
    return Path(os.environ.get("ESCALA_CALLER", ""), path)


def latest_folder(home: Home) -> Path:
    """The folder of the newest run; a Failure when there is none."""
    runs = sorted((home.folder / "results").glob("*/run.json"))
    if not runs:
        raise Failure("there are no results yet", "./escala run headline")
    return runs[-1].parent


def keep(new: Path) -> Path:
    """Gives the finished raw records NAME.jsonl.new their name; returns their path.

    Earlier ones of the same experiment become NAME.1.jsonl, NAME.2.jsonl and so on.
    """
    path = new.with_suffix("")
    if path.exists():
        number = next(n for n in itertools.count(1) if not path.with_suffix(f".{n}.jsonl").exists())
        path.rename(path.with_suffix(f".{number}.jsonl"))
    return new.rename(path)


def put(run: dict[str, Any], row: dict[str, Any]) -> None:
    """Adds an experiment's row to the document of run.json, or replaces its earlier one.

    `again` of a row counts how often its experiment was measured before and came out unknown.
    """
    for place, earlier in enumerate(run["experiments"]):
        if earlier["id"] == row["id"]:
            run["experiments"][place] = row | {"again": earlier.get("again", 0) + 1}
            return
    run["experiments"].append(row | {"again": 0})


def save(folder: Path, run: dict[str, Any]) -> None:
    (folder / "run.json").write_text(json.dumps(run, indent=2) + "\n")


def load(folder: str | Path) -> tuple[dict[str, Any], list[Result]]:
    """(the document of run.json, results) of a folder; judges the raw records again."""
    run = json.loads((Path(folder) / "run.json").read_text())
    found = []
    for row in run["experiments"]:
        (experiment,) = experiments.chosen([row["id"]])
        raw = records.read(Path(folder) / f"{row['name']}.jsonl")
        found.append(Result(experiment, raw, judge(experiment, raw), row["seconds"]))
    return run, found
