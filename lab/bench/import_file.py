"""The file of new products that the benchmarks import."""

import csv
import io

COLUMNS = ("sku", "name", "category", "price", "stock", "description")


def text(prefix: str, count: int) -> str:
    """A CSV file with so many products; the prefix makes their SKUs new ones."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(COLUMNS)
    table.writerows(product(prefix, number) for number in range(count))
    return file.getvalue()


def product(prefix: str, number: int) -> tuple:
    """One row of the file."""
    return (
        f"{prefix}-{number}",
        f"Thing {number}",
        f"Category {number % 40}",
        "12.50",
        number % 500 + 1,
        "Made for measuring; it was never on sale",
    )
