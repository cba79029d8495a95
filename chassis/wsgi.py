"""Texts come in UTF-8, whatever a client says of them: what stands between Gunicorn and Django."""

import re

CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def in_utf8(application):
    """The WSGI application without ears for a charset.

    Django decodes even the address with the charset of the Content-Type, and takes any codec of
    Python for one: at `bz2`, which encodes no text, it fails before the first middleware.
    """

    def answer(environ, start_response):
        if "CONTENT_TYPE" in environ:
            environ["CONTENT_TYPE"] = CHARSET.sub("", environ["CONTENT_TYPE"])
        return application(environ, start_response)

    return answer
