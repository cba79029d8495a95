"""The report of a run: one HTML file for screen and paper, made from the run's raw records.

The same records give the same bytes.
"""

import base64
import datetime
from pathlib import Path
from typing import Any

import jinja2

from lab import experiments
from lab.analysis import conditions, disturbance, figures
from lab.errors import Failure, WrongUsage
from lab.experiments.shared import protocol
from lab.laboratory import counterexample, guess, results
from lab.laboratory.results import Result

CLAIMS = {  # as in the README
    1: "Replicas: core_api scales out by starting more equal instances."
    " It only writes events; orders call no other service.",
    2: "Load balancing: HAProxy distributes the load, and no read and no order with an"
    " Idempotency-Key fails when an instance dies.",
    3: "Cache: cached responses spare the database, and a read that begins after the response"
    " to a write sees it.",
    4: "Tokens: every instance of both services verifies a signed token without a lookup.",
    5: "Background tasks: Celery workers do long work, scale separately and block no request.",
}
ALL_CLAIMS = "All five together, and the laboratory itself."  # CLAIM = 0
SIGNS = {"true": "✔", "false": "✘", "unknown": "?", "not measured": "–"}
# What run.json of an older version, or of another command, does not say.
UNKNOWN: dict[str, Any] = {"name": None, "began": None, "ended": None, "load": None}
WORST_FIRST = ("false", "unknown", "true")


def write(folder: str | Path) -> Path:
    """Writes report.html into the folder of a run; returns its path."""
    path = Path(folder) / "report.html"
    path.write_text(as_html(folder), encoding="utf-8")
    return path


def rename(folder: str | Path, name: str | None) -> None:
    """Writes into run.json for whom the run is."""
    run, _ = load(folder)
    results.save(Path(folder), run | {"name": name})


def as_html(folder: str | Path) -> str:
    """The report on the folder of a run; judges the raw records again."""
    run, found = load(folder)
    count = f"{len(found)} experiments"
    only = f"{found[0].experiment.ID}. {found[0].experiment.TITLE}" if len(found) == 1 else None
    return template("report.html.j2").render(
        run=UNKNOWN | run,
        title=only or count,
        heading=only or "Five claims, measured",
        claims=[claim for claim in claims(found) if claim["results"] or not only],
        sections=[section(run, each) for each in found],
        signs=SIGNS,
        disturbed={
            "limit": disturbance.LIMIT,
            "full": disturbance.FULL,
            "memory": disturbance.MEMORY_LIMIT,
        },
    )


def template(name: str) -> jinja2.Template:
    """A template of this folder; a name that it uses and does not get is an error."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters |= {"number": conditions.number, "moment": moment}
    return templates.get_template(name)


def moment(iso: str) -> str:
    """A time of run.json as people write it, in the zone of the machine that measured."""
    return f"{datetime.datetime.fromisoformat(iso):%Y-%m-%d %H:%M (UTC%z)}"


def load(folder: str | Path) -> tuple[dict[str, Any], list[Result]]:
    """(the document of run.json, results) of a folder; a Failure when files are missing."""
    if not (Path(folder) / "run.json").exists():
        raise WrongUsage(
            f"{folder} contains no run",
            "./escala report, for the newest; or name a folder of results/",
        )
    try:
        return results.load(folder)
    except FileNotFoundError as missing:
        raise Failure(
            f"{missing.filename} does not exist, so nothing can be judged", "./escala run it again"
        ) from None


def claims(found: list[Result]) -> list[dict[str, Any]]:
    """Each claim with its verdict, the worst of its experiments in this run, and their results.

    `missing` are the IDs of the claim's experiments that were not part of the run.
    """
    rows = []
    has_others = any(result.experiment.CLAIM not in CLAIMS for result in found)
    for number, sentence in (CLAIMS | ({0: ALL_CLAIMS} if has_others else {})).items():
        own = [result for result in found if number == result.experiment.CLAIM]
        verdicts = {result.judgement.verdict for result in own}
        measured = {result.experiment.ID for result in own}
        rows.append(
            {
                "number": number,
                "sentence": sentence,
                "verdict": next((v for v in WORST_FIRST if v in verdicts), "not measured"),
                "results": own,
                "missing": [
                    experiment.ID
                    for experiment in experiments.ALL
                    if number == experiment.CLAIM and experiment.ID not in measured
                ],
            }
        )
    return rows


def section(run: dict[str, Any], result: Result) -> dict[str, Any]:
    """What the template needs for the section of one experiment."""
    experiment, judgement = result.experiment, result.judgement
    (recorded,) = (row for row in run["experiments"] if row["id"] == experiment.ID)
    now = (judgement.verdict, judgement.finding)
    figure, figure_error = None, None
    try:
        figure = _figure_url(result)
    except Exception as error:  # the rest of the report is still useful
        figure_error = f"{type(error).__name__}: {error}"
    return {
        "experiment": experiment,
        "name": protocol.name(experiment),
        "judgement": judgement,
        "earlier": recorded if (recorded["verdict"], recorded["finding"]) != now else None,
        "figure": figure,
        "figure_title": figure_title(result),
        "figure_error": figure_error,
        "guess": guess.compared(run.get("guess"), result),
        "counterexample": counterexample.of(result),
        "next": results.next_step(run, recorded | result.as_document()),
        "again": results.command(run, experiment),
        "seconds": result.seconds,
        "others": disturbance.in_words(disturbance.summary(result.records)),
    }


def figure_title(result: Result) -> str:
    """The finding; why it is false; the question when it is unknown: then nothing was found."""
    unknown = result.judgement.verdict == "unknown"
    return result.experiment.QUESTION if unknown else result.judgement.statement


def _figure_url(result: Result) -> str | None:
    if not result.judgement.measures:  # the experiment was aborted
        return None
    return as_url(figures.svg(result.experiment, result.records, figure_title(result)))


def as_url(svg: str) -> str:
    """The figure as an image of its own: the ids of one SVG must not collide with another's."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def write_figures(folder: str | Path, target: str | Path) -> list[Path]:
    """Writes the figure of each experiment of a run as ID.svg into `target`; returns the paths."""
    _, found = load(folder)
    Path(target).mkdir(parents=True, exist_ok=True)
    paths = []
    for result in found:
        if result.judgement.measures:
            path = Path(target) / f"{result.experiment.ID}.svg"
            svg = figures.svg(result.experiment, result.records, figure_title(result))
            path.write_text(svg)
            paths.append(path)
    return paths
