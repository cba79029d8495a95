"""The demo user `admin` for the admin pages; customers send a token of core_api and are no users
here."""

from django.contrib.auth import get_user_model

from chassis import env

RIGHTS = {"is_staff": True, "is_superuser": True}


def ensure_admin() -> list[str]:
    """Create `admin`, or set its password to the one in the environment, as in core_api; [name]."""
    password = env.secret("ADMIN_PASSWORD", length=12)
    user, _ = get_user_model().objects.get_or_create(username="admin", defaults=RIGHTS)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return [user.get_username()]
