"""Categories and products as the API shows and takes them; the CSV import validates its rows with the same rules."""

from rest_framework import serializers

from core_api.catalog.models import Category, Product


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["slug", "name"]


class CategoryField(serializers.SlugRelatedField):
    """A category by its slug; one with a NUL, which no database looks for, is one that does not exist."""

    def to_internal_value(self, slug):
        if "\0" in str(slug):
            self.fail("does_not_exist", slug_name="slug", value=slug)
        return super().to_internal_value(slug)


class ProductSerializer(serializers.ModelSerializer):
    """A product in a list."""

    category = CategoryField("slug", queryset=Category.objects.all())
    in_stock = serializers.BooleanField(read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "name", "description", "category", "price", "in_stock", "updated_at"]

    def to_representation(self, product):
        """As the fields above would give it, at a third of the time: a page has many products."""
        return {
            "sku": product.sku,
            "name": product.name,
            "description": product.description,
            "category": product.category.slug,
            "price": f"{product.price:.2f}",
            "in_stock": product.in_stock,
            "updated_at": product.updated_at.isoformat().replace("+00:00", "Z"),
        }


class OnSaleField(serializers.BooleanField):
    """A yes or no that a form may leave out, as JSON may: DRF takes that for an unticked box, and for no."""

    default_empty_html = serializers.empty


class ProductDetailSerializer(ProductSerializer):
    """A single product, and what staff may write of it: `stock` is an absolute count."""

    stock = serializers.IntegerField(min_value=0, max_value=2_000_000_000, default=0)
    active = OnSaleField(required=False, help_text="On sale; one taken off sale keeps its past orders.")

    class Meta(ProductSerializer.Meta):
        fields = [*ProductSerializer.Meta.fields, "stock", "active"]
        extra_kwargs = {"price": {"min_value": 0}}

    def to_representation(self, product):
        return super().to_representation(product) | {"stock": product.stock, "active": product.active}


class BestSellerSerializer(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    price = serializers.DecimalField(10, 2)
    units = serializers.IntegerField()


class BestSellersSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(help_text="When these figures were computed: 60 s ago at most.")
    results = BestSellerSerializer(many=True)
