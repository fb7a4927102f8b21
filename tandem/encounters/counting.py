"""Counting encounters from the records themselves, set by set, in SQL under the reader's own walls.

One statement counts many days and gives each day's counts as they are kept. A report that counts
for itself reads them, the worker keeps them without having them out of the database; neither needs
Django.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
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
# Days of one statement: what a login's longest statement allows, with a thousand encounters a day.
MOST_DAYS = 31
# Of one person's own cases, which are found by their keys, however many others lie between.
MOST_DAYS_OF_ONE = 3_653


@dataclass(frozen=True)
class Counted:
    """Whose encounters are counted: a side of a program, or of it one person's own cases."""

    program_id: uuid.UUID
    side: str  # police | county
    zone: str  # a day begins at this zone's midnight
    only_of: uuid.UUID | None = None


# In the order of their keys, so that what is looked up next lies page by page.
_TAKEN = """
WITH taken AS MATERIALIZED (
  SELECT e.id, (e.begun_at AT TIME ZONE %(zone)s)::date AS day, {received} AS received_at
  FROM dispatch_encounter e{calls}
  WHERE e.program_id = %(program)s
    AND e.begun_at >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
    AND e.begun_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s{only}
  ORDER BY e.id
), own AS MATERIALIZED (
  SELECT t.id, t.day, t.received_at FROM taken t
  WHERE EXISTS (SELECT FROM dispatch_member m WHERE m.encounter_id = t.id AND m.side = %(side)s)
)"""
_CALLS = " LEFT JOIN calls_call c ON c.id = e.call_id"
_ONLY = """
    AND e.id = ANY (ARRAY(
      SELECT m.encounter_id FROM dispatch_member m WHERE m.staff_id = %(only)s))"""
# The first time of each step: one that was taken back, and the taking back, count as not there.
_WHEN = ",\n    ".join(
    f"min(happened_at) FILTER (WHERE state = '{step}') AS {step}" for step in STEPS
)
_WAYS = f"""
said AS MATERIALIZED (
  SELECT o.id AS encounter_id, o.day, s.id, s.member_id, s.state, s.happened_at, s.undoes_id
  FROM own o JOIN dispatch_memberstep s ON s.encounter_id = o.id
), ways AS MATERIALIZED (
  SELECT day, encounter_id, member_id, max(side) AS side, max(received_at) AS call,
    {_WHEN}
  FROM (
    SELECT o.day, o.id AS encounter_id, m.id AS member_id, m.side, o.received_at,
      NULL AS state, NULL::timestamptz AS happened_at
    FROM own o JOIN dispatch_member m ON m.encounter_id = o.id
    UNION ALL
    SELECT day, encounter_id, member_id, NULL, NULL, state, happened_at FROM said
    WHERE undoes_id IS NULL
      AND id NOT IN (SELECT undoes_id FROM said WHERE undoes_id IS NOT NULL)
  ) told GROUP BY day, encounter_id, member_id HAVING max(side) IS NOT NULL
)"""  # noqa: S608 (words of this module alone)
# Both professions were sent: how long the crisis worker stayed after the last officer was clear.
_ENDS = """
ends AS MATERIALIZED (
  SELECT day, members, joint,
    CASE WHEN joint AND all_clear THEN greatest(floor(stayed + 0.5), 0)::int END AS released
  FROM (
    SELECT day, count(*) FILTER (WHERE side = %(side)s) AS members,
      bool_or(side = 'police') AND bool_or(side = 'county') AS joint,
      bool_and(cleared IS NOT NULL) AS all_clear,
      extract(epoch FROM max(cleared) FILTER (WHERE side = 'county')
        - max(cleared) FILTER (WHERE side = 'police')) AS stayed
    FROM ways GROUP BY day, encounter_id
  ) crews
)"""
_LEGS = """
SELECT w.day, leg.name, floor(leg.seconds + 0.5)::int AS seconds, count(*) AS n
FROM ways w CROSS JOIN LATERAL (VALUES {legs}) AS leg (name, seconds)
WHERE w.side = %(side)s AND leg.seconds >= 0 GROUP BY 1, 2, 3"""
_AXES = """
SELECT o.day, a.axis, coalesce(a.value, '{stated}') AS value, count(DISTINCT o.id) AS n
FROM own o JOIN {table} a ON a.encounter_id = o.id AND a.replaced_at IS NULL
WHERE a.axis IN ({axes}) GROUP BY GROUPING SETS ((o.day, a.axis, a.value), (o.day, a.axis))"""
# Each part of a day's counts under the name it has in a tally.
_DAYS = """{taken},{ways},{ends}, parts AS (
  SELECT day, 'encounters' AS part, to_jsonb(count(*)) AS counts FROM ends GROUP BY day
  UNION ALL SELECT day, 'members', to_jsonb(sum(members)) FROM ends GROUP BY day
  UNION ALL SELECT day, 'joint', to_jsonb(count(*)) FROM ends WHERE joint GROUP BY day
  UNION ALL SELECT day, 'released', jsonb_object_agg(released, n)
  FROM (
    SELECT day, released, count(*) AS n FROM ends WHERE released IS NOT NULL GROUP BY 1, 2
  ) stays GROUP BY day
  UNION ALL SELECT day, 'times', jsonb_object_agg(name, counts)
  FROM (
    SELECT day, name, jsonb_object_agg(seconds, n) AS counts FROM ({legs}) legs GROUP BY day, name
  ) times GROUP BY day
  UNION ALL SELECT day, 'axes', jsonb_object_agg(axis, counts)
  FROM (
    SELECT day, axis, jsonb_object_agg(value, n) AS counts FROM ({axes}) stated GROUP BY day, axis
  ) axes GROUP BY day
)
SELECT day, jsonb_object_agg(part, counts) AS counts FROM parts GROUP BY day
"""


def pairs_of(side: str) -> list[tuple[str, str]]:
    """From which step to which a side's times are counted: the county reads no call."""
    return [FROM_CALL, *PAIRS] if side == "police" else list(PAIRS)


def axes_by_table(side: str) -> dict[str, list[str]]:
    """The axes of a side that are counted, by where they lie; sealed custody is counted nowhere."""
    found: dict[str, list[str]] = defaultdict(list)
    for axis in axes_of(side):
        if axis.owner is not Owner.CUSTODY:
            found[AXIS_TABLES.get(axis.owner, SHARED_TABLE)].append(axis.code)
    return dict(found)


def counted_days(whose: Counted) -> str:
    """The statement that gives a day and its counts as JSON, of each day on which anything was."""
    police = whose.side == "police"
    taken = _TAKEN.format(
        received="c.received_at" if police else "NULL::timestamptz",
        calls=_CALLS if police else "",
        only=_ONLY if whose.only_of else "",
    )
    legs = ", ".join(
        f"('{first}>{then}', extract(epoch FROM w.{then} - w.{first}))"
        for first, then in pairs_of(whose.side)
    )
    axes = " UNION ALL ".join(
        _AXES.format(table=table, stated=STATED, axes=", ".join(f"'{code}'" for code in codes))
        for table, codes in axes_by_table(whose.side).items()
    )
    return _DAYS.format(
        taken=taken, ways=_WAYS, ends=_ENDS, legs=_LEGS.format(legs=legs), axes=axes
    )


def values_of(whose: Counted, first: date, last: date) -> dict[str, Any]:
    """What that statement is told of the days from first to last, both included."""
    return {
        "program": whose.program_id,
        "side": whose.side,
        "zone": whose.zone,
        "only": whose.only_of,
        "first": first,
        "last": last,
    }


def count_days(run: Run, whose: Counted, first: date, last: date) -> Tally:
    """What is counted from first to last, both included."""
    total, text = Tally(), f"SELECT counts::text FROM ({counted_days(whose)}) days"  # noqa: S608
    most = timedelta(days=MOST_DAYS_OF_ONE if whose.only_of else MOST_DAYS)
    while first <= last:
        until = min(last, first + most - timedelta(days=1))
        for row in run(text, values_of(whose, first, until)):
            total.add(Tally.of_json(row[0]))
        first = until + timedelta(days=1)
    return total
