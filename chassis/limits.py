"""How large a body may be: HAProxy refuses a larger one, and so does an instance that is asked
without HAProxy."""

from chassis.errors import problem

LARGEST_BODY = 1024 * 1024  # bytes; a view that takes more says so in `largest_body`


class BodyLimit:
    """Middleware: 413 for what is too large by its own account, before a byte of it is read.

    A body without a length needs no limit: to Django it is empty.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, options):
        largest = getattr(getattr(view, "cls", None), "largest_body", LARGEST_BODY)
        try:
            length = int(request.headers.get("Content-Length") or 0)
        except ValueError:
            return problem(400, "The Content-Length is no number.")
        if length > largest:
            return problem(
                413, f"The body is too large: at most {largest} bytes. Send less at a time."
            )
        return None
