"""Facts and the events they came from, to look at: what was told once is never edited here."""

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


class AppendOnly(admin.ModelAdmin):
    """Nobody adds, changes or deletes here, superusers included: only events write."""

    list_per_page = 50
    show_full_result_count = (
        False  # a second count of a million rows on every page would tell little
    )

    class Media:
        css = {"all": ["analytics_api/admin.css"]}

    def get_search_results(self, request, queryset, search_term):
        """Whole words only, found by an index: the usual search reads every row, and these are a
        million."""
        return (
            queryset.filter(self.found(search_term.strip())) if search_term else queryset
        ), False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class SaleInline(admin.TabularInline):
    model = Sale
    fields = ["line", "sku", "category", "quantity", "unit_price"]
    ordering = ["line"]
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(RecordedEvent)
class RecordedEventAdmin(AppendOnly):
    list_display = ["when", "event", "order_id", "money", "delay"]
    list_filter = ["kind", "recorded_at"]
    search_fields = ["event_id", "order_id"]
    search_help_text = "A whole event id or order id."
    date_hierarchy = "recorded_at"
    inlines = [SaleInline]

    def found(self, term):
        return Q(event_id=uuid_in(term)) | Q(order_id=uuid_in(term))

    @admin.display(description="recorded at", ordering="recorded_at")
    def when(self, event):
        return f"{event.recorded_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="event")
    def event(self, event):
        return f"{str(event.event_id)[:8]}…"

    @admin.display(description="total", ordering="total")
    def money(self, event):
        return f"{event.total:,.2f}"

    @admin.display(description="delay")
    def delay(self, event):
        return f"{(event.recorded_at - event.occurred_at).total_seconds():,.1f} s"


@admin.register(Sale)
class SaleAdmin(AppendOnly):
    list_display = ["day", "sku", "category", "quantity", "price", "amount", "order"]
    list_filter = ["date", "category"]
    list_select_related = ["event"]
    search_fields = ["sku", "event__order_id"]
    search_help_text = "A whole product number (sku) or order id."
    date_hierarchy = "date"

    def found(self, term):
        order_id = uuid_in(term)
        return Q(event__order_id=order_id) if order_id else Q(sku=term)

    @admin.display(description="date", ordering="date")
    def day(self, sale):
        return f"{sale.date:%Y-%m-%d}"

    @admin.display(description="unit price", ordering="unit_price")
    def price(self, sale):
        return f"{sale.unit_price:,.2f}"

    @admin.display(description="amount")
    def amount(self, sale):
        return f"{sale.quantity * sale.unit_price:,.2f}"

    @admin.display(description="order", ordering="event__order_id")
    def order(self, sale):
        return sale.event.order_id
