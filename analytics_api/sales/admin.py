"""Facts and the events they came from, to look at: what was told once is never edited here."""

from django.contrib import admin

from analytics_api.sales.models import RecordedEvent, Sale

admin.site.site_header = admin.site.site_title = "Escala analytics_api"
admin.site.site_url = "/analytics/"


class AppendOnly(admin.ModelAdmin):
    """Nobody adds, changes or deletes here, superusers included: only events write."""

    list_per_page = 50
    show_full_result_count = False  # a second count of a million rows on every page would tell little

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
    list_display = ["event_id", "kind", "order_id", "money", "occurred_at", "recorded_at", "delay"]
    list_filter = ["kind", "recorded_at"]
    search_fields = ["=event_id", "=order_id"]
    search_help_text = "A whole event id or order id."
    date_hierarchy = "recorded_at"
    inlines = [SaleInline]

    @admin.display(description="total", ordering="total")
    def money(self, event):
        return f"{event.total:,.2f}"

    @admin.display(description="delay")
    def delay(self, event):
        return f"{(event.recorded_at - event.occurred_at).total_seconds():,.1f} s"


@admin.register(Sale)
class SaleAdmin(AppendOnly):
    list_display = ["date", "sku", "category", "quantity", "price", "amount", "order"]
    list_filter = ["date", "category"]
    list_select_related = ["event"]
    search_fields = ["=sku", "=event__order_id"]
    search_help_text = "A whole product number (sku) or order id."
    date_hierarchy = "date"

    @admin.display(description="unit price", ordering="unit_price")
    def price(self, sale):
        return f"{sale.unit_price:,.2f}"

    @admin.display(description="amount")
    def amount(self, sale):
        return f"{sale.quantity * sale.unit_price:,.2f}"

    @admin.display(description="order", ordering="event__order_id")
    def order(self, sale):
        return sale.event.order_id
