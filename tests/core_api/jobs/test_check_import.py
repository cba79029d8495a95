"""Checking a file before it is imported: the same verdicts as the import's, and nothing written."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core_api.catalog.models import Category, Product
from lab.bench.growth_tasks import copy_again
from tests.core_api.jobs.conftest import HEADER
from tests.support.races import needs_postgres

ROWS = "A,Tea,Tea,1.50,5,\nB,Tea,Tea,abc,5,\nC,,Tea,1.50,-1,\n"


@pytest.fixture
def file(tmp_path):
    def make(text):
        path = tmp_path / "products.csv"
        path.write_text(text)
        return str(path)

    return make


def test_it_rejects_what_the_import_rejects_and_writes_nothing(db, file, upload, run, capsys):
    call_command("check_import", file(HEADER + ROWS), json=True)

    told = json.loads(capsys.readouterr().out)
    assert not Product.objects.exists() and not Category.objects.exists()
    assert (told["rows"], told["rejected"]) == (3, run(upload(ROWS)).result["rows"])
    assert [row["line"] for row in told["rejected"]] == [3, 4]


def test_it_names_each_fault_and_ends_with_1(file, capsys):
    with pytest.raises(CommandError, match="2 of 3 rows would be rejected") as failed:
        call_command("check_import", file(HEADER + ROWS))

    assert failed.value.returncode == 1
    assert "line 3, price: A valid number is required." in capsys.readouterr().out


def test_a_right_file_is_called_right(file, capsys):
    call_command(
        "check_import", file(f"{HEADER}A,Tea,Tea,1,1,\n"), skip_checks=False
    )  # as manage.py does

    assert "1 rows, all of them right" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "sku,name\nA,Tea\n"])
def test_a_file_that_is_no_import_is_refused_with_the_reason(file, text):
    with pytest.raises(
        CommandError, match="can't be imported: (There are no rows|Line 1: wrong header)"
    ):
        call_command("check_import", file(text))


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(CommandError, match="nowhere.csv can't be imported"):
        call_command("check_import", "nowhere.csv")


@needs_postgres
def test_the_benchmark_copies_what_an_import_wrote_into_tables_like_the_shops(db, upload, run):
    run(upload("GROWN-1,Tea,Tea,1,3,\nGROWN-2,Tea,Tea,1,0,\nOTHER,Tea,Tea,1,1,\n"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    copied, _ = copy_again(connection.connection, "GROWN-%")

    assert copied == 3  # two products and one movement
