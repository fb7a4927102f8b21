"""What somebody has to learn of on a closed phone, and when each of it is over: the worker's login.

An assignment, a change of danger or place, an emergency on the same call, a sending taken back. Who
has not seen a change is told by who may read it (`unseen`); nothing of what changed is in here.
"""
# ruff: noqa: S608 (put together of this file's own constants)

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from tandem.dispatch.states import ENDED, SENT_BY_CRISIS, MemberState
from tandem.paging.rules import Cause

Worker = psycopg.Connection[Any]
# By desk: each member who has not seen a change, and when the newest danger was reported; none
# where the place alone changed.
Waiting = dict[str, dict[uuid.UUID, datetime | None]]


class Told(NamedTuple):
    """One page that began or ended, and who lists it."""

    id: uuid.UUID
    program_id: uuid.UUID
    desk: str
    kind: str
    staff_id: uuid.UUID
    shown: bool  # a desk reads a line of it


_NOT_THERE = ", ".join(f"'{state}'" for state in sorted([*ENDED, MemberState.PROPOSED]))
_BY_CRISIS = ", ".join(f"'{model}'" for model in sorted(SENT_BY_CRISIS))
_ON_DUTY = """EXISTS (
  SELECT FROM dispatch_unitmember u WHERE u.staff_id = {who}.staff_id AND u.off_at IS NULL)"""
_MEMBERS = "dispatch_member m JOIN dispatch_response r ON r.id = m.response_id"
_DESK = f"CASE WHEN r.model IN ({_BY_CRISIS}) THEN 'crisis' ELSE 'dispatch' END"
_WAITS = f"""
  FROM {_MEMBERS}
  WHERE {{which}} m.state = 'assigned' AND r.ended_at IS NULL AND {_ON_DUTY.format(who="m")}
"""
_RUNNING = f"m.state NOT IN ({_NOT_THERE}) AND r.ended_at IS NULL"
_PAGE = """
INSERT INTO paging_page (id, program_id, agency_id, kind, desk, about_at, member_id, encounter_id,
  call_id, staff_id, who, callsign, call_number, made_at, text_at, unreached)
SELECT gen_random_uuid(), m.program_id, m.agency_id, '{kind}', {desk}, {about}, m.id,
  m.encounter_id, (SELECT e.call_id FROM dispatch_encounter e WHERE e.id = m.encounter_id),
  m.staff_id, m.short_name, r.callsign,
  (SELECT e.number FROM dispatch_encounter e WHERE e.id = m.encounter_id),
  %(at)s, %(text)s, ''
"""
_MADE = "ON CONFLICT DO NOTHING RETURNING id, program_id, desk, kind, staff_id, true"
_ASSIGNED = f"""
{_PAGE.format(kind=Cause.ASSIGNED, desk=_DESK, about="r.assigned_at")}
{_WAITS.format(which="m.state_at > %(oldest)s AND")}
  AND NOT EXISTS (SELECT FROM paging_page p WHERE p.member_id = m.id AND p.kind = 'assigned')
{_MADE}
"""
# Of a place nobody wrote down when it changed: what is open already asks them to look.
_CHANGE = f"""
{
    _PAGE.format(
        kind=Cause.CHANGE,
        desk="%(desk)s::text",
        about='''coalesce(w.danger_at, (SELECT max(p.ended_at) FROM paging_page p
    WHERE p.member_id = m.id AND p.kind = 'change' AND p.desk = %(desk)s::text), r.assigned_at)''',
    )
}
FROM {_MEMBERS}
  JOIN unnest(%(members)s::uuid[], %(dangers)s::timestamptz[]) AS w (member_id, danger_at)
    ON w.member_id = m.id
WHERE {_RUNNING} AND m.state <> 'assigned' AND {_ON_DUTY.format(who="m")}
  AND coalesce(w.danger_at > %(oldest)s, NOT EXISTS (SELECT FROM paging_page p
    WHERE p.member_id = m.id AND p.kind = 'change' AND p.desk = %(desk)s::text
      AND p.ended_at IS NULL))
{_MADE}
"""
_EMERGENCY = f"""
{_PAGE.format(kind=Cause.EMERGENCY, desk=_DESK, about="x.pressed_at")}
FROM {_MEMBERS} JOIN safety_emergency x
    ON x.encounter_id = m.encounter_id AND x.staff_id <> m.staff_id
WHERE {_RUNNING} AND x.ended_at IS NULL AND x.pressed_at > %(oldest)s
  AND {_ON_DUTY.format(who="m")}
{_MADE}
"""
# Told that they are sent: a message left. Who was never told that has nothing to unlearn.
_TAKEN_BACK = f"""
{_PAGE.format(kind=Cause.TAKEN_BACK, desk=_DESK, about="r.assigned_at")}
FROM {_MEMBERS}
WHERE m.state = 'cancelled' AND m.state_at > %(oldest)s AND {_ON_DUTY.format(who="m")}
  AND EXISTS (SELECT FROM dispatch_memberstep s
    WHERE s.member_id = m.id AND s.state = 'cancelled' AND s.undoes_id IS NOT NULL)
  AND EXISTS (SELECT FROM paging_page p JOIN paging_delivery d ON d.page_id = p.id
    WHERE p.member_id = m.id AND p.kind = 'assigned' AND d.tries > 0)
{_MADE}
"""
_END = f"""
UPDATE paging_page p SET ended_at = %(at)s WHERE p.ended_at IS NULL AND (
  p.seen_at IS NOT NULL OR NOT {_ON_DUTY.format(who="p")}
  OR (p.kind = 'assigned' AND NOT EXISTS (SELECT {_WAITS.format(which="m.id = p.member_id AND")}))
  OR (p.kind = 'change' AND %(looked)s AND NOT p.member_id = ANY (
    CASE p.desk WHEN 'crisis' THEN %(crisis)s::uuid[] ELSE %(dispatch)s::uuid[] END))
  OR (p.kind = 'emergency' AND NOT EXISTS (SELECT FROM safety_emergency x
    WHERE x.encounter_id = p.encounter_id AND x.pressed_at = p.about_at AND x.ended_at IS NULL))
) RETURNING p.id, p.program_id, p.desk, p.kind, p.staff_id,
  p.unreached_at IS NOT NULL OR p.kind IN ('emergency', 'taken_back')
"""


def begin(connection: Worker, told: dict[str, Any], waiting: Waiting | None) -> list[Told]:
    """A page for everybody who has newly to learn of something; `told` holds the turn's times."""
    found = []
    for statement in (_ASSIGNED, _EMERGENCY, _TAKEN_BACK):
        found += connection.execute(statement.encode(), told).fetchall()
    for desk, members in (waiting or {}).items():
        changed = {"desk": desk, "members": list(members), "dangers": list(members.values())}
        if members:
            found += connection.execute(_CHANGE.encode(), {**told, **changed}).fetchall()
    return [Told(*row) for row in found]


def end(connection: Worker, told: dict[str, Any], waiting: Waiting | None) -> list[Told]:
    """End what was acknowledged, seen, taken back or is over, and what is of nobody on duty."""
    seen = {desk: list((waiting or {}).get(desk, {})) for desk in ("crisis", "dispatch")}
    facts = {**told, **seen, "looked": waiting is not None}
    return [Told(*row) for row in connection.execute(_END.encode(), facts).fetchall()]
