"""Who owes an answer and gives none: rings at the desk that sent them, then at its supervisor.

The worker's own login. Every turn reads who is on a call and when something was last heard of
them, so a worker that was killed goes on where the rows are, and two of them ring once.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tandem.dispatch.states import SENT_BY_CRISIS, MemberState
from tandem.kernel.program import Program
from tandem.safety.rules import OnCall, Times, Watch, watches
from tandem.storage.outbox import ALARM

_Row = tuple[Any, ...]
_Key = tuple[str, uuid.UUID, str]

# What happened counts, not when it was entered; a time to come is nothing heard yet.
_ON_CALL = """
SELECT m.id, m.response_id, m.encounter_id, m.program_id, m.agency_id, m.staff_id, m.short_name,
  m.side, m.state, m.state_at, r.callsign, r.model, e.number, e.call_id,
  greatest(
    m.state_at,
    (SELECT max(s.happened_at) FROM dispatch_memberstep s
      WHERE s.member_id = m.id AND s.happened_at <= %(at)s),
    (SELECT max(c.at) FROM safety_checkanswer c WHERE c.response_id = m.response_id),
    (SELECT max(h.at) FROM cautions_hazardreport h
      WHERE h.encounter_id = m.encounter_id AND h.by_id = m.staff_id)
  ),
  (SELECT max(s.happened_at) FROM dispatch_memberstep s
    WHERE s.member_id = m.id AND s.before_stable AND s.happened_at = m.state_at
      AND NOT EXISTS (SELECT FROM dispatch_memberstep u WHERE u.undoes_id = s.id)
      AND NOT EXISTS (SELECT FROM dispatch_scenefact f WHERE f.encounter_id = m.encounter_id
        AND f.kind = 'scene_stable' AND f.undone_at IS NULL AND f.server_at >= s.server_at)),
  (SELECT max(f.at) FROM dispatch_scenefact f
    WHERE f.member_id = m.id AND f.kind = 'more_help' AND f.undone_at IS NULL
      AND NOT EXISTS (SELECT FROM dispatch_member p JOIN dispatch_response q ON q.id = p.response_id
        WHERE p.encounter_id = m.encounter_id AND p.side = 'police' AND q.assigned_at >= f.at))
FROM dispatch_member m
JOIN dispatch_response r ON r.id = m.response_id
JOIN dispatch_encounter e ON e.id = m.encounter_id
WHERE r.ended_at IS NULL AND m.state NOT IN ('proposed', 'cleared', 'cancelled')
"""
_RUNNING = """
SELECT id, kind, about_id, desk, since_at, climbed_at, program_id
FROM safety_overdue WHERE ended_at IS NULL AND kind NOT IN ('visit', 'tell') FOR UPDATE SKIP LOCKED
"""
_RING = """
INSERT INTO safety_overdue (id, program_id, agency_id, kind, desk, about_id, response_id,
  encounter_id, call_id, who, callsign, call_number, since_at, rang_at, seen_by_name)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
ON CONFLICT DO NOTHING RETURNING id
"""
_CLIMB = "UPDATE safety_overdue SET climbed_at = %s WHERE id = %s AND climbed_at IS NULL"
_END = "UPDATE safety_overdue SET ended_at = %s WHERE id = %s AND ended_at IS NULL"
_TELL = """INSERT INTO storage_outbox (id, program_id, audience, keys, urgent)
           VALUES (%s, %s, %s, %s, true)"""
_AUDIENCE = {"dispatch": "dispatch", "crisis": "clinical"}


def times_of(program: Program) -> Times:
    """The times by a program's facts."""
    sent, scene = program.timers["assigned_not_acknowledged"], "on_scene_without_check"
    return Times(
        acknowledge=timedelta(seconds=sent.ring_again_seconds or sent.limit_seconds),
        acknowledge_climb=timedelta(seconds=sent.limit_seconds),
        alone=timedelta(seconds=program.safety.alone_check_seconds),
        team=timedelta(seconds=program.timers[scene].limit_seconds),
        check_climb=timedelta(seconds=program.safety.check_climb_seconds),
    )


def watch_over(
    connection: psycopg.Connection[_Row], times: Times, *, at: datetime | None = None
) -> tuple[int, int, int]:
    """How many clocks rang, climbed, and ended because something was heard."""
    now = at or datetime.now(UTC)
    with connection.transaction():
        rows = {row[0]: row for row in connection.execute(_ON_CALL, {"at": now}).fetchall()}
        wanted = {
            (str(one.kind), one.about, one.desk): one
            for one in watches([_on_call(row) for row in rows.values()], times)
            if one.rings_at <= now
        }
        running = {(row[1], row[2], row[3]): row for row in connection.execute(_RUNNING).fetchall()}
        ended = _end_answered(connection, running, wanted, now)
        rang = _ring(connection, wanted, running, rows, now)
        climbed = _climb(connection, wanted, running, now)
    return rang, climbed, ended


def _on_call(row: _Row) -> OnCall:
    return OnCall(
        member_id=row[0],
        response_id=row[1],
        encounter_id=row[2],
        side=row[7],
        state=MemberState(row[8]),
        since=row[9],
        sign_at=row[14],
        sent_by="crisis" if row[11] in SENT_BY_CRISIS else "dispatch",
        early_at=row[15],
        asked_at=row[16],
    )


def _end_answered(
    connection: psycopg.Connection[_Row],
    running: dict[_Key, _Row],
    wanted: dict[_Key, Watch],
    now: datetime,
) -> int:
    """What was answered ends; what is overdue anew since another moment begins afresh."""
    ended = 0
    for key, row in list(running.items()):
        watch = wanted.get(key)
        if watch is not None and watch.since == row[4]:
            continue
        connection.execute(_END, [now, row[0]])
        _tell(connection, row[6], key[2])
        del running[key]
        ended += 1
    return ended


def _ring(
    connection: psycopg.Connection[_Row],
    wanted: dict[_Key, Watch],
    running: dict[_Key, _Row],
    rows: dict[uuid.UUID, _Row],
    now: datetime,
) -> int:
    rang = 0
    for key, watch in wanted.items():
        if key in running:
            continue
        crew = [rows[member] for member in watch.members]
        first = crew[0]
        facts = [uuid.uuid4(), first[3], first[4], *(key[0], key[2], key[1])]
        facts += [first[1], first[2], first[13], " + ".join(row[6] for row in crew)[:200]]
        facts += [first[10], first[12], watch.since, now]
        made = connection.execute(_RING, facts).fetchone()
        if made is None:
            continue  # another worker was quicker
        running[key] = (made[0], *key, watch.since, None, first[3])
        _tell(connection, first[3], watch.desk)
        rang += 1
    return rang


def _climb(
    connection: psycopg.Connection[_Row],
    wanted: dict[_Key, Watch],
    running: dict[_Key, _Row],
    now: datetime,
) -> int:
    climbed = 0
    for key, watch in wanted.items():
        row = running.get(key)
        if row is None or row[5] is not None or watch.climbs_at > now:
            continue
        connection.execute(_CLIMB, [now, row[0]])
        _tell(connection, row[6], watch.desk)
        climbed += 1
    return climbed


def _tell(connection: psycopg.Connection[_Row], program_id: uuid.UUID, desk: str) -> None:
    connection.execute(_TELL, [uuid.uuid4(), program_id, [_AUDIENCE[desk]], [ALARM]])
