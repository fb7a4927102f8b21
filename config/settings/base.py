"""What every way of running shares; the environment is read here, once; nonsense is refused."""

from pathlib import Path
from typing import Any

from tandem.kernel.instance import Instance

BASE_DIR = Path(__file__).resolve().parent.parent.parent
INSTANCE = Instance.find()

DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"  # unused: every record names its own UUID
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "tandem.storage",
    "tandem.privacy",
    "tandem.identity",
    "tandem.directory",
    "tandem.people",
    "tandem.calls",
    "tandem.intake",
    "tandem.dispatch",
    "tandem.cautions",
    "tandem.safety",
    "tandem.paging",
    "tandem.encounters",
    "tandem.charting",
    "tandem.reviews",
]

MIDDLEWARE = [
    "tandem.identity.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tandem.identity.middleware.private_pages",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tandem.identity.middleware.signed_in",
]

LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "ui"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "config.jinja.environment",
            "extensions": ["jinja2.ext.i18n"],
            "trim_blocks": True,
            "lstrip_blocks": True,
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [("ui", BASE_DIR / "ui"), ("vendor", BASE_DIR / "build" / "vendor")]
STATICFILES_DIRS = [(name, path) for name, path in STATICFILES_DIRS if path.is_dir()]
STATIC_ROOT = None  # nothing is collected: WhiteNoise finds the files where they are made
WHITENOISE_USE_FINDERS = True
WHITENOISE_MIMETYPES = {".mjs": "text/javascript"}

# Who may connect as what is decided in tandem.storage.backend, never here.
_SERVER = INSTANCE.server()
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "tandem.storage.backend",
        "NAME": _SERVER.database,
        "HOST": _SERVER.host,
        "PORT": str(_SERVER.port),
        "OPTIONS": {"pool": True},
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_HEALTH_CHECKS": True,
    },
    "identity": {
        "ENGINE": "tandem.storage.backend",
        "NAME": _SERVER.database,
        "HOST": _SERVER.host,
        "PORT": str(_SERVER.port),
        "OPTIONS": {"pool": True, "login": "identity"},
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASE_ROUTERS = ["tandem.storage.routing.SignInApart"]

SECRET_KEY = INSTANCE.secrets()["django_secret"]
PASSWORD_HASHERS = ["tandem.identity.hashing.Argon2"]

CSRF_COOKIE_NAME = "tandem_csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "tandem.identity.refusals.csrf_failed"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# Bodies of batches stay below 5 MB (the contract); the front cuts at 6 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# An uploaded sample is held in memory for its one request; a larger one is dropped, never on disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tandem.kernel.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django puts the request (and what was typed) beside its errors: keys only, from us.
        "django.request": {"level": "ERROR", "handlers": ["stderr"], "propagate": False},
        "django.security": {"level": "CRITICAL", "handlers": ["stderr"], "propagate": False},
    },
}
