"""Behind a declared proxy that speaks https; refuses to start without one."""

import os

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403

_PROXY = os.environ.get("TANDEM_TRUSTED_PROXY", "")
if not _PROXY:
    raise ImproperlyConfigured(
        "TANDEM_TRUSTED_PROXY is not set. Production is served over https by a proxy: "
        "name its address."
    )
ALLOWED_HOSTS = os.environ.get("TANDEM_HOSTS", "").split(",")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31536000
TANDEM_COOKIE_SECURE = True
