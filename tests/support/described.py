"""What a project's OpenAPI document and its pages in the browsable API say of each operation."""

import re

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from tests.support.hostile import addresses

HTML = {"Accept": "text/html"}
NOT_DESCRIBED = ("schema/", "docs/")  # the document and its page


def document():
    return SchemaGenerator().get_schema(public=True)


def operations(described):
    """{(METHOD, path): operation} of a document."""
    return {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def api_routes():
    """(route, view) of every address of the API."""
    for route, view, _ in addresses.routes():
        if issubclass(getattr(view, "cls", object), APIView) and not route.endswith(NOT_DESCRIBED):
            yield route, view


def demanded():
    """{(METHOD, path): whether it needs a token} by the permissions of each view."""
    found = {}
    for route, view in api_routes():
        path = "/" + re.sub("<[^>]*:([a-z]+)>", r"{\1}", route).replace("{pk}", "{id}")
        for method in addresses.methods_of(view):
            found[method, path] = not anonymous_may(view, method)
    return found


def anonymous_may(view, method):
    instance = view.cls(**view.initkwargs)
    request = instance.initialize_request(APIRequestFactory().generic(method, "/"))
    request.user = AnonymousUser()
    return all(
        permission.has_permission(request, instance) for permission in instance.get_permissions()
    )


def pages(client):
    """{address: its HTML page} of every address of the API that can be read."""
    readable = [route for route, view in api_routes() if "GET" in addresses.methods_of(view)]
    found = {}
    for route in readable:
        answer = client.get(addresses.address(route), headers=HTML)
        if answer["Content-Type"].startswith("text/html"):
            found[addresses.address(route)] = answer.content.decode()
    return found


def shown_headers(page):
    """{name: value} of the headers that a page of the browsable API shows."""
    shown = page.partition('<div class="response-info"')[2].partition("</span>{")[0]
    return dict(re.findall(r'<b>([\w-]+):</b> <span class="lit">(.*?)</span>', shown))


def text_of(page):
    """The page without its tags: DRF has backticks of its own in tooltips."""
    return re.sub("<[^>]*>", "", page)
