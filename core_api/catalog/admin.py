"""The catalogue in the admin. Writes go through services, as everywhere else."""

from django.contrib import admin

from core_api.admin import ReadOnlyAdmin, Undeletable, link
from core_api.catalog import caching, services
from core_api.catalog.models import Category, Product, StockMovement


@admin.register(Category)
class CategoryAdmin(Undeletable):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]

    def get_readonly_fields(self, request, category=None):
        return ["slug"] if category else []  # addresses and events contain it

    def get_prepopulated_fields(self, request, category=None):
        return {} if category else {"slug": ["name"]}

    def save_model(self, request, category, form, change):
        super().save_model(request, category, form, change)
        caching.invalidate_on_commit(lists=True)


@admin.register(Product)
class ProductAdmin(Undeletable):
    list_display = ["sku", "name", "category", "price", "stock", "active"]
    list_filter = ["active", "category"]
    list_select_related = ["category"]
    search_fields = ["sku", "name"]
    search_help_text = "Words of the name, or a sku."
    autocomplete_fields = ["category"]
    fields = ["sku", "name", "description", "category", "price", "stock", "active"]
    actions = ["withdraw"]

    def get_fields(self, request, product=None):
        return [*self.fields, "movements", "updated_at"] if product else self.fields

    def get_readonly_fields(self, request, product=None):
        # Orders and events contain the sku.
        return ["sku", "movements", "updated_at"] if product else []

    def formfield_for_dbfield(self, db_field, request, **options):
        """Send the initial values along, so that only fields that were edited are written back."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field:
            field.show_hidden_initial = True
        return field

    def movements(self, product):
        query = f"?product__id__exact={product.pk}"
        return link("catalog_stockmovement_changelist", "what changed the stock", query=query)

    def save_model(self, request, product, form, change):
        """A changed stock is an absolute count: services write the difference as a movement."""
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            services.change_product(product=product, **changed)
        else:
            product.pk = services.create_product(**form.cleaned_data).pk

    @admin.action(description="Take off sale", permissions=["change"])
    def withdraw(self, request, products):
        count = services.withdraw_products(products=products)
        self.message_user(
            request, f"{count} taken off sale. Tick `active` to sell a product again."
        )


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "product", "delta", "reason", "order_id"]
    list_filter = ["reason", "created_at"]
    list_select_related = ["product"]
    search_fields = ["product__sku", "product__name"]
    search_help_text = "Words of the product's name, or its sku."
