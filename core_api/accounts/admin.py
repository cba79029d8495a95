"""Sessions in the admin, read-only: whose they are, and from when to when."""

from django.contrib import admin
from rest_framework_simplejwt.token_blacklist import admin as theirs
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core_api.admin import ReadOnly

admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(OutstandingToken)
class SessionAdmin(ReadOnly, theirs.OutstandingTokenAdmin):
    fields = ["id", "user", "jti", "created_at", "expires_at"]  # not `token`: see sessions.py


@admin.register(BlacklistedToken)
class UsedTokenAdmin(ReadOnly, theirs.BlacklistedTokenAdmin):
    """A used token that is deleted could be used again."""
