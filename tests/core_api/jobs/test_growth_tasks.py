"""What `./escala bench --growth` measures of an import: the validation alone, and a COPY."""

import pytest
from django.core.management import call_command
from django.db import connection

from core_api.catalog.models import Product
from lab.bench.growth_tasks import VALIDATION, copy_again
from tests.core_api.jobs.conftest import HEADER
from tests.support.races import needs_postgres


@pytest.fixture
def validate(tmp_path):
    def run(rows):
        path = tmp_path / "products.csv"
        path.write_text(HEADER + rows)
        call_command("shell", no_imports=True, command=VALIDATION.format(path=str(path)))

    return run


def test_the_validation_of_a_right_file_is_timed_and_writes_nothing(db, validate, capsys):
    validate("A,Tea,Tea,1.50,5,\n" * 700)

    assert 0 < float(capsys.readouterr().out) < 60
    assert not Product.objects.exists()


def test_a_rejected_row_ends_the_measurement(validate):
    with pytest.raises(AssertionError):
        validate("A,Tea,Tea,1.50,5,\n" * 700 + "B,Tea,Tea,abc,5,\n")


@needs_postgres
def test_the_benchmark_copies_what_an_import_wrote_into_tables_like_the_shops(db, upload, run):
    run(upload("GROWN-1,Tea,Tea,1,3,\nGROWN-2,Tea,Tea,1,0,\nOTHER,Tea,Tea,1,1,\n"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    copied, _ = copy_again(connection.connection, "GROWN-%")

    assert copied == 3  # two products and one movement
