"""Import products with django-import-export, in bulk as its documentation recommends.

The rules are those of Escala: columns, lengths, characters of a SKU, price and stock; a new name of
a category makes a category. Products and categories are looked up in a cache, and no differences
are rendered. The whole file is read at once, in one request and one transaction: when that ends
early, nothing is imported. No stock movement is written, and no cache is invalidated.
"""

from django.utils.text import slugify
from import_export import fields, instance_loaders, resources, widgets
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from tablib import Dataset

from lab.bench import import_file
from lab.bench.peers.catalog.models import Category, Product


class ProductResource(resources.ModelResource):
    category = fields.Field(
        "category", "category", widgets.CachedForeignKeyWidget(Category, field="name")
    )

    class Meta:
        model = Product
        fields = import_file.COLUMNS
        import_id_fields = ["sku"]
        instance_loader_class = instance_loaders.CachedInstanceLoader
        use_bulk = True
        batch_size = 500
        use_transactions = True
        skip_diff = True
        clean_model_instances = True

    def before_import(self, dataset, **options):
        known = set(Category.objects.values_list("name", flat=True))
        new = sorted(set(dataset["category"]) - known)
        Category.objects.bulk_create(Category(name=name, slug=slugify(name)) for name in new)

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=False):
        # The database has a unique index; another query for each row would be a waste.
        super().validate_instance(instance, import_validation_errors, validate_unique=False)


class Imports(APIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser]

    def post(self, request):
        rows = Dataset().load(request.FILES["file"].read().decode(), format="csv")
        result = ProductResource().import_data(rows)
        for _, errors in result.row_errors():  # not those of validation; all is rolled back then
            raise errors[0].error
        taken = result.totals["new"] + result.totals["update"]
        return Response({"imported": taken, "rejected": len(result.invalid_rows)}, status=201)
