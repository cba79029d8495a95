"""An import writes the file's products once, and a movement for every change of stock."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum

from core_api.catalog.models import Category, Product, StockMovement
from core_api.jobs import csv_import, services, tasks
from core_api.jobs.models import Job
from core_api.orders.services import place_order

pytestmark = pytest.mark.django_db


def test_ten_thousand_rows_with_twenty_five_bad_ones(upload, run):
    bad = {400 * number: f"BAD-{number},Tea,Tea,abc,1,\n" for number in range(1, 26)}
    rows = [
        bad.get(number, f"S-{number},Tea {number},Tea,1.50,{number},\n")
        for number in range(1, 10_001)
    ]

    job = run(upload("".join(rows)))

    assert (job.state, job.progress) == (Job.State.DONE, 100)
    assert (job.result["imported"], job.result["rejected"]) == (9_975, 25)
    assert job.result["rows"] == [
        {"line": number + 1, "column": "price", "reason": "A valid number is required."}
        for number in bad
    ]
    assert Product.objects.count() == 9_975
    assert every_stock_is_the_sum_of_its_movements()


def test_all_rejected_rows_are_counted_and_a_thousand_listed(upload, run):
    job = run(upload("A,Tea,Tea,abc,1,\n" * 1_200))

    assert job.state == Job.State.DONE
    assert (job.result["imported"], job.result["rejected"]) == (0, 1_200)
    assert [row["line"] for row in job.result["rows"]] == list(range(2, 1_002))


def test_a_known_product_is_changed_and_its_stock_counted(upload, run, make_product):
    make_product(sku="TEA-1", stock=10, price="12.50", description="Old leaves")

    run(upload("TEA-1,Fresh tea,Tea,13.00,4,New leaves\n"))

    product = Product.objects.get()
    assert (product.name, str(product.price), product.stock) == ("Fresh tea", "13.00", 4)
    assert product.description == "New leaves"
    movements = StockMovement.objects.order_by("id").values_list("delta", "reason")
    assert list(movements) == [(10, "initial"), (-6, "import")]


def test_a_new_product_starts_with_its_first_movement(upload, run):
    run(upload("TEA-1,Tea,Tea,1,4,\nTEA-2,Tea,Tea,1,0,\n"))

    assert list(StockMovement.objects.values_list("product__sku", "delta", "reason")) == [
        ("TEA-1", 4, "initial")
    ]


def test_the_last_row_of_a_product_counts_wherever_it_stands(upload, run):
    filler = "".join(f"S-{number},Tea,Tea,1,1,\n" for number in range(csv_import.BATCH))

    job = run(
        upload(
            f"A,First,Tea,1,1,\nA,Second,Tea,2,2,\n{filler}A,Third,Tea,3,3,\nB,First,Tea,1,9,\nB,Last,Tea,4,4,\n"
        )
    )

    assert job.result["imported"] == csv_import.BATCH + 5
    assert list(Product.objects.filter(sku__in="AB").values_list("name", "stock")) == [
        ("Third", 3),
        ("Last", 4),
    ]
    assert every_stock_is_the_sum_of_its_movements()


def test_a_file_without_descriptions_leaves_them_alone(upload, run, make_product):
    make_product(sku="TEA-1", description="Leaves")

    run(upload("TEA-1,Tea,Tea,1,1\nTEA-2,Tea,Tea,1,1\n", header="sku,name,category,price,stock\n"))

    assert list(Product.objects.values_list("sku", "description")) == [
        ("TEA-1", "Leaves"),
        ("TEA-2", ""),
    ]


def test_an_import_does_not_put_a_withdrawn_product_on_sale(upload, run, make_product):
    make_product(sku="TEA-1", active=False)

    run(upload("TEA-1,Tea,Tea,1,1,\n"))

    assert not Product.objects.get().active


def test_a_new_category_gets_a_slug_of_its_own(upload, run, make_product):
    make_product(sku="TEA-0", category="tea")

    run(upload("A,x,Tea,1,1,\nB,x,tea!,1,1,\nC,x,Tea?,1,1,\nD,x,Чай,1,1,\nE,x,茶,1,1,\n"))

    slugs = dict(Category.objects.values_list("name", "slug"))
    assert slugs["Tea"] == "tea"
    assert {slugs["tea!"], slugs["Tea?"]} == {"tea-2", "tea-3"}
    assert {slugs["Чай"], slugs["茶"]} == {"category", "category-2"}


def test_imports_create_rows_in_sorted_order_so_that_two_never_deadlock(upload, run):
    run(upload("".join(f"S-{number},Tea,Category {number},1,1,\n" for number in (5, 1, 4, 2, 3))))

    skus = Product.objects.order_by("pk").values_list("sku", flat=True)
    names = Category.objects.order_by("pk").values_list("name", flat=True)
    assert list(skus) == [f"S-{number}" for number in range(1, 6)]
    assert list(names) == [f"Category {number}" for number in range(1, 6)]


def test_imported_products_are_seen_by_the_next_reader(
    upload, run, make_product, anonymous_api, django_capture_on_commit_callbacks
):
    make_product(sku="TEA-1", price="12.50")
    before = [anonymous_api.get(f"/api/products/{page}").json() for page in ("TEA-1/", "")]

    with django_capture_on_commit_callbacks(execute=True):
        run(upload("TEA-1,Tea,Tea,99.00,1,\n"))

    after = [anonymous_api.get(f"/api/products/{page}").json() for page in ("TEA-1/", "")]
    assert (before[0]["price"], after[0]["price"]) == ("12.50", "99.00")
    assert (before[1]["results"][0]["price"], after[1]["results"][0]["price"]) == ("12.50", "99.00")


def test_formulas_are_stored_as_they_are(upload, run):
    run(upload("A,=cmd(),+Tea,1,1,@x\n"))

    product = Product.objects.get()
    assert (product.name, product.category.name, product.description) == ("=cmd()", "+Tea", "@x")


def test_the_same_file_again_leaves_the_same_catalogue(upload, run):
    rows = "A,Tea,Tea,1,5,\nB,Cup,Cups,2,7,leaves\nA,Better tea,Tea,3,6,\n"

    tables = []
    for _ in range(2):
        run(upload(rows))
        tables.append(
            list(Product.objects.order_by("sku").values_list("sku", "name", "price", "stock"))
        )

    assert tables[0] == tables[1]
    assert [row[1] for row in tables[0]] == ["Better tea", "Cup"]
    assert every_stock_is_the_sum_of_its_movements()


def test_an_attempt_goes_on_where_the_last_one_died(upload, run, customer, monkeypatch):
    size = csv_import.BATCH
    job = upload(
        "".join(f"S-{number},Tea,Tea,1,100,\n" for number in range(3 * size)) + "BAD,Tea,Tea,x,1,\n"
    )
    upsert, batches = csv_import.upsert, []

    def die_in_the_third_batch(products):
        if len(batches) == 2:
            raise MemoryError
        batches.append(products)
        upsert(products)

    monkeypatch.setattr(csv_import, "upsert", die_in_the_third_batch)
    interrupted = run(job)
    place_order(user_id=customer.pk, key="in between", lines=[{"sku": "S-0", "quantity": 3}])
    monkeypatch.setattr(csv_import, "upsert", upsert)
    finished = run(job)

    assert (interrupted.state, interrupted.checkpoint["read"]) == (Job.State.QUEUED, 2 * size)
    assert (finished.state, finished.attempts) == (Job.State.DONE, 2)
    assert (finished.result["imported"], finished.result["rejected"]) == (3 * size, 1)
    assert Product.objects.get(sku="S-0").stock == 97
    assert Product.objects.filter(stock=100).count() == 3 * size - 1
    assert every_stock_is_the_sum_of_its_movements()


def test_a_worker_that_lost_its_job_writes_nothing_more(upload, monkeypatch):
    job = upload("".join(f"S-{number},Tea,Tea,1,1,\n" for number in range(3 * csv_import.BATCH)))
    upsert = csv_import.upsert

    def be_declared_dead_after_the_first_batch(products):
        upsert(products)
        Job.objects.update(worker="worker-2")

    monkeypatch.setattr(csv_import, "upsert", be_declared_dead_after_the_first_batch)
    tasks.run_job(str(job.pk))

    job.refresh_from_db()
    assert Product.objects.count() == csv_import.BATCH
    assert (job.state, job.worker, job.result) == (Job.State.RUNNING, "worker-2", None)


def test_a_batch_of_a_lost_job_is_not_committed(upload):
    job = services.claim(upload("A,Tea,Tea,1,1,\n").pk)
    Job.objects.update(worker="worker-2")

    with pytest.raises(services.ClaimLost):
        csv_import.apply(job)

    assert not Product.objects.exists()


def every_stock_is_the_sum_of_its_movements():
    summed = Product.objects.annotate(moved=Sum("movements__delta", default=0))
    return all(stock == moved for stock, moved in summed.values_list("stock", "moved"))


@pytest.mark.parametrize("second", [SimpleUploadedFile("b.csv", b"b"), "text"], ids=str)
def test_two_parts_called_file_are_refused_and_neither_is_lost(staff_api, second):
    form = {"file": [SimpleUploadedFile("a.csv", b"a"), second]}

    answer = staff_api.post("/api/imports/", form, format="multipart")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])
    assert not Job.objects.exists()


def test_two_files_of_different_names_are_refused_and_neither_is_lost(staff_api):
    form = {"file": SimpleUploadedFile("a.csv", b"a"), "more": SimpleUploadedFile("b.csv", b"b")}

    answer = staff_api.post("/api/imports/", form, format="multipart")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Job.objects.exists()
