"""What the admin pages of all apps share: the title, fields, and two kinds of protected rows."""

import re

from django import forms
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import format_html

from chassis.inputs import AMOUNT, COUNT, NOT_UTF8
from core_api.text import normal

ROW = re.compile(r"[0-9]{1,18}")  # the key of a row, as forms contain it

admin.site.site_header = admin.site.site_title = "Escala core_api"
admin.site.index_title = "The shop"


class NormalText(forms.CharField):
    """Text as the API stores it."""

    def to_python(self, value):
        if NOT_UTF8 in str(value):
            raise forms.ValidationError("This text is not UTF-8.")
        return normal(super().to_python(value))


class Spelled:
    """A mixin for numbers, which are accepted as the API accepts them."""

    def to_python(self, value):
        if value and not self.spelling.fullmatch(str(value)):
            raise forms.ValidationError(self.error_messages["invalid"])
        number = super().to_python(value)
        return abs(number) if number == 0 else number


class Count(Spelled, forms.IntegerField):
    spelling = COUNT


class Amount(Spelled, forms.DecimalField):
    spelling = AMOUNT


class Choice(forms.ModelChoiceField):
    """A row of another table. Python reads more as a number than a browser sends."""

    def to_python(self, value):
        if value and not ROW.fullmatch(str(value)):
            raise forms.ValidationError(self.error_messages["invalid_choice"])
        return super().to_python(value)


class Choices(admin.widgets.AutocompleteSelect):
    """Shows the form again although the choice that was sent is no row's key."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [key for key in value if ROW.fullmatch(str(key))], attr)


class Undeletable(admin.ModelAdmin):
    """Nothing is deleted here: past orders refer to these rows."""

    formfield_overrides = {
        models.CharField: {"form_class": NormalText},
        models.SlugField: {"widget": admin.widgets.AdminTextInputWidget},
        models.TextField: {"form_class": NormalText},
        models.PositiveIntegerField: {"form_class": Count},
        models.DecimalField: {"form_class": Amount},
        models.ForeignKey: {"form_class": Choice},
    }
    list_per_page = 50
    show_full_result_count = False  # it would count all rows a second time for each page

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name in self.autocomplete_fields:
            options["widget"] = Choices(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, normal(search_term))


class ReadOnly:
    """A mixin: nothing is added, changed or deleted here, not even by superusers."""

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission


class ReadOnlyAdmin(ReadOnly, Undeletable):
    """For rows that only services may write."""


def link(view: str, text, *, pk=None, query: str = ""):
    """A link to the admin page of a row, or to a list with a filter."""
    address = reverse(f"admin:{view}", args=[pk] if pk else [])
    return format_html('<a href="{}{}">{}</a>', address, query, text)
