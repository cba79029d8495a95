"""A Django project as in the tutorials; PEER chooses its cache.

PEER is plain (no cache), cacheops, cachalot, cache_page, or import_export, which imports.
"""

import os

import environ

PEER = os.environ["PEER"]
CACHE_URL = os.environ["CACHE_URL"]

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "lab.bench.peers.catalog",
    "lab.bench.peers.orders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "lab.bench.peers.urls"
DATABASES = {
    "default": environ.Env().db("DATABASE_URL")
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "peers",
    }
}
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 20,
}
SIMPLE_JWT = {"SIGNING_KEY": os.environ["JWT_SIGNING_KEY"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

if PEER == "cacheops":
    INSTALLED_APPS += ["cacheops"]
    CACHEOPS_REDIS = CACHE_URL
    CACHEOPS = {"catalog.*": {"ops": "all", "timeout": 60}}
if PEER == "cachalot":
    INSTALLED_APPS += ["cachalot"]
    CACHALOT_TIMEOUT = 60
