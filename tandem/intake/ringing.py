"""What waits for the crisis desk rings again and climbs: the worker's own login.

What is due is read from the tables each time, so that a worker that was killed goes on where the
rows are, and two of them never ring twice for one turn.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from tandem.kernel.program import Program

Worker = psycopg.Connection[tuple[object, ...]]

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
RETURNING t.id, t.program_id, t.call_id, NULL, NULL
"""
# A request rings once more and climbs once; what climbed late has no ring left to give.
_DUE = """
WITH due AS (
  SELECT id FROM intake_workerrequest
  WHERE state = 'asked' AND climbed_at IS NULL AND asked_at <= %(at)s - %(after)s
    AND ({column} IS NULL)
  FOR UPDATE SKIP LOCKED
)
UPDATE intake_workerrequest r SET {column} = %(at)s
FROM due WHERE r.id = due.id
RETURNING r.id, r.program_id, r.call_id, r.asked_by_id, r.encounter_id
"""
_CLIMB = _DUE.format(column="climbed_at")
_RING_AGAIN = _DUE.format(column="rang_at")
# However a call ends (at the desk, by its feed, with a transfer), what was asked for it ends too.
_END = """
WITH over AS (
  SELECT r.id FROM intake_workerrequest r JOIN calls_call c ON c.id = r.call_id
  WHERE r.state IN ('asked', 'countered') AND c.state <> 'open'
  FOR UPDATE OF r SKIP LOCKED
)
UPDATE intake_workerrequest r
SET state = 'withdrawn', withdrawn_at = %(at)s, withdrawn_why = 'call_ended'
FROM over WHERE r.id = over.id
RETURNING r.id, r.program_id, r.call_id, r.asked_by_id, r.encounter_id
"""
# A team that was told before it is sent: nobody who was sent by now, and of no call that ended.
_ALERT = """
WITH due AS (
  SELECT p.id FROM intake_prealert p JOIN calls_call c ON c.id = p.call_id
  WHERE p.seen_at IS NULL AND p.{column} IS NULL AND p.at <= %(at)s - %(after)s
    AND c.state = 'open' AND NOT EXISTS (
      SELECT 1 FROM dispatch_encounter e JOIN dispatch_member m ON m.encounter_id = e.id
      WHERE e.call_id = p.call_id AND m.staff_id = p.staff_id)
  FOR UPDATE OF p SKIP LOCKED
)
UPDATE intake_prealert p SET {column} = %(at)s
FROM due WHERE p.id = due.id
RETURNING p.id, p.program_id, p.call_id, p.staff_id
"""
_ALERT_AGAIN, _ALERT_CLIMBS = _ALERT.format(column="rang_at"), _ALERT.format(column="climbed_at")
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, true)"""


@dataclass(frozen=True)
class Waits:
    """How long each waits for the crisis desk, by the program in force."""

    transfer: timedelta
    again: timedelta  # a request rings once more; nothing: it does not
    climb: timedelta
    # Who was told before being sent and has not said so: as one who was sent.
    alert_again: timedelta = timedelta(seconds=60)
    alert_climb: timedelta = timedelta(seconds=120)


def ring_again(connection: Worker, *, after: timedelta) -> int:
    """Ring for every caller not taken since `after`; returns for how many."""
    return _carry_out(connection, _RING, {"after": after})


def hurry_requests(
    connection: Worker, waits: Waits, *, at: datetime | None = None
) -> tuple[int, int, int]:
    """How many requests for a worker climbed, rang again, and ended with their call."""
    now = at or datetime.now(UTC)
    ended = _carry_out(connection, _END, {"at": now})
    climbed = _carry_out(connection, _CLIMB, {"at": now, "after": waits.climb})
    rang = 0
    if waits.again:
        rang = _carry_out(connection, _RING_AGAIN, {"at": now, "after": waits.again})
    return climbed, rang, ended


def ring_alerts(connection: Worker, waits: Waits, *, at: datetime | None = None) -> tuple[int, int]:
    """How many officers who were told of a call rang again, and for how many the desk was told."""
    now = at or datetime.now(UTC)
    counts = []
    for change, after in ((_ALERT_AGAIN, waits.alert_again), (_ALERT_CLIMBS, waits.alert_climb)):
        rung = 0
        if after:
            with connection.transaction():
                facts = {"at": now, "after": after}
                for key, program_id, call_id, staff_id in connection.execute(
                    change.encode(), facts
                ).fetchall():
                    for audience, keys in (
                        ([f"staff:{staff_id}"], [call_id, key]),
                        (["dispatch"], [call_id]),
                    ):
                        told = [uuid.uuid4(), program_id, audience, keys]
                        connection.execute(_TELL, told)
                    rung += 1
        counts.append(rung)
    return counts[0], counts[1]


def _carry_out(connection: Worker, change: str, facts: dict[str, object]) -> int:
    """Change what is due and tell who waits: each desk by its own key, an officer by the call's."""
    with connection.transaction():
        due = connection.execute(change.encode(), facts).fetchall()
        for key, program_id, call_id, asked_by, encounter_id in due:
            news = [(["clinical"], [key]), (["dispatch"], [call_id])]
            if encounter_id is not None:  # an officer asked, and reads it on the call's page
                news.append(([f"staff:{asked_by}"], [encounter_id]))
            for audience, keys in news:
                connection.execute(_TELL, [uuid.uuid4(), program_id, audience, keys])
    return len(due)


def waits_of(program: Program) -> Waits:
    """The times by a program's facts."""
    timer = program.timers["request_not_answered"]
    sent = program.timers["assigned_not_acknowledged"]
    return Waits(
        timedelta(seconds=program.intake.transfer_seconds),
        timedelta(seconds=timer.ring_again_seconds),
        timedelta(seconds=timer.limit_seconds),
        timedelta(seconds=sent.ring_again_seconds),
        timedelta(seconds=sent.limit_seconds),
    )
