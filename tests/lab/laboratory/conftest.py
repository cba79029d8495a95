"""Runs made of made-up records."""

import json

import pytest

from lab.experiments.shared import protocol
from lab.laboratory import results


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """run_of({experiment: records}) makes a run's folder of them."""

    def make(found, **values):
        run = {"seed": 7, "quick": True, "proving": False, "commit": None}
        run |= {"machine": {"processor": "a processor"}, "versions": {"Python": "3.13.0"}}
        rows = [
            results.Result(experiment, raw, results.judge(experiment, raw), 90.4).as_document()
            for experiment, raw in found.items()
        ]
        (tmp_path / "run.json").write_text(json.dumps(run | {"experiments": rows} | values))
        for experiment in found:
            (tmp_path / f"{protocol.name(experiment)}.jsonl").touch()
        by_name = {
            f"{protocol.name(experiment)}.jsonl": records for experiment, records in found.items()
        }
        monkeypatch.setattr(results.records, "read", lambda path: by_name[path.name])
        return tmp_path

    return make
