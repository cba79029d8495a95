"""Models of the tables of core_api's catalogue; only the import writes there."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

SKU = RegexValidator(r"^[A-Za-z0-9._-]+\Z")


class Category(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        managed = False
        db_table = "catalog_category"


class Product(models.Model):
    sku = models.CharField(unique=True, max_length=40, validators=[SKU])
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "catalog_product"
        ordering = ["sku"]

    @property
    def in_stock(self):
        return self.stock > 0
