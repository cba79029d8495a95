"""Text that looks the same is the same, by whatever way it came in."""

import pytest
from django.urls import reverse

from core_api.catalog.models import Category, Product
from core_api.text import normal
from tests.support.hostile.names import INVISIBLE

pytestmark = pytest.mark.django_db
NEW = {"sku": "CUP-1", "category": "tea", "price": "1.00", "stock": 1}

# {name: (what is sent, what is stored)}
SAME = {
    "decomposed": ("Cafe\u0301", "Caf\u00e9"),
    "decomposed, with a space between": ("Cafe\u200b\u0301", "Caf\u00e9"),
    "a sign of another name": ("\u212b", "\u00c5"),
    "Korean letters apart": ("\u1112\u1161\u11ab", "\ud55c"),
    "a zero-width space": ("Tea\u200b", "Tea"),
    "a zero-width space inside": ("T\u200bea", "Tea"),
    "a no-break space": ("Tea\u00a0", "Tea"),
    "a no-break space inside": ("Green\u00a0tea", "Green tea"),
    "two spaces inside": ("Green  tea", "Green tea"),
    "two kinds of space inside": ("Green \u00a0tea", "Green tea"),
    "an ideographic space": ("Green\u3000tea", "Green tea"),
    "a byte order mark": ("\ufeffTea", "Tea"),
    "a soft hyphen": ("T\u00adea", "Tea"),
    "a word joiner": ("T\u2060ea", "Tea"),
    "a Hangul filler": ("Tea\u3164", "Tea"),
    "a half-width Hangul filler": ("T\uffa0ea", "Tea"),
    "a blank of Braille": ("Tea\u2800", "Tea"),
    "a joiner at the end": ("Tea\u200d", "Tea"),
    "a joiner inside": ("T\u200dea", "Tea"),
    "a joiner after an accent": ("Cafe\u0301\u200ds", "Caf\u00e9s"),
    "a joiner between Chinese signs": ("\u7eff\u200d\u8336", "\u7eff\u8336"),
    "a variation selector": ("Te\ufe0fa", "Tea"),
    "a tag": ("Tea\U000e0041", "Tea"),
    "marks of direction": ("\u202eTea\u202c", "Tea"),
    "isolated text": ("\u2066Tea\u2069", "Tea"),
    "a musical sign without a shape": ("T\U0001d173ea", "Tea"),
    "spaces and joiners": (" \u200d \u2003Tea \u2060 ", "Tea"),
    "a tab and a line end around": ("\tTea\n", "Tea"),
}
# Another alphabet, joiners and selectors that shape letters and emoji, full-width letters.
KEPT = [
    "\u0447\u0430\u0439",
    "\u8336\U0001f375",
    "\u2615\ufe0f",
    "1\ufe0f\u20e3",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u0915\u094d\u200d\u0937",
    "\u845b\U000e0100",
    "\uff34\uff45\uff41",
    "!",
    "\u00bd",
]


@pytest.fixture(autouse=True)
def tea(make_product):
    return make_product("TEA-1").category


def in_admin(client, name, sku="CUP-1"):
    category = Category.objects.get(slug="tea").pk
    form = {"sku": sku, "name": name, "category": category, "price": "1", "stock": "1"}
    return client.post(reverse("admin:catalog_product_add"), form | {"active": "on"})


@pytest.mark.parametrize(("sent", "stored"), SAME.values(), ids=SAME)
def test_every_way_in_stores_one_spelling(staff_api, admin_client, upload, run, sent, stored):
    assert staff_api.post("/api/products/", NEW | {"name": sent}).data["name"] == stored
    assert in_admin(admin_client, sent, sku="CUP-2").status_code == 302
    run(upload(f'CUP-3,"{sent}","{sent}",1,1,"{sent}"\nCUP-4,{stored},{stored},1,1,\n'))

    cups = Product.objects.filter(sku__startswith="CUP-")
    assert list(cups.values_list("name", flat=True)) == [stored] * 4
    assert Product.objects.get(sku="CUP-3").description == stored
    assert cups.filter(category__name=stored, sku__in=["CUP-3", "CUP-4"]).count() == 2
    assert normal(stored) == stored


def test_a_category_of_the_admin_is_the_one_of_an_import(admin_client, upload, run):
    form = {"name": "Cafe\u0301\u200b", "slug": "cafe"}
    assert admin_client.get(reverse("admin:catalog_category_add")).status_code == 200
    assert admin_client.post(reverse("admin:catalog_category_add"), form).status_code == 302
    twin = admin_client.post(reverse("admin:catalog_category_add"), form | {"slug": "cafe-2"})

    run(upload("CUP-1,Cup,Caf\u00e9\u00a0,1,1,\n"))

    assert list(twin.context["errors"])
    assert Product.objects.get(sku="CUP-1").category.slug == "cafe"


@pytest.mark.parametrize("name", KEPT, ids=ascii)
def test_what_can_be_seen_is_kept(staff_api, name):
    assert staff_api.post("/api/products/", NEW | {"name": name}).data["name"] == name


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_a_name_has_a_character_that_can_be_seen(staff_api, admin_client, upload, run, name):
    answer = staff_api.post("/api/products/", NEW | {"name": name})
    change = staff_api.patch("/api/products/TEA-1/", {"name": name})
    job = run(upload(f"CUP-1,{name},Tea,1,1,\nCUP-2,Cup,{name},1,1,\n"))

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])
    assert (change.status_code, list(change.json()["errors"])) == (400, ["name"])
    assert list(in_admin(admin_client, name).context["errors"])
    assert [row["column"] for row in job.result["rows"]] == ["name", "category"]
    assert Product.objects.count() == Category.objects.count() == 1


WORDS = ["Cr\u00e8me", "Cre\u0300me", "\u200bCr\u00e8me\u00a0br\u00fbl\u00e9e", "br\u00adu\u0302l"]
WORDS += ["br\u00fbl\u00e9e\u3000Cr\u00e8me", '"Cr\u00e8me  br\u00fbl\u00e9e"', "Cr\u00e8me\t"]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_word_is_found_however_it_was_typed(anonymous_api, admin_client, staff_api, word):
    staff_api.post("/api/products/", NEW | {"name": "Cre\u0300me bru\u0302le\u0301e"})

    assert anonymous_api.get("/api/products/", {"search": word}).json()["count"] == 1
    page = admin_client.get(reverse("admin:catalog_product_changelist"), {"q": word})
    assert page.context["cl"].result_count == 1


def test_text_far_too_long_is_refused_without_being_normalized(staff_api, monkeypatch):
    monkeypatch.setattr("core_api.text.normalize", lambda form, text: 1 / 0)

    for field in ("name", "description"):
        answer = staff_api.post("/api/products/", NEW | {"name": "a", field: "\u0316\u0300" * 9000})

        assert list(answer.json()["errors"]) == [field]
