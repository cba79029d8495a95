"""Orders, stock movements and the outbox to look at: append-only, so nobody edits them, superusers
included."""

import json

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince

from core_api.catalog.models import StockMovement
from core_api.orders.models import Order, OrderLine, OutboxEvent


class AppendOnly:
    """Nothing is added, changed or deleted here: only services write."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class AppendOnlyAdmin(AppendOnly, admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = (
        False  # a second count of a million rows on every page would tell little
    )

    class Media:
        css = {"all": ["core_api/admin.css"]}


def clock(moment):
    """A moment to the second, in UTC: under load, a minute holds hundreds of rows."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def link(view, pk, text):
    """A link to another page of the admin."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{view}_change", args=[pk]), text)


class OrderLineInline(AppendOnly, admin.TabularInline):
    model = OrderLine
    fields = ["article", "quantity", "unit_price", "amount"]
    readonly_fields = ["article", "amount"]
    verbose_name_plural = "lines"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("product")

    @admin.display(description="product")
    def article(self, line):
        return link("catalog_product", line.product_id, line.product)

    def amount(self, line):
        return f"{line.quantity * line.unit_price:,.2f}"


@admin.register(Order)
class OrderAdmin(AppendOnlyAdmin):
    list_display = ["id", "when", "served_by", "user", "units", "money"]
    list_filter = ["served_by", "created_at"]
    list_select_related = ["user"]
    date_hierarchy = "created_at"
    search_fields = ["=id", "user__username", "idempotency_key__exact"]
    search_help_text = "A whole order id, part of a username, or a whole Idempotency-Key."
    fields = [
        "id",
        "created_at",
        "user",
        "money",
        "served_by",
        "idempotency_key",
        "body_hash",
        "event",
    ]
    readonly_fields = ["money", "event"]
    inlines = [OrderLineInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description="placed at", ordering="created_at")
    def when(self, order):
        return clock(order.created_at)

    def units(self, order):
        return sum(line.quantity for line in order.lines.all())

    @admin.display(description="total", ordering="total")
    def money(self, order):
        return f"{order.total:,.2f}"

    def event(self, order):
        found = OutboxEvent.objects.filter(pk=order.event_id).first()
        return (
            link("orders_outboxevent", found.pk, state_of(found))
            if found
            else "delivered and pruned"
        )


@admin.register(StockMovement)
class StockMovementAdmin(AppendOnlyAdmin):
    list_display = ["when", "article", "change", "reason", "purchase"]
    list_filter = ["reason", "created_at"]
    list_select_related = ["product"]
    search_fields = ["product__sku", "product__name"]
    search_help_text = "Words of the product's name, or its sku."

    @admin.display(description="at", ordering="created_at")
    def when(self, movement):
        return clock(movement.created_at)

    @admin.display(description="product", ordering="product__sku")
    def article(self, movement):
        return link("catalog_product", movement.product_id, movement.product)

    @admin.display(ordering="delta")
    def change(self, movement):
        return f"{movement.delta:+,}"

    @admin.display(description="order")
    def purchase(self, movement):
        return (
            link("orders_order", movement.order_id, movement.order_id) if movement.order_id else "-"
        )


class Delivery(admin.SimpleListFilter):
    title = "delivery"
    parameter_name = "delivery"
    states = {
        "waiting": {"acknowledged__isnull": True, "sent__isnull": True},
        "sent": {"acknowledged__isnull": True, "sent__isnull": False},
        "acknowledged": {"acknowledged__isnull": False},
    }

    def lookups(self, request, model_admin):
        return [(state, state) for state in self.states]

    def queryset(self, request, events):
        return events.filter(**self.states.get(self.value(), {}))


def state_of(event):
    if event.acknowledged:
        return "acknowledged"
    return "sent" if event.sent else "waiting"


@admin.register(OutboxEvent)
class OutboxEventAdmin(AppendOnlyAdmin):
    list_display = ["id", "when", "age", "state", "answered"]
    list_filter = [Delivery, "kind", "created"]
    date_hierarchy = "created"
    search_fields = ["=id"]
    search_help_text = "A whole event id."
    fields = ["id", "kind", "created", "age", "state", "sent", "acknowledged", "answered", "told"]
    readonly_fields = ["age", "state", "answered", "told"]

    def get_queryset(self, request):
        events = super().get_queryset(request)
        listed = request.resolver_match.url_name == "orders_outboxevent_changelist"
        return events.defer("payload") if listed else events

    @admin.display(description="created", ordering="created")
    def when(self, event):
        return clock(event.created)

    @admin.display(ordering="created")
    def age(self, event):
        return timesince(event.created, timezone.now(), depth=1)

    def state(self, event):
        state = state_of(event)
        return format_html('<span class="state {}">{}</span>', state, state)

    @admin.display(description="took")
    def answered(self, event):
        if not (event.sent and event.acknowledged):
            return "-"
        return f"{(event.acknowledged - event.sent).total_seconds():,.2f} s"

    @admin.display(description="payload")
    def told(self, event):
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2, ensure_ascii=False))
