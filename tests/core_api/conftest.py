"""A shop with two people in it: a customer and a member of staff, each with a token."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from core_api.accounts.serializers import refresh_token_for
from core_api.catalog import lease
from core_api.catalog.circuit_breaker import CircuitBreaker
from core_api.catalog.models import Category
from core_api.catalog.services import create_product


@pytest.fixture(autouse=True)
def quick_password_hasher(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch):
    monkeypatch.setattr(CircuitBreaker, "open_until", 0)
    monkeypatch.setattr(lease, "LEASE", 60)  # no instance renews it here
    for name in ("believed_until", "refused_since", "refused_last"):
        monkeypatch.setattr(lease.Lease, name, float("-inf"))
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def customer(django_user_model):
    return django_user_model.objects.create_user("carla", password="a-long-word")


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_user("steven", password="a-long-word", is_staff=True)


def api_of(user):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {refresh_token_for(user).access_token}")
    return client


@pytest.fixture
def anonymous_api():
    return APIClient()


@pytest.fixture
def customer_api(customer):
    return api_of(customer)


@pytest.fixture
def staff_api(staff):
    return api_of(staff)


@pytest.fixture
def make_product():
    def make(sku="TEA-1", stock=10, price="12.50", category="tea", **fields):
        category_row, _ = Category.objects.get_or_create(
            slug=category, defaults={"name": category.capitalize()}
        )
        fields = {"name": f"Product {sku}"} | fields
        fields |= {"price": Decimal(price), "category": category_row}
        return create_product(sku=sku, stock=stock, **fields)

    return make
