"""Housekeeping under its own login: what the outbox and the act ids no longer need is removed."""

from __future__ import annotations

import psycopg

# A stream that was away longer starts afresh; a client that repeats an act later does it twice.
_PRUNE = (
    "DELETE FROM storage_outbox WHERE cursor IS NOT NULL AND at < now() - interval '24 hours'",
    "DELETE FROM storage_actdone WHERE at < now() - interval '7 days'",
)


def prune(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Remove what is past its time; returns how many rows."""
    removed = 0
    for statement in _PRUNE:
        with connection.transaction():
            removed += connection.execute(statement).rowcount
    return removed
