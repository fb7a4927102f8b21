"""Telling the push process what changed: a row in the act's transaction, and a wake-up after it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable

from django.db import connections, transaction

CHANNEL = "tandem_outbox"
# The one key of all news about emergencies: whoever may see them asks for them, and reads how many.
ALARM = uuid.UUID("a1a12000-0000-4000-8000-000000000000")
_WAKE_EVERY = 0.02  # seconds: a NOTIFY in each transaction would halve the commit rate
_last = 0.0
_lock = threading.Lock()

# RETURNING would need the right to read the outbox, which no compartment has.
_INSERT = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
             VALUES (%s, %s, %s, %s, %s)"""


def announce_keys(
    program_id: uuid.UUID, keys: Iterable[uuid.UUID], *, to: Iterable[str], urgent: bool = False
) -> None:
    """Add one outbox row; `to` names login roles (`dispatch`) or one person (`staff:<uuid>`)."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("news is announced in the transaction that makes it true")
    with connections["default"].cursor() as cursor:
        cursor.execute(_INSERT, [uuid.uuid4(), program_id, list(to), list(keys), urgent])


def wake() -> None:
    """Wake the push process; a forged or lost wake-up changes nothing but the delay."""
    global _last  # noqa: PLW0603 (one clock per process)
    with _lock:
        now = time.monotonic()
        if now - _last < _WAKE_EVERY:
            return
        _last = now
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
