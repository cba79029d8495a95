"""Logins that failed: what the limits of chassis/logins.py count."""

from django.db import models
from django.utils import timezone


class FailedLogin(models.Model):
    """One failure. Who types a password in the wrong field is safe: what was typed as a name is
    kept as a hash."""

    account = models.CharField(max_length=64, help_text="SHA-256 of the name that was tried.")
    address = models.CharField(
        max_length=45, help_text="The client's, as the load balancer says it."
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["account", "at"]), models.Index(fields=["address", "at"])]

    def __str__(self):
        return f"{self.address} at {self.at:%H:%M:%S}"
