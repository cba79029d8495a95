import io

import pytest
from django.test import RequestFactory

from core_api.wsgi import application
from tests.hostile.documents import CHARSETS


def status_of(environ, content_type):
    told = []
    environ |= {"CONTENT_TYPE": content_type, "wsgi.errors": io.StringIO()}
    application(environ, lambda status, headers, *_: told.append(status)).close()
    return told


@pytest.mark.django_db
@pytest.mark.parametrize(
    "separator",
    ["; charset=", ";CHARSET =", ";charset*=utf-8''", ";a=b ;\tcharset=", ";\xa0charset="],
)
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_that_is_none_breaks_nothing(charset, separator):
    read = RequestFactory().get("/health/live", {"search": "a b"}).environ
    write = RequestFactory().post("/api/token/?a=%ff", b"{}", "application/json").environ

    assert status_of(read, f"application/json{separator}{charset}") == ["200 OK"]
    assert status_of(write, f"application/json{separator}{charset}") == ["400 Bad Request"]
