"""Read-only models of the tables of core_api's catalogue."""

from django.db import models


class Category(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        managed = False
        db_table = "catalog_category"


class Product(models.Model):
    sku = models.CharField(unique=True, max_length=40)
    name = models.CharField(max_length=200)
    description = models.TextField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.PositiveIntegerField()
    active = models.BooleanField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "catalog_product"
        ordering = ["sku"]

    @property
    def in_stock(self):
        return self.stock > 0
