"""The catalogue to look at and to correct: what is written here goes through services, as from
everywhere else."""

from django.contrib import admin
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html

from core_api.catalog import caching, services
from core_api.catalog.models import Category, Product

LOW = 5  # units: from here on the stock is called low

admin.site.site_header = admin.site.site_title = "Escala core_api"
admin.site.index_title = "The shop"


class NoDeletion(admin.ModelAdmin):
    """Nothing here is deleted: past orders name it."""

    list_per_page = 50
    show_full_result_count = False  # a second count on every page would tell little

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Category)
class CategoryAdmin(NoDeletion):
    list_display = ["name", "slug", "products_on_sale", "sold_out"]
    search_fields = ["name", "slug"]

    class Media:
        css = {"all": ["core_api/admin.css"]}

    def get_queryset(self, request):
        on_sale = Q(products__active=True)
        return (
            super()
            .get_queryset(request)
            .annotate(
                on_sale=Count("products", on_sale),
                none_left=Count("products", on_sale & Q(products__stock=0)),
            )
        )

    def get_readonly_fields(self, request, category=None):
        return ["slug"] if category else []  # addresses and events name it

    def get_prepopulated_fields(self, request, category=None):
        return {} if category else {"slug": ["name"]}

    @admin.display(ordering="on_sale")
    def products_on_sale(self, category):
        address = reverse("admin:catalog_product_changelist")
        return format_html(
            '<a href="{}?category__id__exact={}">{}</a>', address, category.pk, category.on_sale
        )

    @admin.display(ordering="none_left")
    def sold_out(self, category):
        return category.none_left or "-"

    def save_model(self, request, category, form, change):
        super().save_model(request, category, form, change)
        caching.invalidate_on_commit(lists=True)


class Availability(admin.SimpleListFilter):
    title = "availability"
    parameter_name = "availability"
    ranges = {"none": {"stock": 0}, "low": {"stock__range": (1, LOW)}, "plenty": {"stock__gt": LOW}}

    def lookups(self, request, model_admin):
        return [("none", "sold out"), ("low", f"low (1 to {LOW})"), ("plenty", f"more than {LOW}")]

    def queryset(self, request, products):
        return products.filter(**self.ranges.get(self.value(), {}))


@admin.register(Product)
class ProductAdmin(NoDeletion):
    list_display = ["sku", "name", "category", "money", "left", "active"]
    list_filter = ["active", Availability, "category"]
    list_select_related = ["category"]
    search_fields = ["sku", "name"]
    search_help_text = "Words of the name, or a sku."
    autocomplete_fields = ["category"]
    fields = [
        "sku",
        "name",
        "description",
        "category",
        "price",
        "stock",
        "active",
        "history",
        "updated_at",
    ]
    actions = ["withdraw"]

    class Media:
        css = {"all": ["core_api/admin.css"]}

    def get_readonly_fields(self, request, product=None):
        return [
            "history",
            "updated_at",
            *(["sku"] if product else []),
        ]  # orders and events name the sku

    def formfield_for_dbfield(self, db_field, request, **options):
        """The form carries the values it was opened with: what its author did not touch is not
        written back."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field:
            field.show_hidden_initial = True
        return field

    @admin.display(description="price", ordering="price")
    def money(self, product):
        return f"{product.price:,.2f}"

    @admin.display(description="stock", ordering="stock")
    def left(self, product):
        if product.stock > LOW:
            return f"{product.stock:,}"
        kind, text = ("none", "sold out") if product.stock == 0 else ("low", f"{product.stock} low")
        return format_html('<span class="stock {}">{}</span>', kind, text)

    @admin.display(description="movements")
    def history(self, product):
        if product.pk is None:
            return "-"
        address = reverse("admin:catalog_stockmovement_changelist")
        return format_html(
            '<a href="{}?product__id__exact={}">what changed the stock</a>', address, product.pk
        )

    def save_model(self, request, product, form, change):
        """A changed stock is an absolute count: a movement of the difference, written under the row
        lock."""
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            services.change_product(product=product, **changed)
        else:
            product.pk = services.create_product(**form.cleaned_data).pk

    @admin.action(description="Take off sale", permissions=["change"])
    def withdraw(self, request, products):
        for product in products:
            services.withdraw_product(product=product)
        self.message_user(
            request, "Taken off sale. Past orders keep them; tick `active` to sell one again."
        )
