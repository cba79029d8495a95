"""RESULTS: one folder for each run: run.json (what ran, on what, how it was judged) and NAME.jsonl
(raw records).

All but the raw records can be made again from them: judging the same file twice gives the same
judgement.
"""

import datetime
import json
from pathlib import Path
from typing import NamedTuple

from lab import experiments
from lab.analysis import records, verdict
from lab.analysis.verdict import Judgement
from lab.errors import Failure
from lab.experiments import protocol


class Result(NamedTuple):
    """One experiment of a run, judged anew from its raw records."""

    experiment: object  # its module
    records: records.Records
    judgement: object
    seconds: float

    def as_document(self):
        """The experiment as `run --json` and run.json have it."""
        told = self.judgement
        return {
            "id": self.experiment.ID,
            "name": protocol.name(self.experiment),
            "claim": self.experiment.CLAIM,
            "verdict": told.verdict,
            "finding": told.finding,
            "doubts": list(told.doubts),
            "seconds": round(self.seconds, 1),
            "measures": {name: measure.as_document() for name, measure in told.measures.items()},
            "costs": list(told.costs),
        }


def judge(experiment, found):
    """The experiment's own judgement; `unknown` when a check that every run makes on itself fails.

    Also when the records are not what the experiment needs, as those of an older version: the
    others are judged on.
    """
    if failures := found.facts("failure"):
        return Judgement("unknown", "it could not be measured", {}, doubts=(failures[0]["what"],))
    settled = getattr(experiment, "settled", lambda found: found.phases)
    try:
        judgement = experiment.judge(found)
        doubts = (*judgement.doubts, *verdict.doubts(found, settled(found)))
    except (
        Exception
    ) as error:  # whatever is wrong with these records, those of the others are judged on
        why = f"its records cannot be judged ({type(error).__name__}: {error})"
        return Judgement("unknown", "it could not be judged", {}, doubts=(why,))
    return judgement._replace(doubts=doubts, verdict="unknown" if doubts else judgement.verdict)


def new_folder(home):
    """A new folder under this home's results, named by the moment."""
    moment = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    folder = home.folder / "results" / moment
    folder.mkdir(parents=True)
    return folder


def latest_folder(home):
    """The folder of the newest run."""
    folders = sorted((home.folder / "results").glob("*/run.json"))
    if not folders:
        raise Failure("there are no results yet", "./escala run headline")
    return folders[-1].parent


def save(folder, run):
    (folder / "run.json").write_text(json.dumps(run, indent=2) + "\n")


def load(folder):
    """(run.json's document, [Result]) of a folder; judged anew, so that what a reader sees follows
    from the data."""
    run = json.loads((Path(folder) / "run.json").read_text())
    found = []
    for row in run["experiments"]:
        (experiment,) = experiments.chosen([row["id"]])
        path = Path(folder) / f"{row['name']}.jsonl"
        raw = records.read(path)
        found.append(Result(experiment, raw, judge(experiment, raw), row["seconds"]))
    return run, found
