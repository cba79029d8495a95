"""`./escala error-rates`: measures how often the laboratory itself is wrong, part by part.

Each part adds lines to one file as soon as it knows them, so that parts can be measured on
different days and interrupted at any time. lab/analysis/error_rates.py counts the lines, and
error_rates_page.py writes docs/error-rates.md from them.
"""

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab import console, experiments
from lab.analysis import disturbance, error_rates, records
from lab.analysis.error_rates import DEARER, SLOWER, Line
from lab.errors import Failure
from lab.experiments import e0c_control
from lab.experiments.shared import processor_time
from lab.laboratory import burner, results, run
from lab.laboratory.laboratory import Laboratory, laboratory
from lab.stack import machine
from lab.stack.home import Home
from lab.workload import load

# A round is one phase of each side, with the same arrivals. An instance is busy for less than half
# of the time, so that most requests do not wait and their median says how long one takes. Six
# rounds of 0.3 s were too few: of 100 planted latencies 28 were found, of the dearer sides 77.
ROUNDS, RATE, LENGTH = 12, 20, 0.5  # RATE: requests/s, LENGTH: seconds
# Milliseconds that a request computes. The rest of it takes 2 ms, so the totals 20, 24 and 21 are
# in the ratio 1, 1.2 and 1.05.
BASE = 18
EFFECTS = {SLOWER: 22, DEARER: 19}
PARTS = {"same": {"equal": BASE}, "planted": EFFECTS}  # the sides that are compared with BASE


def path(home: Home) -> Path:
    """The file of all that was measured; without it everything begins anew."""
    return home.folder / "results" / "error-rates.jsonl"


def lines(home: Home) -> list[Line]:
    """What was measured until now; a Failure when the file is damaged."""
    if not path(home).exists():
        return []
    try:
        return [json.loads(line) for line in path(home).read_text().splitlines()]
    except ValueError as error:
        raise Failure(
            f"{path(home)} is damaged: {error}", "move it away, and measure again"
        ) from None


def compare_sides(home: Home, part: str, number: int) -> None:
    """Compares so many pairs of sides: equal ones (`same`), or those with an effect (`planted`).

    A comparison that neighbours disturb is marked, because an experiment would be unknown then.
    """
    add, before = _writer(home, part=part), len(lines(home))
    with laboratory(quick=True, seed=1) as lab:
        for turn in range(number):
            lab.begin(e0c_control, records.Writer(io.StringIO(), experiment="0c"))
            if not turn:
                lab.configure(replicas=1, CACHE="off")
                _measure_rounds(lab, PARTS[part], "warm-up")
            for line in _measure_rounds(lab, PARTS[part], f"{before}/{turn}"):
                add(line)
            if (turn + 1) % 10 == 0:
                console.say(f"  {turn + 1} of {number} compared")


def _measure_rounds(lab: Laboratory, others: dict[str, int], draw: str) -> list[Line]:
    """One comparison for each of `others`, all with the same first side."""
    sides = {"first": BASE} | others
    phases: dict[str, list[records.Phase]] = {side: [] for side in sides}
    spent: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(ROUNDS):
        for side in processor_time.rotated(sides, number):
            phase, seconds = processor_time.measure(
                lab,
                load.get(f"/api/lab/compute/?ms={sides[side]}", "compute"),
                rate=RATE,
                seconds=LENGTH,
                warmup=0,
                draw=f"{draw}/{number}",
                side=side,
            )
            phases[side].append(phase)
            spent[side].append(seconds)
    found = []
    for side in others:
        changes = error_rates.changes(phases["first"], phases[side], (spent["first"], spent[side]))
        disturbed = [*phases["first"], *phases[side]]
        found.append(
            {
                "effect": side,
                "changes": changes,
                "found": {name: error_rates.is_found(name, each) for name, each in changes.items()},
                "disturbed": any(disturbance.is_disturbed(phase.others) for phase in disturbed),
            }
        )
    return found


def run_beside_burner(home: Home, names: list[str], burn: int, *, proving: bool) -> None:
    """Runs these experiments (--quick) beside a program that burns so many percent of a processor.

    Their raw records stay in a folder of the results, to see why one came out as it did.
    """
    chosen, add = experiments.chosen(names), _writer(home, part="burner")
    folder = results.new_folder(home)
    console.say(f"raw records: {folder}")
    with (
        burner.burning(burn) as neighbour,
        laboratory(quick=True, seed=len(lines(home)) + 1, proving=proving) as lab,
    ):
        for experiment in chosen:
            row = run.run_experiment(lab, experiment, folder)
            if not neighbour.is_running():
                raise Failure("the program that burns has ended", "./escala error-rates again")
            console.say(f"  {row['id']}: {row['verdict']} ({row['seconds']:.0f} s)")
            kept = {name: row[name] for name in ("verdict", "because", "seconds")}
            taken = {"experiment": row["id"], "taken": row["others"]["median"]}
            add({"burn": burn, "proving": proving} | taken | kept)


def _writer(home: Home, **values: Any) -> Callable[[Line], None]:
    """A function that adds a line to the file, with when and where it was measured."""
    found = machine.fingerprint(servers=False)
    where = f"{found['machine']['processor']}, {found['machine']['cores']} cores"
    values |= {"commit": found["commit"], "machine": where}

    def add(line: Line) -> None:
        today = datetime.date.today().isoformat()
        with open(path(home), "a") as file:
            file.write(json.dumps(values | {"when": today} | line) + "\n")

    path(home).parent.mkdir(parents=True, exist_ok=True)
    return add
