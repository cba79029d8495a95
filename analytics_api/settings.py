"""Settings of analytics_api. What an operator decides comes from environment variables."""

import socket

from chassis import env, headers, queues, token_settings

SERVICE = "analytics"
INSTANCE = env.env.str("INSTANCE", default=socket.gethostname())

HTTPS = env.switch("HTTPS")

DEBUG = env.switch("DEBUG", "on")
SECRET_KEY = env.secret("SECRET_KEY", file="analytics_secret_key")
ALLOWED_HOSTS = env.env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.env.list("PUBLIC_URL", default=[])

# No token_blacklist: only core_api issues and refreshes tokens; they are verified here.
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "login_limits",
    "analytics_api.accounts",
    "analytics_api.sales",
]
MIDDLEWARE = [
    "chassis.headers.InstanceHeaders",
    "chassis.errors.ProblemDocuments",
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
ROOT_URLCONF = "analytics_api.urls"
WSGI_APPLICATION = "analytics_api.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "analytics_api" / "templates"],
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

# Its own database, which core_api cannot reach. The services share only tokens and messages.
DATABASES = env.database("analytics_api.sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
    "ALLOWED_VERSIONS": ["1"],  # else ?version= of the schema gets into a header unchecked
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "chassis.errors.handle",
    "NUM_PROXIES": 1,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = token_settings.simple_jwt(signs=False, secret_key=SECRET_KEY)
SPECTACULAR_SETTINGS = {
    "TITLE": "Escala analytics_api",
    "DESCRIPTION": "What was sold: figures computed from the events of the shop.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    # The session of a browser counts too, but no program and no "Authorize" can send its cookie.
    "AUTHENTICATION_WHITELIST": ["chassis.tokens.TokenAuthentication"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chassis.openapi.complete",
    ],
}

CELERY = queues.celery_settings(
    "analytics",
    routes={
        "core.event_recorded": {"queue": "relay"},
        "analytics.record_order_placed": {"queue": "analytics"},
    },
)
# Tasks per connection; a new connection for each short task would double its cost.
CELERY["CELERY_DB_REUSE_MAX"] = 1000

STATIC_URL = "/analytics/static/"
STATICFILES_DIRS = [env.ROOT / "analytics_api" / "static"]
STATIC_ROOT = env.static_root(SERVICE)
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
LOGIN_URL = "/analytics/login/"
LOGIN_REDIRECT_URL = "/analytics/"

# Two admin sites share a host; their cookies differ, so that neither logs the other out.
SESSION_COOKIE_NAME = "analytics_session"
CSRF_COOKIE_NAME = "analytics_csrf"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/analytics/"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "chassis.errors.forbidden"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

TIME_ZONE = "UTC"
LOGGING = headers.log_config(INSTANCE)
