"""Orders and their lines, which are append-only, and the outbox of events about them."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Prefetch, Q, Sum
from django.utils import timezone

from chassis.clock import due
from core_api.catalog.models import Product


class OrderQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user_id=user.id)

    def with_lines(self):
        """Each order with its lines, and their products, in `line_list`."""
        lines = OrderLine.objects.select_related("product")
        return self.prefetch_related(Prefetch("lines", lines, to_attr="line_list"))


class Order(models.Model):
    """A purchase. A repeated request finds it by its idempotency key instead of placing another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    idempotency_key = models.CharField(max_length=255)
    body_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the lines that the key was first sent with."
    )
    total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    served_by = models.CharField(max_length=100, help_text="The instance that placed it.")
    event_id = models.UUIDField(
        unique=True, default=uuid.uuid4, help_text="Stays when the event itself is pruned."
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    line_list: list["OrderLine"]  # of an order just placed, and of with_lines()

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="one_order_per_user_and_key"
            )
        ]
        indexes = [models.Index(fields=["user", "-created_at", "id"])]

    def __str__(self):
        return str(self.id)


class Refusal(models.Model):
    """The answer to a key whose order was refused. No order is placed with this key later."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=50)
    detail = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "idempotency_key"], name="refused")]

    def __str__(self):
        return f"{self.code} {self.idempotency_key}"


class OrderLineQuerySet(models.QuerySet):
    def placed_within(self, days):
        return self.filter(order__created_at__gte=timezone.now() - timedelta(days=days))

    def best_sellers(self, count):
        """The products with most units in these lines: [{product_id, units}], most first."""
        units = self.values("product_id").annotate(units=Sum("quantity"))
        return units.order_by("-units", "product_id")[:count]


class OrderLine(models.Model):
    """A product in an order: its quantity, and its price at that moment."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quantity_is_positive"),
            models.UniqueConstraint(fields=["order", "product"], name="one_line_per_product"),
        ]

    def __str__(self):
        return f"{self.quantity} x {self.product_id}"


class OutboxQuerySet(models.QuerySet):
    def waiting(self):
        """Events that analytics has not acknowledged."""
        return self.filter(acknowledged__isnull=True)

    def due(self, resend_after):
        """Events that were never sent, or `resend_after` seconds ago and not acknowledged."""
        return (
            self.waiting()
            .filter(Q(sent__isnull=True) | due("sent", timedelta(seconds=resend_after)))
            .order_by(F("sent").asc(nulls_first=True), "created")
        )


class OutboxEvent(models.Model):
    """An event for other services, written in the same transaction as its cause.

    The relay delivers it (the transactional outbox pattern).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    payload = models.JSONField()
    created = models.DateTimeField(default=timezone.now)
    sent = models.DateTimeField(null=True, blank=True)
    acknowledged = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(
                fields=["sent", "created"],
                condition=Q(acknowledged__isnull=True),
                name="outbox_waiting",
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"
