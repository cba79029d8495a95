"""Settings of core_api, the shop. What an operator decides comes from environment variables."""

import socket

from chassis import env, headers, queues, token_settings

SERVICE = "core"
INSTANCE = env.env.str("INSTANCE", default=socket.gethostname())

# The levers: what an operator can choose. The first value is the monolith's.
CACHE = env.choice("CACHE", "local", "off", "redis", "near")
TASKS = env.choice("TASKS", "inline", "queued")
ANALYTICS = env.choice("ANALYTICS", "off", "events")
HTTPS = env.switch("HTTPS")
LAB = env.switch("LAB")

DEBUG = env.switch("DEBUG", "on")
SECRET_KEY = env.secret("SECRET_KEY", file="core_secret_key")
ALLOWED_HOSTS = env.env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.env.list("PUBLIC_URL", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "login_limits",
    "core_api.accounts",
    "core_api.catalog",
    "core_api.orders",
    "core_api.jobs",
    "core_api.operations",
]
MIDDLEWARE = [
    "chassis.headers.InstanceHeaders",
    "chassis.errors.ProblemDocuments",
    "core_api.catalog.cached_views.CachedViews",
    "chassis.middleware.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "chassis.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chassis.middleware.RedirectToSlash",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chassis.middleware.AdminForms",
]
ROOT_URLCONF = "core_api.urls"
WSGI_APPLICATION = "core_api.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "core_api" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = env.database("core_api.sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Short timeouts, so that a Redis that hangs costs a request little. catalog/circuit_breaker.py
# handles the errors.
REDIS = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": env.env.str("CACHE_URL", default=""),
    "OPTIONS": {
        "SOCKET_CONNECT_TIMEOUT": 0.2,
        "SOCKET_TIMEOUT": 0.2,
        "SERIALIZER": "core_api.catalog.caching.Serializer",
    },
}
# The same Redis, with copies in every instance.
NEAR = REDIS | {"BACKEND": "core_api.catalog.near.NearCache"}
CACHES = {
    "default": {
        "off": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "redis": REDIS,
        "near": NEAR,
    }[CACHE]
}

AUTHENTICATION_BACKENDS = ["login_limits.backend.LimitedLogins"]
# Failed logins per minute, over all forms; login_limits/backend.py says what happens beyond.
LOGIN_FAILURES_PER_ACCOUNT = env.limit("LOGIN_FAILURES_PER_ACCOUNT", 5)
LOGIN_FAILURES_PER_ADDRESS = env.limit("LOGIN_FAILURES_PER_ADDRESS", 20)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "chassis.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "chassis.inputs.JSONParser",
        "chassis.inputs.FormParser",
        "chassis.inputs.MultiPartParser",
    ],
    "ALLOWED_VERSIONS": ["1"],  # else ?version= of the schema gets into a header unchecked
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "core_api.pagination.Pages",
    "EXCEPTION_HANDLER": "chassis.errors.handle",
    "NUM_PROXIES": 1,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = token_settings.simple_jwt(signs=True, secret_key=SECRET_KEY) | {
    "TOKEN_OBTAIN_SERIALIZER": "core_api.accounts.serializers.TokenPairSerializer",
    "TOKEN_REFRESH_SERIALIZER": "core_api.accounts.serializers.RefreshOnceSerializer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Escala core_api",
    "DESCRIPTION": "The shop: catalogue, orders, long tasks.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    # The session of a browser counts too, but no program and no "Authorize" can send its cookie.
    "AUTHENTICATION_WHITELIST": ["chassis.tokens.TokenAuthentication"],
    "COMPONENT_SPLIT_REQUEST": True,  # a file is bytes in a request, and a URL in a response
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chassis.openapi.complete",
    ],
}

CELERY = queues.celery_settings(
    "core",
    routes={
        "core.event_recorded": {"queue": "relay"},
        "core.run_job": {"queue": "long"},
        "analytics.record_order_placed": {"queue": "analytics"},
    },
)
# Seconds, for the relay and the workers; tests shorten them.
RESEND_SECONDS = env.env.float("RESEND_SECONDS", default=10)
JOB_HEARTBEAT_SECONDS = env.env.float("JOB_HEARTBEAT_SECONDS", default=2)
JOB_SILENT_SECONDS = env.env.float("JOB_SILENT_SECONDS", default=15)
JOB_ATTEMPTS = env.env.int("JOB_ATTEMPTS", default=3)

STATIC_URL = "/static/"
STATICFILES_DIRS = [env.ROOT / "core_api" / "static"]
STATIC_ROOT = env.static_root(SERVICE)
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STATS_URL = env.env.str("STATS_URL", default="http://127.0.0.1:8404/")  # for the index page
LOGIN_URL = "/api/login/"
LOGIN_REDIRECT_URL = "/api/"

# Two admin sites share a host; their cookies differ, so that neither logs the other out.
SESSION_COOKIE_NAME = "core_session"
CSRF_COOKIE_NAME = "core_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "chassis.errors.forbidden"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "core_api.formats"
LOGGING = headers.log_config(INSTANCE)
