"""What the operator said about phones: the gateway of text messages, and who we are to services."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tandem.kernel.instance import Instance, InstanceError
from tandem.paging.rules import LOOPBACK

URL, SECRET_FILE = "TANDEM_SMS_URL", "TANDEM_SMS_SECRET_FILE"
CONTACT, ON_LOOPBACK = "TANDEM_PUSH_CONTACT", "TANDEM_PUSH_LOOPBACK"
_LEAST_SECRET = 16


@dataclass(frozen=True)
class Gateway:
    """Where text messages go and what it knows us by."""

    url: str
    secret: str = field(repr=False)


def gateway(instance: Instance) -> Gateway | None:
    """The gateway, or none; InstanceError where what was said cannot be used."""
    url = os.environ.get(URL, "").rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host or parts.query or parts.fragment:
        raise InstanceError(f"{URL} is no address of a gateway.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise InstanceError(f"{URL} must begin with https: the secret and numbers pass over it.")
    named = os.environ.get(SECRET_FILE, "")
    if not named:
        raise InstanceError(f"{SECRET_FILE} must name the file with the gateway's secret.")
    try:
        secret = instance.read_private(Path(named)).strip()
    except OSError:
        raise InstanceError(f"The file that {SECRET_FILE} names cannot be read.") from None
    if len(secret) < _LEAST_SECRET or not secret.isascii() or not secret.isprintable():
        raise InstanceError(f"The secret in {SECRET_FILE} is shorter than 16 characters or odd.")
    return Gateway(url, secret)


def contact() -> str:
    """Whom a push service may write to about us, as mailto: or https:; empty when not said."""
    said = os.environ.get(CONTACT, "")
    return said if said.startswith(("mailto:", "https://")) and len(said) <= 200 else ""  # noqa: PLR2004


def on_loopback(instance: Instance) -> bool:
    """Whether a push service on this machine is one: in a demonstration that was told so alone."""
    return os.environ.get(ON_LOOPBACK) == "yes" and instance.demo_file.exists()
