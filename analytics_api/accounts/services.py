"""The one demo login that analytics has: customers come with a token of core_api and are no users
here."""

from django.contrib.auth import get_user_model

from chassis import env

RIGHTS = {"is_staff": True, "is_superuser": True}


def ensure_admin():
    """Create `admin` with the password that it has in core_api too, or give this back to it;
    [names]."""
    password = env.secret("ADMIN_PASSWORD", length=12)
    user, _ = get_user_model().objects.get_or_create(username="admin", defaults=RIGHTS)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return [user.get_username()]
