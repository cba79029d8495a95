"""Pagination of lists."""

from rest_framework.pagination import PageNumberPagination

from chassis.inputs import COUNT, require_once

ONCE = ("page", "page_size", "category", "search", "ordering", "format")


class Pages(PageNumberPagination):
    """`?page=&page_size=`: 20 items by default, at most 100."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(self, queryset, request, view=None):
        require_once(request.query_params, ONCE)
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request):
        size = request.query_params.get(self.page_size_query_param, "")
        return super().get_page_size(request) if COUNT.fullmatch(size) else self.page_size

    def get_page_number(self, request, paginator):
        number = str(super().get_page_number(request, paginator))
        return number if COUNT.fullmatch(number) else ""  # no page

    def get_paginated_response_schema(self, schema):
        """Describe null for OpenAPI 3.1, which has no `nullable` any more."""
        page = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            page["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        return page
