"""A visit outside a call: when a check is missed it rings at her own desk, then at its supervisor.

The worker's own login. Dispatch is told nothing: her desk rings it when officers should look.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tandem.storage.outbox import ALARM

Worker = psycopg.Connection[tuple[Any, ...]]

_RING = """
INSERT INTO safety_overdue (id, program_id, agency_id, kind, desk, about_id, who, callsign,
  since_at, rang_at, seen_by_name)
SELECT gen_random_uuid(), v.program_id, v.agency_id, 'visit', 'crisis', v.id, v.short_name, '',
  v.heard_at, %(at)s, ''
FROM safety_visit v
WHERE v.ended_at IS NULL AND v.heard_at <= %(at)s - make_interval(secs => v.every_seconds)
  AND NOT EXISTS (SELECT FROM safety_overdue o
    WHERE o.kind = 'visit' AND o.about_id = v.id AND o.ended_at IS NULL)
ON CONFLICT DO NOTHING RETURNING program_id
"""
_CLIMB = """
UPDATE safety_overdue o SET climbed_at = %(at)s FROM safety_visit v
WHERE o.kind = 'visit' AND o.ended_at IS NULL AND o.climbed_at IS NULL AND v.id = o.about_id
  AND o.since_at <= %(at)s - make_interval(secs => v.every_seconds) - %(after)s
RETURNING o.program_id
"""
# What was heard, or the end of the visit, ends it.
_END = """
UPDATE safety_overdue o SET ended_at = %(at)s
WHERE o.kind = 'visit' AND o.ended_at IS NULL AND NOT EXISTS (SELECT FROM safety_visit v
  WHERE v.id = o.about_id AND v.ended_at IS NULL AND v.heard_at = o.since_at)
RETURNING o.program_id
"""
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, ARRAY['clinical'], %s, true)"""


def watch_visits(
    connection: Worker, climb_after: timedelta, *, at: datetime | None = None
) -> tuple[int, int, int]:
    """How many missed checks rang, climbed, and ended because something was heard."""
    told = {"at": at or datetime.now(UTC), "after": climb_after}
    with connection.transaction():
        ended = connection.execute(_END, told).fetchall()
        rang = connection.execute(_RING, told).fetchall()
        climbed = connection.execute(_CLIMB, told).fetchall()
        for (program_id,) in dict.fromkeys([*ended, *rang, *climbed]):
            connection.execute(_TELL, [uuid.uuid4(), program_id, [ALARM]])
    return len(rang), len(climbed), len(ended)
