"""PASSWORD HASHES: a login that renews an outdated hash is no new password, and ends no session.

Django renews a hash when its settings have become stronger, with a new salt, and takes any change
of the stored hash for a new password. Here a renewal keeps the salt. So the salt says whether a
password was set: set_password draws a new one, also for the same password.
"""

import hashlib

from django.contrib.auth.hashers import identify_hasher, make_password, verify_password
from django.contrib.auth.models import AbstractUser
from django.utils.crypto import salted_hmac


def check_password(user: AbstractUser, raw_password: str) -> bool:
    """Whether the password is right; if it is, and its hash is outdated, the hash is renewed.

    The salt is kept, so simultaneous logins store the same hash. A password that another process
    has set since `user` was read is not overwritten.
    """
    right, outdated = verify_password(raw_password, user.password)
    if right and outdated:
        old = user.password
        user.password = make_password(raw_password, salt=salt_of(old))
        type(user)._default_manager.filter(pk=user.pk, password=old).update(password=user.password)
    return right


def password_id(encoded: str) -> str:
    """Changes if and only if a password is set; from it nothing can be guessed about the hash."""
    return hashlib.sha256(salt_of(encoded).encode()).hexdigest()


def session_hash(user: AbstractUser) -> str:
    """What a session of Django keeps, to end when a password is set."""
    return salted_hmac(__name__, password_id(user.password), algorithm="sha256").hexdigest()


def salt_of(encoded: str) -> str:
    """The salt of an encoded password; of an unusable one, which is random, all of it."""
    try:
        return identify_hasher(encoded).decode(encoded)["salt"]
    except ValueError:
        return encoded
