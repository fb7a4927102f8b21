"""Whom the desk is to tell and has not told: rings at that desk until somebody was told.

The worker's own login. What is due is read from the call's steps each time; being told, an advice
that names nobody any more, and the end of the call end it.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tandem.storage.outbox import ALARM

Worker = psycopg.Connection[tuple[Any, ...]]

_DUE = """
SELECT DISTINCT ON (s.call_id, s.result) s.id, s.program_id, s.agency_id, s.call_id, s.result, s.at
FROM calls_call c JOIN intake_callerstep s ON s.call_id = c.id AND s.kind = 'tell_due'
WHERE c.state = 'open'
  AND (SELECT count(*) FILTER (WHERE k.kind = 'tell_due')
      - count(*) FILTER (WHERE k.kind = 'tell_over')
      - 1000 * count(*) FILTER (WHERE k.kind = 'told')
    FROM intake_callerstep k WHERE k.call_id = s.call_id AND k.result = s.result) > 0
ORDER BY s.call_id, s.result, s.at DESC, s.id
"""
_RING = f"""
WITH due AS ({_DUE})
INSERT INTO safety_overdue (id, program_id, agency_id, kind, desk, about_id, call_id, who, callsign,
  call_number, since_at, rang_at, seen_by_name)
SELECT gen_random_uuid(), d.program_id, d.agency_id, 'tell', 'dispatch', d.id, d.call_id, d.result,
  '', (SELECT number FROM calls_call WHERE id = d.call_id), d.at, %(at)s, ''
FROM due d WHERE d.at <= %(at)s - %(after)s
ON CONFLICT DO NOTHING RETURNING program_id
"""  # noqa: S608 (own words)
_END = f"""
WITH due AS ({_DUE})
UPDATE safety_overdue o SET ended_at = %(at)s
WHERE o.kind = 'tell' AND o.ended_at IS NULL AND o.about_id NOT IN (SELECT id FROM due)
RETURNING o.program_id
"""  # noqa: S608 (own words)
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, ARRAY['dispatch'], %s, true)"""


def remind_to_tell(
    connection: Worker, after: timedelta, *, at: datetime | None = None
) -> tuple[int, int]:
    """For how many it rang who were to be told so long ago, and for how many it ended."""
    told = {"at": at or datetime.now(UTC), "after": after}
    with connection.transaction():
        ended = connection.execute(_END.encode(), told).fetchall()
        rang = connection.execute(_RING.encode(), told).fetchall()
        for (program_id,) in dict.fromkeys([*ended, *rang]):
            connection.execute(_TELL, [uuid.uuid4(), program_id, [ALARM]])
    return len(rang), len(ended)
