"""Admin pages of the facts and their events. They are read-only: only events write."""

import uuid

from django.contrib import admin
from django.db.models import Q

from analytics_api.sales.models import RecordedEvent, Sale

admin.site.site_header = admin.site.site_title = "Escala analytics_api"
admin.site.index_title = "What was sold"
admin.site.site_url = "/analytics/"


def uuid_in(text):
    """The UUID that `text` is, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    show_full_result_count = False  # it would count all rows on every page

    class Media:
        css = {"all": ["analytics_api/admin.css"]}

    def get_search_results(self, request, queryset, term):
        """Search for whole values by index; Django's own search would read every row."""
        return (queryset.filter(self.found(term.strip())) if term else queryset), False


class SaleInline(ReadOnly, admin.TabularInline):
    model = Sale
    fields = ["line", "sku", "category", "quantity", "unit_price"]
    ordering = ["line"]


@admin.register(RecordedEvent)
class RecordedEventAdmin(ReadOnlyAdmin):
    list_display = ["recorded_at", "occurred_at", "event_id", "order_id", "total"]
    list_filter = ["kind", "recorded_at"]
    search_fields = ["event_id", "order_id"]
    search_help_text = "A complete event id or order id."
    date_hierarchy = "recorded_at"
    inlines = [SaleInline]

    def found(self, term):
        return Q(event_id=uuid_in(term)) | Q(order_id=uuid_in(term))


@admin.register(Sale)
class SaleAdmin(ReadOnlyAdmin):
    list_display = ["date", "sku", "category", "quantity", "unit_price", "event__order_id"]
    list_filter = ["date", "category"]
    list_select_related = ["event"]
    search_fields = ["sku", "event__order_id"]
    search_help_text = "A complete product number (SKU) or order id."
    date_hierarchy = "date"

    def found(self, term):
        order_id = uuid_in(term)
        return Q(event__order_id=order_id) if order_id else Q(sku=term)
