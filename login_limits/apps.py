"""Replaces two methods of Django's user model: see password_hashes.py."""

from django.apps import AppConfig
from django.contrib.auth import get_user_model


class LoginLimits(AppConfig):
    """A user model of our own would replace the table of users, and all that refers to it."""

    name = "login_limits"

    def ready(self) -> None:
        from login_limits import password_hashes  # only works once Django's apps are loaded

        user_model = get_user_model()
        user_model.check_password = password_hashes.check_password
        user_model.get_session_auth_hash = password_hashes.session_hash
