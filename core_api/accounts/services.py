"""The two demo users of every system: `admin` and `customer`."""

from django.contrib.auth import get_user_model

from chassis import env

LOGINS = {"admin": {"is_staff": True, "is_superuser": True}, "customer": {}}


def ensure_logins() -> dict[str, str]:
    """Create the demo users, or set their passwords from the environment; {name: password}."""
    passwords = {name: env.secret(f"{name.upper()}_PASSWORD", length=12) for name in LOGINS}
    for name, rights in LOGINS.items():
        user, created = get_user_model().objects.get_or_create(username=name, defaults=rights)
        if created or not user.check_password(passwords[name]):
            user.set_password(passwords[name])
            user.save(update_fields=["password"])
    return passwords
