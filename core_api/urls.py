"""Every address of the shop on one screen."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from chassis import health
from chassis.whoami import WhoAmI
from core_api import views
from core_api.accounts.views import Login, Refresh
from core_api.catalog.views import CategoryList, ProductDetail, ProductList
from core_api.jobs.views import ImportList, JobDetail, JobResult, ReportList
from core_api.orders.views import BestSellers, OrderDetail, OrderList

# Not OPTIONS, for which DRF has no page.
DOCS = SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get", "head"])
urlpatterns = [
    path("", views.index, name="index"),
    path("favicon.ico", views.icon),
    path("api/", views.ApiRoot.as_view(), name="api-root"),
    path("api/token/", Login.as_view(), name="token"),
    path("api/token/refresh/", Refresh.as_view(), name="token-refresh"),
    path("api/whoami/", WhoAmI.as_view(), name="whoami"),
    path("api/categories/", CategoryList.as_view(), name="category-list"),
    path("api/products/", ProductList.as_view(), name="product-list"),
    path("api/products/best-sellers/", BestSellers.as_view(), name="best-sellers"),
    path("api/products/<str:sku>/", ProductDetail.as_view(), name="product-detail"),
    path("api/orders/", OrderList.as_view(), name="order-list"),
    path("api/orders/<uuid:pk>/", OrderDetail.as_view(), name="order-detail"),
    path("api/reports/", ReportList.as_view(), name="report-list"),
    path("api/imports/", ImportList.as_view(), name="import-list"),
    path("api/jobs/<uuid:pk>/", JobDetail.as_view(), name="job-detail"),
    path("api/jobs/<uuid:pk>/result/", JobResult.as_view(), name="job-result"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", DOCS, name="docs"),
    path("api/", include("rest_framework.urls")),  # login/ and logout/ for browsers
    path("admin/", admin.site.urls),
    *health.urlpatterns,
]
if settings.LAB:
    urlpatterns += [
        path("api/lab/wait/", views.Wait.as_view(), name="lab-wait"),
        path("api/lab/compute/", views.Compute.as_view(), name="lab-compute"),
    ]

handler400 = "chassis.errors.bad_request"
handler403 = "chassis.errors.forbidden"
handler404 = "chassis.errors.not_found"
handler500 = "chassis.errors.server_error"
