"""What was sold: facts, one per line of an event, and the inbox that accepts each event once."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone

MONEY = models.DecimalField(max_digits=30, decimal_places=2)
UNITS = Sum("quantity", default=0)
REVENUE = Sum(F("quantity") * F("unit_price"), output_field=MONEY, default=0)
ORDERS = Count("line", filter=Q(line=1))  # each event has one line 1; this needs no sorting


class RecordedEventQuerySet(models.QuerySet):
    def with_figures(self) -> models.QuerySet:
        """Each event with `units` and `money`, the sums of its facts; None when it has no facts."""
        money = F("sales__quantity") * F("sales__unit_price")
        return self.annotate(units=Sum("sales__quantity"), money=Sum(money, output_field=MONEY))


class RecordedEvent(models.Model):
    """The inbox: an event that became facts. The primary key refuses a second copy."""

    event_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=50)
    order_id = models.UUIDField(db_index=True)
    occurred_at = models.DateTimeField()
    total = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="As the event says; the facts add up to it."
    )
    recorded_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = RecordedEventQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at"]

    def __str__(self):
        return f"{self.kind} {self.event_id}"


class SaleQuerySet(models.QuerySet):
    """Figures are computed from the facts for each request; no counter is kept."""

    def daily(self, first: date, last: date) -> models.QuerySet:
        """[{date, orders, units, revenue}] from `first` to `last`, of days with sales."""
        days = self.filter(date__range=(first, last)).values("date")
        return days.annotate(orders=ORDERS, units=UNITS, revenue=REVENUE).order_by("date")

    def top_products(self, limit: int) -> list[dict[str, Any]]:
        """[{sku, category of the newest fact, units, revenue}], most units first.

        The first query ranks by units alone, because revenue would slow it down.
        """
        units = self.values("sku").annotate(units=UNITS)
        shown = [product["sku"] for product in units.order_by("-units", "sku")[:limit]]
        top = list(units.filter(sku__in=shown).annotate(revenue=REVENUE, newest=Max("id")))
        facts = self.in_bulk([product.pop("newest") for product in top])
        category = {fact.sku: fact.category for fact in facts.values()}
        # Sort again: facts may have arrived between the two queries.
        top.sort(key=lambda product: (-product["units"], product["sku"]))
        return [product | {"category": category[product["sku"]]} for product in top]

    def summary(self) -> dict[str, Any]:
        """{orders, units, revenue} of all these sales."""
        return self.aggregate(orders=ORDERS, units=UNITS, revenue=REVENUE)


class Sale(models.Model):
    """A fact: a quantity of one product was sold at this price on this day. Append-only."""

    # No index of its own: the index of one_fact_per_line begins with it.
    event = models.ForeignKey(RecordedEvent, models.PROTECT, related_name="sales", db_index=False)
    line = models.PositiveSmallIntegerField(help_text="Its number in the event, from 1.")
    sku = models.CharField(max_length=40)
    category = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    date = models.DateField(
        help_text="The day of its event in UTC, so that daily figures need no join."
    )

    objects = SaleQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "event", "line"]
        constraints = [
            models.UniqueConstraint(fields=["event", "line"], name="one_fact_per_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="sold_quantity_is_positive"),
        ]
        indexes = [
            # With the columns after the date, daily figures are read from the index alone.
            models.Index(fields=["date", "line", "quantity", "unit_price"], name="sales_by_day"),
            models.Index(fields=["sku", "date"], name="sales_by_product"),
        ]

    def __str__(self):
        return f"{self.quantity} x {self.sku}"
