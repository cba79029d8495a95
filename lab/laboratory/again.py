"""`./escala run --again`: measures once more what came out unknown in the newest run.

The new results take the place of the old ones, so that the report is whole. The old raw records
stay in the folder as NAME.1.jsonl and so on. What came out true or false is not measured again:
who repeats a measurement until he likes it proves nothing.
"""

import json
from typing import Any

from lab import console, experiments
from lab.errors import WrongUsage
from lab.laboratory import provenance, report, results, run
from lab.stack import machine
from lab.stack.home import Home


def again(home: Home, names: list[str]) -> dict[str, Any]:
    """The document of the newest run, with its unknown experiments measured again.

    Only those that `names` choose, or all when there are none. Raises WrongUsage for a name that
    is not part of the newest run, and when the run was made with another version of this tree.
    """
    folder = results.latest_folder(home)
    document = json.loads((folder / "run.json").read_text())
    rows = {row["id"]: row for row in document["experiments"]}
    chosen = experiments.chosen(names or rows)
    for experiment in chosen:
        if experiment.ID not in rows:
            raise WrongUsage(
                f"{experiment.ID} is not part of the newest run, {folder.name}",
                f"./escala run {experiment.ID}",
            )
    unknown = [each for each in chosen if rows[each.ID]["verdict"] == "unknown"]
    if not unknown:
        console.say(f"nothing that was asked for is unknown in {folder.name}")
        return {"folder": str(folder), "report": str(report.write(folder)), **document}
    if other := _other_version(document):
        raise WrongUsage(
            f"{folder.name} was measured with {other}",
            f"./escala run {' '.join(each.ID for each in unknown)}",
        )
    document.setdefault("before", [])
    return run.measure(folder, document, unknown)


def _other_version(document: dict[str, Any]) -> str:
    """In words the version that a run was made with; empty when it is that of this tree now."""
    if machine.fingerprint()["commit"] != document["commit"]:
        return f"commit {document['commit']}, not with this one"
    if document.get("changes_hash") != provenance.changes_hash():
        return "other local changes than there are now (./escala report --diff prints them)"
    return ""
