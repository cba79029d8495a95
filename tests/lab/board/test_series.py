"""What a card counts."""

import asyncio
from types import SimpleNamespace

import pytest

from lab.board import series
from lab.board.series import COUNTED, Series
from lab.errors import Failure

KNOWN = {"acknowledged": 7, "lost": 1, "doubled": 2}
SILENT = KNOWN | {"lost": None, "doubled": None}  # what a silent database would have to tell


def numbers(*truths):
    """What a card counts when the truth line says this, one after the other; then the last."""
    left = list(truths)
    ledger = SimpleNamespace(truth=lambda: left.pop(0) if len(left) > 1 else left[0])
    return asyncio.run(Series(None, None, None, None, ledger)._orders())


def test_a_card_counts_orders_only_when_both_databases_tell_them():
    assert tuple(KNOWN) == COUNTED
    assert numbers(SILENT, SILENT, KNOWN | {"travelling": 3}) == KNOWN


def test_a_card_whose_database_stays_silent_fails(monkeypatch):
    monkeypatch.setattr(series, "ANSWERS", 0.5)

    with pytest.raises(Failure, match="has not answered"):
        numbers(SILENT)
