import json
import time
from itertools import islice

from django.core.management.base import BaseCommand, CommandError

from core_api.jobs.csv_import import BATCH, check, read
from core_api.jobs.services import JobRefused


class Command(BaseCommand):
    help = (
        "Lists the rows that an import would reject; writes nothing. Exit code 1 if there are any."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="a CSV file, as for POST /api/imports/")
        parser.add_argument(
            "--json", action="store_true", help="{rows, rejected, seconds} on one line"
        )

    def handle(self, *, file, **options):
        started = time.monotonic()
        try:
            with open(file, "rb", buffering=0) as raw:
                count, rejected = self.verdict(raw)
        except (OSError, JobRefused) as error:
            raise CommandError(f"{file} can't be imported: {error}") from error
        seconds = round(time.monotonic() - started, 3)
        if options["json"]:
            self.stdout.write(json.dumps({"rows": count, "rejected": rejected, "seconds": seconds}))
            return
        for fault in rejected:
            self.stdout.write(f"line {fault['line']}, {fault['column']}: {fault['reason']}")
        if rejected:
            raise CommandError(
                f"{len(rejected):,} of {count:,} rows would be rejected.", returncode=1
            )
        self.stdout.write(f"{count:,} rows, all of them right; checked in {seconds:.1f} s.")

    def verdict(self, raw):
        """(number of rows, rejected rows), read in the batches of an import."""
        columns, rows = read(raw)
        count, rejected = 0, []
        while batch := list(islice(rows, BATCH)):
            count += len(batch)
            rejected += check(batch, columns)[1]
        return count, rejected
