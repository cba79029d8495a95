"""REPORT: one HTML file of a run, for screen and paper, made from its raw records: the same again,
byte for byte."""

import base64
import math
from pathlib import Path

import jinja2

from lab import experiments
from lab.analysis import figures
from lab.errors import Failure, WrongUsage
from lab.experiments import protocol
from lab.laboratory import results

CLAIMS = {
    1: "core_api scales out by starting more equal instances; analytics_api was added without touching it",
    2: "HAProxy shares the load, and nobody notices when an instance dies",
    3: "Cached answers spare the database, on all instances at once, and are never wrong",
    4: "A token signed once is accepted by every instance and by analytics_api, with no lookup",
    5: "Long work goes to Celery workers, which scale alone and block nobody",
}
TOGETHER = "All five together, and the laboratory itself"  # what is measured beyond a single claim
SIGNS = {"true": "✔", "false": "✘", "unknown": "?", "not measured": "–"}


def write(folder):
    """Writes report.html into a run's folder; the path of it."""
    path = Path(folder) / "report.html"
    path.write_text(as_html(folder), encoding="utf-8")
    return path


def as_html(folder):
    """The report of a run's folder, judged anew from the raw records that lie there."""
    run, found = load(folder)
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters["figure"] = as_text
    return templates.get_template("report.html.j2").render(
        run=run, claims=claims(found), sections=[section(run, each) for each in found], signs=SIGNS
    )


def load(folder):
    """(run.json's document, [Result]) of a run's folder; a kind word when there is none, or its
    records are gone."""
    if not (Path(folder) / "run.json").exists():
        raise WrongUsage(
            f"{folder} holds no run",
            "./escala report, for the newest; or name a folder of results/",
        )
    try:
        return results.load(folder)
    except FileNotFoundError as missing:
        raise Failure(
            f"{missing.filename} is gone, so there is nothing to judge", "./escala run it again"
        ) from None


def as_text(number):
    """Four figures of a number; a dash where there is none, as where nothing was answered."""
    if math.isnan(number):
        return "–"
    if math.isinf(number):
        return "∞"
    return f"{number:,.4g}" if abs(number) < 1000 else f"{number:,.0f}"


def claims(found):
    """Each claim with its verdict: true when all of its experiments here are, false when one is;
    and what they found.

    `missing` are the IDs of the claim's experiments that are not among these.
    """
    rows = []
    beyond = any(result.experiment.CLAIM not in CLAIMS for result in found)
    for number, words in (CLAIMS | ({0: TOGETHER} if beyond else {})).items():
        own = [result for result in found if number == result.experiment.CLAIM]
        verdicts = {result.judgement.verdict for result in own}
        verdict = next((v for v in ("false", "unknown", "true") if v in verdicts), "not measured")
        measured = {result.experiment.ID for result in own}
        missing = [e.ID for e in experiments.ALL if number == e.CLAIM and e.ID not in measured]
        rows.append(
            {
                "number": number,
                "words": words,
                "verdict": verdict,
                "results": own,
                "missing": missing,
            }
        )
    return rows


def section(run, result):
    """What the report says of one experiment, and its figure where there is something to draw."""
    (before,) = (row for row in run["experiments"] if row["id"] == result.experiment.ID)
    differs = (before["verdict"], before["finding"]) != (
        result.judgement.verdict,
        result.judgement.finding,
    )
    words = [protocol.name(result.experiment), *(["--quick"] if run["quick"] else [])]
    words += ["--prove"] if run["proving"] else []
    try:
        picture, undrawn = _picture(result), None
    except Exception as error:  # the rest of the report is worth having
        picture, undrawn = None, f"{type(error).__name__}: {error}"
    return {
        "experiment": result.experiment,
        "name": protocol.name(result.experiment),
        "judgement": result.judgement,
        "told": before if differs else None,
        "picture": picture,
        "undrawn": undrawn,
        "again": f"./escala run {' '.join(words)} --seed {run['seed']}",
        "seconds": result.seconds,
    }


def _picture(result):
    if not result.judgement.measures:  # it broke off
        return None
    drawn = figures.svg(result.experiment, result.records, result.judgement.finding)
    # As a picture of its own, so that names within one figure never meet those of another.
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def write_figures(folder, target):
    """Writes ID.svg for every experiment of a run into `target`, for the chapters; the paths."""
    _, found = load(folder)
    Path(target).mkdir(parents=True, exist_ok=True)
    paths = []
    for result in found:
        if result.judgement.measures:
            path = Path(target) / f"{result.experiment.ID}.svg"
            path.write_text(
                figures.svg(result.experiment, result.records, result.judgement.finding)
            )
            paths.append(path)
    return paths
