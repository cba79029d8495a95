"""All URLs of analytics."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from analytics_api.sales.views import ApiRoot, DailySales, SalesSummary, TopProducts
from chassis import health
from chassis.whoami import WhoAmI

# Not OPTIONS, for which DRF has no page.
DOCS = SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get", "head"])
urlpatterns = [
    path("", RedirectView.as_view(url="/analytics/")),  # when analytics has a host of its own
    path("analytics/", ApiRoot.as_view(), name="api-root"),
    path("analytics/whoami/", WhoAmI.as_view(), name="whoami"),
    path("analytics/sales/daily/", DailySales.as_view(), name="sales-daily"),
    path("analytics/sales/top-products/", TopProducts.as_view(), name="sales-top-products"),
    path("analytics/sales/summary/", SalesSummary.as_view(), name="sales-summary"),
    path("analytics/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("analytics/docs/", DOCS, name="docs"),
    path("analytics/admin/", admin.site.urls),
    path("analytics/", include("rest_framework.urls")),  # login/ and logout/ for browsers
    *health.urlpatterns,
]

handler400 = "chassis.errors.bad_request"
handler403 = "chassis.errors.forbidden"
handler404 = "chassis.errors.not_found"
handler500 = "chassis.errors.server_error"
