"""Ringing again for a caller whom nobody at the crisis desk has taken: the worker's own login.

What is due is read from the tables each time, so that a worker that was killed goes on where the
rows are, and two of them never ring twice for one turn.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import psycopg

# One row of news for both desks with each ring; a turn begins when the last ring was.
_RING = """
WITH due AS (
  SELECT id FROM intake_transfer
  WHERE acknowledged_at IS NULL AND withdrawn_at IS NULL
    AND coalesce(rang_at, asked_at) <= now() - %(after)s
  FOR UPDATE SKIP LOCKED
)
UPDATE intake_transfer t SET rings = t.rings + 1, rang_at = now()
FROM due WHERE t.id = due.id
RETURNING t.id, t.program_id, t.call_id
"""
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, true)"""


def ring_again(connection: psycopg.Connection[tuple[object, ...]], *, after: timedelta) -> int:
    """Ring for every caller not taken since `after`; returns for how many."""
    with connection.transaction():
        due = connection.execute(_RING, {"after": after}).fetchall()
        for transfer_id, program_id, call_id in due:
            # The crisis desk gets its key, dispatch the key of its own call.
            news = ((["clinical"], [transfer_id]), (["dispatch"], [call_id]))
            for audience, keys in news:
                connection.execute(_TELL, [uuid.uuid4(), program_id, audience, keys])
    return len(due)
