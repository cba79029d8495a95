"""Orders and the outbox in the admin, read-only."""

from django.contrib import admin

from core_api.admin import ReadOnly, ReadOnlyAdmin, link
from core_api.orders.models import Order, OrderLine, OutboxEvent, Refusal

DELIVERY = {
    "waiting": {"acknowledged__isnull": True, "sent__isnull": True},
    "sent": {"acknowledged__isnull": True, "sent__isnull": False},
    "acknowledged": {"acknowledged__isnull": False},
}


class OrderLineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    fields = ["product", "quantity", "unit_price"]
    verbose_name_plural = "lines"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("product")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "created_at", "served_by", "user", "total"]
    list_filter = ["served_by", "created_at"]
    list_select_related = ["user"]
    date_hierarchy = "created_at"
    search_fields = ["=id", "user__username", "idempotency_key__exact"]
    search_help_text = "A whole order id, part of a username, or a whole Idempotency-Key."
    fields = [
        *("id", "created_at", "user", "total", "served_by"),
        *("idempotency_key", "body_hash", "event"),
    ]
    readonly_fields = ["event"]
    inlines = [OrderLineInline]

    def event(self, order):
        event = OutboxEvent.objects.filter(pk=order.event_id).first()
        if event is None:
            return "delivered and pruned"
        state = "acknowledged" if event.acknowledged else "sent" if event.sent else "waiting"
        return link("orders_outboxevent_change", state, pk=event.pk)


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    list_display = ["id", "created_at", "user", "code", "detail", "idempotency_key"]
    list_filter = ["code", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "idempotency_key__exact"]
    search_help_text = "Part of a username, or a whole Idempotency-Key."


class DeliveryFilter(admin.SimpleListFilter):
    title = parameter_name = "delivery"

    def lookups(self, request, model_admin):
        return [(state, state) for state in DELIVERY]

    def queryset(self, request, events):
        return events.filter(**DELIVERY.get(self.value(), {}))


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "created", "sent", "acknowledged"]
    list_filter = [DeliveryFilter, "kind", "created"]
    date_hierarchy = "created"
    search_fields = ["=id"]
    search_help_text = "A whole event id."
