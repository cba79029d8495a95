"""Addresses end with a slash, and who forgets it while reading is led there."""

from django.middleware.common import CommonMiddleware


class Slashes(CommonMiddleware):
    """Django's, except that only reads are led on: a redirect of a POST loses its body, so that one
    is a plain 404."""

    def should_redirect_with_slash(self, request):
        return request.method in ("GET", "HEAD") and super().should_redirect_with_slash(request)
