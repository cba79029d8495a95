"""The list of products, as the tutorial of Django REST framework writes it."""

from rest_framework import generics, serializers

from lab.bench.peers.catalog.models import Category, Product


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.SlugRelatedField("slug", queryset=Category.objects.all())
    in_stock = serializers.BooleanField(read_only=True)

    class Meta:
        model = Product
        fields = ["sku", "name", "description", "category", "price", "in_stock", "updated_at"]


class ProductList(generics.ListAPIView):
    queryset = Product.objects.filter(active=True).select_related("category")
    serializer_class = ProductSerializer
