"""An emergency that a desk does not acknowledge climbs to its supervisor: the worker's own login.

What is due is read from the rows each time: a worker that was killed goes on where they are.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import psycopg

from tandem.kernel.program import SafetyFacts
from tandem.storage.outbox import ALARM

Worker = psycopg.Connection[tuple[object, ...]]

_CLIMB = """
WITH due AS (
  SELECT id FROM safety_emergency
  WHERE ended_at IS NULL AND {desk}_seen_at IS NULL AND {desk}_climbed_at IS NULL
    AND pressed_at <= %(at)s - %(after)s
  FOR UPDATE SKIP LOCKED
)
UPDATE safety_emergency e SET {desk}_climbed_at = %(at)s
FROM due WHERE e.id = due.id RETURNING e.program_id
"""
_CLIMBS = {desk: _CLIMB.format(desk=desk).encode() for desk in ("dispatch", "crisis")}
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, true)"""


def climb_emergencies(connection: Worker, facts: SafetyFacts, *, at: datetime | None = None) -> int:
    """For how many desks an emergency became the supervisor's; both desks read that it did."""
    now = at or datetime.now(UTC)
    after = timedelta(seconds=facts.emergency_climb_seconds)
    climbed = 0
    for change in _CLIMBS.values():
        with connection.transaction():
            due = connection.execute(change, {"at": now, "after": after}).fetchall()
            for (program_id,) in due:
                told = ["dispatch", "clinical"]
                connection.execute(_TELL, [uuid.uuid4(), program_id, told, [ALARM]])
        climbed += len(due)
    return climbed
