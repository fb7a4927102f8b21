"""Counting encounters from the records themselves, day by day, in SQL under the reader's own walls.

The same statements serve a report that counts for itself and the worker that keeps what they found;
they need no Django.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tandem.encounters.tallies import STATED, Tally
from tandem.kernel.axes import Owner, axes_of

# Runs one statement with named values and gives its rows.
Run = Callable[[str, dict[str, Any]], list[Any]]

# Asked, accepted, en route, at the address, with the person, clear: the words of a member's steps.
STEPS = ("assigned", "acknowledged", "en_route", "at_address", "on_scene", "cleared")
PAIRS = (*pairwise(STEPS), ("at_address", "cleared"))
FROM_CALL = ("call", "assigned")
AXIS_TABLES = {Owner.CRISIS: "encounters_clinicalaxis"}
SHARED_TABLE = "encounters_sharedaxis"
# Days of one statement: what a login's longest statement allows, with a hundred encounters a day.
MOST_DAYS = 31


@dataclass(frozen=True)
class Counted:
    """Whose encounters are counted: a side of a program, or of it one person's own cases."""

    program_id: uuid.UUID
    side: str  # police | county
    zone: str  # a day begins at this zone's midnight
    only_of: uuid.UUID | None = None


# The first time of each step: one that was taken back, and the taking back, count as not there.
_WHEN = ", ".join(
    f"min(s.happened_at) FILTER (WHERE s.state = '{step}') AS {step}" for step in STEPS
)
_TAKEN = """
WITH taken AS MATERIALIZED (
  SELECT e.id, e.call_id, (e.begun_at AT TIME ZONE %(zone)s)::date AS day
  FROM dispatch_encounter e
  WHERE e.program_id = %(program)s
    AND e.begun_at >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
    AND e.begun_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    AND EXISTS (SELECT FROM dispatch_member m WHERE m.encounter_id = e.id AND m.side = %(side)s)
    AND (%(only)s::uuid IS NULL OR EXISTS (
      SELECT FROM dispatch_member m WHERE m.encounter_id = e.id AND m.staff_id = %(only)s))
)"""
_STEPS = f"""
steps AS (
  SELECT t.day, t.id AS encounter_id, t.call_id, m.id AS member_id, m.side, {_WHEN}
  FROM taken t JOIN dispatch_member m ON m.encounter_id = t.id
  LEFT JOIN dispatch_memberstep s ON s.encounter_id = t.id AND s.member_id = m.id
    AND s.undoes_id IS NULL AND NOT EXISTS (
      SELECT FROM dispatch_memberstep u WHERE u.encounter_id = t.id AND u.undoes_id = s.id)
  GROUP BY t.day, t.id, t.call_id, m.id, m.side
)"""  # noqa: S608 (words of this module alone)
# Both professions were sent: how long the crisis worker stayed after the last officer was clear.
_BOTH = f"""{_TAKEN},{_STEPS}, ends AS (
  SELECT day, encounter_id, count(*) FILTER (WHERE side = %(side)s) AS members,
    bool_or(side = 'police') AND bool_or(side = 'county') AS joint,
    bool_and(cleared IS NOT NULL) AS all_clear,
    extract(epoch FROM max(cleared) FILTER (WHERE side = 'county')
      - max(cleared) FILTER (WHERE side = 'police')) AS stayed
  FROM steps GROUP BY day, encounter_id
)
SELECT day, joint, CASE WHEN stayed > 0 THEN floor(stayed + 0.5) ELSE stayed * 0 END::int,
  count(*), sum(members)::int
FROM (
  SELECT day, members, joint, CASE WHEN joint AND all_clear THEN stayed END AS stayed FROM ends
) x
GROUP BY 1, 2, 3
"""  # noqa: S608 (words of this module alone)
_TIMES = """{taken},{steps}
SELECT s.day, leg.name, floor(leg.seconds + 0.5)::int, count(*)
FROM steps s {calls} CROSS JOIN LATERAL (VALUES {legs}) AS leg (name, seconds)
WHERE s.side = %(side)s AND leg.seconds >= 0 GROUP BY 1, 2, 3
"""
_CALLS = "LEFT JOIN calls_call c ON c.id = s.call_id"
_AXES = """{taken}
SELECT t.day, a.axis, a.value, count(DISTINCT a.encounter_id)
FROM taken t JOIN {table} a ON a.encounter_id = t.id AND a.replaced_at IS NULL
WHERE a.axis = ANY (%(axes)s) GROUP BY GROUPING SETS ((t.day, a.axis, a.value), (t.day, a.axis))
"""


def pairs_of(side: str) -> list[tuple[str, str]]:
    """From which step to which a side's times are counted: the county reads no call."""
    return [FROM_CALL, *PAIRS] if side == "police" else list(PAIRS)


def _times(side: str) -> str:
    legs = ", ".join(
        f"('{first}>{then}', extract(epoch FROM s.{then}"
        f" - {'c.received_at' if first == 'call' else f's.{first}'}))"
        for first, then in pairs_of(side)
    )
    calls = _CALLS if side == "police" else ""
    return _TIMES.format(taken=_TAKEN, steps=_STEPS, calls=calls, legs=legs)


def axes_by_table(side: str) -> dict[str, list[str]]:
    """The axes of a side that are counted, by where they lie; sealed custody is counted nowhere."""
    found: dict[str, list[str]] = defaultdict(list)
    for axis in axes_of(side):
        if axis.owner is not Owner.CUSTODY:
            found[AXIS_TABLES.get(axis.owner, SHARED_TABLE)].append(axis.code)
    return dict(found)


def count_days(run: Run, whose: Counted, first: date, last: date) -> dict[date, Tally]:
    """A tally of each day from first to last, both included; an empty one where nothing was."""
    found = {first + timedelta(days=n): Tally() for n in range((last - first).days + 1)}
    while first <= last:
        until = min(last, first + timedelta(days=MOST_DAYS - 1))
        _count(run, whose, first, until, found)
        first = until + timedelta(days=1)
    return found


def _count(run: Run, whose: Counted, first: date, last: date, into: dict[date, Tally]) -> None:
    values = {
        "program": whose.program_id,
        "side": whose.side,
        "zone": whose.zone,
        "only": whose.only_of,
        "first": first,
        "last": last,
    }
    for day, joint, seconds, n, members in run(_BOTH, values):
        into[day].encounters += n
        into[day].members += members
        into[day].joint += n if joint else 0
        if seconds is not None:
            into[day].released[seconds] += n
    for day, pair, seconds, n in run(_times(whose.side), values):
        into[day].times.setdefault(pair, Counter())[seconds] += n
    for table, axes in axes_by_table(whose.side).items():
        text = _AXES.format(taken=_TAKEN, table=table)
        for day, axis, value, n in run(text, {**values, "axes": axes}):
            into[day].axes.setdefault(axis, Counter())[value or STATED] += n
