"""The page of orders in the browsable API."""

from rest_framework.renderers import BrowsableAPIRenderer


class OrdersPage(BrowsableAPIRenderer):
    """Shows a form of its own: DRF's forms send neither an Idempotency-Key nor a list of lines."""

    template = "rest_framework/orders.html"

    def get_context(self, *arguments):
        return super().get_context(*arguments) | {"display_edit_forms": False}
