"""Each uploaded row is imported, or refused with its line, column and reason."""

import pytest

from core_api.catalog.models import Category, Product
from core_api.jobs.models import Job

pytestmark = pytest.mark.django_db

GOOD = "TEA-1,Green tea,Tea,12.50,7,Leaves"
HEADER = "sku,name,category,price,stock,description"
LONG = "x" * 200_000  # Python's csv module refuses cells of more than 131,072 characters

BAD_FILES = {
    "empty file": (b"", "no rows"),
    "only line ends": (b"\n\r\n\n", "no rows"),
    "only a header": (HEADER.encode(), "no rows"),
    "only commas": (b",,,,\n,,,,\n", "no rows"),
    "a header above commas": (f"{HEADER}\n,,,,,\n".encode(), "no rows"),
    "only signs that cannot be seen": ("\u200b,\u00a0\n\ufeff\n".encode(), "no rows"),
    "commas and a wrong header": (b",,,\nsku;name\nA;B", "Line 2: wrong header"),
    "only a byte order mark": (b"\xef\xbb\xbf", "no rows"),
    "no header": (GOOD.encode(), "Line 1: wrong header"),
    "a column missing": (b"sku,name,category,price\nA,B,C,1", "missing: stock"),
    "a column twice": (b"sku,name,category,price,stock,sku\nA,B,C,1,1,A", "repeated: sku"),
    "500,000 columns": (b"sku," * 500_000, "repeated: sku"),
    "an unknown column": (f"{HEADER},colour\n{GOOD},red".encode(), "unknown: colour"),
    "an unnamed column": (f"{HEADER},\n{GOOD},".encode(), "unknown: a column without a name"),
    "a column name with a NUL": (f"{HEADER},a\0b\n{GOOD},x".encode(), "unknown: a\\x00b"),
    "capital letters in the header": (f"{HEADER.upper()}\n{GOOD}".encode(), "missing: sku, name"),
    "semicolons": (b"sku;name;category;price;stock\nA;B;C;1;1", "Expected header"),
    "header after blank lines": (b"\n\nsku;name\nA;B", "Line 3: wrong header"),
    "cp1251": (
        f"{HEADER}\n{GOOD}\n".encode() + "A,Чай,Чай,1,1,".encode("cp1251"),
        "Line 3: not UTF-8",
    ),
    "latin-1 after a quoted line end": (
        f'{HEADER}\nA,"two\nlines",T,1,1,\nB,'.encode() + b"\xe9,",
        "Line 4: not UTF-8",
    ),
    "UTF-16": (f"{HEADER}\n{GOOD}".encode("utf-16"), "Line 1: not UTF-8"),
    "a lone surrogate": (
        f"{HEADER}\nA,\ud800,T,1,1,".encode(errors="surrogatepass"),
        "Line 2: not UTF-8",
    ),
    "half a character at the end": (
        f"{HEADER}\n{GOOD}".encode() + b"\xe2\x82",
        "Line 2: not UTF-8",
    ),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xe9\xff\n", "not UTF-8"),
    "a program": (b"\x7fELF\x02\x01\x01\x00\x00\n", "wrong header"),
    "an open quote": (
        f'{HEADER}\n{GOOD}\nA,"never closed,T,1,1,\nB,x,T,1,1,\n'.encode(),
        "Line 3: not valid CSV",
    ),
    "a quote inside a cell": (f'{HEADER}\nA,"a"b,T,1,1,'.encode(), "Line 2: not valid CSV"),
    "an open quote above 200 KB": (
        f'{HEADER}\n{GOOD}\nA,"never closed,T,1,1,\n{LONG}\n{GOOD}\n'.encode(),
        "Line 3: not valid CSV (unexpected end of data). Is a quote left open",
    ),
    "a column name of 200 KB": (f"{HEADER},{'x' * 200_000}\n{GOOD},".encode(), "unknown: xxx"),
}

BAD_ROWS = {
    "price is a word": ("A,Tea,T,abc,1,", "price", "A valid number is required."),
    "price is empty": ("A,Tea,T,,1,", "price", "A valid number is required."),
    "price below zero": ("A,Tea,T,-1,1,", "price", "greater than or equal to 0"),
    "price with three decimals": ("A,Tea,T,1.001,1,", "price", "no more than 2 decimal places"),
    "price is not a number": ("A,Tea,T,NaN,1,", "price", "A valid number is required."),
    "price beyond all numbers": ("A,Tea,T,1e400,1,", "price", "no more than 10 digits"),
    "price without end": ("A,Tea,T,Infinity,1,", "price", "A valid number is required."),
    "price of 1001 digits": (f"A,Tea,T,{'9' * 1001},1,", "price", "String value too large."),
    "price with a comma": ('A,Tea,T,"1,50",1,', "price", "A valid number is required."),
    "price with an underscore": ("A,Tea,T,12_50,1,", "price", "A valid number is required."),
    "price without a digit after the point": ("A,Tea,T,1.,1,", "price", "A valid number"),
    "price without a digit before the point": ("A,Tea,T,.5,1,", "price", "A valid number"),
    "price with a currency": ("A,Tea,T,5 €,1,", "price", "A valid number is required."),
    "stock with an underscore": ("A,Tea,T,1,1_000,", "stock", "A valid integer is required."),
    "a German thousand in stock": ("A,Tea,T,1,1.000,", "stock", "A valid integer is required."),
    "an English thousand in stock": ('A,Tea,T,1,"1,000",', "stock", "A valid integer"),
    "stock in another base": ("A,Tea,T,1,0x10,", "stock", "A valid integer is required."),
    "stock below zero": ("A,Tea,T,1,-1,", "stock", "greater than or equal to 0"),
    "half a piece in stock": ("A,Tea,T,1,1.5,", "stock", "A valid integer is required."),
    "stock of 2^31": ("A,Tea,T,1,2147483648,", "stock", "less than or equal to 2000000000"),
    "stock is empty": ("A,Tea,T,1,,", "stock", "A valid integer is required."),
    "stock of 5,000 digits": (f"A,Tea,T,1,{'9' * 5000},", "stock", "String value too large."),
    "stock with an exponent": ("A,Tea,T,1,1e3,", "stock", "A valid integer is required."),
    "sku is empty": (",Tea,T,1,1,", "sku", "may not be blank"),
    "sku with a slash": ("A/B,Tea,T,1,1,", "sku", "Only letters, digits"),
    "sku of 41 letters": (f"{'A' * 41},Tea,T,1,1,", "sku", "no more than 40 characters"),
    "sku of dots": ("..,Tea,T,1,1,", "sku", "part of a URL"),
    "sku that is an address": ("best-sellers,Tea,T,1,1,", "sku", "part of a URL"),
    "name is empty": ("A,,T,1,1,", "name", "may not be blank"),
    "name of 201 letters": (f"A,{'x' * 201},T,1,1,", "name", "no more than 200 characters"),
    "name with a NUL": ("A,T\0ea,T,1,1,", "name", "Null characters are not allowed"),
    "name of two lines": ('A,"Green\ntea",T,1,1,', "name", "One line of text"),
    "name with a tab": ("A,Green\ttea,T,1,1,", "name", "One line of text"),
    "category is empty": ("A,Tea,,1,1,", "category", "may not be blank"),
    "category of 101 letters": (
        f"A,Tea,{'x' * 101},1,1,",
        "category",
        "no more than 100 characters",
    ),
    "category of two lines": ('A,Tea,"T\nU",1,1,', "category", "One line of text"),
    "category with a NUL": ("A,Tea,T\0,1,1,", "category", "Null characters are not allowed"),
    "description with a NUL": (
        "A,Tea,T,1,1,a\0b",
        "description",
        "Null characters are not allowed",
    ),
    "description of 5001 letters": (
        f"A,Tea,T,1,1,{'x' * 5001}",
        "description",
        "no more than 5000",
    ),
    "sku of 200 KB": (f"{LONG},Tea,T,1,1,", "sku", "no more than 40 characters"),
    "name of 200 KB": (f"A,{LONG},T,1,1,", "name", "no more than 200 characters"),
    "category of 200 KB": (f"A,Tea,{LONG},1,1,", "category", "no more than 100 characters"),
    "price of 200 KB": (f"A,Tea,T,{LONG},1,", "price", "A valid number is required."),
    "stock of 200 KB": (f"A,Tea,T,1,{'9' * 200_000},", "stock", "String value too large."),
    "quoted description of 200 KB": (f'A,Tea,T,1,1,"{LONG}"', "description", "no more than 5000"),
    "description of 1 MB": (f"A,Tea,T,1,1,{LONG * 5}", "description", "no more than 5000"),
    "a short row": ("A,Tea,T,1", "stock", "The row has 4 cells, the header 6."),
    "a long row": ("A,Tea,T,1,1,leaves, green", "row", "The row has 7 cells, the header 6."),
    "a word alone": ("hello", "name", "The row has 1 cells"),
    "two bad cells": (
        "A,Tea,T,abc,def,",
        "price",
        "A valid number is required. stock: A valid integer",
    ),
}

GOOD_FILES = {
    "byte order mark": b"\xef\xbb\xbf" + f"{HEADER}\n{GOOD}".encode(),
    "line ends of Windows": f"{HEADER}\r\n{GOOD}\r\n".encode(),
    "line ends of old Macs": f"{HEADER}\r{GOOD}\r".encode(),
    "blank lines": f"\n{HEADER}\n\n{GOOD}\n\n".encode(),
    "columns in another order": b"stock,price,category,name,sku,description\n"
    b"7,12.50,Tea,Green tea,TEA-1,Leaves",
    "rows of commas": f'{HEADER}\n{GOOD}\n{"," * 5}\n{"," * 9}\n , ,\u00a0,,\n"",\u200b\n'.encode(),
    "rows of commas above": f",,,,,\n{HEADER}\n,,,,,\n{GOOD}\n".encode(),
    "blanks in the header": f"{HEADER.replace(',', ' , ')}\n{GOOD}".encode(),
    "other blanks in the header": "\t{}\n{}".format(
        HEADER.replace(",", "\u00a0,\u200b"), GOOD
    ).encode(),
    "two byte order marks": f"\ufeff\ufeff{HEADER}\n{GOOD}".encode(),
    "all cells quoted": b'"sku","name","category","price","stock","description"\n'
    b'"TEA-1","Green tea","Tea","12.50","7","Leaves"',
    "spaces around": f"{HEADER}\n TEA-1 , Green tea , Tea , 12.50 , 7 , Leaves ".encode(),
}


@pytest.mark.parametrize(("content", "error"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_fails_with_a_reason_and_changes_nothing(upload, run, content, error):
    job = run(upload(content))

    assert job.state == Job.State.FAILED
    assert error in job.error
    assert "Traceback" not in job.error
    assert not Product.objects.exists()
    assert not Category.objects.exists()


@pytest.mark.parametrize(("row", "column", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_reported_and_its_neighbours_go_in(upload, run, row, column, reason):
    job = run(upload(f"{GOOD}\n{row}\nTEA-2,Black tea,Tea,9,1,\n"))

    assert job.state == Job.State.DONE, job.error
    assert (job.result["imported"], job.result["rejected"]) == (2, 1)
    [rejected] = job.result["rows"]
    assert (rejected["line"], rejected["column"]) == (3, column)
    assert reason in rejected["reason"]
    assert set(Product.objects.values_list("sku", flat=True)) == {"TEA-1", "TEA-2"}


@pytest.mark.parametrize("content", GOOD_FILES.values(), ids=GOOD_FILES)
def test_a_good_file_goes_in_however_it_was_written(upload, run, content):
    job = run(upload(content))

    assert (job.state, job.error) == (Job.State.DONE, "")
    assert job.result == {"imported": 1, "rejected": 0, "rows": []}
    product = Product.objects.select_related("category").get()
    values = (product.sku, product.name, product.category.name, str(product.price), product.stock)
    assert values == ("TEA-1", "Green tea", "Tea", "12.50", 7)
    assert product.description == "Leaves"


def test_a_line_is_that_of_the_file_whatever_lies_above_it(upload, run):
    job = run(upload('A,Tea,T,1,1,"of\ntwo lines"\n\nB,Tea,T,1,wrong,\n'))

    assert job.result["rows"] == [
        {"line": 5, "column": "stock", "reason": "A valid integer is required."}
    ]


def test_a_thousand_rows_of_commas_are_no_rows_and_hide_no_reason(upload, run):
    job = run(upload(f"{',' * 5}\n" * 1000 + f"A,Tea,T,1,wrong,\n{GOOD}"))

    assert (job.result["imported"], job.result["rejected"]) == (1, 1)
    assert job.result["rows"][0]["line"] == 1002


def test_letters_of_all_scripts_survive_the_border_of_two_chunks(upload, run):
    rows = [f"A-{number},Чай № {number} 茶🍵,Чай,1,1,{'ж' * number}\n" for number in range(600)]

    job = run(upload("".join(rows)))

    assert job.chunks.count() > 3
    assert job.result["imported"] == 600
    assert Product.objects.get(sku="A-599").description == "ж" * 599
    assert Product.objects.get(sku="A-300").name == "Чай № 300 茶🍵"
