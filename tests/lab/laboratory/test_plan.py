"""What `./escala plan` says of made-up measurements: yes, no, not decided, and not known."""

import json

import pytest

from lab.analysis import waiting
from lab.analysis.needs import Load
from lab.errors import WrongUsage
from lab.laboratory import plan
from lab.laboratory.plan import Plan
from lab.stack import machine
from lab.stack.home import Home
from tests.support import costs
from tests.support.command import in_one_line

MIX = {"reads": 0.95, "orders": 0.04, "reports": 0.01}
# A request of the mix takes 7.585 ms, and 0.08 processors are used without any. Reads take 4.5 ms,
# orders 17 and reports 263. Eight instances have room for 198 requests that wait for 2 processors.
LONGER = (1 + (0.95 * 4.5**2 + 0.04 * 17**2 + 0.01 * 263**2) / 7.585**2) / 2
CARRIED = (2 * waiting.usable(2, 1, 1e9, 198 / LONGER) - 0.08) / 0.007585


@pytest.fixture
def planned(tmp_path):
    """A function that plans a load by a made-up measurement."""

    def make(rate, p95=300, **how):
        return Plan(costs.write(tmp_path / "plan.jsonl", **how), Load(rate, MIX, p95))

    return make


@pytest.mark.parametrize(
    ("share", "fits", "headline"),
    [
        (0.7, "true", "yes: the machine carries about"),
        (1.5, "false", "no: the machine carries about"),
        (0.99, "unknown", "not decided: the machine carries about"),
        (1.05, "unknown", "not decided"),
        (100, "false", "no: "),
    ],
)
def test_the_answer_is_yes_no_or_not_decided(planned, share, fits, headline):
    found = planned(share * CARRIED)

    assert (found.fits, found.doubts) == (fits, [])
    assert found.headline().startswith(headline)
    assert found.needs.limit.value == pytest.approx(CARRIED)
    assert bool(found.as_document()["because"]) == (fits != "true")


@pytest.mark.parametrize(
    ("how", "why", "next_step"),
    [
        ({"differ": 0.5}, "interval of the processors is", "./escala plan --again"),
        ({"differ": 0.5, "quick": True}, "at most 25 %", "--again, without --quick"),
        ({"others": {"share": 40, "contended": 38, "programs": {"chrome": 21}}}, "chrome 21 %", ""),
        ({"failed": 5}, "requests failed", "./escala plan --again"),
        ({"turns": 1}, "interval of the processors is", "./escala plan --again"),
    ],
)
def test_a_measurement_that_says_nothing_is_refused_with_the_reason(planned, how, why, next_step):
    found = planned(10, **how)

    assert found.fits == "unknown" and found.headline() == "not known, because:"
    assert why in found.as_text().replace("\n    ", " ")
    assert next_step in found.as_document()["because"][0]
    assert "busy processors" not in found.as_text()  # no figure that could be believed


def test_an_objective_that_one_request_alone_misses_is_a_no_with_a_next_step(planned):
    found = planned(10, p95=9)

    assert found.fits == "false" and "p95 of 10 ms; choose another --p95" in found.headline()
    document = json.dumps(found.as_document(), allow_nan=False)
    assert json.loads(document)["processors"]["value"] is None


@pytest.mark.parametrize("rate", [0.001, 100, 2000, 100_000])
def test_the_text_fits_80_columns_and_names_the_bottleneck(planned, rate):
    text = planned(rate).as_text()

    assert max(map(len, text.splitlines())) <= 80
    said = in_one_line(text)
    assert "; the bottleneck is the processors" in said
    # 4 x 0.8 / 0.01 / 0.25 s = 1280
    assert "the next limit is that of worker: 1,280 requests/s" in said
    assert plan.LIMIT in text


@pytest.mark.parametrize(
    ("now", "note"),
    [
        ("411042b", ""),
        (None, ""),
        ("a0b1c2d", " this is commit a0b1c2d: a request may"),
        ("411042b-dirty", " this is commit 411042b-dirty: a request may"),
    ],
)
def test_a_measurement_of_another_commit_is_said(planned, monkeypatch, now, note):
    monkeypatch.setattr(machine, "commit", lambda: now)

    said = in_one_line(planned(100).as_text())

    measured = "measured 2026-11-27 10:31 with commit 411042b; ./escala plan --again measures again"
    _, last = said.split(measured)
    assert last.startswith(note) and bool(last) == bool(note)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A function that puts a made-up measurement into a home's results; `.home` is the home."""
    monkeypatch.delenv("ESCALA_HOME", raising=False)

    def put(name, **how):
        folder = tmp_path / "home" / "results" / name
        folder.mkdir(parents=True)
        return costs.write(folder / plan.RAW, **{"cores": machine.cores(), **how})

    put.home = Home(tmp_path / "home", 9000)
    return put


def test_the_newest_finished_measurement_of_this_machine_is_used(results):
    assert plan.newest(results.home) is None
    old = results("2026-11-27-103100")
    new = results("2026-11-27-103200")
    results("2026-11-27-103300", finished=False)
    results("2026-11-27-103400", cores=machine.cores() + 1)
    results("2026-11-27-103500").write_text('{"record": "header"}\nrubbish\n')

    assert plan.newest(results.home) == new
    new.unlink()
    assert plan.newest(results.home) == old


@pytest.mark.parametrize(
    "text",
    ["", "rubbish", "[1]\n", "{}\n", '{"experiment": "plan"}\n', '{"experiment": "1a"}\n'],
)
def test_a_file_that_is_no_measurement_is_refused(tmp_path, text):
    path = tmp_path / "plan.jsonl"
    path.write_text(text)

    for wrong in (path, tmp_path, tmp_path / "missing"):
        with pytest.raises(WrongUsage, match="is no finished measurement"):
            plan.read(wrong)


def test_each_record_that_is_missing_makes_the_file_useless_and_never_a_traceback(tmp_path):
    lines = costs.write(tmp_path / "whole").read_text().splitlines(keepends=True)
    path = tmp_path / "cut"

    for cut in (0, 1, 2, len(lines) // 2, len(lines) - 1):
        path.write_text("".join(lines[:cut] + lines[cut + 1 :]))
        try:
            plan.read(path)
        except WrongUsage:
            continue
