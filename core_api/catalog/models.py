"""Categories, products with their price and stock, and every change of a stock."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

sku_characters = RegexValidator(
    r"\A[A-Za-z0-9._-]+\Z", "Only letters, digits, dots, dashes and underscores."
)
# URLs are made of skus: clients remove a dot segment, and the names below have other routes.
no_address = RegexValidator(
    r"\A(\.+|best-sellers)\Z", "This name is part of a URL. Choose another.", inverse_match=True
)
one_line = RegexValidator(
    r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z",
    "One line of text: no line ends, tabs or other control characters.",
)


class Category(models.Model):
    """A category of products; its slug is part of addresses and events."""

    slug = models.SlugField(unique=True, max_length=100)
    name = models.CharField(unique=True, max_length=100, validators=[one_line])

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name


class ProductQuerySet(models.QuerySet):
    def on_sale(self):
        return self.filter(active=True)

    def with_category(self):
        return self.select_related("category")

    def as_rows(self):
        """The fields of a list as dicts, which are faster than objects."""
        columns = ("sku", "name", "description", "price", "stock", "updated_at")
        return self.values(*columns, category_slug=F("category__slug"))


class Product(models.Model):
    """Something for sale. Its stock is the sum of its movements and never negative."""

    sku = models.CharField(unique=True, max_length=40, validators=[sku_characters, no_address])
    name = models.CharField(max_length=200, validators=[one_line])
    description = models.TextField(blank=True, max_length=5000)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.PositiveIntegerField(default=0)
    active = models.BooleanField(
        default=True, help_text="On sale; one taken off sale keeps its past orders."
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.CheckConstraint(condition=Q(stock__gte=0), name="stock_is_never_negative"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_is_never_negative"),
        ]
        indexes = [models.Index(fields=["category", "sku"])]

    def __str__(self):
        return f"{self.sku} {self.name}"

    @property
    def in_stock(self):
        return self.stock > 0


class StockMovement(models.Model):
    """One change of a product's stock. Append-only: the stock is the sum of its movements."""

    class Reason(models.TextChoices):
        INITIAL = "initial"
        ORDER = "order"
        COUNT = "count", "counted by staff"
        IMPORT = "import"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements")
    delta = models.IntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    # Named by a string: catalog must not import orders, which builds on it.
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="movements"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "orders_stockmovement"  # from when the model was in `orders`
        ordering = ["-id"]

    def __str__(self):
        return f"{self.delta:+} {self.reason}"
