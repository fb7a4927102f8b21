"""Ends what people left open: sessions, duty, places on a unit; makes and ends pairs.

The act that removes somebody ends the sessions itself. This compares what is with what should be,
so it also catches what a process that was killed in between, or a change by SQL, left behind. It
runs in the worker, under the worker's login, and needs no Django. A desk that signs its own side's
member on or off neither sees nor changes the other side's half, nor the member's own duty period:
both follow here, within the second.
"""

from __future__ import annotations

import uuid
from typing import Any

import psycopg

SIDE_OF_ROLE = {"PO": "police", "CRU": "police", "MCW": "county"}
REMOVED = "removed"
_WAKE = "NOTIFY tandem_outbox"

# A session of a role that is over, of a sign-in that is shut, or from before a reset.
_END_SESSIONS = """
UPDATE identity_session s SET ended_at = now() FROM identity_account a
WHERE s.ended_at IS NULL AND s.ends_at > now() AND a.id = s.account_id
  AND (a.disabled_at IS NOT NULL OR a.epoch <> s.epoch OR EXISTS (
    SELECT FROM directory_membership m WHERE m.id = s.membership_id AND m.until_at <= now()))
"""
# Whoever is on duty in a role that they no longer hold at that agency.
_LEFT = """
SELECT d.id FROM directory_dutyperiod d WHERE d.off_at IS NULL AND NOT EXISTS (
  SELECT FROM directory_membership m
  WHERE m.staff_id = d.staff_id AND m.agency_id = d.agency_id AND m.role = d.role
    AND m.from_at <= now() AND (m.until_at IS NULL OR m.until_at > now()))
"""
_END_DUTY = """
UPDATE directory_dutyperiod SET off_at = greatest(now(), on_at), off_reason = %s
WHERE id = %s AND off_at IS NULL
RETURNING program_id, agency_id, staff_id, unit_id, role, off_at
"""
_SLIPS = """
SELECT id, staff_id, side, paired FROM dispatch_unitmember
WHERE unit_id = %s AND off_at IS NULL FOR UPDATE
"""
_LEAVE = "UPDATE dispatch_unitmember SET off_at = %s WHERE id = %s"
_NO_PAIR = "UPDATE dispatch_unitmember SET paired = false WHERE id = ANY (%s)"
_TELL = """
INSERT INTO storage_outbox (id, program_id, audience, keys, urgent) VALUES (%s, %s, %s, %s, false)
"""
_NOTE = """
INSERT INTO privacy_auditintake (id, program_id, agency_id, side, act, outcome, reason, subject,
  subject_id, also, role, for_staff_id, how_known, happened_at)
VALUES (%s, %s, %s, %s, 'duty.signed_off', 'done', %s, 'duty', %s, %s, '', %s, '', %s)
"""


# Units whose pair is not what their crew is: both sides there and not marked, or marked and alone.
_UNPAIRED = """
SELECT program_id, unit_id FROM dispatch_unitmember WHERE off_at IS NULL
GROUP BY program_id, unit_id
HAVING bool_and(paired) <> (count(DISTINCT side) = 2)
  OR bool_or(paired) <> (count(DISTINCT side) = 2)
"""
_PAIR = (
    "UPDATE dispatch_unitmember SET paired = %s WHERE id = ANY (%s) AND paired <> %s RETURNING id"
)
# Own periods of those whom their desk took off the unit, and why.
_GONE = """
UPDATE directory_dutyperiod d
SET off_at = greatest(left_unit.at, d.on_at), off_reason = left_unit.why
FROM (
  SELECT p.id, max(u.off_at) AS at, coalesce((
    SELECT CASE WHEN c.kind IN ('on', 'back') THEN 'moved' ELSE c.kind END
    FROM dispatch_presencechange c WHERE c.staff_id = p.staff_id
    ORDER BY c.at DESC LIMIT 1), 'end') AS why
  FROM directory_dutyperiod p JOIN dispatch_unitmember u
    ON u.staff_id = p.staff_id AND u.unit_id = p.unit_id AND u.off_at >= p.on_at
  WHERE p.off_at IS NULL AND NOT EXISTS (
    SELECT FROM dispatch_unitmember o
    WHERE o.staff_id = p.staff_id AND o.unit_id = p.unit_id AND o.off_at IS NULL)
  GROUP BY p.id, p.staff_id
) AS left_unit
WHERE d.id = left_unit.id AND d.off_at IS NULL
"""


def mend_units(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """How many units became or ceased to be a pair, and how many own periods ended."""
    found = connection.execute(_UNPAIRED).fetchall()
    pairs = sum(_mend(connection, program, unit) for program, unit in found)
    if pairs:
        connection.execute(_WAKE)
    return pairs, connection.execute(_GONE).rowcount


def _mend(connection: psycopg.Connection[Any], program: uuid.UUID, unit: uuid.UUID) -> bool:
    with connection.transaction():
        connection.execute(_SLIPS, [unit])
        slips = connection.execute(_SLIPS, [unit]).fetchall()
        pair = len({slip[2] for slip in slips}) == 2  # noqa: PLR2004 (a pair has two sides)
        changed = connection.execute(_PAIR, [pair, [slip[0] for slip in slips], pair]).fetchall()
        if not changed:
            return False
        # Dispatch sees the crisis worker of a pair; of one that ended it hears the end.
        told = ["clinical", "dispatch", *(f"staff:{slip[1]}" for slip in slips)]
        connection.execute(_TELL, [uuid.uuid4(), program, told, [unit]])
    return True


def end_what_was_left(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """How many sessions and how many duties were ended."""
    sessions = connection.execute(_END_SESSIONS).rowcount
    duties = sum(_end_duty(connection, row[0]) for row in connection.execute(_LEFT).fetchall())
    if duties:
        connection.execute(_WAKE)
    return sessions, duties


def _end_duty(connection: psycopg.Connection[Any], period_id: uuid.UUID) -> bool:
    """One duty in one transaction: the period, the slip at the desk, the pair, trail and news."""
    with connection.transaction():
        found = connection.execute(_END_DUTY, [REMOVED, period_id]).fetchone()
        if found is None:
            return False
        program, agency, staff, unit, role, off_at = found
        # Twice: who signs on beside them at this moment holds these rows, and is seen after that.
        connection.execute(_SLIPS, [unit])
        slips = connection.execute(_SLIPS, [unit]).fetchall()
        told = _leave(connection, slips, staff, off_at)
        if told:
            connection.execute(_TELL, [uuid.uuid4(), program, told, [unit]])
        side = SIDE_OF_ROLE.get(role, "admin")
        facts = [side, REMOVED, period_id, [unit], staff, off_at]
        connection.execute(_NOTE, [uuid.uuid4(), program, agency, *facts])
    return True


def _leave(
    connection: psycopg.Connection[Any], slips: list[Any], staff: uuid.UUID, off_at: object
) -> list[str]:
    """Take the person off the unit, undo the pair; whom it is news to, as with a sign-off."""
    mine = [slip for slip in slips if slip[1] == staff]
    rest = [slip for slip in slips if slip[1] != staff]
    if not mine:
        return []
    key, _, side, paired = mine[0]
    connection.execute(_LEAVE, [off_at, key])
    if len({slip[2] for slip in rest}) < 2:  # noqa: PLR2004 (a pair has two sides)
        connection.execute(_NO_PAIR, [[slip[0] for slip in rest]])
    desk = ["dispatch"] if side == "police" or paired else []
    return ["clinical", *desk, *(f"staff:{one[1]}" for one in slips)]
