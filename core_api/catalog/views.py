"""The catalogue: everyone reads it, staff write it. The middleware in cached_views.py caches it."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.filters import OrderingFilter, SearchFilter, search_smart_split
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.response import Response

from core_api.catalog import caching, services
from core_api.catalog.models import Category, Product
from core_api.catalog.preconditions import check_of
from core_api.catalog.serializers import (
    CategorySerializer,
    ProductDetailSerializer,
    ProductSerializer,
)
from core_api.pagination import Pages
from core_api.text import TextField

MOST_WORDS = 10  # in a search: each word is one more condition for every row


class StaffOrReadOnly(BasePermission):
    """Everyone may read; only staff may write. A method that a view lacks is a 405 for everyone."""

    def has_permission(self, request, view):
        writes = request.method in view.allowed_methods and request.method not in SAFE_METHODS
        return not writes or request.user.is_staff


PUBLIC = [StaffOrReadOnly]
OPEN = extend_schema(auth=[])  # reading needs no token
TEA = {"sku": "TEA-NEW", "name": "Smoked tea", "category": "tea", "price": "6.50", "stock": 20}
EXAMPLE = OpenApiExample("Tea", TEA, request_only=True)


class ProductFilter(filters.FilterSet):
    category = filters.CharFilter(field_name="category__slug", max_length=100)

    class Meta:
        model = Product
        fields = ["category"]


class CategoryFilter(filters.DjangoFilterBackend):
    """Filters only if there are parameters, because building the form of a filter takes time."""

    def filter_queryset(self, request, queryset, view):
        if not request.query_params:
            return queryset
        return super().filter_queryset(request, queryset, view)


class CountedOnce(Paginator):
    """Counts through the cache, so that a new page does not count 100,000 products again."""

    @cached_property
    def count(self):
        return caching.cached_count(self.object_list)


class ProductPages(Pages):
    django_paginator_class = CountedOnce


class WordSearch(SearchFilter):
    """Finds products that contain every word. Each word scans all texts, hence MOST_WORDS."""

    search_description = f"Words, of which the first {MOST_WORDS} count."

    def get_search_terms(self, request):
        asked = request.query_params.get(self.search_param, "")
        words = TextField(allow_blank=True).run_validation(asked)  # as names are stored
        return list(search_smart_split(words))[:MOST_WORDS]


class TotalOrdering(OrderingFilter):
    """Sort as asked, then by sku. Rows that are equal would differ in order from page to page."""

    def get_ordering(self, request, queryset, view):
        terms = {}
        for term in [*(super().get_ordering(request, queryset, view) or ()), "sku"]:
            terms.setdefault(term.lstrip("-"), term)
        return list(terms.values())


@extend_schema_view(get=OPEN)
class CategoryList(generics.ListAPIView):
    """All categories."""

    permission_classes = PUBLIC
    queryset = Category.objects.all()
    serializer_class = CategorySerializer


@extend_schema_view(get=OPEN)
class ProductList(generics.ListAPIView):
    """Products on sale, by category, search and ordering."""

    permission_classes = PUBLIC
    queryset = Product.objects.on_sale().as_rows()
    pagination_class = ProductPages
    filter_backends = [CategoryFilter, WordSearch, TotalOrdering]
    filterset_class = ProductFilter
    search_fields = ["name", "description", "sku"]
    ordering_fields = ["sku", "name", "price", "updated_at"]

    def get_serializer_class(self):
        return ProductDetailSerializer if self.request.method == "POST" else ProductSerializer

    @extend_schema(
        request=ProductDetailSerializer,
        responses={201: ProductDetailSerializer},
        examples=[EXAMPLE],
    )
    def post(self, request):
        """Add a product (staff)."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        product = services.create_product(**form.validated_data)
        return Response(self.get_serializer(product).data, status=201)


class ProductDetail(generics.GenericAPIView):
    """One product with its stock."""

    permission_classes = PUBLIC
    serializer_class = ProductDetailSerializer
    lookup_field = "sku"

    def get_queryset(self):
        products = Product.objects.with_category()
        return products.on_sale() if self.request.method in SAFE_METHODS else products

    @OPEN
    def get(self, request, sku):
        return Response(self.get_serializer(self.get_object()).data)

    def patch(self, request, sku):
        """Change a product (staff)."""
        product = self.get_object()
        form = self.get_serializer(product, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        check = check_of(request)
        changed = services.change_product(product=product, check=check, **form.validated_data)
        return Response(self.get_serializer(changed).data)

    def delete(self, request, sku):
        """Take a product off sale (staff). It stays in past orders."""
        services.withdraw_product(product=self.get_object(), check=check_of(request))
        return Response(status=204)
