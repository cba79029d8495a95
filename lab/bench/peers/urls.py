"""The addresses of a peer: a page of products, the orders of `order plain`, and the import."""

from django.conf import settings
from django.urls import path
from django.views.decorators.cache import cache_page

from lab.bench.peers.catalog.views import ProductList
from lab.bench.peers.orders.views import Orders

products = ProductList.as_view()
urlpatterns = [
    path("api/products/", cache_page(60)(products) if settings.PEER == "cache_page" else products),
    path("api/orders/", Orders.as_view()),
]
if settings.PEER == "import_export":  # the others run without its package
    from lab.bench.peers.imports.views import Imports

    urlpatterns += [path("api/imports/", Imports.as_view())]
