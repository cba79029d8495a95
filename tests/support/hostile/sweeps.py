"""What every address and form of a service is sent: found by its URL patterns, admin and API."""

from itertools import product

from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from tests.support.hostile import forms, headers, pages
from tests.support.hostile.addresses import address, routes

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
KEYS = ["abc", "1e3", "-1", "0", "9" * 30, "%00", "%ff", "'--", "x" * 3000, "_5F_00", "1", ".."]
BODIES = [(b"", ""), forms.multipart([(name, "abc") for name in forms.NAMES])]


def public_addresses():
    """Every address outside the admin, with ids that do not exist, and a static file."""
    static = f"{settings.STATIC_URL}drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    return sorted({static, *(address(route) for route, _, of_admin in routes() if not of_admin)})


def admin_addresses():
    """Every address of the admin, with the key of a row where one belongs."""
    for route, _, of_admin in routes():
        if "<app_label>" in route:
            yield from (reverse("admin:app_list", args=[label]) for label in sorted(shown()))
        elif "<path:content_type_id>" in route:
            for kind in ContentType.objects.filter(app_label__in=shown()):
                key = first_key(kind.model_class())
                yield address(route, content_type_id=kind.pk, object_id=key)
        elif of_admin:
            key = first_key(model_of(route))
            yield address(route, object_id=key, id=key)


def shown():
    """The apps that the admin shows."""
    return {model._meta.app_label for model in admin.site._registry}


def model_of(route):
    """The model that this route of the admin is about, or None."""
    for model in admin.site._registry:
        if f"/{model._meta.app_label}/{model._meta.model_name}/" in route:
            return model
    return None


def first_key(model):
    """The key of a row as an address has it; 1 for what the admin does not show."""
    if model not in admin.site._registry:
        return "1"
    row = model._default_manager.first()
    assert row, f"The test must make a row of {model.__name__}, which the admin shows."
    return admin.utils.quote(row.pk)


def every_method(places):
    """(method, address, body, content type): every method, and a form with odd names to all."""
    for place, method, body in product(places, METHODS, BODIES):
        yield method, place, *body


def every_header(places):
    """(method, address, header) to these addresses, with POST where the API takes one."""
    found = {("GET", place) for place in places}
    written = {place for method, place, _ in api_forms() if method == "POST"}
    found |= {("POST", place) for place in written.intersection(places)}
    for (method, place), header in product(sorted(found), headers.every_header()):
        yield method, place, dict([header])


def hostile_keys():
    """Addresses of the admin with a hostile key, for each model and each kind of content."""
    for route, _, of_admin in routes():
        if not of_admin or "<app_label>" in route or "<" not in route:
            continue
        for key in KEYS:
            yield address(route, object_id=key, id=key)
            if "content_type_id" in route:
                yield address(route, content_type_id=key)
                for kind in ContentType.objects.all():
                    yield address(route, content_type_id=kind.pk, object_id=key)


def hostile_queries():
    """Addresses of the admin with a hostile value in each parameter that it reads."""
    names = ["q", "p", "o", "all", "e", "next", "_popup", "_to_field", "_changelist_filters"]
    for place, name, value in product(admin_addresses(), names, ["", "%00", "9" * 30]):
        yield f"{place}?{name}={value}"
    autocomplete = {"app_label": "auth", "model_name": "user", "field_name": "groups", "term": "a"}
    searched = [autocomplete]
    for model, options in admin.site._registry.items():
        for field in options.autocomplete_fields:
            label, name = model._meta.app_label, model._meta.model_name
            searched.append(
                {"app_label": label, "model_name": name, "field_name": field, "term": "a"}
            )
    for right, value in product(searched, ["", "%00", "%ff", "9" * 30, "id", "pk", "__class__"]):
        for name in [*right, "page", "q"]:
            query = "&".join(f"{key}={text}" for key, text in (right | {name: value}).items())
            yield f"{reverse('admin:autocomplete')}?{query}"


def hostile_admin():
    """Requests to the admin with a hostile key or value in the address."""
    for place in hostile_keys():
        yield "GET", place
        yield "POST", place, b"post=yes", "application/x-www-form-urlencoded"
    for place in hostile_queries():
        yield "GET", place


def admin_forms(sender):
    """("POST", address, fields) of every form in the admin; of a list, once for each action."""
    for place in admin_addresses():
        answer = sender.send("GET", place)
        if "text/html" in answer.headers.get("Content-Type", ""):
            for form in pages.post_forms(answer.body.decode()):
                for action in form.choices.get("action", [])[1:] or [None]:
                    chosen = [("action", action)] if action else []
                    yield "POST", place, form.fields + chosen


def api_forms():
    """(method, address, fields) of every operation with a body in the document of the API."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if body := operation.get("requestBody"):
                schema = next(iter(body["content"].values()))["schema"]
                name = schema["$ref"].rpartition("/")[2]
                fields = document["components"]["schemas"][name]["properties"]
                yield (
                    method.upper(),
                    path.replace("{sku}", "TEA-1"),
                    [(name, "1") for name in fields],
                )


def page_forms(sender, places):
    """("POST", address, fields) of every form in the pages at these addresses."""
    for place in places:
        answer = sender.send("GET", place, Accept="text/html")
        if answer.status == 200 and "text/html" in answer.headers["Content-Type"]:
            for form in pages.post_forms(answer.body.decode()):
                yield "POST", place, form.fields


def every_form(found):
    """(method, address, body, content type): hostile forms made of (method, address, fields)."""
    for method, place, fields in found:
        if fields:  # not the button that logs out
            for request in [*forms.hostile_forms(fields), *forms.multipart_bodies()]:
                yield method, place, *request
