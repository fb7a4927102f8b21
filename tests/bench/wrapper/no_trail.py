"""Pages of a product that leaves no trail: the peer that the cost of the trail is measured by."""

from typing import Any

from config.wsgi import application
from tandem.privacy import audit

__all__ = ["application"]


def nothing_written(*_: Any, **__: Any) -> None:
    """No row."""


setattr(audit, "write", nothing_written)  # noqa: B010 (every caller finds it there)
