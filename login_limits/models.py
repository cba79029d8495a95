"""Failed logins: the rows that backend.py counts."""

from django.db import models
from django.utils import timezone


class FailedLogin(models.Model):
    """One failed login. The name is hashed: people sometimes type their password there."""

    account = models.CharField(max_length=64, help_text="SHA-256 of the name that was tried.")
    address = models.CharField(
        max_length=45, help_text="The client's, as the load balancer says it."
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "accounts_failedlogin"  # the app accounts of both services created it
        indexes = [models.Index(fields=["account", "at"]), models.Index(fields=["address", "at"])]

    def __str__(self) -> str:
        return f"{self.address} at {self.at:%H:%M:%S}"
