"""Every address of a Django project with its methods, read from its URL patterns."""

from django.urls import URLPattern, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Methods that a view answers without naming them, and methods that none has.
OTHER_METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "BREW")
# A value for each kind of parameter; none of them exists.
VALUES = {
    "<str:sku>": "NO-SUCH",
    "<uuid:pk>": "00000000-0000-0000-0000-000000000000",
    "<path:object_id>": "1",
    "<path:content_type_id>": "1",
    "<id>": "1",
    "(?P<url>.*)$": "nothing/",
}


def routes(patterns=None, start="", admin=False):
    """(route, view, whether it is the admin's) of every address, in Django's order."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = start + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback, admin
        else:
            yield from routes(pattern.url_patterns, route, admin or pattern.app_name == "admin")


def methods_of(view):
    """The methods that a view has: those of its class, or GET when it is a plain function."""
    view_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    names = view_class.http_method_names if view_class else ["get"]
    return [
        name
        for name in METHODS
        if name.lower() in names and (not view_class or hasattr(view_class, name.lower()))
    ]


def every_method():
    """{(method, route)} of the project, without the admin."""
    return {
        (method, route)
        for route, view, admin in routes()
        if not admin
        for method in methods_of(view)
    }


def other_methods():
    """{(method, route)} that the project does not have, without the admin."""
    every = {(method, route) for route, _, admin in routes() if not admin for method in METHODS}
    return every - every_method()


def public_addresses():
    """Every address outside the admin."""
    return [address(route) for route, _, admin in routes() if not admin]


def admin_addresses():
    """Every address of the admin, except those with a regular expression for an app's name."""
    return [address(route) for route, _, admin in routes() if admin and "<app_label>" not in route]


def address(route, **values):
    """The route with its values filled in: address("api/products/<str:sku>/", sku="TEA-1")."""
    for place, value in VALUES.items():
        name = place.strip("<>").rpartition(":")[2]
        route = route.replace(place, str(values.get(name, value)))
    return f"/{route}"


def check_method(clients, method):
    """Every address answers these clients {who: client} without a 5xx, and HEAD as GET."""
    for place in public_addresses():
        for who, client in clients.items():
            read, answer = client.get(place), client.generic(method, place)

            if method == "HEAD":
                assert answer.status_code == read.status_code, (place, who)
            assert answer.status_code < 500, (place, who)
            if answer.status_code >= 400 and method != "HEAD":
                assert answer["Content-Type"] == "application/problem+json", (place, who)
