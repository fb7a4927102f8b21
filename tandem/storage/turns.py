"""Taking turns: what two people would do to the same thing at once is done one after the other."""

from __future__ import annotations

import uuid

from django.db import connections
from django.utils.crypto import salted_hmac

_SALT = "tandem.storage.turns"


def take_turn(what: str, key: uuid.UUID) -> None:
    """Wait until nobody else has this turn; it ends with the transaction.

    A row that is not there yet cannot be locked. The number is keyed by the installation's secret,
    because the database shows every login which numbers are held at the moment.
    """
    digest = salted_hmac(_SALT, f"{what}/{key}", algorithm="sha256").digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
